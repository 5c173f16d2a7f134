"""In-universe order of seasons and films."""

from __future__ import annotations

from typing import Any

import polars as pl
import pytest
from transform_factory import day, frame

from etl.transform.chronology import SEASON_FACTS, add_film_facts, add_positions, order_seasons
from schemas.columns import polars_schema
from schemas.conformed import SEASON_NOTES
from schemas.episodes import EPISODES, MOVIES
from schemas.guide import SEASONS

EPISODE = {
    name: polars_schema(EPISODES)[name]
    for name in ("series", "season", "air_date", "stardate_from", "stardate_to", "year_from", "year_to")
}
FILM = {
    name: polars_schema(MOVIES)[name]
    for name in ("movie_id", "era", "position", "years", "stardate_from", "release_date")
}


def episode(**fields: Any) -> dict[str, Any]:
    return {"series": "tng", "season": 1, **fields}


def facts(*rows: dict[str, Any]) -> pl.DataFrame:
    usual = {"era": "tng_era", "title": "A season", "kind": "series"}
    return frame(SEASON_FACTS, *({**usual, **row} for row in rows))


def notes(*rows: tuple[str, int, str]) -> pl.DataFrame:
    return pl.DataFrame(list(rows), schema=SEASON_NOTES, orient="row")


def the_season(*episodes: dict[str, Any], years: str | None = None) -> dict[str, Any]:
    """The only season of `episodes`."""
    made = order_seasons(frame(EPISODE, *episodes), facts({"series": "tng", "season": 1, "years": years}), notes())
    assert made.height == 1
    return made.row(0, named=True)


def stardates_of(*stardates: float | tuple[float, float] | None) -> tuple[float | None, float | None]:
    """First and last stardate of a season whose episodes have these."""
    spans = [span if isinstance(span, tuple) else (span, span) for span in stardates]
    season = the_season(*(episode(stardate_from=first, stardate_to=last) for first, last in spans))
    return season["stardate_from"], season["stardate_to"]


# Seasons


def test_every_column_of_a_season_is_filled() -> None:
    made = order_seasons(
        frame(
            EPISODE,
            episode(air_date=day("1987-10-05"), stardate_from=41209.2, stardate_to=41209.3),
            episode(air_date=day("1987-09-28"), stardate_from=41153.7, stardate_to=41153.7),
        ),
        facts({"series": "tng", "season": 1, "years": "2364", "title": "TNG Season 1", "kind": "series"}),
        notes(("tng", 1, "The first year."), ("tng", 2, "Not published.")),
    )
    assert made.schema == polars_schema(SEASONS)
    assert made.to_dicts() == [
        {
            "season_id": "tng_s1",
            "series": "tng",
            "season": 1,
            "title": "TNG Season 1",
            "kind": "series",
            "era": "tng_era",
            "position": 0,
            "years": "2364",
            "stardate_from": 41153.7,
            "stardate_to": 41209.3,
            "episodes": 2,
            "first_air_date": day("1987-09-28"),
            "notes": "The first year.",
        }
    ]


def test_a_season_of_which_nothing_is_known_is_still_a_season() -> None:
    season = the_season(episode())
    empty = {"years": None, "stardate_from": None, "stardate_to": None, "first_air_date": None, "notes": ""}
    assert {name: season[name] for name in empty} == empty


def test_no_episodes_make_no_seasons() -> None:
    assert order_seasons(frame(EPISODE), facts(), notes()).schema == polars_schema(SEASONS)


def test_seasons_of_one_series_may_stand_in_different_eras() -> None:
    made = order_seasons(
        frame(EPISODE, *(episode(series="dis", season=season) for season in (1, 2, 3))),
        facts(
            {"series": "dis", "season": 1, "era": "early_23rd", "years": "2256-2257"},
            {"series": "dis", "season": 2, "era": "early_23rd", "years": "2257-2258"},
            {"series": "dis", "season": 3, "era": "32nd", "years": "3188-3189"},
        ),
        notes(),
    )
    assert sorted(made.select("season_id", "era", "years").rows()) == [
        ("dis_s1", "early_23rd", "2256-2257"),
        ("dis_s2", "early_23rd", "2257-2258"),
        ("dis_s3", "32nd", "3188-3189"),
    ]


# Years


def test_the_franchise_knows_the_years_better_than_the_episodes() -> None:
    assert the_season(episode(year_from=1893, year_to=2364), years="2364")["years"] == "2364"


@pytest.mark.parametrize(
    ("told", "years"),
    [
        ([(2399, 2399), (2399, 2399)], "2399"),
        ([(2399, 2399), (2400, 2401)], "2399-2401"),
        ([(2400, 2400), (None, None), (2399, 2399)], "2399-2400"),
        ([(2399, None)], None),
        ([(None, 2399)], None),
        ([(None, None)], None),
    ],
)
def test_years_that_the_franchise_does_not_know_come_from_the_episodes(
    told: list[tuple[int | None, int | None]], years: str | None
) -> None:
    assert the_season(*(episode(year_from=first, year_to=last) for first, last in told))["years"] == years


# Stardates


def test_a_season_spans_the_stardates_of_its_episodes() -> None:
    assert stardates_of((41153.7, 41153.7), None, (41209.2, 41250.9), (41190.0, 41190.0)) == (41153.7, 41250.9)


def test_a_stardate_of_another_age_is_left_out() -> None:
    assert stardates_of(41153.7, 41209.2, 41294.5, 1329.8) == (41153.7, 41294.5)
    assert stardates_of(1513.1, 1533.6, 1672.1, 865211.3) == (1513.1, 1672.1)


def test_only_the_end_that_is_of_another_age_is_left_out() -> None:
    assert stardates_of((41153.7, 411537.0), (41209.2, 41209.3), (41294.5, 41294.5)) == (41153.7, 41294.5)


@pytest.mark.parametrize(("outlier", "counts"), [(200.0, True), (199.9, False), (5000.0, True), (5000.1, False)])
def test_another_age_begins_beyond_five_times_the_usual(outlier: float, counts: bool) -> None:
    first, last = stardates_of(1000.0, 1000.0, 1000.0, outlier)
    assert (outlier in (first, last)) == counts


@pytest.mark.parametrize(("without", "stardates"), [(3, (41153.7, 41153.7)), (4, (None, None))])
def test_a_stardate_speaks_for_a_season_from_a_quarter_of_its_episodes(
    without: int, stardates: tuple[float | None, float | None]
) -> None:
    assert stardates_of(41153.7, *[None] * without) == stardates


def test_seasons_do_not_share_stardates() -> None:
    told = [episode(stardate_from=41153.7, stardate_to=41153.7)] + [episode(season=2)] * 9
    made = order_seasons(
        frame(EPISODE, *told), facts({"series": "tng", "season": 1}, {"series": "tng", "season": 2}), notes()
    )
    assert sorted(made.select("season", "stardate_from").rows()) == [(1, 41153.7), (2, None)]


# Positions


def season(season_id: str, era: str = "tng_era", **fields: Any) -> dict[str, Any]:
    return {"season_id": season_id, "era": era, "position": 0, **fields}


def film(movie_id: str, era: str = "tng_era", **fields: Any) -> dict[str, Any]:
    return {"movie_id": movie_id, "era": era, "position": 0, **fields}


def placed(*items: dict[str, Any]) -> list[tuple[str, int, str]]:
    """Era, position and id of all items."""
    seasons = frame(polars_schema(SEASONS), *(item for item in items if "season_id" in item))
    films = frame(FILM, *(item for item in items if "movie_id" in item))
    placed_seasons, placed_films = add_positions(seasons, films)
    assert placed_seasons.schema == seasons.schema
    assert placed_films.schema == films.schema
    rows = [
        *placed_seasons.select("era", "position", "season_id").rows(),
        *placed_films.select("era", "position", "movie_id").rows(),
    ]
    return sorted(rows)


def order(*items: dict[str, Any]) -> list[str]:
    """The ids of items of one era in their order."""
    result = placed(*items)
    assert [position for _, position, _ in result] == list(range(1, len(items) + 1))
    return [name for _, _, name in result]


def test_the_first_year_counts_most() -> None:
    told = [
        season("tng_s2", years="2365", stardate_from=1.0, first_air_date=day("1960-01-01")),
        season("tng_s1", years="2364-2370", stardate_from=9.0, first_air_date=day("1990-01-01")),
    ]
    assert order(*told) == ["tng_s1", "tng_s2"]


def test_the_stardate_counts_inside_a_year() -> None:
    told = [
        season("ds9_s7", years="2375", stardate_from=52152.6, first_air_date=day("1998-09-30")),
        season("voy_s5", years="2375-2376", stardate_from=52081.2, first_air_date=day("1998-10-14")),
    ]
    assert order(*told) == ["voy_s5", "ds9_s7"]


def test_the_first_air_date_counts_where_years_and_stardates_are_alike() -> None:
    told = [
        season("ld_s1", years="2380", first_air_date=day("2020-08-06")),
        season("a_s1", years="2380", first_air_date=day("2021-08-06")),
    ]
    assert order(*told) == ["ld_s1", "a_s1"]


def test_the_id_decides_at_last() -> None:
    assert order(season("b_s1"), season("a_s1"), film("c")) == ["a_s1", "b_s1", "c"]


def test_what_is_not_known_stands_last() -> None:
    told = [
        season("no_year", stardate_from=1.0, first_air_date=day("1960-01-01")),
        season("no_stardate", years="2364", first_air_date=day("1960-01-01")),
        season("no_date", years="2364", stardate_from=41153.7),
        season("all", years="2364", stardate_from=41153.7, first_air_date=day("1987-09-28")),
        season("words", years="about 2300", stardate_from=2.0),
    ]
    assert order(*told) == ["all", "no_date", "no_stardate", "no_year", "words"]


def test_films_stand_among_the_seasons() -> None:
    told = [
        season("tng_s7", years="2370", stardate_from=47025.4, first_air_date=day("1993-09-20")),
        season("ds9_s3", years="2371", stardate_from=48212.4, first_air_date=day("1994-09-26")),
        film("gen", years="2371", stardate_from=48632.4, release_date=day("1994-11-18")),
        season("ds9_s4", years="2372", stardate_from=49011.4, first_air_date=day("1995-10-02")),
        film("fc", years="2373", release_date=day("1996-11-22")),
    ]
    assert order(*told) == ["tng_s7", "ds9_s3", "gen", "ds9_s4", "fc"]


def test_every_era_is_counted_from_one() -> None:
    told = [
        season("tng_s1", years="2364"),
        season("tos_s1", "tos_era", years="2265-2267"),
        film("tmp", "tos_era", years="2273"),
        film("nem", years="2379"),
    ]
    assert placed(*told) == [
        ("tng_era", 1, "tng_s1"),
        ("tng_era", 2, "nem"),
        ("tos_era", 1, "tos_s1"),
        ("tos_era", 2, "tmp"),
    ]


def test_seasons_and_films_come_back_in_their_order() -> None:
    seasons = frame(
        polars_schema(SEASONS), season("b_s1", years="2365"), season("a_s2", years="2366"), season("c_s1", "a_era")
    )
    films = frame(FILM, film("z", years="2001"), film("y", years="2000"))
    placed_seasons, placed_films = add_positions(seasons, films)
    assert placed_seasons["season_id"].to_list() == ["c_s1", "b_s1", "a_s2"]
    assert placed_films["movie_id"].to_list() == ["y", "z"]


def test_nothing_has_no_positions() -> None:
    assert placed() == []


def test_an_era_does_not_depend_on_another() -> None:
    one = [season("tng_s1", years="2364"), film("nem", years="2379")]
    other = [season("tos_s1", "tos_era", years="2265"), film("tmp", "tos_era")]
    assert placed(*one, *other) == sorted([*placed(*one), *placed(*other)])


# Facts of films


def test_films_get_id_era_and_years_from_the_franchise() -> None:
    movies = frame(
        {"episode_key": pl.String, "title": pl.String},
        {"episode_key": "film:twok", "title": "The Wrath of Khan"},
        {"episode_key": "film:tmp", "title": "The Motion Picture"},
    )
    told = frame(
        dict.fromkeys(("movie_key", "movie_id", "era", "years"), pl.String),
        {"movie_key": "film:tmp", "movie_id": "tmp", "era": "tos_era", "years": "2273"},
        {"movie_key": "film:twok", "movie_id": "twok", "era": "tos_era", "years": None},
        {"movie_key": "film:nem", "movie_id": "nem", "era": "tng_era", "years": "2379"},
    )
    assert add_film_facts(movies, told).sort("movie_key").to_dicts() == [
        {
            "movie_key": "film:tmp",
            "title": "The Motion Picture",
            "movie_id": "tmp",
            "era": "tos_era",
            "years": "2273",
            "position": 0,
        },
        {
            "movie_key": "film:twok",
            "title": "The Wrath of Khan",
            "movie_id": "twok",
            "era": "tos_era",
            "years": None,
            "position": 0,
        },
    ]
