"""--licence-safe: no sentence of the wiki, nor of TVmaze, in any file of the release, also not a carried one."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import duckdb
import polars as pl
import pytest
from e2e_kit import Workplace, files_below
from fake_sources import (
    BOUND_SENTENCES,
    FREE_SENTENCE,
    MAZE_SENTENCES,
    WIKI_SENTENCES,
    FakeSources,
    broken_page,
    franchise_file,
    running_sources,
)

pytest_plugins = ["e2e_fixtures"]

SYNOPSES = "select episode_key, synopsis, has_synopsis from episodes order by episode"
FIRST, WHEEL, ASH, EDGE = "loom:first-thread", "loom:humming-wheel", "loom:knot-of-ash", "loom:selvage"
OF_ITS_OWN = [
    (FIRST, MAZE_SENTENCES[0], True),
    (WHEEL, "A wheel hums.", True),
    (ASH, MAZE_SENTENCES[1], True),
    (EDGE, "An edge frays.", True),
]
SAFE = [
    (FIRST, FREE_SENTENCE, True),
    (WHEEL, "A wheel hums.", True),
    (ASH, None, False),
    (EDGE, "An edge frays.", True),
]


def run(place: Workplace, *arguments: str, out: str) -> Path:
    folder = place.folder / out
    file = franchise_file(place.folder)
    ran = place.generate("--franchise", file, "--quality-threshold", "0.1", *arguments, out=folder)
    assert ran.code == 0, ran.said
    return folder


def everything_told(release: Path) -> str:
    """All text of all files of a release: their bytes, and each table of the database and of Parquet as rows."""
    parts = [path.read_bytes().decode("utf-8", "replace") for path in files_below(release)]
    with duckdb.connect(release / "episodes.duckdb", read_only=True) as connection:
        names = connection.execute("select table_name from information_schema.tables").fetchall()
        tables = [connection.table(name) for (name,) in names]
        parts += [str(table.select("columns(*)::varchar").fetchall()) for table in tables]
    parts += [str(pl.read_parquet(path).to_dicts()) for path in release.glob("*.parquet")]
    return re.sub(r"\s+", " ", "\n".join(parts))


def sentences_in(release: Path) -> set[str]:
    text = everything_told(release)
    return {sentence for sentence in BOUND_SENTENCES if sentence in text}


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Workplace, FakeSources]]:
    """One cold run as it is usually made; the others read its cache, so that they ask nobody."""
    with running_sources() as server, pytest.MonkeyPatch.context() as monkeypatch:
        place = Workplace(tmp_path_factory.mktemp("licence"), monkeypatch)
        place.set(**server.variables)
        server.extra_pages = [broken_page()]
        server.stories[2].stapi = {}
        run(place, out="usual")
        yield place, server


@pytest.fixture(scope="module")
def usual(world: tuple[Workplace, FakeSources]) -> Path:
    return world[0].folder / "usual"


@pytest.fixture(scope="module")
def safe(world: tuple[Workplace, FakeSources]) -> Path:
    return run(world[0], "--licence-safe", "--offline", out="safe")


def test_without_it_the_release_holds_their_sentences(world: tuple[Workplace, FakeSources], usual: Path) -> None:
    assert world[0].query(SYNOPSES, out=usual) == OF_ITS_OWN
    assert sentences_in(usual) == {*MAZE_SENTENCES, WIKI_SENTENCES[1]}
    assert world[0].json("run.json", usual)["licence_safe"] == {"is_on": False, "prose_left_out": []}
    assert "licence-safe" not in (usual / "ATTRIBUTION.md").read_text("utf-8")


def test_with_it_no_file_holds_one(safe: Path) -> None:
    assert sentences_in(safe) == set()
    assert FREE_SENTENCE in everything_told(safe)


def test_the_next_source_that_may_be_passed_on_tells_the_synopsis(
    world: tuple[Workplace, FakeSources], safe: Path
) -> None:
    assert world[0].query(SYNOPSES, out=safe) == SAFE
    told = world[0].query("select distinct source from field_values where field = 'synopsis'", out=safe)
    assert told == [("tmdb",)]


def test_facts_of_theirs_stay(world: tuple[Workplace, FakeSources], usual: Path, safe: Path) -> None:
    facts = "select source, field, count(*) from field_values where field <> 'synopsis' group by all order by all"
    place = world[0]
    assert place.query(facts, out=safe) == place.query(facts, out=usual)
    assert {"memory_alpha", "tvmaze", "trekcore"} <= {source for source, *_ in place.query(facts, out=safe)}


def test_a_refused_row_keeps_its_reason_without_its_text(world: tuple[Workplace, FakeSources], safe: Path) -> None:
    ((source_id, reason, payload),) = world[0].query(
        "select source_id, reason, payload from rejects where source = 'memory_alpha'", out=safe
    )
    assert source_id == "Spindle (episode)"
    assert "pageid" in reason
    assert "left_out" in payload


def test_the_release_says_so(world: tuple[Workplace, FakeSources], safe: Path) -> None:
    bound = ["memory_alpha", "trekcore", "stapi", "tvmaze"]
    assert world[0].json("run.json", safe)["licence_safe"] == {"is_on": True, "prose_left_out": bound}
    sections = (safe / "ATTRIBUTION.md").read_text("utf-8").split("\n## ")[1:]
    limited = [section.partition("\n")[0] for section in sections if "Its sentences are left out" in section]
    assert limited == ["Memory Alpha", "TrekCore", "STAPI", "TVmaze"]
    assert "TMDB" in [section.partition("\n")[0] for section in sections]


def test_it_keeps_the_contract(world: tuple[Workplace, FakeSources], safe: Path) -> None:
    assert world[0].run("validate", safe).code == 0


def test_values_of_an_earlier_release_obey_it(world: tuple[Workplace, FakeSources], usual: Path) -> None:
    """TVmaze is not asked, and so keeps what it said: its facts, but no sentence."""
    place = world[0]
    carried = run(place, "--offline", out="carried")
    run(place, "--licence-safe", "--offline", "--source", "tmdb", out="carried")
    assert place.query(SYNOPSES, out=carried) == SAFE
    kept = place.query("select distinct field from field_values where source = 'tvmaze' order by all", out=carried)
    assert kept == [("air_date",), ("runtime_min",), ("title",)]
    current = (carried / "run.json").resolve().parent
    assert sentences_in(current) == set()


def test_an_episode_that_keeps_its_last_values_obeys_it_too(world: tuple[Workplace, FakeSources]) -> None:
    """Knot of Ash falls below the gate when its synopsis goes, and keeps all that was published, but for that."""
    place = world[0]
    kept = run(place, "--offline", "--as-of", "2026-11-20T12:00:00Z", out="kept")
    scores = dict(place.query("select episode_key, quality_overall from episodes", out=kept))
    threshold = scores[ASH] - 0.001
    others = [score for key, score in scores.items() if key != ASH]
    assert min(others) > threshold
    run(place, "--licence-safe", "--offline", "--quality-threshold", f"{threshold:.6f}", out="kept")
    assert place.query(SYNOPSES, out=kept) == SAFE
    assert place.query("select episode_key from episodes where is_stale", out=kept) == [(ASH,)]
    assert sentences_in((kept / "run.json").resolve().parent) == set()
    assert place.run("validate", kept).code == 0
