"""What to mend first: what it gains, who could give it, and where a person can mend it."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from etl.corrections import read_corrections
from etl.decisions import checked_overrides
from etl.errors import InputError
from etl.fix_list import fix_list_in_words
from etl.load.reports import read_reports
from etl.load.warehouse import write_warehouse
from schemas.episodes import WEIGHTS
from tests.factories import added, changed, empty_tables, tiny_tables

FARPOINT, NAKED_NOW, YESTERYEAR = "tng:encounter-at-farpoint", "tng:the-naked-now", "tas:yesteryear"
Tables = dict[str, pl.DataFrame]


def fixes(folder: Path, tables: Tables) -> pl.DataFrame:
    write_warehouse(folder / "episodes.duckdb", tables)
    return read_reports(folder / "episodes.duckdb")["fix_list"]


def of(found: pl.DataFrame, series: str, field: str, problem: str = "missing") -> dict[str, Any]:
    return found.row(
        by_predicate=(pl.col("series") == series) & (pl.col("field") == field) & (pl.col("problem") == problem),
        named=True,
    )


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> pl.DataFrame:
    tables = changed(tiny_tables(), "series", "tas", tmdb_id=1992)
    tables["field_values"] = tables["field_values"].filter(pl.col("field") != "connections")
    for source in ("memory_alpha", "stapi", "trekcore", "catalogue"):
        tables = added(tables, "coverage", source=source, series="tas", season=1, episodes=2, titled=0, dated=0)
    value = {"normalised": "x", "is_stale": False, "is_chosen": False, "rule": "order", "value": "x"}
    value |= {"fetched_at": tables["runs"]["as_of"][0]}
    for source, key in (
        ("memory_alpha", FARPOINT),
        ("memory_alpha", NAKED_NOW),
        ("override", FARPOINT),
        ("tvmaze", FARPOINT),
    ):
        tables = added(tables, "field_values", episode_key=key, field="writers", source=source, **value)
    tables = changed(tables, "episodes", "tas:beyond-the-farthest-star", memory_alpha_url="https://wiki.example/Beyond")
    return fixes(tmp_path_factory.mktemp("fixes"), tables)


def test_a_missing_field_gains_its_weight_for_every_episode(found: pl.DataFrame) -> None:
    writers = of(found, "tas", "writers")
    points = 40 * WEIGHTS["writers"] / sum(WEIGHTS.values())
    assert (writers["episodes"], writers["points"]) == (2, round(points, 4))
    assert writers["gain"] == round(2 * points, 2)


def test_the_list_begins_with_what_gains_most(found: pl.DataFrame) -> None:
    assert found["gain"].to_list() == sorted(found["gain"].to_list(), reverse=True)
    assert "season" not in found["field"].to_list()


def test_who_could_give_it_knows_the_series_and_gives_the_field_elsewhere(found: pl.DataFrame) -> None:
    # STAPI and TrekCore know the series and name no writers; TVmaze names one and does not know the series.
    assert of(found, "tas", "writers")["sources"] == "memory_alpha, tmdb"


def test_a_link_leads_to_the_first_episode_in_the_order_of_the_broadcasts(found: pl.DataFrame) -> None:
    writers = of(found, "tas", "writers")
    assert writers["first_episode"] == "tas:beyond-the-farthest-star"
    assert writers["link"] == "https://wiki.example/Beyond?action=edit"
    assert of(found, "tas", "synopsis")["link"] == "https://www.themoviedb.org/tv/1992/season/1/episode/1/edit"


def test_what_nobody_gives_has_no_link(found: pl.DataFrame) -> None:
    unknown = found.filter(pl.col("sources").is_null())
    assert unknown.select("series", "field", "link").rows() == [
        ("tas", "connections", None),
        ("tng", "connections", None),
    ]


def test_an_empty_release_lacks_nothing(tmp_path: Path) -> None:
    assert fixes(tmp_path, empty_tables()).is_empty()
    assert (
        fix_list_in_words(fixes(tmp_path, empty_tables()), 20) == "Nothing is missing, and no two witnesses disagree.\n"
    )


def test_a_disputed_field_gains_its_share_of_agreement(tmp_path: Path) -> None:
    tables = tiny_tables()
    value = {"normalised": "x", "is_stale": False, "is_chosen": False, "rule": "order", "value": "x"}
    value |= {"fetched_at": tables["runs"]["as_of"][0], "episode_key": NAKED_NOW}
    tables = added(
        tables, "sources", **{**tables["sources"].row(0, named=True), "source": "tvmaze", "lineage": "tvmaze"}
    )
    for field in ("title", "air_date"):
        tables = added(tables, "field_values", field=field, source="tvmaze", **value)
    tables = added(tables, "coverage", source="tvmaze", series="tng", season=1, episodes=2, titled=0, dated=0)
    tables = added(
        tables,
        "links",
        source="tvmaze",
        source_id="4711",
        episode_key=NAKED_NOW,
        method="title",
        score=1.0,
        evidence="e",
    )
    disputed = of(fixes(tmp_path, tables), "tng", "title", "disputed")
    # Two fields are told by two lineages: 0.3 for accuracy, half of it agreement, half of that this field.
    assert (disputed["episodes"], disputed["points"]) == (1, 7.5)
    assert disputed["sources"] == "tvmaze"
    assert disputed["link"] == "https://www.tvmaze.com/episodes/4711"


def test_in_words_there_are_links_and_corrections_to_paste(found: pl.DataFrame, tmp_path: Path) -> None:
    text = fix_list_in_words(found, 100)
    assert "Could give it: Memory Alpha, TMDB" in text
    assert "   Mend it at: https://wiki.example/Beyond?action=edit" in text.splitlines()
    lines = [line.removeprefix("     ") for line in text.splitlines() if line.startswith("     ")]
    (tmp_path / "mine.toml").write_text("\n".join(lines), "utf-8")
    pasted = tomllib.loads("\n".join(lines))["override"]
    assert len(pasted) == found.filter(pl.col("link").is_null()).height
    assert "more stand in" not in text


def entry(**values: Any) -> pl.DataFrame:
    row = {"series": "tng", "problem": "missing", "episodes": 1, "points": 3.0, "gain": 3.0, "sources": None}
    return pl.DataFrame([{**row, "first_episode": FARPOINT, "link": None, **values}])


FILLED = {
    "tmdb_id": "1",
    "air_date": "1987-09-28",
    "imdb_id": '"tt0094030"',
    "memory_alpha_url": '"https://wiki.example/A"',
}


@pytest.mark.parametrize("field", [name for name in WEIGHTS if name not in ("season", "episode")])
def test_a_correction_to_paste_is_refused_until_it_is_filled_in(tmp_path: Path, field: str) -> None:
    text = fix_list_in_words(entry(field=field), 1)
    block = "\n".join(line.removeprefix("     ") for line in text.splitlines() if line.startswith("     "))
    file = tmp_path / "mine.toml"
    file.write_text(block, "utf-8")
    with pytest.raises(InputError, match=r"mine.toml:4: override\[0\].value"):
        checked_overrides(read_corrections(file))
    filled = block.replace('episode_key = ""', 'episode_key = "tng:haven"')
    file.write_text(filled.replace('""', FILLED.get(field, '"Somebody"')), "utf-8")
    (one,) = checked_overrides(read_corrections(file)).override
    assert (one.episode, one.field) == (FARPOINT, field)


def test_one_episode_and_who_disagrees_in_words() -> None:
    lines = fix_list_in_words(
        entry(field="air_date", problem="disputed", sources="tvmaze", link="https://t"), 1
    ).splitlines()
    assert lines[0] == "1. tng air_date, disputed in 1 episode: 3.00 points each, 3.0 in all"
    assert lines[1] == "   Disagrees with what is published: TVmaze"
    nobody = fix_list_in_words(entry(field="air_date", problem="disputed"), 1)
    assert "Disagrees with what is published: somebody who is not asked any more" in nobody
    two = fix_list_in_words(pl.concat([entry(field="air_date"), entry(field="writers")]), 1)
    assert two.splitlines()[-1] == "1 more stand in report_fix_list."
