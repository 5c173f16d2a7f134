"""The second round: who made an episode is asked of STAPI where no other source tells it, within the budget."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from e2e_kit import Ran, Workplace, hashes
from fake_sources import FakeSources, franchise_file, running_sources

from tests.http.loopback import status

pytest_plugins = ["e2e_fixtures"]

PEOPLE = (
    "select episode_key, field, value, source_url, is_stale from field_values"
    " where source = 'stapi' and field in ('directors', 'writers', 'story_by') order by all"
)
STAPI = "select status, rows, linked, rejected, requests, cache_hits, errors from sources where source = 'stapi'"
UIDS = {number: f"EPMA000093000{number}" for number in range(1, 5)}


def run(place: Workplace, server: FakeSources, *arguments: str | Path, budget: int = 1, out: str = "outputs") -> Ran:
    place.set(**server.variables)
    file = franchise_file(place.folder, budget=budget)
    # The other sources name nobody, and their rates would make a second run wait.
    sources = [] if "--source" in arguments else ["--source", "tmdb,stapi"]
    arguments = ("--franchise", file, "--quality-threshold", "0.1", *sources, *arguments)
    ran = place.generate(*arguments, out=place.folder / out)
    assert ran.code == 0, ran.said
    return ran


@pytest.fixture
def sources() -> Iterator[FakeSources]:
    with running_sources() as server:
        yield server


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Workplace, FakeSources]]:
    """After one run with a budget of two; nobody writes into it."""
    with running_sources() as server, pytest.MonkeyPatch.context() as monkeypatch:
        place = Workplace(tmp_path_factory.mktemp("people"), monkeypatch)
        run(place, server, budget=2)
        yield place, server


def test_the_most_valuable_are_asked_for_within_the_budget(told: tuple[Workplace, FakeSources]) -> None:
    """Three and four lack directors and writers, two lacks writers alone, one lacks nothing; four is the youngest."""
    place, server = told
    assert sorted(server.people_asked) == [UIDS[3], UIDS[4]]
    assert place.query(STAPI) == [("used", 4, 4, 0, 3, 0, 0)]
    assert place.query("select successes from sources where source = 'stapi'") == [(3,)]


def test_what_comes_is_told_with_its_own_address(told: tuple[Workplace, FakeSources]) -> None:
    place, server = told
    assert place.query(PEOPLE) == [
        (f"loom:{key}", field, value, f"{server.base_url}/stapi/episode?uid={UIDS[number]}", False)
        for key, number in (("knot-of-ash", 3), ("selvage", 4))
        for field, value in (("directors", '["Ana Weaver"]'), ("writers", '["Bo Scribe"]'))
    ]
    directors = place.query("select episode_key, directors from episodes order by episode")
    assert directors == [
        ("loom:first-thread", ["Cy Quill"]),
        ("loom:humming-wheel", ["Cy Quill"]),
        ("loom:knot-of-ash", ["Ana Weaver"]),
        ("loom:selvage", ["Ana Weaver"]),
    ]


def test_the_next_run_goes_on_where_the_budget_ended(place: Workplace, sources: FakeSources) -> None:
    asked = []
    for _ in range(4):
        sources.log.clear()
        run(place, sources)
        asked.append(sources.people_asked)
    assert asked == [[UIDS[4]], [UIDS[3]], [UIDS[2]], []]
    assert {key for key, *_ in place.query(PEOPLE)} == {"loom:humming-wheel", "loom:knot-of-ash", "loom:selvage"}
    assert place.query(STAPI) == [("used", 4, 4, 0, 0, 4, 0)]


def test_offline_the_cache_tells_them_and_the_bytes_are_the_same(place: Workplace, sources: FakeSources) -> None:
    run(place, sources, budget=2)
    sources.log.clear()
    run(place, sources, "--offline", budget=2, out="replayed")
    assert sources.log == []
    assert hashes(place.folder / "replayed") == hashes(place.out)
    assert place.query(STAPI, out=place.folder / "replayed") == [("used", 4, 4, 0, 0, 3, 0)]


def test_a_budget_of_nothing_asks_for_nobody(place: Workplace, sources: FakeSources) -> None:
    run(place, sources, budget=0)
    assert sources.people_asked == []
    assert place.query(PEOPLE) == []
    run(place, sources, budget=1, out="asked")
    run(place, sources, budget=0)
    assert place.query(PEOPLE) == []


def test_what_a_person_corrected_is_not_asked_for(place: Workplace, sources: FakeSources) -> None:
    corrections = "".join(
        f'[[override]]\nepisode = "loom:selvage"\nfield = "{field}"\nvalue = ["Eve Loomis"]\nreason = "seen"\n'
        for field in ("directors", "writers")
    )
    (place.folder / "mine.toml").write_text(corrections, "utf-8")
    run(place, sources, "--overrides", place.folder / "mine.toml")
    assert sources.people_asked == [UIDS[3]]


def test_without_stapi_nobody_is_asked_for_and_what_it_told_stays(place: Workplace, sources: FakeSources) -> None:
    run(place, sources)
    before = place.query(PEOPLE)
    sources.log.clear()
    run(place, sources, "--source", "tmdb")
    assert sources.people_asked == []
    assert place.query(PEOPLE) == before


def test_what_was_told_once_stays_where_the_budget_goes_to_others(place: Workplace, sources: FakeSources) -> None:
    run(place, sources, budget=3)
    before = place.query(PEOPLE)
    sources.log.clear()
    run(place, sources, "--refresh")
    assert sources.people_asked == [UIDS[4]]
    assert len(before) == 6
    assert place.query(PEOPLE) == before


def test_a_failure_is_named_and_what_was_told_goes_stale(place: Workplace, sources: FakeSources) -> None:
    run(place, sources, budget=3)
    sources.on("/stapi/episode", status(500))
    (place.cache / "responses.sqlite").unlink()
    run(place, sources)
    assert place.query(STAPI) == [("partial", 4, 4, 0, 2, 0, 1)]
    assert place.query("select category, concerns from errors") == [("service-unavailable", f"episode:{UIDS[4]}")]
    stale = {key for key, _, _, _, is_stale in place.query(PEOPLE) if is_stale}
    assert stale == {"loom:selvage"}
    assert len(place.query(PEOPLE)) == 6


def test_drift_and_a_broken_answer_are_told(place: Workplace, sources: FakeSources) -> None:
    sources.full_object_extra = {"understudies": []}
    run(place, sources)
    assert "episode.understudies" in place.json("run.json")["drift"]["stapi"]
    sources.full_object_extra = {"directors": "Ana Weaver"}
    run(place, sources, out="broken")
    broken = place.folder / "broken"
    assert place.query("select category, concerns from errors", out=broken) == [("data-format", f"episode:{UIDS[3]}")]
    assert json.loads((broken / "run.json").read_text("utf-8"))["sources"]["stapi"]["status"] == "partial"
