"""What a client knows before it asks: the cache, robots.txt as it was read last, and what the bucket owes."""

from __future__ import annotations

import socket
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from email.utils import format_datetime
from pathlib import Path
from typing import Any, NoReturn

import pytest
from loopback import FakeClock, Loopback, OpenClient, data, status, text, with_etag

from etl.http.bucket import TokenBucket
from etl.http.client import SourceClient
from etl.http.clock import skew_s
from etl.http.state import StateFile
from etl.sources import TMDB, TREKCORE, Answer, Request

HOUR_S = 3600.0
SHOW = Request("/tv/655", max_age_s=6 * HOUR_S, concerns="tng")
LIST = Request("/episodes/index.html", kind="text", host="tng", concerns="tng")
OTHER = Request("/episodes/index.html", kind="text", host="ds9", concerns="ds9")
SLOW = replace(TREKCORE, rate=0.5, burst=2)

Open = Callable[..., SourceClient]


@pytest.fixture
def shut(monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    """Lets every later use of a socket fail."""

    def refuse(*_: Any, **__: Any) -> NoReturn:
        raise AssertionError("a socket was used")

    def shut() -> None:
        for name in ("connect", "connect_ex", "bind", "send", "sendall", "sendto"):
            monkeypatch.setattr(socket.socket, name, refuse)
        monkeypatch.setattr(socket, "getaddrinfo", refuse)

    return shut


@pytest.fixture
def trekcore(client_of: OpenClient, server: Loopback) -> Open:
    for host in ("tng", "ds9"):
        server.on(f"/{host}/episodes/index.html", text(host.encode(), "text/html"))
    return lambda **overrides: client_of(**{"source": SLOW, "base_url": f"{server.base_url}/{{host}}", **overrides})


class TestTheCache:
    def test_nothing_is_fresh_at_first_and_what_was_fetched_is(self, server: Loopback, client_of: OpenClient) -> None:
        server.on("/tv/655", data({"id": 655}))
        client = client_of()
        assert not client.is_fresh(SHOW)
        assert client.foresight.remembered(SHOW) is None
        client.fetch([SHOW])
        assert client.is_fresh(SHOW)
        assert client.foresight.remembered(SHOW) == {"id": 655}
        assert len(server.log) == 1

    def test_looking_ahead_opens_no_socket_and_counts_nothing(
        self, server: Loopback, client_of: OpenClient, shut: Callable[[], None]
    ) -> None:
        server.on("/tv/655", data({"id": 655}))
        client_of().fetch([SHOW])
        shut()
        client = client_of()
        assert (client.is_fresh(SHOW), client.is_fresh(replace(SHOW, path="/tv/2"))) == (True, False)
        assert client.foresight.robots_to_read([SHOW]) == 0
        assert (client.usage.cache_hits, client.usage.tokens, client.usage.requests) == (0, 0, 0)

    @pytest.mark.parametrize(("age_h", "is_fresh"), [(5.9, True), (6.1, False)])
    def test_an_old_answer_is_remembered_but_not_fresh(
        self, server: Loopback, client_of: OpenClient, clock: FakeClock, *, age_h: float, is_fresh: bool
    ) -> None:
        server.on("/tv/655", data({"id": 655}))
        client = client_of()
        client.fetch([SHOW])
        clock.advance(age_h * HOUR_S)
        assert client.foresight.outlook(SHOW) == ("cached" if is_fresh else "sent")
        assert client.foresight.remembered(SHOW) == {"id": 655}

    def test_a_refresh_sends_and_offline_takes_what_there_is(self, server: Loopback, client_of: OpenClient) -> None:
        server.on("/tv/655", data({"id": 655}))
        client_of().fetch([SHOW])
        assert client_of(is_refresh=True).foresight.outlook(SHOW) == "sent"
        offline = client_of(is_offline=True)
        assert offline.foresight.outlook(replace(SHOW, max_age_s=0.0)) == "cached"
        assert offline.foresight.outlook(replace(SHOW, path="/tv/2")) == "barred"

    def test_what_is_overdue_goes_out_again_however_young(
        self, server: Loopback, client_of: OpenClient, clock: FakeClock
    ) -> None:
        server.on("/tv/655", data({"name": "TBA"}))
        day = datetime.fromtimestamp(clock.now(), UTC).date()
        overdue = replace(SHOW, is_overdue=lambda payload, today: payload["name"] == "TBA" and today >= day)
        in_time = replace(SHOW, is_overdue=lambda _, today: today > day)
        client = client_of()
        client.fetch([overdue])
        assert client.foresight.outlook(overdue) == "cached"  # it came in this run
        clock.advance(60.0)
        later = client_of().foresight
        assert (later.outlook(overdue), later.outlook(in_time)) == ("sent", "cached")
        assert later.remembered(overdue) == {"name": "TBA"}
        assert client_of(is_offline=True).foresight.outlook(overdue) == "cached"

    def test_that_there_is_nothing_is_known_without_asking(self, server: Loopback, client_of: OpenClient) -> None:
        server.on("/tv/655", status(404))
        client = client_of()
        client.fetch([SHOW])
        assert client.foresight.outlook(SHOW) == "cached"
        assert client.foresight.remembered(SHOW) is None
        assert client_of(is_refresh=True).foresight.outlook(SHOW) == "sent"

    def test_an_answer_that_could_not_be_used_is_not_remembered(self, server: Loopback, client_of: OpenClient) -> None:
        server.on("/tv/655", data({"id": 655}))
        client = client_of()
        client.fetch([SHOW])
        picky = replace(SHOW, problem_with=lambda _: "not that")
        assert client.foresight.outlook(picky) == "sent"
        assert client.foresight.remembered(picky) is None

    def test_an_address_that_is_none_is_not_asked(self, client_of: OpenClient) -> None:
        nowhere = replace(SHOW, host="tng")
        foresight = client_of().foresight
        assert foresight.outlook(nowhere) == "barred"
        assert not foresight.is_forbidden(nowhere)
        assert foresight.robots_to_read([nowhere]) == 0


class TestRobots:
    def test_each_host_needs_its_robots_txt_once_a_day(self, trekcore: Open, clock: FakeClock) -> None:
        client = trekcore()
        assert client.foresight.robots_to_read([LIST, LIST, OTHER]) == 2
        client.fetch([LIST])
        assert client.foresight.robots_to_read([LIST, OTHER]) == 1
        assert trekcore().foresight.robots_to_read([LIST, OTHER]) == 1
        assert trekcore(is_refresh=True).foresight.robots_to_read([LIST, OTHER]) == 2
        clock.advance(25 * HOUR_S)
        assert trekcore().foresight.robots_to_read([LIST, OTHER]) == 2

    def test_what_is_forbidden_is_not_asked(self, server: Loopback, trekcore: Open) -> None:
        server.on("/tng/robots.txt", text(b"User-agent: *\nDisallow: /episodes/\n", "text/plain"))
        client = trekcore()
        assert client.foresight.outlook(LIST) == "sent"
        assert not client.foresight.is_forbidden(LIST)
        client.fetch([LIST])
        for later in (client, trekcore()):
            assert later.foresight.outlook(LIST) == "barred"
            assert later.foresight.is_forbidden(LIST)
            assert later.foresight.outlook(OTHER) == "sent"
        assert "/tng/episodes/index.html" not in {seen.path for seen in server.log}

    def test_one_that_cannot_be_read_bars_without_forbidding(self, server: Loopback, trekcore: Open) -> None:
        server.on("/tng/robots.txt", status(500))
        client = trekcore(max_retries=0)
        client.fetch([LIST])
        assert client.foresight.outlook(LIST) == "barred"
        assert not client.foresight.is_forbidden(LIST)

    def test_one_that_wants_too_long_pauses_bars_too(self, server: Loopback, trekcore: Open) -> None:
        server.on("/tng/robots.txt", text(b"User-agent: *\nCrawl-delay: 3600\n", "text/plain"))
        trekcore().fetch([LIST])
        assert trekcore().foresight.outlook(LIST) == "barred"


class TestTime:
    @pytest.mark.parametrize(("count", "least_s"), [(0, 0.0), (2, 0.0), (3, 2.0), (16, 28.0)])
    def test_the_burst_is_free_and_then_the_rate_rules(self, trekcore: Open, count: int, least_s: float) -> None:
        assert trekcore().foresight.shortest_s([LIST], count) == pytest.approx(least_s)

    def test_what_the_bucket_owes_already_is_counted(self, trekcore: Open, clock: FakeClock) -> None:
        trekcore().fetch([LIST])  # two tokens: robots.txt and the list
        assert trekcore().foresight.shortest_s([OTHER], 2) == pytest.approx(4.0)
        clock.advance(3.0)
        assert trekcore().foresight.shortest_s([OTHER], 2) == pytest.approx(1.0)

    def test_a_crawl_delay_that_is_known_is_counted(self, server: Loopback, trekcore: Open, clock: FakeClock) -> None:
        server.on("/tng/robots.txt", text(b"User-agent: *\nCrawl-delay: 10\n", "text/plain"))
        trekcore().fetch([LIST])
        clock.advance(HOUR_S)
        assert trekcore().foresight.shortest_s([LIST], 4) == pytest.approx(30.0)
        assert trekcore().foresight.shortest_s([OTHER], 4) == pytest.approx(4.0)

    @pytest.mark.parametrize("count", [1, 5, 9])
    def test_it_is_as_long_as_a_bucket_really_makes_one_wait(self, tmp_path: Path, count: int) -> None:
        clock = FakeClock()
        bucket = TokenBucket(StateFile(tmp_path / "state.sqlite"), "x", rate=0.5, burst=3, clock=clock)
        bucket.acquire()
        foreseen_s, began_at = bucket.shortest_s(count), clock.now()
        for _ in range(count):
            bucket.acquire()
        assert clock.now() - began_at == pytest.approx(foreseen_s)
        bucket.close()


class TestTheClockOfTheSource:
    def test_an_answer_tells_how_far_the_clocks_are_apart(
        self, server: Loopback, client_of: OpenClient, clock: FakeClock
    ) -> None:
        client = client_of()
        assert client.clock_skew_s is None
        server.on("/tv/655", data({"id": 655}))  # its Date is that of this machine, the fake clock shows 2027
        client.fetch([SHOW])
        assert client.clock_skew_s == pytest.approx(clock.now() - datetime.now(UTC).timestamp(), abs=5.0)

    def test_a_confirmation_tells_it_too(self, server: Loopback, client_of: OpenClient) -> None:
        server.on("/tv/655", with_etag({"id": 655}, '"a"'))
        client_of().fetch([SHOW])
        client = client_of(is_refresh=True)
        (answer,) = client.fetch([SHOW])
        assert isinstance(answer, Answer)
        assert client.clock_skew_s is not None
        assert client.source == TMDB

    NOW = datetime(2026, 11, 1, 12, 0, tzinfo=UTC)

    @pytest.mark.parametrize(
        ("headers", "seconds"),
        [
            ({"Date": "Sun, 01 Nov 2026 12:00:00 GMT"}, 0.0),
            ({"Date": "Sun, 01 Nov 2026 11:00:00 GMT"}, HOUR_S),
            ({"Date": "Sun, 01 Nov 2026 13:00:00 -0000"}, -HOUR_S),
            ({"Date": "Sun, 01 Nov 2026 11:00:00 GMT", "Age": " 3600 "}, 0.0),
            ({"Date": "Sun, 01 Nov 2026 11:00:00 GMT", "Age": "soon"}, HOUR_S),
            ({"Date": "yesterday"}, None),
            ({"Date": "Sun, 01 Nov 2026 11:00:00 GMT", "Age": "9" * 5000}, None),
            ({"Date": "Sun, 01 Nov 99999999999999999999 11:00:00 GMT"}, None),
            ({}, None),
        ],
    )
    def test_it_is_read_off_the_headers(self, headers: dict[str, str], seconds: float | None) -> None:
        assert skew_s(self.NOW, headers) == seconds

    def test_what_python_writes_is_read(self) -> None:
        assert skew_s(self.NOW, {"Date": format_datetime(self.NOW, usegmt=True)}) == 0.0
