"""robots.txt: asked for first, once, and obeyed."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from loopback import (
    Behaviour,
    FakeClock,
    Handler,
    Loopback,
    OpenClient,
    data,
    hang,
    huge,
    redirect,
    reset,
    status,
    text,
)

from etl.errors import Category, SourceError
from etl.http.base import Base
from etl.http.bucket import TokenBucket
from etl.http.client import SourceClient
from etl.http.exchange import Timeouts
from etl.http.robots import Robots
from etl.http.state import StateFile
from etl.sources import MEMORY_ALPHA, TREKCORE, Answer, Request

HOUR_S = 3600.0
FAST = replace(TREKCORE, rate=1000.0, burst=1000)
LIST = Request("/episodes/index.html", kind="text", host="tng", concerns="tng")
FORBIDS = b"User-agent: *\nDisallow: /\n"
ALLOWS = b"User-agent: *\nDisallow: /private/\n"
QUICK = Timeouts(connect_s=2.0, read_s=0.2, total_s=5.0)

Open = Callable[..., SourceClient]


@pytest.fixture
def trekcore(client_of: OpenClient, server: Loopback) -> Open:
    """Opens clients of a TrekCore whose hosts are folders of the loopback server, each with one page."""
    for host in ("tng", "tos", "ds9", "voy"):
        server.on(f"/trekcore/{host}/episodes/index.html", text(host.encode(), "text/html"))

    def opened(**overrides: Any) -> SourceClient:
        options = {"source": FAST, "base_url": f"{server.base_url}/trekcore/{{host}}", **overrides}
        return client_of(**options)

    return opened


def robots(server: Loopback, *behaviours: Behaviour | bytes, host: str = "tng") -> None:
    said = [text(body, "text/plain") if isinstance(body, bytes) else body for body in behaviours]
    server.on(f"/trekcore/{host}/robots.txt", *said)


def pages(count: int) -> list[Request]:
    return [replace(LIST, params={"n": str(number)}) for number in range(count)]


def asked(server: Loopback) -> list[str]:
    return [seen.path.removeprefix("/trekcore/") for seen in server.log]


def answered(outcome: Answer | SourceError) -> Answer:
    assert isinstance(outcome, Answer), outcome
    return outcome


def failed(outcome: Answer | SourceError) -> SourceError:
    assert isinstance(outcome, SourceError), outcome
    return outcome


def test_it_is_asked_for_first_as_text_with_a_token_and_once(trekcore: Open, server: Loopback) -> None:
    robots(server, ALLOWS)
    client = trekcore()
    assert answered(client.fetch([LIST])[0]).payload == "tng"
    client.fetch([replace(LIST, params={"page": "2"})])
    assert asked(server) == ["tng/robots.txt", "tng/episodes/index.html", "tng/episodes/index.html"]
    assert server.log[0].headers["Accept"].startswith("text/plain")
    assert server.log[0].headers["User-Agent"].startswith("trek-etl/")
    assert (client.usage.requests, client.usage.tokens, client.usage.failures) == (3, 3, 0)


def test_a_source_without_robots_is_asked_directly(trekcore: Open, server: Loopback) -> None:
    robots(server, FORBIDS)
    assert answered(trekcore(source=replace(FAST, has_robots=False)).fetch([LIST])[0]).payload == "tng"
    assert asked(server) == ["tng/episodes/index.html"]


def test_what_it_forbids_is_not_asked(trekcore: Open, server: Loopback) -> None:
    robots(server, FORBIDS)
    client = trekcore()
    for outcome in client.fetch([LIST, replace(LIST, path="")]):
        error = failed(outcome)
        assert (error.category, error.status, error.concerns) == (Category.AUTHENTICATION, None, "tng")
    assert error.message == (
        "TrekCore's robots.txt does not allow this client to ask for /trekcore/tng, so it was not asked."
    )
    assert asked(server) == ["tng/robots.txt"]
    assert (client.usage.requests, client.usage.failures) == (1, 2)


def test_what_is_forbidden_says_nothing_about_the_health_of_the_source(trekcore: Open, server: Loopback) -> None:
    robots(server, b"User-agent: *\nDisallow: /private/\n")
    client = trekcore(concurrency=1)
    private = [replace(LIST, path=f"/private/{number}") for number in range(5)]
    *refused, good = client.fetch([*private, LIST])
    assert {failed(outcome).category for outcome in refused} == {Category.AUTHENTICATION}
    assert answered(good).payload == "tng"


@pytest.mark.parametrize(
    ("rules", "is_allowed"),
    [
        (b"", True),
        (b"# nothing to say\n", True),
        (b"Sitemap: https://trekcore.com/sitemap.xml\n", True),
        (b"User-agent: *\nDisallow:\n", True),
        (b"User-agent: *\nDisallow: /episodes\n", False),
        (b"User-agent: *\nDisallow: /trekcore/tng/episodes\n", True),
        (b"User-agent: *\nDisallow: /\nAllow: /episodes/\n", True),
        (b"User-agent: *\nAllow: /episodes/\nDisallow: /episodes/index\n", False),
        (b"User-agent: *\nDisallow: /*.html$\n", False),
        (b"User-agent: *\nDisallow: /*.htm$\n", True),
        (b"User-agent: *\nDisallow: /\n\nUser-agent: trek-etl\nDisallow: /private/\n", True),
        (b"User-agent: *\nDisallow:\n\nUser-agent: Trek-ETL\nDisallow: /\n", False),
        (b"User-agent: otherbot\nDisallow: /\n", True),
        (b"\xef\xbb\xbfUser-agent: *\r\nDisallow: /\r\n", False),
    ],
)
def test_its_rules_are_read_from_its_own_folder_on(
    trekcore: Open, server: Loopback, rules: bytes, is_allowed: bool
) -> None:
    robots(server, rules)
    assert isinstance(trekcore().fetch([LIST])[0], Answer) is is_allowed
    assert len(server.log) == 1 + is_allowed


def test_beside_a_file_it_holds_for_the_folder_and_for_queries(client_of: OpenClient, server: Loopback) -> None:
    rules = b"User-agent: *\nDisallow: /\nAllow: /api.php?\nDisallow: /api.php?*action=raw\nDisallow: /index.php\n"
    server.on("/ma/robots.txt", text(rules, "text/plain"))
    server.on("/ma/api.php", data({"query": {}}))
    client = client_of(source=replace(MEMORY_ALPHA, rate=1000.0), base_url=f"{server.base_url}/ma/api.php")
    query, raw, bare = client.fetch([Request("", {"action": query} if query else {}) for query in ("query", "raw", "")])
    assert answered(query).payload == {"query": {}}
    assert [failed(outcome).category for outcome in (raw, bare)] == [Category.AUTHENTICATION] * 2
    assert [seen.path for seen in server.log] == ["/ma/robots.txt", "/ma/api.php"]


@pytest.mark.parametrize("code", [404, 410])
def test_a_missing_one_allows_everything_and_is_remembered_for_a_day(
    trekcore: Open, server: Loopback, clock: FakeClock, code: int
) -> None:
    robots(server, status(code))
    assert answered(trekcore().fetch([LIST])[0]).payload == "tng"
    clock.advance(23 * HOUR_S)
    answered(trekcore().fetch([LIST])[0])
    assert asked(server).count("tng/robots.txt") == 1
    clock.advance(2 * HOUR_S)
    answered(trekcore().fetch([replace(LIST, max_age_s=0)])[0])
    assert asked(server).count("tng/robots.txt") == 2


@pytest.mark.parametrize(
    "behaviour",
    [
        status(500),
        status(503, Retry_After="1"),
        status(429),
        status(401),
        status(403),
        status(418),
        status(204),
        hang,
        reset,
        redirect("http://elsewhere.invalid/robots.txt"),
        redirect("/trekcore/tos/robots.txt"),
        huge([], size=2**20),
        text(b"<!DOCTYPE html><html>User-agent: *\nAllow: /</html>", "text/html"),
        text(b" \n<html></html>", "text/plain"),
        text(b"Welcome to the server\n", "text/plain"),
        text("User-agent: *\nAllow: /\n".encode("utf-16"), "text/plain"),
        text(b"\x00\x01garbage: x", "text/plain"),
    ],
)
def test_one_that_cannot_be_read_forbids_everything(trekcore: Open, server: Loopback, behaviour: Behaviour) -> None:
    robots(server, behaviour)
    client = trekcore(timeouts=QUICK, max_retries=1)
    for outcome in [*client.fetch([LIST, replace(LIST, path="/x")]), *client.fetch([LIST])]:
        error = failed(outcome)
        nothing_came = {hang: Category.TIMEOUT, reset: Category.NETWORK}
        assert error.category is nothing_came.get(behaviour, Category.SERVICE_UNAVAILABLE)
        assert error.message.startswith("TrekCore's robots.txt could not be read, so nothing was asked: TrekCore ")
    assert set(asked(server)) == {"tng/robots.txt"}
    assert len(server.log) <= 2


def test_one_that_cannot_be_read_is_not_kept(trekcore: Open, server: Loopback) -> None:
    robots(server, text(b"<html></html>", "text/html"), ALLOWS)
    failed(trekcore().fetch([LIST])[0])
    assert answered(trekcore().fetch([LIST])[0]).payload == "tng"


def test_a_stale_page_stands_in_where_nothing_may_be_asked(trekcore: Open, server: Loopback, clock: FakeClock) -> None:
    robots(server, ALLOWS, FORBIDS)
    trekcore().fetch([LIST])
    clock.advance(25 * HOUR_S)
    answer = answered(trekcore().fetch([LIST])[0])
    assert (answer.payload, answer.is_stale) == ("tng", True)
    assert answer.error is not None
    assert answer.error.category is Category.AUTHENTICATION
    assert asked(server) == ["tng/robots.txt", "tng/episodes/index.html", "tng/robots.txt"]


def test_every_host_has_its_own(trekcore: Open, server: Loopback) -> None:
    robots(server, FORBIDS, host="tng")
    robots(server, ALLOWS, host="tos")
    robots(server, status(500), host="ds9")
    client = trekcore(max_retries=0)
    tng, tos, ds9, voy = client.fetch([replace(LIST, host=host) for host in ("tng", "tos", "ds9", "voy")])
    assert (failed(tng).category, failed(ds9).category) == (Category.AUTHENTICATION, Category.SERVICE_UNAVAILABLE)
    assert (answered(tos).payload, answered(voy).payload) == ("tos", "voy")
    assert len([path for path in asked(server) if path.endswith("robots.txt")]) == 4


def test_a_dead_source_is_not_asked_for_the_robots_of_each_of_its_hosts(trekcore: Open, server: Loopback) -> None:
    hosts = [f"h{number}" for number in range(10)]
    for host in hosts:
        robots(server, status(500), host=host)
    outcomes = trekcore(max_retries=0, concurrency=1).fetch([replace(LIST, host=host) for host in hosts])
    assert {failed(outcome).category for outcome in outcomes} == {Category.SERVICE_UNAVAILABLE}
    assert len(server.log) == 3


def test_what_the_breaker_refused_is_tried_once_it_lets_through(
    trekcore: Open, server: Loopback, clock: FakeClock
) -> None:
    for host in ("a", "b", "c"):
        robots(server, status(500), host=host)
    robots(server, ALLOWS)
    client = trekcore(max_retries=0, concurrency=1)
    *_, refused = client.fetch([replace(LIST, host=host) for host in ("a", "b", "c", "tng")])
    assert "was not asked, because it failed before" in failed(refused).message
    clock.advance(10)
    assert answered(client.fetch([LIST])[0]).payload == "tng"


def test_eight_threads_ask_for_it_once(trekcore: Open, server: Loopback, monkeypatch: pytest.MonkeyPatch) -> None:
    all_eight, ask = threading.Barrier(8, timeout=10), Robots.rules_of

    def together(self: Robots, base: Base) -> Any:
        all_eight.wait()
        return ask(self, base)

    monkeypatch.setattr(Robots, "rules_of", together)
    robots(server, ALLOWS)
    outcomes = trekcore(concurrency=8).fetch(pages(8))
    assert {answered(outcome).payload for outcome in outcomes} == {"tng"}
    assert asked(server)[0] == "tng/robots.txt"
    assert asked(server).count("tng/robots.txt") == 1
    assert len(server.log) == 9


def test_it_is_kept_for_a_day_then_confirmed(trekcore: Open, server: Loopback, clock: FakeClock) -> None:
    def tagged(handler: Handler) -> None:
        if handler.headers.get("If-None-Match") == '"1"':
            handler.reply(304, b"", {"ETag": '"1"'})
        else:
            handler.reply(200, FORBIDS, {"ETag": '"1"', "Content-Type": "text/plain"})

    robots(server, tagged)
    for hours, requests, revalidations in ((0, 1, 0), (23, 0, 0), (2, 1, 1), (23, 0, 0)):
        clock.advance(hours * HOUR_S)
        client = trekcore()
        assert failed(client.fetch([LIST])[0]).category is Category.AUTHENTICATION
        assert (client.usage.requests, client.usage.revalidations) == (requests, revalidations)
    assert set(asked(server)) == {"tng/robots.txt"}


def test_a_refresh_asks_for_it_again(trekcore: Open, server: Loopback) -> None:
    robots(server, ALLOWS, FORBIDS)
    answered(trekcore().fetch([LIST])[0])
    error = answered(trekcore(is_refresh=True).fetch([LIST])[0]).error
    assert error is not None
    assert error.category is Category.AUTHENTICATION


def test_one_that_appears_or_goes_away_takes_the_place_of_the_news_before(
    trekcore: Open, server: Loopback, clock: FakeClock
) -> None:
    robots(server, status(404), FORBIDS, status(404), FORBIDS)
    request = replace(LIST, max_age_s=0)
    for is_allowed in (True, False, True):
        for _ in range(2):
            outcome = trekcore().fetch([request])[0]
            assert isinstance(outcome, Answer)
            assert (outcome.error is None) is is_allowed
            clock.advance(HOUR_S)
        clock.advance(25 * HOUR_S)


def test_offline_pages_of_the_cache_are_used_with_and_without_it(
    trekcore: Open, server: Loopback, clock: FakeClock
) -> None:
    trekcore(source=replace(FAST, has_robots=False)).fetch([LIST])
    assert answered(trekcore(is_offline=True).fetch([LIST])[0]).payload == "tng"
    error = failed(trekcore(is_offline=True).fetch([replace(LIST, path="/x")])[0])
    assert error.category is Category.NETWORK
    assert asked(server) == ["tng/episodes/index.html"]


def test_offline_one_of_any_age_still_says_what_is_forbidden(
    trekcore: Open, server: Loopback, clock: FakeClock
) -> None:
    robots(server, ALLOWS)
    private = replace(LIST, path="/private/x")
    live = failed(trekcore().fetch([private])[0])
    clock.advance(1000 * HOUR_S)
    client = trekcore(is_offline=True)
    assert client.fetch([private]) == [live]
    assert failed(client.fetch([LIST])[0]).category is Category.NETWORK
    assert client.usage.requests == 0
    assert asked(server) == ["tng/robots.txt"]


def test_a_redirect_to_what_is_forbidden_is_not_followed(trekcore: Open, server: Loopback) -> None:
    robots(server, ALLOWS)
    server.on("/trekcore/tng/moved.html", redirect("/trekcore/tng/private/x"))
    client = trekcore()
    error = failed(client.fetch([replace(LIST, path="/moved.html")])[0])
    assert error.category is Category.AUTHENTICATION
    assert "to ask for /trekcore/tng/private/x, so" in error.message
    assert asked(server) == ["tng/robots.txt", "tng/moved.html"]
    assert answered(client.fetch([LIST])[0]).payload == "tng"


@pytest.mark.parametrize(
    ("rules", "slept"),
    [
        (b"User-agent: *\nCrawl-delay: 10\n", [10.0] * 3),
        (b"User-agent: *\nRequest-rate: 1/10\n", [10.0] * 3),
        (b"User-agent: *\nCrawl-delay: 2\nRequest-rate: 2/20\n", [10.0] * 3),
        (b"User-agent: *\nCrawl-delay: 1\n", [2.0] * 3),
        (b"User-agent: *\nCrawl-delay: 0\n", [2.0] * 2),
        (b"User-agent: *\nCrawl-delay: soon\n", [2.0] * 2),
        (b"User-agent: *\nCrawl-delay: 1\n\nUser-agent: trek-etl\nCrawl-delay: 30\n", [30.0] * 3),
    ],
)
def test_its_delay_slows_down_but_never_speeds_up(
    trekcore: Open, server: Loopback, clock: FakeClock, rules: bytes, slept: list[float]
) -> None:
    robots(server, rules)
    client = trekcore(source=TREKCORE, concurrency=1)
    assert all(isinstance(outcome, Answer) for outcome in client.fetch(pages(3)))
    assert clock.slept == pytest.approx(slept, abs=1e-3)


def test_its_delay_holds_when_it_comes_from_the_cache(trekcore: Open, server: Loopback, clock: FakeClock) -> None:
    robots(server, b"User-agent: *\nCrawl-delay: 10\n")
    trekcore(concurrency=1).fetch(pages(1))
    clock.advance(HOUR_S)
    clock.slept.clear()
    later = trekcore(concurrency=1)
    assert all(isinstance(outcome, Answer) for outcome in later.fetch(pages(4)[1:]))
    assert clock.slept == pytest.approx([10.0, 10.0], abs=1e-3)
    assert asked(server).count("tng/robots.txt") == 1


def test_many_threads_have_the_patience_for_a_long_delay(trekcore: Open, server: Loopback) -> None:
    robots(server, b"User-agent: *\nCrawl-delay: 50\n")
    outcomes = trekcore(concurrency=8).fetch(pages(16))
    assert all(isinstance(outcome, Answer) for outcome in outcomes)


def test_a_delay_that_no_run_can_wait_for_is_a_refusal(trekcore: Open, server: Loopback, clock: FakeClock) -> None:
    robots(server, b"User-agent: *\nCrawl-delay: 3600\n")
    for outcome in trekcore().fetch(pages(2)):
        error = failed(outcome)
        assert error.category is Category.RATE_LIMIT
        assert "wants 3600 s between two requests, more than the 60 s that a run waits" in error.message
    assert asked(server) == ["tng/robots.txt"]
    assert clock.slept == []


def test_a_bucket_that_slows_down_keeps_the_distance_and_lets_waiters_queue_again(
    tmp_path: Path, clock: FakeClock
) -> None:
    bucket = TokenBucket(StateFile(tmp_path / "buckets.sqlite"), "x", rate=1.0, burst=3, clock=clock, max_wait_s=5.0)
    began_at = clock.now()
    assert [bucket.acquire() for _ in range(3)] == [0.0] * 3
    bucket.slow_down(20.0, max_wait_s=100.0)
    bucket.slow_down(0.1, max_wait_s=1.0)
    assert bucket.acquire() == pytest.approx(20.0, abs=1e-3)
    assert bucket.acquire() == pytest.approx(20.0, abs=1e-3)
    assert clock.now() - began_at == pytest.approx(40.0, abs=1e-3)
    bucket.penalize(7.0)
    assert bucket.acquire() == pytest.approx(7.0, abs=1e-3)
    bucket.close()


def test_a_bucket_that_slows_down_in_a_pause_lets_no_crowd_through_at_its_end(tmp_path: Path, clock: FakeClock) -> None:
    path = tmp_path / "buckets.sqlite"
    buckets = [TokenBucket(StateFile(path), "x", rate=1.0, burst=3, clock=clock) for _ in range(2)]
    buckets[0].penalize(60.0)
    sent_at: list[float] = []
    buckets[1].slow_down(10.0, max_wait_s=100.0)
    late = FakeClock(clock.now())  # its sleep moves nobody else's hands, as in a thread of its own
    waiting = TokenBucket(StateFile(path), "x", rate=1.0, burst=3, clock=late)
    waiting.slow_down(10.0, max_wait_s=100.0)
    began_at = clock.now()
    for bucket, hands in ((waiting, late), (buckets[1], clock)):
        bucket.acquire()
        sent_at.append(hands.now() - began_at)
    assert sent_at == pytest.approx([60.0, 70.0], abs=1e-3)
    for bucket in (*buckets, waiting):
        bucket.close()
