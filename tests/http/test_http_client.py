"""Cache, freshness, fallback and order: what a caller of fetch gets."""

from __future__ import annotations

import socket
import threading
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from loopback import FakeClock, Loopback, OpenClient, data, hang, status, text, truncated, with_etag

from etl.errors import Category, SourceError
from etl.http.adapter import SourceAdapter
from etl.http.exchange import Timeouts
from etl.http.usage import Usage
from etl.sources import TMDB, Answer, Client, Request

HOUR_S = 3600.0
SHOW = Request("/tv/655", {"language": "en-US"}, concerns="tng")


def answered(outcome: Answer | SourceError) -> Answer:
    assert isinstance(outcome, Answer), outcome
    return outcome


def failed(outcome: Answer | SourceError) -> SourceError:
    assert isinstance(outcome, SourceError), outcome
    return outcome


def at(clock: FakeClock) -> datetime:
    return datetime.fromtimestamp(clock.now(), UTC)


def test_the_client_keeps_the_protocol_and_names_its_source(client_of: OpenClient) -> None:
    client: Client = client_of()
    assert client.source is TMDB
    assert client.fetch([]) == []


def test_a_first_answer_is_live_parsed_and_dated(client_of: OpenClient, server: Loopback, clock: FakeClock) -> None:
    server.on("/tv/655", data({"id": 655}))
    answer = answered(client_of().fetch([SHOW])[0])
    assert answer == Answer({"id": 655}, f"{server.base_url}/tv/655?language=en-US", at(clock))
    assert answer.fetched_at.tzinfo is UTC
    seen = server.log[0]
    assert seen.query == {"language": ["en-US"]}
    assert seen.headers["User-Agent"].startswith("trek-etl/")
    assert seen.headers["User-Agent"].endswith(" (+https://example.org/guide)")


def test_a_base_url_with_a_path_and_an_empty_request_path_are_joined_cleanly(
    client_of: OpenClient, server: Loopback
) -> None:
    server.on("/3/tv/1", data([1]))
    server.on("/3/api.php", data([2]))
    assert answered(client_of(base_url=f"{server.base_url}/3/").fetch([Request("tv/1")])[0]).payload == [1]
    assert answered(client_of(base_url=f"{server.base_url}/3/api.php").fetch([Request("")])[0]).payload == [2]


def test_a_fresh_hit_costs_nothing_and_is_identical_in_a_later_run(
    client_of: OpenClient, server: Loopback, clock: FakeClock
) -> None:
    server.on("/tv/655", data({"id": 655, "name": "Ünïcode"}))
    first = answered(client_of().fetch([SHOW])[0])
    clock.advance(HOUR_S + 0.123456)
    later = client_of()
    second = answered(later.fetch([SHOW])[0])
    assert second == replace(first, is_from_cache=True)
    assert later.usage == Usage(cache_hits=1)
    assert len(server.log) == 1


def test_freshness_is_judged_when_the_answer_is_read(client_of: OpenClient, server: Loopback, clock: FakeClock) -> None:
    server.on("/tv/655", data({"n": 1}), data({"n": 2}))
    client = client_of()
    client.fetch([replace(SHOW, max_age_s=30 * 24 * HOUR_S)])
    clock.advance(2 * HOUR_S)
    assert answered(client.fetch([replace(SHOW, max_age_s=3 * HOUR_S)])[0]).payload == {"n": 1}
    newer = answered(client.fetch([replace(SHOW, max_age_s=2 * HOUR_S)])[0])
    assert (newer.payload, newer.is_from_cache, newer.fetched_at) == ({"n": 2}, False, at(clock))


def overdue_from(day: date) -> Request:
    """Asks for a show whose episode is called "TBA" until the source knows better."""
    return replace(SHOW, is_overdue=lambda payload, today: payload["name"] == "TBA" and today >= day)


def test_a_placeholder_that_is_overdue_is_asked_for_at_once(
    client_of: OpenClient, server: Loopback, clock: FakeClock
) -> None:
    server.on("/tv/655", with_etag({"name": "TBA"}, '"v1"'), with_etag({"name": "TBA"}, '"v1"'), data({"name": "Home"}))
    on_the_15th, on_the_16th = overdue_from(date(2027, 1, 15)), overdue_from(date(2027, 1, 16))
    first = client_of()
    assert not answered(first.fetch([on_the_15th])[0]).is_from_cache
    clock.advance(60)
    assert answered(first.fetch([on_the_15th])[0]).is_from_cache, "the source has just said all it knows"
    assert answered(client_of().fetch([on_the_16th])[0]).is_from_cache
    assert len(server.log) == 1
    asked_again = answered(client_of().fetch([on_the_15th])[0])
    assert (asked_again.payload, asked_again.fetched_at, asked_again.is_stale) == ({"name": "TBA"}, at(clock), False)
    clock.advance(60)
    assert answered(client_of().fetch([on_the_16th, on_the_15th])[1]).payload == {"name": "Home"}
    assert answered(client_of().fetch([on_the_15th])[0]).is_from_cache
    assert len(server.log) == 3


def test_an_overdue_placeholder_is_stale_only_if_the_source_was_asked_in_vain(
    client_of: OpenClient, server: Loopback, clock: FakeClock
) -> None:
    server.on("/tv/655", data({"name": "TBA"}), status(500))
    request = overdue_from(date(2027, 1, 1))
    first = answered(client_of().fetch([request])[0])
    clock.advance(60)
    replayed = answered(client_of(is_offline=True).fetch([request])[0])
    assert replayed == replace(first, is_from_cache=True), "a replay sees what the run saw"
    kept = answered(client_of(max_retries=0).fetch([request])[0])
    assert (kept.payload, kept.is_stale) == ({"name": "TBA"}, True)


def test_an_answer_from_the_future_is_not_fresh_for_ever(
    client_of: OpenClient, server: Loopback, clock: FakeClock
) -> None:
    server.on("/tv/655", data({"n": 1}), data({"n": 2}))
    client = client_of()
    client.fetch([SHOW])
    clock.advance(-HOUR_S)
    assert answered(client.fetch([SHOW])[0]).payload == {"n": 2}


def test_a_304_refreshes_the_age_of_the_cached_answer(
    client_of: OpenClient, server: Loopback, clock: FakeClock
) -> None:
    server.on("/tv/655", with_etag({"id": 655}, '"v1"'))
    client = client_of()
    client.fetch([SHOW])
    clock.advance(7 * HOUR_S)
    confirmed = answered(client.fetch([SHOW])[0])
    assert server.log[1].headers["If-None-Match"] == '"v1"'
    assert confirmed == Answer({"id": 655}, confirmed.url, at(clock), is_from_cache=True)
    clock.advance(5 * HOUR_S)
    assert answered(client.fetch([SHOW])[0]) == confirmed
    usage = client.usage
    assert (usage.requests, usage.tokens, usage.revalidations, usage.cache_hits) == (2, 2, 1, 1)
    assert len(server.log) == 2


def test_last_modified_is_asked_for_and_a_changed_answer_replaces_the_old(
    client_of: OpenClient, server: Loopback, clock: FakeClock
) -> None:
    day = "Mon, 28 Sep 1987 00:00:00 GMT"
    server.on("/tv/655", data({"n": 1}, Last_Modified=day), data({"n": 2}))
    client = client_of()
    client.fetch([SHOW])
    clock.advance(7 * HOUR_S)
    assert answered(client.fetch([SHOW])[0]).payload == {"n": 2}
    assert server.log[1].headers["If-Modified-Since"] == day
    assert answered(client.fetch([SHOW])[0]).payload == {"n": 2}
    assert len(server.log) == 2


def test_a_304_that_nobody_asked_for_is_an_error(client_of: OpenClient, server: Loopback) -> None:
    server.on("/tv/655", status(304))
    assert failed(client_of().fetch([SHOW])[0]).category is Category.DATA_FORMAT


def test_refresh_asks_again_and_still_falls_back(client_of: OpenClient, server: Loopback, clock: FakeClock) -> None:
    server.on("/tv/655", with_etag({"id": 655}, '"v1"'), with_etag({"id": 655}, '"v1"'), status(500))
    first = answered(client_of().fetch([SHOW])[0])
    clock.advance(60)
    client = client_of(is_refresh=True, max_retries=0)
    assert answered(client.fetch([SHOW])[0]).fetched_at == first.fetched_at + timedelta(seconds=60)
    fallback = answered(client.fetch([SHOW])[0])
    assert fallback.is_stale
    assert fallback.error is not None
    assert fallback.error.status == 500


@pytest.mark.parametrize(
    ("behaviour", "category"),
    [
        (status(500), Category.SERVICE_UNAVAILABLE),
        (status(404), Category.NOT_FOUND),
        (text(b"<!doctype html><p>Down", "text/html"), Category.DATA_FORMAT),
        (text(b'{"id": 65'), Category.DATA_FORMAT),
        (truncated(), Category.DATA_FORMAT),
    ],
)
def test_a_failure_gives_the_stale_answer_and_never_replaces_it(
    client_of: OpenClient, server: Loopback, clock: FakeClock, behaviour: Any, category: Category
) -> None:
    server.on("/tv/655", data({"id": 655}), behaviour)
    client = client_of(max_retries=1)
    first = answered(client.fetch([SHOW])[0])
    clock.advance(7 * HOUR_S)
    stale = answered(client.fetch([SHOW])[0])
    assert stale.payload == {"id": 655}
    assert (stale.is_stale, stale.is_from_cache, stale.fetched_at) == (True, True, first.fetched_at)
    assert stale.error is not None
    assert (stale.error.category, stale.error.concerns, stale.error.source) == (category, "tng", "tmdb")
    assert (client.usage.stale_answers, client.usage.failures) == (1, 1)
    assert answered(client_of(is_offline=True).fetch([SHOW])[0]).payload == {"id": 655}


@pytest.mark.parametrize(
    "body",
    [b"", b"<html>", b"null", b'"text"', b"5", b"true", b'{"a": NaN}', b'{"a": 1', b"\xff\xfe", b"[" * 200_000],
)
def test_only_a_json_object_or_array_is_used_and_cached(client_of: OpenClient, server: Loopback, body: bytes) -> None:
    server.on("/tv/655", text(body, "application/json; charset=utf-8"))
    error = failed(client_of().fetch([SHOW])[0])
    assert (error.category, error.status) == (Category.DATA_FORMAT, 200)
    assert f"{len(body):,} bytes of application/json" in error.message
    assert failed(client_of(is_offline=True).fetch([SHOW])[0]).category is Category.NETWORK


def name_missing(payload: Any) -> str | None:
    return None if "name" in payload else "the field name is missing"


def test_an_answer_that_breaks_the_contract_is_neither_used_nor_cached(
    client_of: OpenClient, server: Loopback, clock: FakeClock
) -> None:
    strict = replace(SHOW, problem_with=name_missing)
    server.on("/tv/655", data({"id": 655}), data({"id": 655, "name": "TNG"}), data({"id": 655}))
    client = client_of()
    error = failed(client.fetch([strict])[0])
    assert (error.category, error.status) == (Category.DATA_FORMAT, 200)
    assert error.message == "TMDB sent an answer that cannot be used: the field name is missing."
    assert failed(client_of(is_offline=True).fetch([SHOW])[0]).category is Category.NETWORK
    good = answered(client.fetch([strict])[0])
    clock.advance(7 * HOUR_S)
    stale = answered(client.fetch([strict])[0])
    assert (stale.payload, stale.is_stale, stale.fetched_at) == (good.payload, True, good.fetched_at)
    assert stale.error is not None


def test_a_cached_answer_that_breaks_a_newer_contract_is_asked_for_again(
    client_of: OpenClient, server: Loopback
) -> None:
    server.on("/tv/655", data({"id": 655}, ETag='"1"'), data({"id": 655, "name": "TNG"}))
    client = client_of()
    client.fetch([SHOW])
    answer = answered(client.fetch([SHOW, replace(SHOW, problem_with=name_missing)])[0])
    assert (answer.payload["name"], answer.is_from_cache) == ("TNG", False)
    assert "If-None-Match" not in server.log[1].headers


def test_a_404_is_remembered_for_six_hours(client_of: OpenClient, server: Loopback, clock: FakeClock) -> None:
    patient = replace(SHOW, max_age_s=30 * 24 * HOUR_S)
    for _ in range(2):
        error = failed(client_of().fetch([patient])[0])
        assert (error.category, error.status) == (Category.NOT_FOUND, 404)
        assert error.message == "TMDB has nothing at /tv/655 (HTTP 404): Not here."
        assert error.url == f"{server.base_url}/tv/655?language=en-US"
        clock.advance(5 * HOUR_S)
    assert len(server.log) == 1
    clock.advance(2 * HOUR_S)
    client_of().fetch([patient])
    assert len(server.log) == 2


def test_a_remembered_404_does_not_hide_an_answer_that_has_come_since(
    client_of: OpenClient, server: Loopback, clock: FakeClock
) -> None:
    client = client_of()
    client.fetch([SHOW])
    server.on("/tv/655", data({"id": 655}))
    assert failed(client.fetch([SHOW])[0]).category is Category.NOT_FOUND
    assert answered(client_of(is_refresh=True).fetch([SHOW])[0]).payload == {"id": 655}
    assert answered(client_of().fetch([SHOW])[0]).is_from_cache
    assert client.usage.cache_hits == 1


def test_a_404_does_not_replace_the_last_good_answer(client_of: OpenClient, server: Loopback, clock: FakeClock) -> None:
    server.on("/tv/655", data({"id": 655}), status(404))
    client = client_of()
    client.fetch([SHOW])
    clock.advance(7 * HOUR_S)
    for _ in range(2):
        kept = answered(client.fetch([SHOW])[0])
        assert kept.payload == {"id": 655}
        assert kept.is_stale
        assert kept.error is not None
        assert kept.error.category is Category.NOT_FOUND
    assert len(server.log) == 2


def test_offline_opens_no_socket_and_gives_fresh_stale_or_an_error(
    client_of: OpenClient, server: Loopback, clock: FakeClock, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    server.on("/tv/655", data({"id": 655}))
    client_of().fetch([SHOW])

    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("a socket was opened")

    monkeypatch.setattr(socket, "socket", refuse)
    monkeypatch.setattr(socket, "create_connection", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    offline = client_of(is_offline=True, state_path=tmp_path / "untouched.sqlite")
    fresh, missing = offline.fetch([SHOW, Request("/tv/580", concerns="ds9")])
    assert not answered(fresh).is_stale
    error = failed(missing)
    assert (error.category, error.concerns, error.status) == (Category.NETWORK, "ds9", None)
    assert "offline" in error.message
    assert "not in the cache" in error.message
    clock.advance(7 * HOUR_S)
    stale = answered(offline.fetch([SHOW])[0])
    assert (stale.is_stale, stale.error) == (True, None)
    assert offline.usage == Usage(cache_hits=2, stale_answers=1, failures=1)
    assert not (tmp_path / "untouched.sqlite").exists()


def test_equal_requests_are_sent_once_and_every_one_is_answered_in_order(
    client_of: OpenClient, server: Loopback
) -> None:
    for number in range(20):
        server.on(f"/tv/{number}", data({"id": number}))
    heard: list[tuple[Request, Answer | SourceError]] = []
    client = client_of(on_answer=lambda request, outcome: heard.append((request, outcome)))
    asked = [
        Request(f"/tv/{number % 20}", {"a": "1", "b": "2"}, concerns=str(index))
        for index, number in enumerate(range(40))
    ]
    asked[25] = Request("tv/5", {"b": "2", "a": "1"})
    outcomes = client.fetch(asked)
    assert [answered(outcome).payload["id"] for outcome in outcomes] == [index % 20 for index in range(40)]
    assert client.usage.requests == len(server.log) == 20
    assert sorted(id(request) for request, _ in heard) == sorted(id(request) for request in asked)
    assert all(answered(outcome).payload == outcomes[asked.index(request)].payload for request, outcome in heard)  # type: ignore[union-attr]


def test_each_of_equal_failed_requests_is_told_its_own_concern(client_of: OpenClient, server: Loopback) -> None:
    outcomes = client_of().fetch([SHOW, replace(SHOW, concerns="tng2")])
    assert [failed(outcome).concerns for outcome in outcomes] == ["tng", "tng2"]
    assert len(server.log) == 1


def test_one_failed_request_does_not_harm_the_others(client_of: OpenClient, server: Loopback) -> None:
    server.on("/tv/1", data({"id": 1}))
    server.on("/tv/3", data({"id": 3}))
    first, second, third = client_of().fetch([Request("/tv/1"), Request("/tv/2"), Request("/tv/3")])
    assert (answered(first).payload, answered(third).payload) == ({"id": 1}, {"id": 3})
    assert failed(second).url == f"{server.base_url}/tv/2"


def test_requests_run_side_by_side_but_no_more_than_allowed(client_of: OpenClient, server: Loopback) -> None:
    running, most, lock = [0], [0], threading.Lock()
    together = threading.Barrier(3)

    def counted(handler: Any) -> None:
        with lock:
            running[0] += 1
            most[0] = max(most[0], running[0])
        together.wait(5)
        with lock:
            running[0] -= 1
        data({})(handler)

    for number in range(9):
        server.on(f"/tv/{number}", counted)
    outcomes = client_of(concurrency=3).fetch([Request(f"/tv/{number}") for number in range(9)])
    assert all(isinstance(outcome, Answer) for outcome in outcomes)
    assert most == [3]


def test_a_fault_of_our_own_is_raised_and_leaves_no_trial_behind(
    client_of: OpenClient, server: Loopback, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    server.on("/tv/655", data({"id": 655}))
    client = client_of()

    def broken(*_: object, **__: object) -> None:
        raise KeyError("a bug")

    with monkeypatch.context() as patch:
        patch.setattr(SourceAdapter, "send", broken)
        for _ in range(3):
            with pytest.raises(KeyError):
                client.fetch([SHOW])
    assert failed(client.fetch([SHOW])[0]).category is Category.SERVICE_UNAVAILABLE
    clock.advance(9)
    assert answered(client.fetch([SHOW])[0]).payload == {"id": 655}


def test_a_dead_source_is_left_alone_after_three_failures_and_tried_once_later(
    client_of: OpenClient, server: Loopback, clock: FakeClock
) -> None:
    for number in range(20):
        server.on(f"/tv/{number}", status(500))
    client = client_of(concurrency=1, max_retries=0)
    outcomes = [failed(outcome) for outcome in client.fetch([Request(f"/tv/{number}") for number in range(20)])]
    assert len(server.log) == 3
    assert {outcome.category for outcome in outcomes} == {Category.SERVICE_UNAVAILABLE}
    assert sum("was not asked, because it failed before: TMDB has a fault" in o.message for o in outcomes) == 17
    clock.advance(8)
    server.on("/tv/0", data({"id": 0}))
    assert answered(client.fetch([Request("/tv/0")])[0]).payload == {"id": 0}
    assert len(server.log) == 4


def test_a_refused_key_stops_everything_at_once(client_of: OpenClient, server: Loopback) -> None:
    said = {"status_code": 7, "status_message": "Invalid API key: You must be granted a valid key.", "success": False}
    for number in range(10):
        server.on(f"/tv/{number}", status(401, said))
    outcomes = client_of(concurrency=1).fetch([Request(f"/tv/{number}") for number in range(10)])
    assert len(server.log) == 1
    assert {failed(outcome).category for outcome in outcomes} == {Category.AUTHENTICATION}


def test_a_dead_source_costs_little_while_the_stale_answers_stand_in(
    client_of: OpenClient, server: Loopback, clock: FakeClock
) -> None:
    asked = [Request(f"/tv/{number}") for number in range(10)]
    for request in asked:
        server.on(request.path, data({"path": request.path}), hang)
    client_of().fetch(asked)
    clock.advance(7 * HOUR_S)
    client = client_of(timeouts=Timeouts(connect_s=0.1, read_s=0.1, total_s=1.0))
    outcomes = client.fetch(asked)
    assert [answered(outcome).payload["path"] for outcome in outcomes] == [request.path for request in asked]
    assert all(answered(outcome).is_stale for outcome in outcomes)
    assert client.usage.requests <= 2 * 6


def test_closing_twice_is_harmless(client_of: OpenClient) -> None:
    client = client_of()
    client.close()
    client.close()
