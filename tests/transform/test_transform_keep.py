"""What the last release knew and this run does not say again."""

from __future__ import annotations

from typing import Any

import polars as pl
from transform_factory import day, frame, known, link, links, number, numbers, pins, registry, value, values

from etl.transform.keep import (
    add_unknown,
    extend_registry,
    links_to_keep,
    movie_links_to_keep,
    notes_of_release,
    pins_of_release,
    registry_of_release,
    values_to_keep,
)
from etl.transform.numbering import complete_registry
from schemas.columns import polars_schema
from schemas.conformed import PINS, REGISTRY, SEASON_NOTES
from schemas.episodes import EPISODES
from schemas.guide import SEASONS
from schemas.provenance import FIELD_VALUES, LINKS, MOVIE_LINKS

PLACE = {"source": pl.String, "episode_key": pl.String}


def published(*rows: dict[str, Any]) -> pl.DataFrame:
    return frame(polars_schema(EPISODES), *rows)


def places(*pairs: tuple[str, str]) -> pl.DataFrame:
    """Columns source and episode_key."""
    return frame(PLACE, *({"source": source, "episode_key": key} for source, key in pairs))


# The registry of the last release


def test_published_episodes_are_registered_with_their_numbers_as_aired() -> None:
    episode = {
        "episode_key": "ds9:the-search-part-ii",
        "series": "ds9",
        "season": 30,
        "episode": 99,
        "parts": 1,
        "title": "The Search, Part II",
        "air_date": day("1994-10-03"),
        "production_codes": ["447"],
    }
    counted = numbers(number("ds9:the-search-part-ii", "aired", 3, 2), number("ds9:the-search-part-ii", "tmdb", 30, 99))
    made = registry_of_release(published(episode), counted)
    assert made.schema == REGISTRY
    assert made.to_dicts() == [
        {
            "episode_key": "ds9:the-search-part-ii",
            "series": "ds9",
            "season": 3,
            "episode": 2,
            "parts": 1,
            "title": "The Search, Part II",
            "title_keys": ["thesearch"],
            "part": 2,
            "air_date": day("1994-10-03"),
            "production_codes": ["447"],
        }
    ]


def test_an_episode_without_codes_is_registered_with_none() -> None:
    episode = {"episode_key": "tng:haven", "series": "tng", "parts": 1, "title": "Haven"}
    made = registry_of_release(published(episode), numbers(number("tng:haven", "aired", 1, 10)))
    assert made["production_codes"].to_list() == [[]]


def test_the_first_run_has_no_last_release() -> None:
    assert registry_of_release(published(), numbers()).schema == REGISTRY


def test_only_episodes_that_the_registry_does_not_have_are_appended() -> None:
    now = registry(known("tng:haven", "Haven", episode=10))
    before = registry(known("tng:haven", "Heaven", episode=11), known("tng:justice", "Justice", episode=7))
    extended = extend_registry(now, before)
    assert extended.schema == REGISTRY
    assert extended.select("episode_key", "title", "episode").rows() == [
        ("tng:haven", "Haven", 10),
        ("tng:justice", "Justice", 7),
    ]


def test_an_episode_whose_number_is_taken_now_gets_a_new_one() -> None:
    now = registry(known("sfa:kids", "Kids", episode=1), known("sfa:beta", "Beta", episode=2))
    before = registry(
        known("sfa:dropped", "Dropped", episode=2),
        known("sfa:kept", "Kept", season=2, episode=2),
        known("snw:kept", "Kept", episode=2),
    )
    extended = extend_registry(now, before)
    assert dict(extended.select("episode_key", "episode").iter_rows()) == {
        "sfa:kids": 1,
        "sfa:beta": 2,
        "sfa:dropped": None,
        "sfa:kept": 2,
        "snw:kept": 2,
    }
    assert complete_registry(extended).filter(episode_key="sfa:dropped")["episode"].to_list() == [3]


def test_without_a_catalogue_the_last_release_is_the_registry() -> None:
    before = registry(known("tng:haven", "Haven"))
    assert extend_registry(registry(), before).equals(before)


# Notes, pins, tables


def test_notes_of_the_last_release_are_kept_where_there_are_any() -> None:
    seasons = frame(
        polars_schema(SEASONS),
        {"series": "tng", "season": 1, "notes": "The first year."},
        {"series": "tng", "season": 2, "notes": ""},
    )
    notes = notes_of_release(seasons)
    assert notes.schema == SEASON_NOTES
    assert notes.rows() == [("tng", 1, "The first year.")]


def test_what_is_said_now_goes_before_what_was_said() -> None:
    now = frame(SEASON_NOTES, {"series": "tng", "season": 1, "notes": "New."})
    before = frame(
        SEASON_NOTES,
        {"series": "tng", "season": 1, "notes": "Old."},
        {"series": "tng", "season": 2, "notes": "Kept."},
        {"series": "ds9", "season": 1, "notes": "Kept too."},
    )
    both = add_unknown(now, before, ["series", "season"])
    assert both.rows() == [("tng", 1, "New."), ("tng", 2, "Kept."), ("ds9", 1, "Kept too.")]


def test_columns_that_only_the_other_frame_has_are_left_out() -> None:
    now = pins({"source": "tmdb", "source_id": "1", "episode_key": "tng:haven", "part": None})
    both = add_unknown(now, links(link("1", "tng:justice"), link("2", "tng:justice", 2)), ["source", "source_id"])
    assert both.columns == now.columns
    assert both.select("source_id", "episode_key", "part").rows() == [
        ("1", "tng:haven", None),
        ("2", "tng:justice", 2),
    ]


def test_the_links_of_the_last_release_are_pins() -> None:
    made = pins_of_release(links(link("11", "ds9:emissary", 1), link("1", "tng:haven")))
    assert made.schema == PINS
    expected = links(link("11", "ds9:emissary", 1), link("1", "tng:haven"))
    assert made.rows() == expected.select(*PINS).rows()


# Values


def told(*pairs: tuple[str, str], is_stale: bool = False) -> pl.DataFrame:
    """What sources say of episodes now: a title each."""
    return values(*(value(key, "title", source, "Told now", is_stale=is_stale) for source, key in pairs))


def kept_of(last: pl.DataFrame, spoke: pl.DataFrame, asked: pl.DataFrame) -> list[tuple[str, str, bool]]:
    kept = values_to_keep(last, spoke, asked)
    assert kept.schema == polars_schema(FIELD_VALUES)
    return sorted(kept.select("source", "value", "is_stale").rows())


LAST = values(
    value("tng:haven", "title", "tmdb", "Haven", is_chosen=True, rule="order: tmdb"),
    value("tng:haven", "synopsis", "tmdb", "A wedding."),
    value("tng:haven", "title", "stapi", "Heaven"),
)


def test_values_of_a_silent_source_are_kept_to_be_decided_again() -> None:
    kept = values_to_keep(LAST, told(("stapi", "tng:haven")), places())
    assert kept.sort("field").rows(named=True) == [
        one | {"is_chosen": False, "rule": ""} for one in LAST.filter(source="tmdb").sort("field").rows(named=True)
    ]


def test_a_source_that_spoke_of_an_episode_leaves_nothing_old_of_it() -> None:
    assert kept_of(LAST, told(("tmdb", "tng:haven"), ("stapi", "tng:haven")), places()) == []


def test_an_old_answer_that_stands_in_for_a_source_takes_nothing_back() -> None:
    """What the guard once refused is in the cache: half of a row must not cost what the whole row said."""
    old = told(("tmdb", "tng:haven"), is_stale=True)
    assert kept_of(LAST, old, places(("tmdb", "tng:haven"))) == [
        ("stapi", "Heaven", False),
        ("tmdb", "A wedding.", True),
    ]


def test_a_source_that_spoke_of_another_episode_keeps_this_one() -> None:
    spoke = told(("tmdb", "tng:justice"), ("stapi", "tng:haven"))
    assert kept_of(LAST, spoke, places()) == [("tmdb", "A wedding.", False), ("tmdb", "Haven", False)]


def test_kept_values_are_stale_only_if_their_source_was_asked_of_their_episode() -> None:
    asked = places(("tmdb", "tng:haven"), ("stapi", "tng:justice"))
    assert kept_of(LAST, told(), asked) == [
        ("stapi", "Heaven", False),
        ("tmdb", "A wedding.", True),
        ("tmdb", "Haven", True),
    ]


def test_what_was_stale_stays_stale_until_it_is_said_again() -> None:
    last = values(value("tng:haven", "title", "tmdb", "Haven", is_stale=True))
    assert kept_of(last, told(), places()) == [("tmdb", "Haven", True)]


# Links


def test_links_that_explain_kept_values_are_kept() -> None:
    last = links(link("1", "tng:haven"), link("2", "tng:justice"), link("x", "tng:haven", source="stapi"))
    kept = links_to_keep(last, links(), LAST.filter(source="tmdb"))
    assert kept.schema == polars_schema(LINKS)
    assert kept.select("source", "source_id").rows() == [("tmdb", "1")]


def test_a_row_that_is_another_episode_now_leaves_its_old_link() -> None:
    last = links(link("1", "tng:haven"))
    assert links_to_keep(last, links(link("1", "tng:justice")), LAST).is_empty()


def test_one_link_is_kept_once_however_many_values_it_explains() -> None:
    assert links_to_keep(links(link("1", "tng:haven")), links(), LAST).height == 1


def test_film_links_that_explain_kept_values_are_kept() -> None:
    last = frame(
        polars_schema(MOVIE_LINKS),
        {"source": "tmdb", "source_id": "154", "movie_key": "film:twok"},
        {"source": "tmdb", "source_id": "157", "movie_key": "film:tsfs"},
        {"source": "stapi", "source_id": "154", "movie_key": "film:twok"},
    )
    kept = movie_links_to_keep(last, values(value("film:twok", "title", "tmdb", "The Wrath of Khan")))
    assert kept.rows() == last[:1].rows()
