from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import polars as pl
import pytest

from etl.database import open_in_memory, read_frame, register
from etl.sql_files import sql_files
from etl.validate.checks import register_facts
from tests.factories import added, changed, empty_tables, tiny_tables, without

Tables = dict[str, pl.DataFrame]
Damage = Callable[[Tables], Tables]

FARPOINT = "tng:encounter-at-farpoint"
NAKED_NOW = "tng:the-naked-now"


def fell(before: int, now: int) -> str:
    return f"had a value in {before} episodes or films of the last release, has one in {now} of them now"


# Check, damage, and the rows it must then give: all columns, the reason last.
DAMAGES: list[tuple[str, Damage, list[tuple[object, ...]]]] = [
    (
        "public_id_book",
        lambda tables: changed(tables, "episodes", NAKED_NOW, episode_id="tng_s1_e07"),
        [
            ("tng_s1_e02", f"means {NAKED_NOW} in public_ids, but is not published so"),
            ("tng_s1_e07", f"is {NAKED_NOW} in episodes or movies, but has no such open row in public_ids"),
        ],
    ),
    (
        "public_id_book",
        lambda tables: without(tables, "public_ids", "twok"),
        [("twok", "is film:twok in episodes or movies, but has no such open row in public_ids")],
    ),
    (
        "tombstone_of_the_living",
        lambda tables: added(
            changed(tables, "tombstones", "tas:lost", episode_key=NAKED_NOW), "tombstones", episode_key="film:twok"
        ),
        [("film:twok", "has a tombstone and is published"), (NAKED_NOW, "has a tombstone and is published")],
    ),
    (
        "redirect_to_nowhere",
        lambda tables: changed(tables, "redirects", "tng_s1_e03", new_key=FARPOINT),
        [("tng_s1_e03", f"leads to tng_s1_e02 as {FARPOINT}, which is not published so")],
    ),
    (
        "redirect_to_nowhere",
        lambda tables: changed(tables, "redirects", "tng_s1_e03", new_id="tng_s1_e99"),
        [("tng_s1_e03", f"leads to tng_s1_e99 as {NAKED_NOW}, which is not published so")],
    ),
    (
        "air_date_order",
        lambda tables: changed(tables, "episodes", NAKED_NOW, air_date="1987-09-01"),
        [(NAKED_NOW, "aired on 1987-09-01, but a lower number was aired on 1987-09-28")],
    ),
    (
        "stardate_range",
        lambda tables: changed(tables, "episodes", FARPOINT, stardate_to=41000.0),
        [(FARPOINT, "begins at stardate 41153.7 and ends at 41000.0")],
    ),
    (
        "stardate_range",
        lambda tables: changed(tables, "movies", "film:twok", stardate_to=8000.5),
        [("film:twok", "begins at stardate 8130.3 and ends at 8000.5")],
    ),
    (
        "year_range",
        lambda tables: changed(tables, "episodes", FARPOINT, year_to=2363),
        [(FARPOINT, "begins in 2364 and ends in 2363")],
    ),
    (
        "unknown_season",
        lambda tables: without(tables, "seasons", "tas_s1"),
        [
            ("tas:beyond-the-farthest-star", "is in season 1 of tas, which has no row in seasons"),
            ("tas:yesteryear", "is in season 1 of tas, which has no row in seasons"),
        ],
    ),
    (
        "unknown_season",
        lambda tables: without(tables, "series", "tas"),
        [("tas_s1", "belongs to tas, which has no row in series")],
    ),
    (
        "episode_count",
        lambda tables: changed(tables, "seasons", "tng_s1", episodes=26),
        [("tng_s1", "states 26 episodes and has 2")],
    ),
    (
        "episode_count",
        lambda tables: changed(tables, "series", "tas", episodes=0),
        [("tas", "states 0 episodes and has 2")],
    ),
    (
        "number_twice",
        lambda tables: added(
            without(tables, "numbering", "tas:yesteryear"),
            "numbering",
            episode_key="tas:yesteryear",
            scheme="aired",
            season=1,
            first=1,
            last=1,
        ),
        [
            ("tas:beyond-the-farthest-star", "aired", "shares number 1x01 with another episode of tas"),
            ("tas:yesteryear", "aired", "shares number 1x01 with another episode of tas"),
        ],
    ),
    (
        "number_range",
        lambda tables: changed(tables, "numbering", "tas:yesteryear", last=1),
        [("tas:yesteryear", "aired", "begins at number 2 and ends at 1")],
    ),
    (
        "number_gap",
        lambda tables: changed(tables, "numbering", "tas:yesteryear", first=3, last=3),
        [("tas", 1, "number 2 is missing")],
    ),
    (
        "number_gap",
        lambda tables: changed(tables, "numbering", "tas:yesteryear", first=5, last=5),
        [("tas", 1, "numbers 2 to 4 are missing")],
    ),
    (
        "number_gap",
        lambda tables: without(tables, "numbering", "tas:beyond-the-farthest-star"),
        [("tas", 1, "number 1 is missing")],
    ),
    (
        "value_without_source",
        lambda tables: {
            **tables,
            "field_values": tables["field_values"].filter(
                (pl.col("episode_key") != FARPOINT) | (pl.col("field") != "title")
            ),
        },
        [(FARPOINT, "title", "has a value, but no source of it is noted in field_values")],
    ),
    (
        "value_without_source",
        lambda tables: {
            **tables,
            "field_values": tables["field_values"].with_columns(
                is_chosen=pl.col("is_chosen") & (pl.col("field") != "tmdb_id")
            ),
        },
        [(FARPOINT, "tmdb_id", "has a value, but no source of it is noted in field_values")],
    ),
    (
        "presence_flag",
        lambda tables: changed(tables, "episodes", "tas:yesteryear", has_writers=True, has_title=False),
        [
            ("tas:yesteryear", "has_title", "is false for a field with a value"),
            ("tas:yesteryear", "has_writers", "is true for an empty field"),
        ],
    ),
    (
        "presence_flag",
        lambda tables: changed(tables, "episodes", FARPOINT, guest_stars=[]),
        [(FARPOINT, "has_guest_stars", "is true for an empty field")],
    ),
    (
        "unknown_episode",
        lambda tables: without(tables, "episodes", "tas:yesteryear"),
        [
            ("links", "tmdb tas_s1_e02", "belongs to tas:yesteryear, which is not in episodes"),
            ("numbering", "tas:yesteryear aired", "belongs to tas:yesteryear, which is not in episodes"),
        ],
    ),
    (
        "unknown_episode",
        lambda tables: without(tables, "movies", "film:twok"),
        [("movie_links", "tmdb 154", "belongs to film:twok, which is not in movies")],
    ),
    (
        "public_id",
        lambda tables: changed(tables, "episodes", FARPOINT, episode_id="tng_s1_e99"),
        [("tng_s1_e99", "should be tng_s1_e01")],
    ),
    (
        "public_id",
        lambda tables: changed(tables, "seasons", "tng_s1", season_id="tng_655_s1"),
        [("tng_655_s1", "should be tng_s1")],
    ),
    (
        "key_series",
        lambda tables: changed(tables, "episodes", "tas:yesteryear", series="tng"),
        [("tas:yesteryear", "belongs to series tng")],
    ),
    (
        "unknown_era",
        lambda tables: without(tables, "eras", "tos_era"),
        [
            ("episode", "tas_s1_e01", "is in era tos_era, which has no row in eras"),
            ("episode", "tas_s1_e02", "is in era tos_era, which has no row in eras"),
            ("film", "twok", "is in era tos_era, which has no row in eras"),
            ("season", "tas_s1", "is in era tos_era, which has no row in eras"),
        ],
    ),
    (
        "era_position",
        lambda tables: changed(tables, "eras", "tng_era", position=3),
        [("tng_era", "has position 3, expected 2")],
    ),
    (
        "item_position",
        lambda tables: changed(tables, "movies", "film:twok", position=1),
        [
            ("tas_s1", "shares position 1 of era tos_era"),
            ("twok", "shares position 1 of era tos_era"),
        ],
    ),
    (
        "mixed_numbering",
        # Farpoint by the number of a scheme that has none for The Naked Now.
        lambda tables: added(
            changed(tables, "episodes", FARPOINT, episode=5),
            "numbering",
            episode_key=FARPOINT,
            scheme="imdb",
            season=1,
            first=5,
            last=5,
        ),
        [("tng", 1, "no scheme has the numbers of all 2 episodes, the nearest has those of 1")],
    ),
    (
        "mixed_numbering",
        lambda tables: without(tables, "numbering", "tas:yesteryear"),
        [("tas", 1, "no scheme has the numbers of all 2 episodes, the nearest has those of 1")],
    ),
    (
        "all_null_column",
        lambda tables: {
            **tables,
            "episodes": pl.concat([tables["episodes"]] * 3).with_columns(directors=None, plot_points=[]),
        },
        [("episodes", "directors", "is null in all 12 rows")],
    ),
    (
        "connection_to_nowhere",
        lambda tables: without(tables, "episodes", "tas:yesteryear"),
        [(FARPOINT, "tas:yesteryear", "refers to an episode that is not published")],
    ),
    (
        "connection_to_nowhere",
        lambda tables: changed(
            tables, "episodes", NAKED_NOW, connections=[{"episode_key": NAKED_NOW, "connection_type": "event"}]
        ),
        [(NAKED_NOW, NAKED_NOW, "refers to itself")],
    ),
    (
        "item_order",
        lambda tables: changed(
            changed(tables, "movies", "film:twok", years="2150"), "seasons", "tas_s1", years="2269-2270"
        ),
        [("twok", "warn", "begins in 2150, the one before it in 2269")],
    ),
    (
        "item_order",
        lambda tables: changed(
            changed(tables, "seasons", "tas_s1", stardate_from=9999.5), "movies", "film:twok", stardate_from=8130.3
        ),
        [("twok", "info", "begins at stardate 8130.3, the one before it at 9999.5")],
    ),
    (
        "short_synopsis",
        lambda tables: changed(tables, "episodes", NAKED_NOW, synopsis="  A virus. "),
        [(NAKED_NOW, "has a synopsis of 8 characters")],
    ),
    (
        "markup_in_text",
        lambda tables: changed(
            changed(
                tables, "episodes", NAKED_NOW, synopsis="A virus. <script src=x>", plot_points=["[[Data]] is ill."]
            ),
            "movies",
            "film:twok",
            synopsis="A <b>ship</b>",
        ),
        [
            ("film:twok", "synopsis", "holds <b>"),
            (NAKED_NOW, "plot_points", "holds [["),
            (NAKED_NOW, "synopsis", "holds <script src=x>"),
        ],
    ),
    (
        "public_id_twice",
        lambda tables: changed(tables, "movies", "film:twok", movie_id="tos_era"),
        [("tos_era", "is the id of era and film")],
    ),
    (
        "expected_episodes",
        lambda tables: without(tables, "numbering", NAKED_NOW),
        [("tng", 1, "error", "has 1 episodes, 2 were aired")],
    ),
    (
        "expected_episodes",
        lambda tables: added(
            changed(tables, "series", "tng", is_ended=True),
            "numbering",
            episode_key="tng:haven",
            scheme="aired",
            season=1,
            first=3,
            last=3,
        ),
        [("tng", 1, "warn", "has 3 episodes, 2 were aired")],
    ),
    (
        "expected_episodes",
        lambda tables: added(tables, "expected_episodes", series="tas", season=2, episodes=6),
        [("tas", 2, "info", "is not in this release, 6 episodes were aired")],
    ),
    (
        "coverage_fell",
        lambda tables: changed_fields(tables, ("tng:the-naked-now", "writers", '["Michael Bingham"]', None)),
        [("tng", "writers", 3, 2, "warn", fell(3, 2))],
    ),
    (
        "coverage_fell",
        lambda tables: changed_fields(
            tables,
            ("tas:yesteryear", "writers", "x", None),
            ("tas:beyond-the-farthest-star", "writers", "x", None),
            ("film:twok", "synopsis", "x", None),
        ),
        [
            ("film", "synopsis", 1, 0, "warn", fell(1, 0)),
            ("tas", "writers", 2, 0, "error", fell(2, 0)),
        ],
    ),
]


def changed_fields(tables: Tables, *changes: tuple[str, str, str | None, str | None]) -> Tables:
    """A release that changed these fields of these episodes: key, field, what it was, what it is."""
    for subject, field, old, new in changes:
        series = subject.partition(":")[0]
        tables = added(tables, "changes", kind="changed", subject=subject, series=series, field=field, old=old, new=new)
    return tables


def offending_rows(check: str, tables: Tables) -> list[tuple[object, ...]]:
    with open_in_memory() as connection:
        for name, frame in tables.items():
            register(connection, name, frame)
        register_facts(connection, tables)
        return read_frame(connection, sql_files("checks")[check].text).rows()


@pytest.mark.parametrize(("check", "damage", "expected"), DAMAGES)
def test_a_check_gives_the_offending_rows_with_a_reason(
    check: str, damage: Damage, expected: list[tuple[object, ...]]
) -> None:
    assert offending_rows(check, damage(tiny_tables())) == expected


@pytest.mark.parametrize("check", sql_files("checks"))
def test_nothing_offends_in_a_good_release_nor_in_an_empty_one(check: str) -> None:
    assert offending_rows(check, tiny_tables()) == []
    assert offending_rows(check, empty_tables()) == []


@pytest.mark.parametrize("stage", ["quality", "override"])
def test_a_gap_is_forgiven_for_as_many_episodes_as_the_gate_or_a_person_refused(stage: str) -> None:
    gap = changed(tiny_tables(), "numbering", "tas:yesteryear", first=3, last=3)
    refused = added(gap, "rejects", source="merge", source_id="tas:lost", stage=stage, reason="why", payload="{}")
    assert offending_rows("number_gap", refused) == []
    wider = changed(refused, "numbering", "tas:yesteryear", first=4, last=4)
    assert offending_rows("number_gap", wider) == [("tas", 1, "numbers 2 to 3 are missing")]


def test_public_numbers_of_another_scheme_need_not_be_in_the_order_of_the_broadcasts() -> None:
    tables = changed(tiny_tables(), "episodes", FARPOINT, episode=2)
    assert offending_rows("air_date_order", changed(tables, "episodes", NAKED_NOW, episode=1)) == []


def test_a_story_of_two_numbers_leaves_no_gap() -> None:
    tables = changed(tiny_tables(), "numbering", FARPOINT, last=2)
    assert offending_rows("number_gap", changed(tables, "numbering", NAKED_NOW, first=3, last=3)) == []


@pytest.mark.parametrize("kind", ["views", "reports", "checks", "records"])
def test_every_file_is_one_described_lowercase_select(kind: str) -> None:
    for sql in sql_files(kind).values():  # type: ignore[arg-type]
        assert sql.description.endswith((".", "?")), sql.name
        assert sql.text.endswith("\n")
        statement = "\n".join(line for line in sql.text.splitlines() if not line.lstrip().startswith("--"))
        assert ";" not in statement, sql.name
        assert not any(word in statement for word in ("SELECT", "FROM", "WHERE", "JOIN")), sql.name


def test_files_come_sorted_by_name_from_the_checkout() -> None:
    names = list(sql_files("reports"))
    assert names == sorted(names)
    assert "summary" in names


def test_the_installed_wheel_is_asked_first(tmp_path: Path) -> None:
    package = tmp_path / "etl"
    for folder, text in ((package / "_sql" / "views", "-- The wheel's.\nselect 1"), (tmp_path / "sql" / "views", "")):
        folder.mkdir(parents=True)
        (folder / "one.sql").write_text(text, "utf-8")
    assert sql_files("views", package)["one"].description == "The wheel's."


def test_a_damaged_installation_says_so(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="install trek-etl again"):
        sql_files("checks", tmp_path / "etl")


def test_leading_comments_are_description_and_columns(tmp_path: Path) -> None:
    folder = tmp_path / "sql" / "views"
    folder.mkdir(parents=True)
    (folder / "one.sql").write_text("-- What: this.\n-- a: first: of all\nselect 1 as a\n-- b: no column\n", "utf-8")
    sql = sql_files("views", tmp_path / "etl")["one"]
    assert (sql.name, sql.description, sql.columns) == ("one", "What: this.", {"a": "first: of all"})
