from __future__ import annotations

import time
from pathlib import Path

import polars as pl
import pytest

from etl.errors import InputError
from etl.load.warehouse import write_warehouse
from etl.why import tell_why
from schemas.episodes import MERGED_FIELDS
from tests.factories import added, changed, empty_tables, tiny_tables

FARPOINT = "tng:encounter-at-farpoint"
HOSTILE = "x\n\x1b[31m\u202e'; drop table episodes; -- [\"half " + "long" * 200


def published(folder: Path, tables: dict[str, pl.DataFrame] | None = None) -> Path:
    write_warehouse(folder / "episodes.duckdb", tables or tiny_tables())
    return folder


@pytest.fixture(scope="module")
def release(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The tiny release; it is only read."""
    return published(tmp_path_factory.mktemp("release"))


@pytest.mark.parametrize(
    ("asked", "key"),
    [
        (FARPOINT, FARPOINT),
        (" TNG:Encounter-at-Farpoint ", FARPOINT),
        ("tng_s1_e01", FARPOINT),
        ("tmdb:37064", FARPOINT),
        ("37064", FARPOINT),
        ("tt0094030", FARPOINT),
        ("imdb:tt0094030", FARPOINT),
        ("tmdb:tng_s1_e02", "tng:the-naked-now"),
        ("film:twok", "film:twok"),
        ("twok", "film:twok"),
        ("tmdb:154", "film:twok"),
        ("tt0084726", "film:twok"),
    ],
)
def test_an_episode_is_found_by_any_of_its_names(release: Path, asked: str, key: str) -> None:
    assert tell_why(release, asked).startswith(f"{key}  ")
    assert tell_why(release / "episodes.duckdb", asked).startswith(f"{key}  ")


def test_the_whole_story_in_under_a_second(release: Path) -> None:
    started = time.perf_counter()
    text = tell_why(release, FARPOINT)
    assert time.perf_counter() - started < 1.0
    lines = text.splitlines()
    assert max(map(len, lines)) <= 110
    for line in (
        "  series    tng Star Trek: The Next Generation",
        "  number    season 1, episode 1 (tng_s1_e01)",
        "  parts     2, one story in several parts",
        "  parts         season 1, episodes 1-2",
        "  parts counts the story as 2 episodes.",
        "  tmdb          37064  title 0.98: title and series are equal",
        "  air_date          1987-09-28",
        "  * tmdb          D. C. Fontana; Gene Roddenberry",
        "                  2026-10-31 23:59:59 UTC https://example.org/tmdb",
    ):
        assert line in lines
    assert [line for line in lines if "nobody says" in line] == ["  nobody says  story_by"]


def test_one_field_is_told_in_full_with_its_conflict(release: Path) -> None:
    text = tell_why(release, "tng:the-naked-now", "title")
    assert "Links" not in text
    assert "  * tmdb          The Naked Now\n" in text
    assert "  ! catalogue     The Naked Now!\n" in text
    assert "independent witnesses disagree" in text
    assert "air_date" not in text
    agreed = tell_why(release, "tng:the-naked-now", "air_date")
    assert "    catalogue     1987-10-05\n" in agreed
    assert "disagree" not in agreed


def test_long_prose_is_cut_unless_it_is_asked_for(tmp_path: Path) -> None:
    prose = "word " * 200 + "END"
    tables = changed(tiny_tables(), "episodes", FARPOINT, synopsis=prose)
    release = published(tmp_path, tables)
    assert "END" not in tell_why(release, FARPOINT)
    assert "characters)" in tell_why(release, FARPOINT)
    assert "END" in tell_why(release, FARPOINT, "synopsis")


def test_a_field_that_nobody_says(release: Path) -> None:
    assert tell_why(release, FARPOINT, "story_by").endswith("  nobody says  story_by\n")


def test_where_a_scheme_differs_a_sentence_says_how(tmp_path: Path) -> None:
    tables = tiny_tables() | {"number_shifts": empty_tables()["number_shifts"]}
    numbers = [("imdb", 2, 1, 1), ("tvmaze", 1, 4, 4), ("memory_alpha", 1, 1, 1)]
    for scheme, season, first, last in numbers:
        row = {"scheme": scheme, "season": season, "first": first, "last": last}
        tables = added(tables, "numbering", episode_key="tng:the-naked-now", **row)
    text = tell_why(published(tmp_path, tables), "tng:the-naked-now")
    assert "  imdb counts it in season 2, which aired as season 1.\n" in text
    assert "  tvmaze counts 2 more before it in the season than were aired.\n" in text
    assert "  memory_alpha counts 1 fewer before it in the season than were aired.\n" in text
    assert "  tmdb counts" not in text


@pytest.mark.parametrize("asked", [FARPOINT, "tng:the-naked-now"])
def test_a_shift_is_explained_to_the_story_that_causes_it_and_to_those_behind_it(tmp_path: Path, asked: str) -> None:
    tables = tiny_tables()
    for key, first, last in ((FARPOINT, 1, 2), ("tng:the-naked-now", 3, 3)):
        number = {"scheme": "tvmaze", "season": 1, "first": first, "last": last}
        tables = added(tables, "numbering", episode_key=key, **number)
    other = {**tables["number_shifts"].row(0, named=True), "scheme": "imdb"}
    for elsewhere in ({"season": 2}, {"series": "tas"}, {"from_number": 3, "to_number": 9, "cause_key": None}):
        tables = added(tables, "number_shifts", **(other | elsewhere))
    text = " ".join(tell_why(published(tmp_path, tables), asked).split())
    said = (
        "tvmaze numbers tng season 1 one higher from episode 2 on, because “Encounter at Farpoint” counts as two there."
    )
    assert text.count(said) == 1
    assert "imdb numbers" not in text
    assert "tvmaze counts 1 more" not in text
    assert ("tvmaze counts the story as 2 episodes." in text) == (asked == FARPOINT)


def test_a_film_has_no_numbers(release: Path) -> None:
    text = tell_why(release, "film:twok")
    assert "Numbers" not in text
    assert "  release   1982-06-04\n" in text
    assert "pinned: pinned id" in text
    assert "  release_date " not in tell_why(release, "film:twok", "title")
    with pytest.raises(InputError, match="release_date"):
        tell_why(release, "film:twok", "air_date")


def test_an_unknown_name_is_answered_with_the_nearest(release: Path) -> None:
    with pytest.raises(InputError, match="Nearest are tng:encounter-at-farpoint, ") as wrong:
        tell_why(release, "tng:encounter-at-farpont")
    assert str(wrong.value).count(":") == 4
    with pytest.raises(InputError, match=r"Nearest are film:twok"):
        tell_why(release, "The Wrath of Khan")


@pytest.mark.parametrize("asked", ["", "'; drop table episodes; --", "%", '"', "\x00", "🖖", "x" * 5000])
def test_a_hostile_name_is_only_a_name(release: Path, asked: str) -> None:
    with pytest.raises(InputError, match="There is no episode"):
        tell_why(release, asked)


def test_an_id_of_two_sources_needs_the_source(tmp_path: Path) -> None:
    link = {"source": "tvmaze", "method": "title", "score": 0.9, "evidence": "e"}
    tables = added(tiny_tables(), "links", source_id="37064", episode_key="tng:the-naked-now", **link)
    release = published(tmp_path, tables)
    with pytest.raises(InputError, match="several: tng:encounter-at-farpoint, tng:the-naked-now"):
        tell_why(release, "37064")
    assert tell_why(release, "tvmaze:37064").startswith("tng:the-naked-now")


def test_an_unknown_field_names_the_fields(release: Path) -> None:
    with pytest.raises(InputError, match=", ".join(MERGED_FIELDS)):
        tell_why(release, FARPOINT, "airdate")


def test_no_release_or_a_broken_one_is_told_in_words(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="cannot be read"):
        tell_why(tmp_path, FARPOINT)
    (tmp_path / "episodes.duckdb").write_bytes(b"no database" * 1000)
    with pytest.raises(InputError, match="cannot be read"):
        tell_why(tmp_path, FARPOINT)
    (tmp_path / "empty").mkdir()
    with pytest.raises(InputError, match="holds none"):
        tell_why(published(tmp_path / "empty", empty_tables()), FARPOINT)


def test_foreign_texts_neither_break_lines_nor_reach_the_terminal(tmp_path: Path) -> None:
    tables = changed(tiny_tables(), "episodes", FARPOINT, title=HOSTILE)
    values = tables["field_values"].with_columns(
        pl.when(pl.col("field") == "title").then(pl.lit(HOSTILE)).otherwise("value").alias("value"),
        source_url=pl.lit(f"https://example.org/{'x' * 300}\x1b[2J"),
        is_stale=pl.lit(value=True),
    )
    links = tables["links"].with_columns(evidence=pl.lit(HOSTILE), source_id=pl.lit(HOSTILE) + pl.col("source_id"))
    text = tell_why(published(tmp_path, {**tables, "field_values": values, "links": links}), FARPOINT)
    assert all(line.isprintable() for line in text.splitlines())
    assert max(map(len, text.splitlines())) <= 110
    assert "kept from an earlier run" in text


def test_a_value_that_only_looks_like_a_list_stands_as_it_is(tmp_path: Path) -> None:
    tables = changed(tiny_tables(), "episodes", "tng:the-naked-now", story_by=None)
    values = tables["field_values"].with_columns(
        pl.when(pl.col("field") == "story_by").then(pl.lit("[half a list")).otherwise("value").alias("value"),
        pl.col("is_chosen") & (pl.col("field") != "story_by"),
    )
    text = tell_why(published(tmp_path, {**tables, "field_values": values}), "tng:the-naked-now", "story_by")
    assert "    tmdb          [half a list\n" in text
    assert "  story_by          not published\n" in text
    assert "none of these values is published now" in text
