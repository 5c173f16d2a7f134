"""The many ways to number an episode."""

from __future__ import annotations

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from transform_factory import PROPERTY, day, frame, known, link, links, number, numbers, registry, row, rows

from etl.transform.numbering import (
    complete_registry,
    counted_numbers,
    prefer_fresh,
    public_numbers,
    source_numbers,
)
from schemas.columns import polars_schema
from schemas.conformed import REGISTRY
from schemas.guide import NUMBERING

CONTRACT = polars_schema(NUMBERING)


def series_of(*pairs: tuple[str, str]) -> pl.DataFrame:
    return frame(
        {"episode_key": pl.String, "series": pl.String},
        *({"episode_key": key, "series": series} for key, series in pairs),
    )


DS9 = series_of(("ds9:emissary", "ds9"), ("ds9:past-prologue", "ds9"), ("ds9:the-homecoming", "ds9"))


# As aired


def test_new_episodes_get_the_next_numbers_of_their_season_in_the_order_in_which_they_came() -> None:
    completed = complete_registry(
        registry(
            known("sfa:kids", "Kids", episode=1),
            known("sfa:beta", "Beta", episode=4),
            known("sfa:other", "Other", season=2, episode=9),
            known("sfa:new-b", "New B", episode=None),
            known("snw:new", "New", season=1, episode=None),
            known("sfa:new-a", "New A", episode=None),
            known("sfa:new-c", "New C", season=2, episode=None),
        )
    )
    assert completed.schema == REGISTRY
    assert dict(completed.select("episode_key", "episode").iter_rows()) == {
        "sfa:kids": 1,
        "sfa:beta": 4,
        "sfa:other": 9,
        "sfa:new-b": 5,
        "snw:new": 1,
        "sfa:new-a": 6,
        "sfa:new-c": 10,
    }


def test_a_registry_without_new_episodes_stays_as_it_is() -> None:
    complete = registry(known("tng:haven", "Haven", episode=10), known("tng:justice", "Justice", episode=7))
    assert complete_registry(complete).equals(complete)


def aired(*days: str | None) -> list[int | None]:
    """The numbers that new episodes get that came in this order with these days."""
    new = registry(
        *(
            known(f"tos:{place}", str(place), episode=None, air_date=None if text is None else day(text))
            for place, text in enumerate(days)
        )
    )
    completed = complete_registry(new)
    assert completed["episode_key"].to_list() == new["episode_key"].to_list()
    return completed["episode"].to_list()


def test_a_season_that_came_in_the_order_of_production_is_counted_by_day() -> None:
    # "Where No Man Has Gone Before", "The Corbomite Maneuver", "Mudd's Women", "The Enemy Within", "The Man Trap"
    assert aired("1966-09-22", "1966-11-10", "1966-10-13", "1966-10-06", "1966-09-08") == [2, 5, 4, 3, 1]
    assert aired("1966-09-22", "1966-11-10", None, "1966-10-06", "1966-09-08") == [2, 4, 5, 3, 1]
    assert aired(None, "1966-11-10", "1966-10-13", "1966-10-06", "1966-09-08") == [4, 5, 3, 2, 1]


def test_one_wrong_day_moves_no_episode_of_a_long_season() -> None:
    weekly = [f"1987-10-{date:02d}" for date in range(1, 31)]
    assert aired(*weekly[:9], "1988-10-10", *weekly[10:]) == list(range(1, 31))
    assert aired(*([None] * 4)) == [1, 2, 3, 4]


def test_days_of_known_episodes_do_not_move_new_ones() -> None:
    completed = complete_registry(
        registry(
            known("tos:late", "Late", episode=1, air_date=day("1969-06-03")),
            known("tos:new-1", "New 1", episode=None, air_date=day("1968-09-20")),
            known("tos:new-2", "New 2", episode=None, air_date=day("1968-09-27")),
        )
    )
    assert completed["episode"].to_list() == [1, 2, 3]


def test_aired_counts_a_double_once_and_parts_counts_its_parts() -> None:
    counted = counted_numbers(
        registry(
            known("tng:the-naked-now", "The Naked Now", episode=2),
            known("tng:encounter-at-farpoint", "Encounter at Farpoint", episode=1, parts=2),
            known("tng:code-of-honor", "Code of Honor", episode=3),
            known("tng:the-child", "The Child", season=2, episode=1),
        )
    )
    assert counted.schema == CONTRACT
    assert sorted(counted.rows()) == [
        ("tng:code-of-honor", "aired", 1, 3, 3),
        ("tng:code-of-honor", "parts", 1, 4, 4),
        ("tng:encounter-at-farpoint", "aired", 1, 1, 1),
        ("tng:encounter-at-farpoint", "parts", 1, 1, 2),
        ("tng:the-child", "aired", 2, 1, 1),
        ("tng:the-child", "parts", 2, 1, 1),
        ("tng:the-naked-now", "aired", 1, 2, 2),
        ("tng:the-naked-now", "parts", 1, 3, 3),
    ]


def test_parts_begin_where_the_season_begins() -> None:
    counted = counted_numbers(
        registry(known("tos:the-cage", "The Cage", episode=0), known("tos:charlie", "Charlie X", episode=1, parts=2))
    )
    assert sorted(counted.filter(scheme="parts").rows()) == [
        ("tos:charlie", "parts", 1, 1, 2),
        ("tos:the-cage", "parts", 1, 0, 0),
    ]


def test_two_series_are_counted_apart() -> None:
    counted = counted_numbers(
        registry(known("tng:haven", "Haven", episode=1, parts=2), known("ent:anomaly", "Anomaly", episode=2))
    )
    assert counted.filter(episode_key="ent:anomaly", scheme="parts").row(0)[2:] == (1, 2, 2)


# A source's own


def test_a_source_s_numbers_span_the_parts_of_a_story() -> None:
    told = rows(
        row("12", "Emissary (2)", series="ds9", number=2),
        row("11", "Emissary (1)", series="ds9", number=1),
        row("13", "Past Prologue", series="ds9", number=3),
        row("e1", "Emissary", series="ds9", source="tvmaze", number=1),
        row("99", "Waiting", series="ds9", number=9),
    )
    linked = links(
        link("11", "ds9:emissary", 1),
        link("12", "ds9:emissary", 2),
        link("13", "ds9:past-prologue"),
        link("e1", "ds9:emissary", source="tvmaze"),
    )
    found = source_numbers(told, linked)
    assert found.schema == CONTRACT
    assert sorted(found.rows()) == [
        ("ds9:emissary", "tmdb", 1, 1, 2),
        ("ds9:emissary", "tvmaze", 1, 1, 1),
        ("ds9:past-prologue", "tmdb", 1, 3, 3),
    ]


def test_an_episode_that_the_source_does_not_number_is_in_no_scheme() -> None:
    told = rows(row("1", "Haven", number=None), row("2", "Justice", season=None), row("3", "Lonely Among Us"))
    linked = links(link("1", "tng:haven"), link("2", "tng:justice"), link("3", "tng:lonely-among-us"))
    assert source_numbers(told, linked)["episode_key"].to_list() == ["tng:lonely-among-us"]


@pytest.mark.parametrize("naked_now", [2, 3])
def test_a_shift_and_a_gap_after_a_double_are_kept_as_the_source_has_them(naked_now: int) -> None:
    told = rows(row("1", "Encounter at Farpoint", number=1), row("2", "The Naked Now", number=naked_now))
    found = source_numbers(told, links(link("1", "tng:encounter-at-farpoint"), link("2", "tng:the-naked-now")))
    assert found.filter(episode_key="tng:the-naked-now").row(0)[2:] == (1, naked_now, naked_now)


@pytest.mark.parametrize("unknown", [{"number": None}, {"season": None}])
def test_a_row_without_season_or_number_gives_no_number(unknown: dict[str, None]) -> None:
    told = rows(row("1", "The Cage", **unknown), row("2", "Haven", number=11))
    found = source_numbers(told, links(link("1", "tos:the-cage"), link("2", "tng:haven")))
    assert found.rows() == [("tng:haven", "tmdb", 1, 11, 11)]


def test_no_links_give_no_numbers() -> None:
    assert source_numbers(rows(row("1", "Haven")), links()).schema == CONTRACT


# Fresh before known


def test_known_numbers_fill_only_seasons_of_which_nothing_fresh_is_said() -> None:
    fresh = numbers(number("ds9:emissary", "tmdb", 1, 1))
    known_numbers = numbers(
        number("ds9:emissary", "tmdb", 1, 1, 2),
        number("ds9:past-prologue", "tmdb", 1, 3),
        number("ds9:the-homecoming", "tmdb", 2, 1),
        number("ds9:emissary", "imdb", 1, 1),
    )
    assert sorted(prefer_fresh(fresh, known_numbers, DS9).rows()) == [
        ("ds9:emissary", "imdb", 1, 1, 1),
        ("ds9:emissary", "tmdb", 1, 1, 1),
        ("ds9:the-homecoming", "tmdb", 2, 1, 1),
    ]


def test_a_season_of_another_series_is_not_told_by_it() -> None:
    fresh = numbers(number("ds9:emissary", "tmdb", 1, 1))
    known_numbers = numbers(number("tng:haven", "tmdb", 1, 11))
    both = pl.concat([DS9, series_of(("tng:haven", "tng"))])
    assert prefer_fresh(fresh, known_numbers, both)["episode_key"].to_list() == ["ds9:emissary", "tng:haven"]


def test_an_episode_that_moved_to_another_season_has_one_number() -> None:
    fresh = numbers(number("ds9:emissary", "tmdb", 2, 1))
    known_numbers = numbers(number("ds9:emissary", "tmdb", 1, 1))
    assert prefer_fresh(fresh, known_numbers, DS9).rows() == [("ds9:emissary", "tmdb", 2, 1, 1)]


def test_without_anything_fresh_the_known_numbers_stay() -> None:
    known_numbers = numbers(number("ds9:emissary", "tmdb", 1, 1, 2))
    assert prefer_fresh(numbers(), known_numbers, DS9).equals(known_numbers)


# Public ids


def public(registry_: pl.DataFrame, scheme: str, *told: dict[str, object]) -> dict[str, tuple[str, str]]:
    everything = pl.concat([counted_numbers(registry_), numbers(*told)])
    chosen = public_numbers(everything, registry_, scheme)
    assert list(chosen.columns) == ["episode_key", "season", "episode", "numbered_by", "episode_id"]
    return {
        key: (episode_id, by)
        for key, episode_id, by in chosen.select("episode_key", "episode_id", "numbered_by").rows()
    }


FARPOINT = registry(
    known("tng:encounter-at-farpoint", "Encounter at Farpoint", episode=1, parts=2),
    known("tng:the-naked-now", "The Naked Now", episode=2),
    known("tng:the-child", "The Child", season=2, episode=1),
)


def test_ids_as_aired_count_a_double_once() -> None:
    assert public(FARPOINT, "aired") == {
        "tng:encounter-at-farpoint": ("tng_s1_e01", "aired"),
        "tng:the-naked-now": ("tng_s1_e02", "aired"),
        "tng:the-child": ("tng_s2_e01", "aired"),
    }


def test_ids_by_parts_skip_a_number_after_a_double() -> None:
    assert public(FARPOINT, "parts") == {
        "tng:encounter-at-farpoint": ("tng_s1_e01", "parts"),
        "tng:the-naked-now": ("tng_s1_e03", "parts"),
        "tng:the-child": ("tng_s2_e01", "parts"),
    }


def test_a_scheme_that_misses_an_episode_leaves_its_whole_season_as_aired() -> None:
    told = [number("tng:the-naked-now", "tmdb", 1, 3), number("tng:the-child", "tmdb", 2, 11)]
    assert public(FARPOINT, "tmdb", *told) == {
        "tng:encounter-at-farpoint": ("tng_s1_e01", "aired"),
        "tng:the-naked-now": ("tng_s1_e02", "aired"),
        "tng:the-child": ("tng_s2_e11", "tmdb"),
    }


def test_a_scheme_that_gives_a_number_twice_leaves_the_whole_season_as_aired() -> None:
    told = [
        number("tng:encounter-at-farpoint", "tmdb", 1, 3),
        number("tng:the-naked-now", "tmdb", 1, 3),
        number("tng:the-child", "tmdb", 2, 3),
    ]
    assert public(FARPOINT, "tmdb", *told) == {
        "tng:encounter-at-farpoint": ("tng_s1_e01", "aired"),
        "tng:the-naked-now": ("tng_s1_e02", "aired"),
        "tng:the-child": ("tng_s2_e03", "tmdb"),
    }


def test_the_scheme_also_says_the_season() -> None:
    cage = registry(known("tos:the-cage", "The Cage", season=0), known("tos:charlie", "Charlie X", season=1))
    told = [number("tos:the-cage", "tmdb", 1, 0), number("tos:charlie", "tmdb", 1, 2)]
    assert public(cage, "tmdb", *told) == {
        "tos:the-cage": ("tos_s1_e00", "tmdb"),
        "tos:charlie": ("tos_s1_e02", "tmdb"),
    }


def test_a_season_that_the_scheme_puts_elsewhere_never_meets_numbers_as_aired() -> None:
    cage = registry(
        known("tos:the-cage", "The Cage", season=0),
        known("tos:charlie", "Charlie X", season=1),
        known("tos:amok-time", "Amok Time", season=2),
    )
    told = [number("tos:the-cage", "tmdb", 1, 1), number("tos:amok-time", "tmdb", 2, 5)]
    assert public(cage, "tmdb", *told) == {
        "tos:the-cage": ("tos_s0_e01", "aired"),
        "tos:charlie": ("tos_s1_e01", "aired"),
        "tos:amok-time": ("tos_s2_e05", "tmdb"),
    }


def test_one_number_in_two_series_is_not_given_twice() -> None:
    two = registry(known("tng:haven", "Haven"), known("ent:anomaly", "Anomaly"))
    told = [number("tng:haven", "tmdb", 1, 5), number("ent:anomaly", "tmdb", 1, 5)]
    assert public(two, "tmdb", *told) == {"tng:haven": ("tng_s1_e05", "tmdb"), "ent:anomaly": ("ent_s1_e05", "tmdb")}


NUMBERED = registry(
    *(known(f"tos:{name}", name, season=place // 2, episode=place % 2) for place, name in enumerate("abcdef"))
)
SOME_NUMBER = st.none() | st.tuples(st.integers(0, 3), st.integers(0, 2))


@PROPERTY
@given(st.lists(SOME_NUMBER, min_size=6, max_size=6))
def test_whatever_a_scheme_says_no_id_is_given_twice_and_no_season_mixes_two(
    told: list[tuple[int, int] | None],
) -> None:
    scheme = [
        number(key, "tmdb", *place)
        for key, place in zip(NUMBERED["episode_key"], told, strict=True)
        if place is not None
    ]
    chosen = public_numbers(pl.concat([counted_numbers(NUMBERED), numbers(*scheme)]), NUMBERED, "tmdb")
    assert chosen.height == NUMBERED.height
    assert chosen["episode_id"].is_unique().all()
    assert chosen.group_by("season").agg(pl.col("numbered_by").n_unique())["numbered_by"].to_list() == [1] * (
        chosen["season"].n_unique()
    )


def test_a_long_number_is_not_cut() -> None:
    long = registry(known("tng:haven", "Haven", season=12, episode=123))
    assert public(long, "aired") == {"tng:haven": ("tng_s12_e123", "aired")}
