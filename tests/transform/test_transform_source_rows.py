"""A source that suddenly gives fewer rows."""

from __future__ import annotations

import polars as pl
from release_kit import given, source_rows, told
from transform_factory import frame, row, rows

from etl.transform.source_rows import ANSWERED, lost_rows, remember_rows


def answered(*units: tuple[str, str] | tuple[str, str, int]) -> pl.DataFrame:
    names = ("source", "series", "season")
    return frame(ANSWERED, *(dict(zip(names, unit, strict=False)) for unit in units))


def ids(table: pl.DataFrame) -> list[str]:
    return table["source_id"].to_list()


LAST = source_rows(*given("tmdb", "tng", "1", "2", "3"), *given("tmdb", "ld", "9"), *given("stapi", "tng", "A"))


def test_what_a_source_gives_is_remembered_once() -> None:
    now = rows(row("1", "One"), row("1", "One again"), row("2", None, season=None))
    assert remember_rows(now, source_rows(), answered(("tmdb", "tng"))).to_dicts() == [
        {"source": "tmdb", "source_id": "1", "series": "tng", "season": 1, "title": "One"},
        {"source": "tmdb", "source_id": "2", "series": "tng", "season": None, "title": None},
    ]


def test_rows_of_whom_was_not_asked_or_failed_stay_remembered() -> None:
    remembered = remember_rows(rows(row("1", "One")), LAST, answered(("tmdb", "tng")))
    assert ids(remembered) == ["A", "1", "9"]


def test_a_part_of_an_answer_is_added_to_what_is_remembered() -> None:
    remembered = remember_rows(rows(row("2", "Two"), row("4", "Four")), LAST, answered())
    assert ids(remembered) == ["A", "1", "2", "3", "4", "9"]
    assert remembered.filter(source_id="2")["title"].to_list() == ["Two"]


def test_fewer_rows_are_told_with_both_counts_and_each_row() -> None:
    units = answered(("tmdb", "tng"), ("tmdb", "ld"))
    now = remember_rows(rows(row("2", "Two"), row("9", "Nine", series="ld")), LAST, units)
    found = lost_rows(now, LAST, units)
    assert sorted(told(found)) == [
        ("row_gone", "tmdb", "1", None, None),
        ("row_gone", "tmdb", "3", None, None),
        ("rows_lost", "tmdb", "rows", "3", "1"),
    ]
    assert found["series"].unique().to_list() == ["tng"]
    assert found.filter(kind="row_gone")["title"].sort().to_list() == ["Title 1", "Title 3"]


def test_an_empty_answer_loses_everything() -> None:
    units = answered(("tmdb", "ld"))
    assert told(lost_rows(remember_rows(rows(), LAST, units), LAST, units))[0][2:] == ("rows", "1", "0")


def test_a_source_that_failed_or_was_not_asked_loses_nothing() -> None:
    units = answered(("stapi", "tng"))
    now = remember_rows(rows(row("A", "A", source="stapi")), LAST, units)
    assert lost_rows(now, LAST, units).is_empty()


def test_other_rows_in_the_same_number_are_no_loss() -> None:
    units = answered(("tmdb", "tng"))
    now = remember_rows(rows(*(row(one, one) for one in "456")), LAST, units)
    assert lost_rows(now, LAST, units).is_empty()


def test_of_one_season_only_its_rows_and_those_without_a_season_are_counted() -> None:
    last = source_rows(
        *given("tmdb", "tng", *"123456", season=1),
        *given("tmdb", "tng", "a", "b", season=2),
        *given("tmdb", "tng", "x", season=None),
    )
    units = answered(("tmdb", "tng", 2))
    now = remember_rows(rows(row("a", "A", season=2)), last, units)
    assert ids(now) == [*"123456", "a"]
    assert told(lost_rows(now, last, units))[0] == ("rows_lost", "tmdb", "rows", "3", "1")
