"""The catalogue's rows, its registry, its pins and its numbers."""

from __future__ import annotations

import polars as pl
import pytest
from transform_factory import FETCHED_AT, catalogue_episodes, catalogue_movies, day

from etl.transform.conform_catalogue import (
    catalogue_numbers,
    conform_catalogue_episodes,
    conform_catalogue_movies,
    pins_of,
    registry_of,
)
from schemas.columns import polars_schema
from schemas.conformed import EPISODE_ROWS, MOVIE_ROWS, PINS, REGISTRY
from schemas.guide import NUMBERING

PAGES = "https://example.org/wiki/"
EMISSARY = {
    "key": "ds9:emissary",
    "series": "ds9",
    "season": "1",
    "episode": "1",
    "parts": "2",
    "title": "Emissary",
    "aliases": "Emissary (1); Emissary, Part II; The Emissary",
    "air_date": "1993-01-03",
    "production_codes": "40511-721; 40511-722",
    "stardate_from": "46379.1",
    "stardate_to": "46380.2",
    "year_from": "2369",
    "year_to": "2370",
    "directors": "David Carson",
    "writers": "Michael Piller; Rick Berman",
    "story_by": "Rick Berman",
    "tmdb_season": "1",
    "tmdb_episodes": "1; 2",
    "tmdb_ids": "969525; 1012580",
    "imdb_season": "1",
    "imdb_episodes": "1",
    "imdb_ids": "tt0108214",
    "stapi_season": "1",
    "stapi_episode": "1",
    "stapi_id": "EPMA0000267694",
    "memory_alpha_page": "Emissary (episode)",
}
BARE = {"key": "tos:the-cage", "series": "tos", "season": "0", "title": "The Cage"}


def test_every_column_of_an_episode_is_filled_from_its_own_field() -> None:
    assert conform_catalogue_episodes(catalogue_episodes(EMISSARY), FETCHED_AT, PAGES).to_dicts() == [
        {
            "source": "catalogue",
            "source_id": "ds9:emissary",
            "series": "ds9",
            "season": 1,
            "number": 1,
            "row_parts": 2,
            "title_key": "emissary",
            "part": None,
            "title": "Emissary",
            "air_date": day("1993-01-03"),
            "stardate_from": 46379.1,
            "stardate_to": 46380.2,
            "year_from": 2369,
            "year_to": 2370,
            "synopsis": None,
            "production_codes": ["40511-721", "40511-722"],
            "directors": ["David Carson"],
            "writers": ["Michael Piller", "Rick Berman"],
            "story_by": ["Rick Berman"],
            "guest_stars": None,
            "plot_points": None,
            "connections": None,
            "runtime_min": None,
            "tmdb_id": 969525,
            "imdb_id": "tt0108214",
            "memory_alpha_url": "https://example.org/wiki/Emissary_(episode)",
            "source_url": None,
            "fetched_at": FETCHED_AT,
            "is_stale": False,
        }
    ]


def test_what_the_catalogue_leaves_empty_is_missing() -> None:
    episode = conform_catalogue_episodes(catalogue_episodes(BARE), FETCHED_AT, PAGES).row(0, named=True)
    identity = {"source", "source_id", "series", "season", "number", "row_parts", "title_key", "title"}
    told = identity | {"fetched_at", "is_stale"}
    assert {name for name, value in episode.items() if value is not None} == told


@pytest.mark.parametrize(
    ("page", "address"),
    [
        ("The Cage (episode)", "The_Cage_(episode)"),
        ("Q & A", "Q_&_A"),
        ("Starbase 80?!", "Starbase_80%3F!"),
        ("100% \"sure\" #1", "100%25_%22sure%22_%231"),
    ],
)  # fmt: skip
def test_a_page_title_becomes_an_address(page: str, address: str) -> None:
    raw = catalogue_episodes({**BARE, "memory_alpha_page": page})
    assert conform_catalogue_episodes(raw, FETCHED_AT, PAGES)["memory_alpha_url"].to_list() == [PAGES + address]


def test_a_story_with_several_ids_has_those_of_its_first_part() -> None:
    raw = catalogue_episodes({**BARE, "tmdb_ids": "112854; 1141928", "imdb_ids": "tt0114530; tt14469688"})
    episode = conform_catalogue_episodes(raw, FETCHED_AT, PAGES).row(0, named=True)
    assert (episode["tmdb_id"], episode["imdb_id"]) == (112854, "tt0114530")


def test_an_empty_catalogue_keeps_every_contract() -> None:
    raw = catalogue_episodes()
    assert conform_catalogue_episodes(raw, None, "").schema == EPISODE_ROWS
    assert conform_catalogue_movies(catalogue_movies(), None, "").schema == MOVIE_ROWS
    assert registry_of(raw).schema == REGISTRY
    assert pins_of(raw).schema == PINS
    assert catalogue_numbers(raw).schema == polars_schema(NUMBERING)


def test_every_column_of_a_film_is_filled_from_its_own_field() -> None:
    raw = catalogue_movies(
        {
            "key": "film:twok",
            "title": "The Wrath of Khan",
            "release_date": "1982-06-04",
            "tmdb_id": "154",
            "imdb_id": "tt0084726",
            "directors": "Nicholas Meyer",
            "writers": "Jack B. Sowards",
            "story_by": "Harve Bennett; Jack B. Sowards",
            "runtime_min": "113",
            "stardate_from": "8130.3",
            "stardate_to": "8141.6",
            "year_from": "2285",
            "year_to": "2286",
            "memory_alpha_page": "Star Trek II",
        }
    )
    assert conform_catalogue_movies(raw, FETCHED_AT, PAGES).to_dicts() == [
        {
            "source": "catalogue",
            "source_id": "film:twok",
            "movie_key": "film:twok",
            "release_date": day("1982-06-04"),
            "title": "The Wrath of Khan",
            "stardate_from": 8130.3,
            "stardate_to": 8141.6,
            "year_from": 2285,
            "year_to": 2286,
            "synopsis": None,
            "directors": ["Nicholas Meyer"],
            "writers": ["Jack B. Sowards"],
            "story_by": ["Harve Bennett", "Jack B. Sowards"],
            "guest_stars": None,
            "runtime_min": 113,
            "tmdb_id": 154,
            "imdb_id": "tt0084726",
            "memory_alpha_url": "https://example.org/wiki/Star_Trek_II",
            "source_url": None,
            "fetched_at": FETCHED_AT,
            "is_stale": False,
        }
    ]


def test_the_registry_knows_titles_and_aliases_each_key_once() -> None:
    assert registry_of(catalogue_episodes(EMISSARY)).to_dicts() == [
        {
            "episode_key": "ds9:emissary",
            "series": "ds9",
            "season": 1,
            "episode": 1,
            "parts": 2,
            "title": "Emissary",
            "title_keys": ["emissary", "theemissary"],
            "part": None,
            "air_date": day("1993-01-03"),
            "production_codes": ["40511-721", "40511-722"],
        }
    ]


def test_the_registry_of_a_bare_episode_has_no_codes_and_one_title_key() -> None:
    episode = registry_of(catalogue_episodes(BARE)).row(0, named=True)
    assert (episode["production_codes"], episode["title_keys"], episode["air_date"]) == ([], ["thecage"], None)


def test_the_registry_tells_the_part_of_a_story_of_different_days() -> None:
    raw = catalogue_episodes({"key": "tng:descent-part-ii", "title": "Descent, Part II"})
    episode = registry_of(raw).row(0, named=True)
    assert (episode["title_keys"], episode["part"]) == (["descent"], 2)


def test_an_id_of_every_source_is_pinned_and_parts_count_where_there_are_several() -> None:
    made = pins_of(catalogue_episodes(EMISSARY))
    assert set(made.select("source", "method", "score").rows()) == {
        ("catalogue", "registered", 1.0),
        *((source, "pinned", 1.0) for source in ("imdb", "memory_alpha", "stapi", "tmdb")),
    }
    assert "the catalogue pins tmdb id 969525" in made["evidence"].to_list()
    assert sorted(made.select("source", "source_id", "episode_key", "part").rows()) == [
        ("catalogue", "ds9:emissary", "ds9:emissary", None),
        ("imdb", "tt0108214", "ds9:emissary", None),
        ("memory_alpha", "Emissary (episode)", "ds9:emissary", None),
        ("stapi", "EPMA0000267694", "ds9:emissary", None),
        ("tmdb", "1012580", "ds9:emissary", 2),
        ("tmdb", "969525", "ds9:emissary", 1),
    ]


def test_an_episode_without_ids_is_pinned_by_itself_alone() -> None:
    assert pins_of(catalogue_episodes(BARE)).select("source", "source_id", "method").rows() == [
        ("catalogue", "tos:the-cage", "registered")
    ]


def test_numbers_of_other_schemes_span_all_parts() -> None:
    numbers = catalogue_numbers(catalogue_episodes(EMISSARY))
    assert sorted(numbers.rows()) == [
        ("ds9:emissary", "imdb", 1, 1, 1),
        ("ds9:emissary", "memory_alpha", 1, 1, 2),
        ("ds9:emissary", "tmdb", 1, 1, 2),
    ]


def test_numbers_are_compared_as_numbers() -> None:
    raw = catalogue_episodes({"key": "ds9:a", "title": "A", "tmdb_season": "4", "tmdb_episodes": "9; 10"})
    assert catalogue_numbers(raw).rows() == [("ds9:a", "tmdb", 4, 9, 10)]


def test_a_scheme_that_the_catalogue_does_not_know_gives_no_number() -> None:
    assert catalogue_numbers(catalogue_episodes(BARE)).is_empty()


def test_rows_do_not_depend_on_their_neighbours() -> None:
    both = catalogue_episodes(EMISSARY, BARE)
    apart = [conform_catalogue_episodes(catalogue_episodes(one), FETCHED_AT, PAGES) for one in (EMISSARY, BARE)]
    assert conform_catalogue_episodes(both, FETCHED_AT, PAGES).equals(pl.concat(apart))
