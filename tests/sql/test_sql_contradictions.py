"""The checks for what contradicts itself: each finds it, and leaves alone what only looks like it."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from typing import Any

import polars as pl
import pytest
from test_sql_checks import DAMAGES, FARPOINT, NAKED_NOW, Damage, Tables, offending_rows

from etl.check_files import check_files
from etl.sql_files import sql_files
from tests.factories import added, changed, tiny_tables, without

YESTERYEAR = "tas:yesteryear"


def titled(first: str | None, second: str | None) -> Damage:
    """The two episodes of TAS with these titles."""

    def damage(tables: Tables) -> Tables:
        named = changed(tables, "episodes", "tas:beyond-the-farthest-star", title=first)
        return changed(named, "episodes", YESTERYEAR, title=second)

    return damage


def dated(*stardates: tuple[float | None, float | None]) -> Damage:
    """A season of its own with these stardates, one episode each."""

    def damage(tables: Tables) -> Tables:
        for number, (start, end) in enumerate(stardates, start=1):
            episode: dict[str, Any] = {"episode_key": f"voy:{number}", "series": "voy", "season": 2}
            tables = added(tables, "episodes", **episode, stardate_from=start, stardate_to=end)
        return tables

    return damage


def credited(**people: list[str]) -> Damage:
    """Directors of The Naked Now, by source."""

    def damage(tables: Tables) -> Tables:
        kept = tables["field_values"].filter(
            (pl.col("episode_key") != NAKED_NOW) | ~pl.col("field").is_in(["directors", "writers"])
        )
        tables = {**tables, "field_values": kept}
        for source, names in people.items():
            value = json.dumps(names, ensure_ascii=False)
            tables = added(tables, "field_values", episode_key=NAKED_NOW, field="directors", source=source, value=value)
        return tables

    return damage


# Check, damage, and the rows it must then give: all columns, the reason last.
CONTRADICTIONS: list[tuple[str, Damage, list[tuple[object, ...]]]] = [
    (
        "stardate_outlier",
        lambda tables: changed(tables, "episodes", FARPOINT, stardate_from=4115.37, stardate_to=4115.37),
        [(FARPOINT, "has stardate 4115.37, while the median of its season is 41209.2")],
    ),
    (
        "stardate_outlier",
        dated((48000.5, 48000.5), (48100.0, 480010.0), (48200.0, 48200.0), (48300.0, 48300.0)),
        [("voy:2", "has stardate 480010.0, while the median of its season is 48200.0")],
    ),
    (
        "part_two_without_part_one",
        titled("The Menagerie, Part II", "Yesteryear"),
        [
            (
                "tas:beyond-the-farthest-star",
                'is called "The Menagerie, Part II", but no first part of it is there',
            )
        ],
    ),
    (
        "part_two_without_part_one",
        titled("Unification (1)", "Reunification (2)"),
        [(YESTERYEAR, 'is called "Reunification (2)", but no first part of it is there')],
    ),
    (
        "part_two_without_part_one",
        titled("Gambit - part 3", "Gambit, Part II"),
        [
            ("tas:beyond-the-farthest-star", 'is called "Gambit - part 3", but no first part of it is there'),
            (YESTERYEAR, 'is called "Gambit, Part II", but no first part of it is there'),
        ],
    ),
    (
        "part_two_without_part_one",
        # The first part is one of another series.
        lambda tables: changed(titled("Emissary", "x")(tables), "episodes", NAKED_NOW, title="Emissary (part two)"),
        [(NAKED_NOW, 'is called "Emissary (part two)", but no first part of it is there')],
    ),
    (
        "placeholder_title_after_date",
        lambda tables: changed(tables, "episodes", NAKED_NOW, title="Episode 7"),
        [(NAKED_NOW, 'is still called "Episode 7", although it was aired on 1987-10-05')],
    ),
    (
        "placeholder_title_after_date",
        lambda tables: changed(tables, "episodes", NAKED_NOW, title="TBA", air_date=date(2026, 10, 31)),
        [(NAKED_NOW, 'is still called "TBA", although it was aired on 2026-10-31')],
    ),
    (
        "people_of_one_source",
        credited(tmdb=["Paul Lynch", "Rob Bowman"], memory_alpha=["Paul Lynch"]),
        [(NAKED_NOW, "directors", "Rob Bowman", "is credited by tmdb alone of 2 sources")],
    ),
    (
        "people_of_one_source",
        credited(tmdb=["Paul Lynch"], stapi=["Rob Bowman"], memory_alpha=["Paul Lynch"]),
        [(NAKED_NOW, "directors", "Rob Bowman", "is credited by stapi alone of 3 sources")],
    ),
    (
        "people_of_one_source",
        lambda tables: added(
            tables, "field_values", episode_key=NAKED_NOW, field="writers", source="stapi", value='["J. Bingham"]'
        ),
        [
            (NAKED_NOW, "writers", "D. C. Fontana", "is credited by tmdb alone of 2 sources"),
            (NAKED_NOW, "writers", "J. Bingham", "is credited by stapi alone of 2 sources"),
        ],
    ),
]

# Check, and what it has nothing to say against.
FINE: list[tuple[str, Damage]] = [
    ("stardate_outlier", dated((48000.5, 48000.5), (480010.0, 480010.0))),
    ("stardate_outlier", dated((None, None), (1312.4, 1313.8), (3417.3, 3417.3), (5943.7, 5943.9))),
    ("stardate_outlier", dated((-326.7, -326.7), (-310.0, -310.0), (-300.0, -300.0))),
    ("part_two_without_part_one", titled("The Menagerie, Part I", "The Menagerie, Part II")),
    ("part_two_without_part_one", titled("The Menagerie", "the menagerie (2)")),
    ("part_two_without_part_one", titled("All Good Things... (1)", "All Good Things…, Part Two")),
    ("part_two_without_part_one", titled("The Best Part", "Counterpart 2")),
    ("part_two_without_part_one", titled("11001001", "Hide and Seek of 2")),
    ("part_two_without_part_one", titled(None, "Part One")),
    (
        "placeholder_title_after_date",
        lambda tables: changed(tables, "episodes", NAKED_NOW, title="Episode 7", air_date=date(2026, 11, 1)),
    ),
    (
        "placeholder_title_after_date",
        lambda tables: changed(tables, "episodes", NAKED_NOW, title="Episode 7", air_date=None),
    ),
    (
        "placeholder_title_after_date",
        lambda tables: changed(tables, "episodes", NAKED_NOW, title="The Unknown of Episode 7"),
    ),
    ("people_of_one_source", credited(tmdb=["Paul Lynch", "Rob Bowman"])),
    ("people_of_one_source", credited(tmdb=["Paul Lynch"], memory_alpha=[])),
    ("people_of_one_source", credited(tmdb=["Adán Nimoy, Jr."], stapi=["adan nimoy"])),
]


@pytest.mark.parametrize(("check", "damage", "expected"), CONTRADICTIONS)
def test_a_contradiction_is_found(check: str, damage: Damage, expected: list[tuple[object, ...]]) -> None:
    assert offending_rows(check, damage(tiny_tables())) == expected


@pytest.mark.parametrize(("check", "damage"), FINE)
def test_what_only_looks_like_a_contradiction_is_not_told(check: str, damage: Damage) -> None:
    assert offending_rows(check, damage(tiny_tables())) == []


@pytest.mark.parametrize("check", sorted({check for check, _, _ in CONTRADICTIONS}))
def test_a_contradiction_is_worth_a_look_but_stops_nothing(check: str) -> None:
    assert check_files()[check].severities == ("warn",)


def test_the_newest_run_says_what_has_been_aired() -> None:
    tables = changed(tiny_tables(), "episodes", NAKED_NOW, title="Episode 7", air_date=date(2026, 10, 15))
    assert len(offending_rows("placeholder_title_after_date", tables)) == 1
    earlier = without(tables, "runs", "20261101T123000Z")
    assert offending_rows("placeholder_title_after_date", earlier) == []
    later = added(earlier, "runs", run_id="20261020T000000Z", as_of=datetime(2026, 10, 20, tzinfo=UTC), release=2)
    assert len(offending_rows("placeholder_title_after_date", later)) == 1


def test_every_check_has_a_test_in_which_it_fails() -> None:
    assert {check for check, _, _ in (*DAMAGES, *CONTRADICTIONS)} == set(sql_files("checks"))
