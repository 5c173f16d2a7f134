"""Numbers that differ from those as aired, each run of them explained once."""

from __future__ import annotations

import csv
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from transform_factory import PROPERTY, Row, frame, known, link, links, number, numbers, registry

from etl.transform.conform_catalogue import catalogue_numbers, registry_of
from etl.transform.numbering import counted_numbers
from etl.transform.shifts import explain_numbers, with_numbers_explained
from schemas import raw_catalogue
from schemas.checks import broken_rules
from schemas.columns import polars_schema
from schemas.guide import NUMBER_SHIFTS
from schemas.provenance import LINKS

CATALOGUE = Path(__file__).parents[2] / "etl" / "franchises" / "star_trek" / "episodes.csv"

DS9 = registry(
    *(
        known(f"ds9:{title.lower().replace(' ', '-')}", title, season=1, episode=place, parts=parts)
        for place, (title, parts) in enumerate(
            [("Emissary", 2), ("Past Prologue", 1), ("A Man Alone", 1), ("Babel", 1), ("Captive Pursuit", 1)], 1
        )
    )
)


def told(*spans: tuple[int, int] | int | None, scheme: str = "tmdb", episodes: pl.DataFrame = DS9) -> pl.DataFrame:
    """The numbers of the episodes in their order as aired: one number, first and last, or none."""
    given_numbers = [
        number(key, scheme, 1, *(span if isinstance(span, tuple) else (span,)))
        for key, span in zip(episodes["episode_key"], spans, strict=True)
        if span is not None
    ]
    return pl.concat([counted_numbers(episodes), numbers(*given_numbers)])


def explained(numbering: pl.DataFrame, episodes: pl.DataFrame = DS9) -> list[tuple[int, int, int | None, str, str]]:
    found = explain_numbers(numbering, episodes)
    assert broken_rules(NUMBER_SHIFTS, found) == []
    columns = ("from_number", "to_number", "shift", "kind", "explanation")
    return found.select(columns).rows()


def test_numbers_as_aired_need_no_explanation() -> None:
    assert explained(told(1, 2, 3, 4, 5)) == []


@pytest.mark.parametrize("spans", [[(1, 2), 3, 4, 5, 6], [(1, 2), 3, None, 5, 6]])
def test_a_story_that_counts_as_two_shifts_the_rest_of_the_season(spans: list[tuple[int, int] | int | None]) -> None:
    said = "tmdb numbers ds9 season 1 one higher from episode 2 on, because “Emissary” counts as two there."
    assert explained(told(*spans)) == [(2, 5, 1, "shift", said)]


def test_a_gap_after_a_double_length_story_is_a_gap() -> None:
    said = "tmdb numbers ds9 season 1 one higher from episode 2 on: it has a gap at 2 after “Emissary” (double-length)."
    found = explain_numbers(told(1, 3, 4, 5, 6), DS9)
    assert found.rows() == [("ds9", 1, "tmdb", 2, 5, 1, "gap", "ds9:emissary", said)]


def test_two_long_stories_add_up() -> None:
    found = explained(told((1, 2), 3, (4, 6), 7, 8))
    assert [row[:4] for row in found] == [(2, 3, 1, "shift"), (4, 5, 3, "shift")]
    assert found[1][4] == (
        "tmdb numbers ds9 season 1 three higher from episode 4 on, because “A Man Alone” counts as three there."
    )


def test_an_episode_without_a_number_leaves_the_rest_behind() -> None:
    found = explain_numbers(told(1, 2, None, 3, 4), DS9)
    said = "tmdb numbers ds9 season 1 one lower from episode 4 on, because it has no number for “A Man Alone”."
    assert found.rows() == [("ds9", 1, "tmdb", 4, 5, -1, "missing", "ds9:a-man-alone", said)]


def test_several_without_a_number_are_counted() -> None:
    found = explained(told(1, None, None, 2, 3))
    assert [row[:4] for row in found] == [(4, 5, -2, "missing")]
    assert found[0][4].endswith(
        " two lower from episode 4 on, because it has no number for “Past Prologue” and one more."
    )


def test_an_episode_whose_number_is_left_free_needs_no_explanation() -> None:
    assert explained(told(1, 2, None, 4, 5)) == []


def test_numbers_that_meet_again_say_so() -> None:
    found = explained(told((1, 2), 3, None, 4, 5))
    assert [row[:4] for row in found] == [(2, 2, 1, "shift"), (4, 5, 0, "missing")]
    assert found[1][4] == (
        "tmdb numbers ds9 season 1 as aired again from episode 4 on, because it has no number for “A Man Alone”."
    )


def test_a_gap_that_nothing_explains_is_named() -> None:
    found = explain_numbers(told(1, 2, 3, 5, 8), DS9)
    assert found["cause_key"].to_list() == [None, None]
    assert [row[2:] for row in explained(told(1, 2, 3, 5, 8))] == [
        (1, "gap", "tmdb numbers ds9 season 1 one higher from episode 4 on: it leaves out number 4, nothing says why."),
        (
            3,
            "gap",
            "tmdb numbers ds9 season 1 three higher from episode 5 on: it leaves out numbers 6 to 7, nothing says why.",
        ),
    ]


def test_a_scheme_may_begin_elsewhere() -> None:
    said = "tmdb numbers ds9 season 1 26 higher from episode 1 on: it begins at 27."
    assert explained(told(27, 28, 29, 30, 31)) == [(1, 5, 26, "gap", said)]


def test_a_scheme_may_begin_at_nought() -> None:
    said = "tmdb numbers ds9 season 1 one lower from episode 1 on: it begins at 0."
    assert explained(told(0, 1, 2, 3, 4)) == [(1, 5, -1, "shift", said)]


def test_a_first_episode_that_is_lacked_is_named() -> None:
    said = "tmdb numbers ds9 season 1 one lower from episode 2 on, because it has no number for “Emissary”."
    assert explained(told(None, 1, 2, 3, 4)) == [(2, 5, -1, "missing", said)]


def test_a_number_given_twice_is_named() -> None:
    found = explained(told(1, 2, 2, 3, 4))
    assert [row[:4] for row in found] == [(3, 5, -1, "shift")]
    assert found[0][4].endswith(" from episode 3 on, because “Past Prologue” and “A Man Alone” share a number.")


def test_two_episodes_that_count_as_one_are_named() -> None:
    episodes = registry(
        known("voy:dark-frontier-part-i", "Dark Frontier, Part I", episode=1),
        known("voy:dark-frontier-part-ii", "Dark Frontier, Part II", episode=2),
        known("voy:the-disease", "The Disease", episode=3),
    )
    said = (
        "tmdb numbers voy season 1 one lower from episode 3 on, "
        "because “Dark Frontier, Part I” and “Dark Frontier, Part II” count as one there."
    )
    assert explained(told(1, None, 2, episodes=episodes), episodes) == [(3, 3, -1, "missing", said)]


def test_two_episodes_that_change_places_shift_nobody() -> None:
    said = "tmdb has episodes 2 to 3 of ds9 season 1 in another order: “A Man Alone”, “Past Prologue”."
    assert explained(told(1, 3, 2, 4, 5)) == [(2, 3, None, "order", said)]


def test_a_shift_is_seen_through_episodes_that_change_places() -> None:
    assert [row[:4] for row in explained(told((1, 2), 4, 3, 5, 6))] == [(2, 3, None, "order"), (2, 5, 1, "shift")]


def with_codes(*codes: str) -> pl.DataFrame:
    return DS9.with_columns(production_codes=pl.Series([[code] for code in codes]))


@pytest.mark.parametrize(
    ("codes", "kind", "how"),
    [
        (["6149-04", "6149-05", "6149-01", "6149-03", "6149-02"], "production-order", "in production order"),
        (["1", "2", "3", "4", "5"], "order", "in an order of its own"),
        (["5", "1", "4", "2", "3"], "order", "in an order of its own"),
    ],
)
def test_a_season_in_another_order_is_told_once(codes: list[str], kind: str, how: str) -> None:
    said = f"tmdb numbers ds9 season 1 {how}, not as it aired."
    assert explained(told(4, 5, 1, 3, 2), with_codes(*codes)) == [(1, 5, None, kind, said)]


def test_without_codes_nobody_knows_what_order_it_is() -> None:
    assert [row[3] for row in explained(told(4, 5, 1, 3, 2))] == ["order"]


def test_episodes_of_another_season_are_told_once() -> None:
    episodes = registry(
        known("tos:the-cage", "The Cage", season=0),
        known("tas:yesteryear", "Yesteryear", season=1, episode=1),
        known("tas:mudds-passion", "Mudd's Passion", season=1, episode=2),
    )
    elsewhere = [
        number("tos:the-cage", "imdb", 1, 0),
        number("tas:yesteryear", "tvmaze", 1973, 1),
        number("tas:mudds-passion", "tvmaze", 1973, 2),
    ]
    numbering = pl.concat([counted_numbers(episodes), numbers(*elsewhere)])
    assert explained(numbering, episodes) == [
        (1, 2, None, "season", "tvmaze counts episodes 1 to 2 in season 1973, which aired as tas season 1."),
        (1, 1, None, "season", "imdb counts “The Cage” in season 1, which aired as tos season 0."),
    ]


def test_schemes_and_series_are_explained_apart() -> None:
    voyager = registry(known("voy:caretaker", "Caretaker", parts=2), known("voy:parallax", "Parallax", episode=2))
    both = pl.concat([DS9, voyager])
    numbering = pl.concat(
        [
            told((1, 2), 3, 4, 5, 6, scheme="memory_alpha"),
            told(1, 2, 3, 4, 5, scheme="imdb").filter(scheme="imdb"),
            told((1, 2), 3, episodes=voyager),
        ]
    )
    found = explain_numbers(numbering, both)
    assert found.select("series", "scheme", "cause_key").rows() == [
        ("ds9", "memory_alpha", "ds9:emissary"),
        ("voy", "tmdb", "voy:caretaker"),
    ]


def test_an_aired_number_given_twice_breaks_nothing() -> None:
    double = DS9.with_columns(episode=pl.lit(1, pl.Int64))
    assert explain_numbers(told(None, 1, 2, 3, 4, episodes=double), double).height > 0


# The catalogue, as it is


def catalogue() -> pl.DataFrame:
    with CATALOGUE.open(encoding="utf-8", newline="") as file:
        rows = [{name: text or None for name, text in row.items()} for row in csv.DictReader(file)]
    return frame(
        raw_catalogue.EPISODE_FRAME, *({name: row[name] for name in raw_catalogue.EPISODE_FRAME} for row in rows)
    )


def test_every_number_of_the_catalogue_that_differs_is_explained_and_each_reason_is_told_once() -> None:
    raw = catalogue()
    episodes = registry_of(raw)
    numbering = pl.concat([counted_numbers(episodes), catalogue_numbers(raw)])
    found = explain_numbers(numbering, episodes)
    assert unexplained(numbering, episodes, found) == []
    assert found.height < 35
    orders = found.filter(kind="production-order").select("series", "season", "scheme", "from_number", "to_number")
    assert orders.rows() == [
        ("tos", 1, "memory_alpha", 1, 29),
        ("tos", 2, "memory_alpha", 1, 26),
        ("tos", 3, "memory_alpha", 1, 24),
    ]
    causes = found.filter(series="voy", scheme="memory_alpha").select("season", "from_number", "cause_key").rows()
    assert causes == [(1, 2, "voy:caretaker"), (5, 16, "voy:dark-frontier"), (7, 10, "voy:flesh-and-blood")]
    gaps = found.filter(kind="gap", scheme="tmdb")["cause_key"].to_list()
    assert gaps == ["pro:lost-and-found", "tng:encounter-at-farpoint"]


def unexplained(numbering: pl.DataFrame, episodes: pl.DataFrame, found: pl.DataFrame) -> list[tuple[str, str]]:
    """Numbers that are not those as aired plus the shift of their run, and lie in no run of another kind."""
    aired = numbering.filter(scheme="aired").select("episode_key", aired="first", aired_season="season")
    series = episodes.select("episode_key", "series")
    missed: list[tuple[str, str]] = []
    rows = numbering.join(aired, on="episode_key").join(series, on="episode_key")
    for row in rows.filter(~pl.col("scheme").is_in(["aired", "parts"])).to_dicts():
        runs = [
            run
            for run in found.to_dicts()
            if (run["series"], run["season"], run["scheme"]) == (row["series"], row["aired_season"], row["scheme"])
            and run["from_number"] <= row["aired"] <= run["to_number"]
        ]
        shifts = {run["shift"] for run in runs} - {None} or {0}
        is_moved = any(run["shift"] is None for run in runs)
        if not is_moved and shifts != {row["first"] - row["aired"]}:
            missed.append((row["episode_key"], row["scheme"]))
    return missed


SPAN = st.none() | st.tuples(st.integers(0, 7), st.integers(0, 2)).map(lambda span: (span[0], sum(span)))


@PROPERTY
@given(st.lists(SPAN, min_size=5, max_size=5), st.lists(SPAN, min_size=5, max_size=5))
def test_whatever_two_schemes_say_every_number_is_explained(
    one: list[tuple[int, int] | None], other: list[tuple[int, int] | None]
) -> None:
    numbering = pl.concat([told(*one), told(*other, scheme="imdb").filter(scheme="imdb")])
    found = explain_numbers(numbering, DS9)
    assert broken_rules(NUMBER_SHIFTS, found) == []
    assert unexplained(numbering, DS9, found) == []
    assert found.filter(scheme="imdb").equals(explain_numbers(numbering.filter(pl.col("scheme") != "tmdb"), DS9))


# In the evidence of links

SHIFTED = told((1, 2), 3, 4, 5, 6)
SAID = (
    "; about its number: "
    "tmdb numbers ds9 season 1 one higher from episode 2 on, because “Emissary” counts as two there."
)


def evidence(*rows: Row, shifts: pl.DataFrame | None = None) -> dict[str, str]:
    found = explain_numbers(SHIFTED, DS9) if shifts is None else shifts
    explained_links = with_numbers_explained(links(*rows), found, DS9)
    assert broken_rules(LINKS, explained_links) == []
    return dict(explained_links.select("source_id", "evidence").iter_rows())


def test_the_first_link_of_a_run_says_why_its_number_differs_and_the_others_do_not_repeat_it() -> None:
    said = evidence(
        link("1", "ds9:emissary"), link("2", "ds9:past-prologue"), link("3", "ds9:a-man-alone"),
        link("x", "ds9:past-prologue", source="stapi"),
    )  # fmt: skip
    assert said == {
        "1": "title is the same",
        "2": f"title is the same{SAID}",
        "3": "title is the same",
        "x": "title is the same",
    }


def test_a_link_by_weighing_says_why_its_number_differs() -> None:
    weighed = {**link("3", "ds9:a-man-alone"), "method": "assignment", "evidence": "has no title"}
    assert evidence(weighed) == {"3": f"has no title{SAID}"}


def test_what_an_earlier_run_said_of_the_number_is_replaced() -> None:
    before = link("2", "ds9:past-prologue") | {"evidence": "title is the same; about its number: something else."}
    assert evidence(before) == {"2": f"title is the same{SAID}"}
    assert evidence(before, shifts=pl.DataFrame(schema=polars_schema(NUMBER_SHIFTS))) == {"2": "title is the same"}
