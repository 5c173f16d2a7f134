"""Six sources together: any one of them dead, slow or lying costs what it alone knows, and the run says so."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any

import pytest
from e2e_kit import Ran, Workplace, hashes
from fake_tmdb import Fault, body, hang, status
from harbour_sources import PATHS, HarbourSources, Lie, Row, franchise_of_six, running_sources, use_all

from etl.http.exchange import Timeouts
from etl.sources import SOURCES as KNOWN

pytest_plugins = ["e2e_fixtures"]

SOURCES = tuple(PATHS)
ROWS = {"tmdb": 7, "stapi": 6, "memory_alpha": 6, "trekcore": 6, "tvmaze": 7}
"""First Light is two rows of TMDB and of TVmaze."""

LINKS = "select source, source_id, episode_key, part from links where episode_key like 'hl:%' and source <> 'catalogue'"
VALUES = "select episode_key, field, source, value from field_values where episode_key like 'hl:%'"
QUALITY = "select avg(quality_overall) from episodes where series = 'hl'"


def untitled(rows: list[Row]) -> list[Row]:
    return [{**row, "title": ""} for row in rows]


def without_season_two(rows: list[Row]) -> list[Row]:
    return [row for row in rows if row["season"] != 2]


def backwards(rows: list[Row]) -> list[Row]:
    return rows[::-1]


@dataclass(frozen=True)
class Release:
    """What a run published and said."""

    ran: Ran
    run: dict[str, Any]
    links: set[tuple[Any, ...]]
    values: set[tuple[Any, ...]]
    quality: float

    def of_others(self, source: str) -> tuple[set[tuple[Any, ...]], set[tuple[Any, ...]]]:
        links = {link for link in self.links if link[0] != source}
        return links, {value for value in self.values if value[2] != source}


class Harbour:
    """One server, asked again and again with an empty cache."""

    def __init__(self, place: Workplace, server: HarbourSources) -> None:
        self.place = place
        self.server = server
        self._franchise = franchise_of_six(place.folder)
        self._count = 0

    def release(self, *arguments: str) -> Release:
        self._count += 1
        out = self.place.folder / f"out{self._count}"
        cache = self.place.folder / f"cache{self._count}"
        ran = self.place.generate("--franchise", self._franchise, "--cache-dir", cache, *arguments, out=out)
        assert ran.code == 0, ran.said
        ((quality,),) = self.place.query(QUALITY, out=out)
        links, values = (set(self.place.query(sql, out=out)) for sql in (LINKS, VALUES))
        return Release(ran, self.place.json("run.json", out=out), links, values, quality)

    def with_fault(self, source: str, fault: Fault) -> Release:
        self.server.begin_anew()
        self.server.break_at(PATHS[source], fault)
        return self.release()

    def with_lie(self, *sources: str, lie: Lie) -> Release:
        self.server.begin_anew()
        for source in sources:
            self.server.let_lie(source, lie)
        return self.release()


@pytest.fixture(scope="module")
def harbour(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Harbour]:
    with running_sources() as server, pytest.MonkeyPatch.context() as monkeypatch:
        # Silence is silence after a second.
        monkeypatch.setattr("etl.http.opening.Timeouts", partial(Timeouts, connect_s=1.0, read_s=1.0, total_s=5.0))
        place = Workplace(tmp_path_factory.mktemp("harbour"), monkeypatch)
        use_all(place, server)
        yield Harbour(place, server)


@pytest.fixture(scope="module")
def whole(harbour: Harbour) -> Release:
    harbour.server.begin_anew()
    return harbour.release()


def test_all_sources_are_used_and_every_row_is_linked(whole: Release) -> None:
    assert {name: whole.run["sources"][name]["status"] for name in SOURCES} == dict.fromkeys(SOURCES, "used")
    counted = {source: sum(link[0] == source for link in whole.links) for source in SOURCES}
    assert counted == ROWS
    # What waits is TMDB's "Episode 5" of the other series, which has no title yet.
    assert (whole.run["review"], whole.run["gaps"]) == (1, {})


def test_rows_of_one_story_meet_whatever_their_numbers(whole: Release) -> None:
    of_fog = {(source, source_id) for source, source_id, key, _ in whole.links if key == "hl:fog-signal"}
    assert of_fog == {
        ("tmdb", "70103"),
        ("stapi", "EPMA0000910003"),
        ("memory_alpha", "Fog Signal"),
        ("trekcore", "hl 1x03"),
        ("tvmaze", "880103"),
    }
    parts = {(source, part) for source, _, key, part in whole.links if key == "hl:first-light"}
    assert parts == {
        *(("tmdb", part) for part in (1, 2)),
        *(("tvmaze", part) for part in (1, 2)),
        *((source, None) for source in ("stapi", "memory_alpha", "trekcore")),
    }


@pytest.mark.parametrize("source", SOURCES)
@pytest.mark.parametrize("fault", [status(500), body("{}")], ids=["dead", "garbled"])
def test_a_dead_or_garbled_source_costs_the_others_nothing(
    harbour: Harbour, whole: Release, source: str, fault: Fault
) -> None:
    found = harbour.with_fault(source, fault)
    assert found.of_others(source) == whole.of_others(source)
    assert found.run["sources"][source]["status"] in {"failed", "partial"}
    assert f"! {KNOWN[source].title}: " in found.ran.out
    assert found.quality < whole.quality


def test_a_source_that_hangs_costs_the_others_nothing(harbour: Harbour, whole: Release) -> None:
    found = harbour.with_fault("tvmaze", hang)
    assert found.of_others("tvmaze") == whole.of_others("tvmaze")
    assert "TVmaze was silent" in found.ran.out


def test_the_order_in_which_sources_tell_is_of_no_account(harbour: Harbour, whole: Release) -> None:
    found = harbour.with_lie(*SOURCES, lie=backwards)
    assert (found.links, found.values) == (whole.links, whole.values)


@pytest.mark.parametrize("source", SOURCES)
def test_a_season_that_a_source_leaves_out_is_named(harbour: Harbour, whole: Release, source: str) -> None:
    found = harbour.with_lie(source, lie=without_season_two)
    assert found.of_others(source) == whole.of_others(source)
    assert found.links < whole.links
    assert found.run["gaps"] == {source: ["episodes of hl 2 (0 of 2)"]}
    assert "answered, but lacks episodes of hl 2 (0 of 2)." in found.ran.out
    assert found.quality < whole.quality


@pytest.mark.parametrize("source", SOURCES)
def test_a_source_without_titles_links_nothing_wrongly_and_is_named(
    harbour: Harbour, whole: Release, source: str
) -> None:
    found = harbour.with_lie(source, lie=untitled)
    assert found.of_others(source) == whole.of_others(source)
    # The wiki's pages are known by their titles, so without titles they are other rows.
    assert {link[:3] for link in found.links} <= {link[:3] for link in whole.links}
    assert source in found.run["gaps"] or found.run["sources"][source]["status"] == "failed"
    assert found.quality < whole.quality


def test_the_same_answers_give_the_same_bytes(harbour: Harbour, whole: Release) -> None:
    harbour.server.begin_anew()
    harbour.release()
    first, last = harbour.place.folder / "out1", harbour.place.folder / f"out{harbour._count}"
    del whole  # It was the first.
    assert hashes(first) == hashes(last)
