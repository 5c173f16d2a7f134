"""generate --dry-run: what would be asked, with every socket shut and nothing published."""

from __future__ import annotations

import re
import socket
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NoReturn

import pytest
from e2e_kit import Ran, Workplace, files_below
from fake_sources import FakeSources, franchise_file, running_sources

from etl.asking import EXTRACTORS
from etl.planning import ROUNDS
from tests.http.loopback import text

pytest_plugins = ["e2e_fixtures"]

FORBIDS = text(b"User-agent: *\nDisallow: /\n", "text/plain")


@pytest.fixture
def shut(monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    """Lets every later use of a socket fail."""

    def refuse(*_: Any, **__: Any) -> NoReturn:
        raise AssertionError("a socket was used")

    def shut() -> None:
        for name in ("connect", "connect_ex", "bind", "listen", "send", "sendall", "sendto", "recv"):
            monkeypatch.setattr(socket.socket, name, refuse)
        for name in ("getaddrinfo", "create_connection"):
            monkeypatch.setattr(socket, name, refuse)

    return shut


def planned(place: Workplace, *arguments: str | Path) -> Ran:
    ran = place.run("generate", "--dry-run", "--out", place.out, *arguments)
    assert (ran.code, ran.err) == (0, ""), ran.said
    assert ran.out.splitlines()[-1] == "Nothing was sent and nothing was written."
    return ran


def lines(ran: Ran) -> dict[str, list[str]]:
    """The cells of every line of the table by source: requests, cached, not asked, to send, robots.txt, time."""
    rows = ran.out.partition("\n\n")[0].splitlines()[1:]
    cells = [re.split(r"\s{2,}", row) for row in rows]
    return {name: rest for name, *rest in cells}


@pytest.fixture(scope="module")
def asked(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Workplace, FakeSources]]:
    """Where a run has ended, so that the cache knows everything; nobody writes into its release."""
    with running_sources() as server, pytest.MonkeyPatch.context() as monkeypatch:
        place = Workplace(tmp_path_factory.mktemp("asked"), monkeypatch)
        place.set(**server.variables)
        server.on("/trekcore/loom/robots.txt", FORBIDS)
        ran = place.generate("--franchise", franchise_file(place.folder), "--quality-threshold", "0.1")
        assert ran.code == 0, ran.said
        yield place, server


def test_every_source_can_be_planned() -> None:
    assert set(ROUNDS) == set(EXTRACTORS)


def test_the_first_run_of_everything(place: Workplace, shut: Callable[[], None]) -> None:
    place.set(TMDB_API_KEY="some-token")
    shut()
    ran = planned(place)
    assert lines(ran) == {
        "TMDB": ["26", "0", "0", "26", "0", "0.0 s"],
        "Memory Alpha": ["about 26", "0", "0", "at least 14, about 26", "1", "at least 12.0 s, about 24.0 s"],
        "STAPI": ["about 10", "0", "0", "at least 1, about 10", "0", "0.0 s"],
        "TrekCore": ["8", "0", "0", "8", "8", "28.0 s"],
        "TVmaze": ["8", "0", "0", "8", "0", "0.0 s"],
        "Total": ["about 78", "0", "0", "at least 57, about 78", "9", "28.0 s"],
    }
    assert "STAPI: up to 20 more, for episodes whose people no other source names" in ran.out
    assert not place.out.exists()


def test_one_series_and_one_source(place: Workplace, shut: Callable[[], None]) -> None:
    shut()
    ran = planned(place, "--series", "tng", "--source", "memory_alpha", "--source", "tvmaze")
    assert lines(ran) == {
        "Memory Alpha": ["about 5", "0", "0", "at least 2, about 5", "1", "at least 0.0 s, about 3.0 s"],
        "TVmaze": ["1", "0", "0", "1", "0", "0.0 s"],
        "Total": ["about 6", "0", "0", "at least 3, about 6", "1", "at least 0.0 s, about 3.0 s"],
    }


def test_without_a_key_and_without_the_catalogue(place: Workplace, shut: Callable[[], None]) -> None:
    shut()
    ran = planned(place, "--no-catalogue", "--series", "tng", "--source", "tmdb,stapi")
    assert lines(ran)["TMDB"] == ["1", "0", "1", "0", "0", "0.0 s"]
    assert lines(ran)["STAPI"] == ["1", "0", "0", "1", "0", "0.0 s"]
    assert "TMDB: no key is set (TMDB_API_KEY), so only the cache is used." in ran.out


def test_offline_nothing_is_sent(place: Workplace, shut: Callable[[], None]) -> None:
    shut()
    ran = planned(place, "--offline")
    assert lines(ran)["Total"] == ["57", "0", "57", "0", "0", "0.0 s"]
    assert "up to 20 more" not in ran.out


def test_a_warm_cache_leaves_nothing_to_send(asked: tuple[Workplace, FakeSources], shut: Callable[[], None]) -> None:
    place, server = asked
    before = {path: path.stat().st_mtime_ns for path in files_below(place.out)}
    sent = len(server.log)
    shut()
    ran = planned(place, "--franchise", franchise_file(place.folder))
    assert {name: cells[:5] for name, cells in lines(ran).items()} == {
        "TMDB": ["2", "2", "0", "0", "0"],
        "Memory Alpha": ["2", "2", "0", "0", "0"],
        "STAPI": ["1", "1", "0", "0", "0"],
        "TrekCore": ["1", "0", "1", "0", "0"],
        "TVmaze": ["1", "1", "0", "0", "0"],
        "Total": ["7", "6", "1", "0", "0"],
    }
    assert "TrekCore: its robots.txt, as it was read last, forbids what is not asked." in ran.out
    assert len(server.log) == sent
    assert {path: path.stat().st_mtime_ns for path in files_below(place.out)} == before


def test_a_refresh_sends_what_the_cache_has(asked: tuple[Workplace, FakeSources], shut: Callable[[], None]) -> None:
    shut()
    ran = planned(asked[0], "--franchise", franchise_file(asked[0].folder), "--refresh")
    assert [cells[0] for cells in lines(ran).values()] == ["2", "2", "1", "1", "1", "7"]
    assert [cells[3] for cells in lines(ran).values()] == ["2", "2", "1", "1", "1", "7"]
    assert [cells[4] for cells in lines(ran).values()] == ["0", "1", "0", "1", "0", "2"]


def test_incremental_leaves_out_what_is_published_and_over(
    asked: tuple[Workplace, FakeSources], shut: Callable[[], None]
) -> None:
    shut()
    ran = planned(asked[0], "--franchise", franchise_file(asked[0].folder), "--mode", "incremental")
    assert lines(ran)["Total"][:4] == ["1", "1", "0", "0"]
    assert lines(ran)["TMDB"][0] == "1"
    assert "up to 20 more" not in ran.out


def test_the_plan_is_what_the_run_then_sends(place: Workplace) -> None:
    with running_sources() as server:
        place.set(**server.variables)
        file = franchise_file(place.folder, budget=0)
        arguments = ("--franchise", file, "--source", "tmdb,stapi,tvmaze,trekcore")
        ran = planned(place, *arguments)
        assert place.generate(*arguments, "--quality-threshold", "0.1").code == 0
        _, _, _, sent, robots, _ = lines(ran)["Total"]
        assert len(server.log) == int(sent) + int(robots) == 6


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["--series", "nowhere"], "'nowhere' is no series of"),
        (["--overrides", "missing.toml"], "missing.toml"),
        (["--season", "1"], "--season needs a series."),
    ],
)
def test_what_a_run_would_refuse_is_refused(place: Workplace, arguments: list[str], told: str) -> None:
    ran = place.run("generate", "--dry-run", *arguments)
    assert ran.code == 3
    assert told in ran.err
    assert ran.out == ""


def test_no_summary_is_written(place: Workplace) -> None:
    planned(place, "--source", "tvmaze", "--summary-output", place.folder / "summary.json")
    assert not (place.folder / "summary.json").exists()
