"""A source that fails is left alone by later runs too, for a while; how all fared has a history; offline is offline."""

from __future__ import annotations

import json
import re
import socket
import threading
import time
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime
from functools import partial
from typing import Any, NoReturn

import pytest
from e2e_kit import FRANCHISE, FirstRun, Workplace, ended
from fake_tmdb import HARBOUR_LIGHTS, V4_TOKEN, FakeTmdb, held, running_tmdb, status

from etl.checkup import check_sources, checkup_lines
from etl.http.exchange import Timeouts
from etl.http.health import Health, Vitals
from etl.http.state import StateFile, state_key
from etl.http.vitals_store import VitalsInFile
from etl.options import Options
from etl.settings import load_settings

pytest_plugins = ["e2e_fixtures"]

HEALTH = "select health, consecutive_failures, successes, errors, error_rate from sources where source = 'tmdb'"
VALUES = "select episode_key, title, air_date, synopsis, runtime_min, guest_stars, tmdb_id from episodes"
UNTIL = r"It is left alone until \d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC"
SINCE = r"The first failure was at \d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC\. "


class Failing:
    """Three runs: TMDB fails in all that the first one asks, is left alone in the second, and is well in the third."""

    def __init__(self, place: Workplace, tmdb: FakeTmdb) -> None:
        self.query = place.query
        self.json = place.json
        place.use(tmdb)
        tmdb.break_at("/", status(500))
        self.first = place.generate("--as-of", "2026-11-20T12:00:00Z")
        self.first_health = place.query(HEALTH)
        tmdb.mend()
        self.asked_in_first = len(tmdb.log)
        place.prolong_cool_downs()
        self.second = place.generate("--as-of", "2026-11-21T12:00:00Z", "--refresh")
        self.asked_in_second = len(tmdb.log) - self.asked_in_first
        self.second_health = place.query(HEALTH)
        place.end_cool_downs()
        self.third = place.generate("--as-of", "2026-11-22T12:00:00Z", "--concurrency", "1")


@pytest.fixture(scope="module")
def failing(tmp_path_factory: pytest.TempPathFactory) -> Failing:
    with pytest.MonkeyPatch.context() as monkeypatch, running_tmdb() as tmdb:
        return Failing(Workplace(tmp_path_factory.mktemp("failing"), monkeypatch), tmdb)


class TestOverRuns:
    def test_three_failures_make_a_source_unhealthy(self, failing: Failing) -> None:
        assert failing.first.code == 0, failing.first.said
        assert failing.asked_in_first == 3
        assert failing.first_health == [("unhealthy", 3, 0, 3, 1.0)]
        assert re.search(r"UNHEALTHY  TMDB: 3 failures in a row since .*; it has never answered\. ", failing.first.out)

    def test_the_next_run_does_not_ask_it_and_says_since_when_why_and_until_when(self, failing: Failing) -> None:
        assert failing.second.code == 0, failing.second.said
        assert failing.asked_in_second == 0
        assert failing.second_health == [("unhealthy", 3, 0, 3, 1.0)]
        why = r"was not asked, because it failed before: TMDB has a fault of its own after 1 attempt \(HTTP 500\)\. "
        assert re.search(f"! TMDB: TMDB {why}{SINCE}{UNTIL}", failing.second.out), failing.second.out

    def test_after_its_cool_down_one_trial_decides(self, failing: Failing) -> None:
        assert failing.third.code == 0, failing.third.said
        assert failing.query(HEALTH) == [("healthy", 0, 3, 0, 0.0)]
        assert "HEALTHY    TMDB\n" in failing.third.out
        ((cool_down, last_success_at, median_s, p95_s),) = failing.query(
            "select cool_down_until, epoch(last_success_at), response_median_s, response_p95_s"
            " from sources where source = 'tmdb'"
        )
        assert cool_down is None
        assert last_success_at is not None
        assert 0 < median_s <= p95_s < 30

    def test_errors_and_sources_have_a_history(self, failing: Failing) -> None:
        assert failing.query("select run_id, count(*) from errors group by all order by all") == [
            ("20261120T120000Z", 3),
            ("20261121T120000Z", 3),
        ]
        history = "select run_id, health, requests, errors from source_history where source = 'tmdb' order by all"
        assert failing.query(history) == [
            ("20261120T120000Z", "unhealthy", 3, 3),
            ("20261121T120000Z", "unhealthy", 0, 3),
            ("20261122T120000Z", "healthy", 3, 0),
        ]
        assert failing.query("select errors from report_summary") == [(0,)]
        assert "!" not in failing.third.out

    def test_run_json_has_the_error_rate_but_no_health(self, failing: Failing) -> None:
        assert failing.json("run.json")["sources"]["tmdb"]["error_rate_percent"] == 0.0
        assert "healthy" not in json.dumps(failing.json("run.json"))


def test_values_of_a_failed_source_are_kept_with_their_age(
    place: Workplace, tmdb: FakeTmdb, first_run: FirstRun
) -> None:
    place.begin_with(first_run)
    place.use(tmdb)
    tmdb.break_at(HARBOUR_LIGHTS, status(500))
    of_tmdb = "from field_values where source = 'tmdb' and episode_key like 'hl:%'"
    ((fetched_at, year),) = place.query(f"select epoch_us(max(fetched_at)), year(max(fetched_at)) {of_tmdb}")
    ran = place.generate("--as-of", f"{year + 1}-12-31T00:00:00Z")
    assert ran.code == 0, ran.said
    ((stale, stories, days),) = place.query("select stale, stories, age_days from report_stale_values")
    assert stories == 6
    assert f"TMDB's values are {days} days old where it did not give them again: {stale} values of 6 epis" in ran.out
    assert place.query(f"select epoch_us(max(fetched_at)) {of_tmdb} and is_stale") == [(fetched_at,)]
    assert "DEGRADED   TMDB: 1 failure in a row since" in ran.out or "DEGRADED   TMDB: 33.3%" in ran.out


class TestHealthCheck:
    def test_the_healthy_are_named_and_asked(self, place: Workplace, tmdb: FakeTmdb) -> None:
        place.use(tmdb)
        ran = place.generate("--health-check", "--source", "tmdb", "--source", "stapi")
        assert ran.code == 0, ran.said
        assert ran.err == ("NOT ASKED  STAPI: nothing that is wanted has an id there.\nHEALTHY    TMDB\n")
        assert (tmdb.log[0].path, tmdb.log[0].query) == ("/tv/9101", {})
        assert len(tmdb.log) == 4
        again = Options(place.out, datetime.now(UTC), str(FRANCHISE), sources=("tmdb",))
        assert checkup_lines(check_sources(load_settings(), again)) == ["HEALTHY    TMDB"]
        assert len(tmdb.log) == 5, "what is in the cache says nothing of how a source fares now"

    def test_the_unhealthy_are_left_alone(self, place: Workplace, tmdb: FakeTmdb) -> None:
        place.use(tmdb)
        tmdb.break_at("/", status(500))
        ran = place.generate("--health-check", "--source", "tmdb", "--source", "catalogue", "--quiet")
        assert ran.code == 0, ran.said
        assert len(tmdb.log) == 1
        unhealthy, why = ran.err.splitlines()[:2]
        assert re.fullmatch(
            r"UNHEALTHY  TMDB: 1 failure in a row since .*; it has never answered\. It is not asked before .*",
            unhealthy,
        )
        assert why == (
            "! TMDB: TMDB has a fault of its own after 1 attempt (HTTP 500). (service-unavailable) "
            "The source has a fault of its own; run again later."
        )
        assert place.query("select distinct category from errors") == [("service-unavailable",)]
        assert place.query("select count(*) from episodes") == [(9,)]


class TestOffline:
    @pytest.fixture
    def no_sockets(self, monkeypatch: pytest.MonkeyPatch) -> list[str]:
        """Every way to a socket fails, and is noted."""
        tried: list[str] = []

        def refuse(*arguments: Any, **_: Any) -> NoReturn:
            tried.append(repr(arguments))
            raise OSError("a socket was opened")

        for name in ("socket", "create_connection", "getaddrinfo", "gethostbyname", "create_server"):
            monkeypatch.setattr(socket, name, refuse)
        return tried

    def test_the_cache_is_enough(self, warm: Workplace, first_run: FirstRun, no_sockets: list[str]) -> None:
        ran = warm.generate("--offline", "--strict")
        assert ran.code == 0, ran.said
        assert no_sockets == []
        assert warm.query(VALUES) == first_run.query(VALUES)
        assert warm.query("select status, requests, cache_hits, health from sources where source = 'tmdb'") == [
            ("used", 0, 3, None)
        ]
        assert not (warm.cache / "state.sqlite-wal").exists()

    def test_without_a_cache_it_says_so_and_uses_the_catalogue(self, place: Workplace, no_sockets: list[str]) -> None:
        place.set(TMDB_API_KEY="a-key", TMDB_BASE_URL="http://127.0.0.1:9/3")
        ran = place.generate("--offline")
        assert ran.code == 0, ran.said
        assert no_sockets == []
        assert "This run is offline, and the answer is not in the cache." in ran.out
        assert "this release is made of the bundled catalogue alone" in ran.out
        assert place.query("select count(*), count(synopsis) from episodes") == [(9, 0)]
        assert not (place.cache / "state.sqlite").exists()


class TestTwoProcesses:
    """One of them is a process of its own, the other is this one; both work on one cache at the same time."""

    @pytest.fixture
    def recovering(self, place: Workplace, tmdb: FakeTmdb) -> Workplace:
        """TMDB has failed, its cool-down is over, and it would answer now."""
        place.use(tmdb)
        with closing(StateFile(place.cache / "state.sqlite")) as file:
            store = VitalsInFile(file, state_key("tmdb", V4_TOKEN, tmdb.base_url))
            store.update(lambda _: Vitals(Health(3, 1.0, 8.0)))
        return place

    def test_one_makes_the_trial_and_the_other_is_not_held_up_by_it(
        self, recovering: Workplace, tmdb: FakeTmdb, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        may_end = threading.Event()
        tmdb.break_at("/", held(may_end))
        process = recovering.start(out=recovering.folder / "out-of-the-other")
        wait_for(lambda: len(tmdb.log) == 1)
        monkeypatch.setattr("etl.http.opening.Timeouts", partial(Timeouts, read_s=0.1))
        refused = recovering.generate()
        assert len(tmdb.log) == 1
        may_end.set()
        other = ended(process)
        assert (refused.code, other.code) == (0, 0), refused.said + other.said
        assert "One request is trying it now." in refused.out
        assert "HEALTHY    TMDB\n" in other.out
        assert recovering.query("select count(synopsis) from episodes", out=recovering.folder / "out-of-the-other") == [
            (9,)
        ]
        assert "locked" not in refused.said + other.said
        assert "cannot be used" not in refused.said + other.said


def wait_for(condition: Callable[[], bool]) -> None:
    """Wait until it holds, at most a minute."""
    give_up_at = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < give_up_at
        time.sleep(0.005)
