"""TMDB's rows in the project's own words."""

from __future__ import annotations

from typing import Any

import polars as pl
import pytest
from transform_factory import FETCHED_AT, day, person, raw_episodes, raw_movies, raw_seasons

from etl.transform.conform_tmdb import conform_tmdb_episodes, conform_tmdb_movies, conform_tmdb_seasons
from schemas.conformed import EPISODE_ROWS, MOVIE_ROWS, SEASON_NOTES

SERIES = {"655": "tng", "580": "ds9"}


def conformed(**fields: Any) -> dict[str, Any]:
    return conform_tmdb_episodes(raw_episodes(fields), SERIES).row(0, named=True)


def conformed_movie(**fields: Any) -> dict[str, Any]:
    return conform_tmdb_movies(raw_movies(fields), {"154": "film:twok"}).row(0, named=True)


def test_every_column_of_an_episode_is_filled_from_its_own_field() -> None:
    raw = raw_episodes(
        {
            "show_id": 580,
            "id": 1012580,
            "season_number": 2,
            "episode_number": 5,
            "name": "Emissary (2)",
            "overview": "Stardate: 46379.1. Sisko meets the wormhole aliens.",
            "air_date": "1993-01-03",
            "production_code": "40511-721",
            "runtime": 46,
            "crew": [person("David Carson", "Director"), person("Michael Piller", "Writer")],
            "guest_stars": [person("Patrick Stewart", character="Locutus")],
            "source_url": "https://example.org/tv/580",
            "is_stale": True,
        }
    )
    assert conform_tmdb_episodes(raw, SERIES).to_dicts() == [
        {
            "source": "tmdb",
            "source_id": "1012580",
            "series": "ds9",
            "season": 2,
            "number": 5,
            "row_parts": None,
            "title_key": "emissary",
            "part": 2,
            "title": "Emissary (2)",
            "air_date": day("1993-01-03"),
            "stardate_from": 46379.1,
            "stardate_to": 46379.1,
            "year_from": None,
            "year_to": None,
            "synopsis": "Sisko meets the wormhole aliens.",
            "production_codes": ["40511-721"],
            "directors": ["David Carson"],
            "writers": ["Michael Piller"],
            "story_by": None,
            "guest_stars": ["Patrick Stewart"],
            "plot_points": None,
            "connections": None,
            "runtime_min": 46,
            "tmdb_id": 1012580,
            "imdb_id": None,
            "memory_alpha_url": None,
            "source_url": "https://example.org/tv/580",
            "fetched_at": FETCHED_AT,
            "is_stale": True,
        }
    ]


def test_no_episodes_keep_the_contract() -> None:
    none = conform_tmdb_episodes(raw_episodes(), {})
    assert none.schema == EPISODE_ROWS
    assert none.is_empty()


def test_a_series_that_nobody_asked_for_is_not_guessed() -> None:
    with pytest.raises(pl.exceptions.InvalidOperationError):
        conform_tmdb_episodes(raw_episodes({"show_id": 1}), SERIES)


@pytest.mark.parametrize(
    ("overview", "stardates", "synopsis"),
    [
        ("Stardate: 41153.7. The new commander arrives.", (41153.7, 41153.7), "The new commander arrives."),
        ("Stardate:43349.2. A Romulan defects.", (43349.2, 43349.2), "A Romulan defects."),
        ("Stardate: 43989.1  An expert boards.", (43989.1, 43989.1), "An expert boards."),
        ("Stardate 44012.3. Picard rests.", (44012.3, 44012.3), "Picard rests."),
        ("Stardate:  47988.1. A trial goes on.", (47988.1, 47988.1), "A trial goes on."),
        ("STARDATE: 5943.7, the ship stops.", (5943.7, 5943.7), "the ship stops."),
        ("Stardate: 4202. A planet dies.", (4202.0, 4202.0), "A planet dies."),
        ("Stardate: 41153.7\n\nThe new commander arrives.", (41153.7, 41153.7), "The new commander arrives."),
        ("Stardate: 1312.4 - 1313.8. A barrier.", (1312.4, 1313.8), "A barrier."),
        ("Stardate: 1312.4–1313.8. A barrier.", (1312.4, 1313.8), "A barrier."),
        ("Stardate 1312.4 to 1313.8: A barrier.", (1312.4, 1313.8), "A barrier."),
        ("Stardate: Unknown. Worf is late.", (None, None), "Worf is late."),
        ("Stardate: 41153.7.", (41153.7, 41153.7), None),
        ("A trial.", (None, None), "A trial."),
        ("The log of stardate 41153.7. It is empty.", (None, None), "The log of stardate 41153.7. It is empty."),
        ("Stardates confuse Wesley.", (None, None), "Stardates confuse Wesley."),
        ("Stardate: 41153.7B is a code.", (None, None), "Stardate: 41153.7B is a code."),
        ("", (None, None), None),
        ("None", (None, None), None),
        (None, (None, None), None),
    ],
)
def test_a_stardate_at_the_head_leaves_the_synopsis(
    overview: str | None, stardates: tuple[float | None, float | None], synopsis: str | None
) -> None:
    episode = conformed(overview=overview)
    assert (episode["stardate_from"], episode["stardate_to"]) == stardates
    assert episode["synopsis"] == synopsis


@pytest.mark.parametrize(
    ("code", "codes"),
    [
        ("", None),
        (None, None),
        (" / ", None),
        ("None", None),
        ("40271-721", ["40271-721"]),
        ("176266 / 176267", ["176266", "176267"]),
        ("101/102", ["101", "102"]),
        ("101 /", ["101"]),
    ],
)
def test_production_codes_are_split(code: str | None, codes: list[str] | None) -> None:
    assert conformed(production_code=code)["production_codes"] == codes


@pytest.mark.parametrize("text", ["", None, "soon", "1987", "1987-13-01", "28.09.1987", "1987-02-30"])
def test_what_is_no_day_is_no_air_date(text: str | None) -> None:
    assert conformed(air_date=text)["air_date"] is None


@pytest.mark.parametrize(("runtime", "minutes"), [(0, None), (None, None), (-1, None), (1, 1), (92, 92)])
def test_a_running_time_is_positive(runtime: int | None, minutes: int | None) -> None:
    assert conformed(runtime=runtime)["runtime_min"] == minutes


def test_crew_is_told_apart_by_job_in_the_order_of_the_credits() -> None:
    crew = [
        person("Jeri Taylor", "Teleplay"),
        person("Rick Berman", "Story"),
        person("Winrich Kolbe", "Director"),
        person("Jeri Taylor", "Story"),
        person("Michael Piller", "Screenplay"),
        person("Jeri Taylor", "Writer"),
        person("David Livingston", "Director"),
        person("Robert Blackman", "Costume Design"),
        person("Nobody", None),
    ]
    episode = conformed(crew=crew)
    assert episode["directors"] == ["Winrich Kolbe", "David Livingston"]
    assert episode["writers"] == ["Jeri Taylor", "Michael Piller"]
    assert episode["story_by"] == ["Rick Berman", "Jeri Taylor"]


def test_guest_stars_stay_in_the_order_of_the_credits_each_once() -> None:
    stars = [person("Zoe Z.", character="A"), person("Al A.", character="B"), person("Zoe Z.", character="C")]
    assert conformed(guest_stars=stars)["guest_stars"] == ["Zoe Z.", "Al A."]


def test_blank_and_placeholder_names_are_nobody() -> None:
    episode = conformed(crew=[person("", "Director"), person("TBA", "Writer")], guest_stars=[person("  ")])
    assert (episode["directors"], episode["writers"], episode["guest_stars"]) == (None, None, None)


@pytest.mark.parametrize("people", [None, []])
def test_without_credits_nobody_is_known(people: list[Any] | None) -> None:
    episode = conformed(crew=people, guest_stars=people)
    assert [episode[name] for name in ("directors", "writers", "story_by", "guest_stars")] == [None] * 4


@pytest.mark.parametrize("name", ["", "TBA", "Episode 7", "None", "Stardate TBD"])
def test_a_placeholder_name_gives_neither_title_nor_key(name: str) -> None:
    episode = conformed(name=name)
    assert (episode["title"], episode["title_key"], episode["part"]) == (None, None, None)


def test_every_column_of_a_film_is_filled_from_its_own_field() -> None:
    film = conformed_movie(
        title="Star Trek II:  The Wrath of Khan",
        overview="An old enemy returns.",
        runtime=113,
        imdb_id="tt0084726",
        crew=[person("Nicholas Meyer", "Director"), person("Jack B. Sowards", "Screenplay"), person("H. B.", "Story")],
        cast=[person("Ricardo Montalban", character="Khan")],
    )
    assert film == {
        "source": "tmdb",
        "source_id": "154",
        "movie_key": "film:twok",
        "release_date": day("1982-06-04"),
        "title": "Star Trek II: The Wrath of Khan",
        "stardate_from": None,
        "stardate_to": None,
        "year_from": None,
        "year_to": None,
        "synopsis": "An old enemy returns.",
        "directors": ["Nicholas Meyer"],
        "writers": ["Jack B. Sowards"],
        "story_by": ["H. B."],
        "guest_stars": None,
        "runtime_min": 113,
        "tmdb_id": 154,
        "imdb_id": "tt0084726",
        "memory_alpha_url": None,
        "source_url": "https://example.org/page",
        "fetched_at": FETCHED_AT,
        "is_stale": False,
    }


def test_what_a_film_does_not_say_is_missing() -> None:
    film = conformed_movie(title="TBA", overview="", runtime=0, imdb_id="", release_date="", crew=None)
    missing = ("title", "synopsis", "runtime_min", "imdb_id", "release_date", "directors", "writers", "story_by")
    assert {name: film[name] for name in missing} == dict.fromkeys(missing)


def test_no_films_keep_the_contract() -> None:
    assert conform_tmdb_movies(raw_movies(), {}).schema == MOVIE_ROWS


def test_seasons_give_notes_only_where_they_say_something() -> None:
    raw = raw_seasons(
        {"season_number": 0, "overview": ""},
        {"season_number": 1, "overview": " The first year. "},
        {"season_number": 2, "overview": None},
        {"season_number": 3, "overview": "None"},
        {"show_id": 580, "season_number": 1, "overview": "A station."},
        {"season_number": 1, "overview": "Said again."},
    )
    notes = conform_tmdb_seasons(raw, SERIES)
    assert notes.schema == SEASON_NOTES
    assert notes.rows() == [("tng", 1, "The first year."), ("ds9", 1, "A station.")]
