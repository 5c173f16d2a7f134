"""A small share of `make chaos`, and that its checks see what they are there for."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path

import pytest
from e2e_kit import FirstRun, Ran, Workplace
from fake_tmdb import V3_KEY, V4_TOKEN

from benchmarks.chaos.__main__ import lines_of
from benchmarks.chaos.checks import (
    KINDS,
    Finding,
    Published,
    find_damage,
    find_ending,
    find_left,
    find_lost,
    find_secrets,
    find_torn,
    find_unhealed,
    read_published,
)
from benchmarks.chaos.faulty import faulty_scene
from benchmarks.chaos.killed import killed_scene
from benchmarks.chaos.play import play, scenes
from benchmarks.chaos.tally import Tally

pytest_plugins = ["e2e_fixtures"]

SEED = 7
WELL = Ran(0, "10 episodes are in outputs", "")


def test_faults_cost_nothing_that_was_published() -> None:
    tally = faulty_scene("f1", SEED, runs=4)
    assert tally.findings == []
    assert tally.runs == sum(tally.codes.values()) == 4
    assert tally.values_checked > 0
    assert tally.troubles.total() > 0


def test_kills_cost_nothing_that_was_published() -> None:
    tally = killed_scene("k1", SEED, kills=3)
    assert tally.findings == []
    assert (tally.runs, tally.kills) == (2, 3)
    assert tally.moments.total() == 3 + tally.moments["too late: it had ended"]


@pytest.fixture(scope="module")
def whole(first_run: FirstRun) -> Published:
    published = read_published(first_run.out)
    assert published is not None
    return published


@pytest.fixture
def out(place: Workplace, first_run: FirstRun) -> Path:
    place.begin_with(first_run)
    return place.out


def kinds(findings: list[Finding]) -> set[str]:
    return {finding.kind for finding in findings}


def test_nothing_is_found_where_nothing_is_wrong(out: Path, first_run: FirstRun, whole: Published) -> None:
    newer = replace(whole, link="another")
    found = [find_torn(out), find_lost(whole, newer), find_ending(WELL, whole, newer), find_secrets(out)]
    found += [find_damage(first_run.cache), find_left(out, out), find_unhealed(WELL, whole, newer)]
    assert found == [[]] * 7
    assert (read_published(out.parent / "nothing"), find_lost(None, whole), find_torn(out.parent)) == (None, [], [])


def test_a_torn_release_is_found(out: Path) -> None:
    with (out / "episodes.csv").open("a") as file:
        file.write("one more line\n")
    assert kinds(find_torn(out)) == {"torn"}


def test_a_value_that_its_source_does_not_say_again_is_lost(whole: Published) -> None:
    key = "hl:fog-signal"
    gone = (key, "synopsis", "tmdb")
    silent = {
        value: (text, True) if value[0] == key else (text, is_stale) for value, (text, is_stale) in whole.values.items()
    }
    del silent[gone]
    assert find_lost(whole, replace(whole, values=silent)) == [Finding("lost", f"{key} synopsis of tmdb")]
    spoken = {value: said for value, said in whole.values.items() if value != gone}
    assert find_lost(whole, replace(whole, values=spoken)) == []


def test_an_episode_without_a_tombstone_is_lost(whole: Published) -> None:
    key = "hl:fog-signal"
    without = replace(whole, living=whole.living - {key})
    assert find_lost(whole, without) == [Finding("lost", f"{key} without a tombstone")]
    assert find_lost(whole, replace(without, buried=frozenset({key}))) == []
    assert find_lost(whole, None) == [Finding("lost", "the whole release")]


@pytest.mark.parametrize(
    "ran",
    [
        Ran(1, "", "Error: broken"),
        Ran(3, "", "Error: no"),
        Ran(4, "", "Error: Traceback (most recent"),
        Ran(4, "", ""),
        WELL,
    ],
)
def test_an_ending_that_is_not_documented_is_found(whole: Published, ran: Ran) -> None:
    assert kinds(find_ending(ran, whole, whole)) == {"ending"}


@pytest.mark.parametrize("key", [V3_KEY, V4_TOKEN])
def test_a_key_is_found(out: Path, key: str) -> None:
    assert kinds(find_secrets(out, said=f"api_key={key}")) == {"secret"}
    (out / "note").write_text(json.dumps({"url": f"/3/tv?api_key={key}"}))
    assert find_secrets(out) == [Finding("secret", str(out / "note"))]


def test_damage_is_found(place: Workplace, first_run: FirstRun) -> None:
    shutil.copytree(first_run.cache, place.cache)
    (place.cache / "state.sqlite.corrupt-20261120").touch()
    responses = place.cache / "responses.sqlite"
    data = bytearray(responses.read_bytes())
    data[4096:8192] = bytes(4096)
    responses.write_bytes(data)
    assert len(find_damage(place.cache)) == 2


def test_what_is_left_behind_is_found(out: Path) -> None:
    (out / ".releases" / "run-9.partial").mkdir()
    (out / ".refused").mkdir()
    (out / "old.json").symlink_to(".current/old.json")
    assert len(find_left(out, out)) == 3


def test_what_a_clean_run_does_not_heal_is_found(whole: Published) -> None:
    stale = {value: (text, True) for value, (text, _) in whole.values.items()}
    assert len(find_unhealed(WELL, whole, replace(whole, values=stale))) == len(stale)
    assert kinds(find_unhealed(WELL, whole, replace(whole, living=frozenset()))) == {"unhealed"}
    assert kinds(find_unhealed(Ran(5, "", "Error: guard"), whole, whole)) == {"unhealed"}


def test_scenes_are_numbered_and_a_scene_that_breaks_is_a_finding(monkeypatch: pytest.MonkeyPatch) -> None:
    assert scenes(21, 9) == ["f1", "f2", "f3", "k1", "k2"]

    def broken(name: str, seed: int, count: int) -> Tally:
        raise RuntimeError(f"{name} of {seed}")

    monkeypatch.setattr("benchmarks.chaos.play.killed_scene", broken)
    ((place, finding),) = play("k2", SEED).findings
    assert (place, finding.kind) == ("k2", "ending")
    assert "RuntimeError: k2 of 7" in finding.text


def test_the_table_has_a_line_for_everything_that_must_not_be() -> None:
    whole = Tally(findings=[("f1 run 2", Finding("torn", "half"))])
    whole.add(Tally(runs=2, kills=1, longest_s=1.5, findings=[("k1 run 3", Finding("torn", "half"))]))
    rows = {row.what: row.measured for row in lines_of(whole, 3.0)}
    assert (rows["runs"], rows["longest run"], rows[KINDS["torn"]], rows[KINDS["lost"]]) == ("2", "1.5 s", "2", "0")
    assert set(KINDS.values()) < set(rows)
