"""Which values cannot be right by themselves."""

from __future__ import annotations

from typing import Any

import polars as pl
import pytest
from transform_factory import day, frame

from etl.transform.validity import add_valid_share
from schemas.columns import polars_schema
from schemas.episodes import EPISODES, MERGED_FIELDS, MOVIE_FIELDS

SCHEMA = {name: polars_schema(EPISODES)[name] for name in MERGED_FIELDS}


def share_of(**fields: Any) -> float | None:
    share: float | None = add_valid_share(frame(SCHEMA, fields))["valid_share"].item()
    return share


@pytest.mark.parametrize(
    ("fields", "share"),
    [
        ({"title": "x" * 200}, 1.0),
        ({"title": "x" * 201}, 0.0),
        ({"air_date": day("1900-01-01")}, 1.0),
        ({"air_date": day("2100-12-31")}, 1.0),
        ({"air_date": day("1899-12-31")}, 0.0),
        ({"air_date": day("2101-01-01")}, 0.0),
        ({"stardate_from": 41153.7, "stardate_to": 41153.7}, 1.0),
        ({"stardate_from": 41153.8, "stardate_to": 41153.7}, 0.0),
        ({"stardate_from": 41153.7}, 1.0),
        ({"year_from": 2364, "year_to": 2365}, 1.0),
        ({"year_from": 2364, "year_to": 2364}, 1.0),
        ({"year_from": 2366, "year_to": 2365}, 0.0),
        ({"synopsis": "x" * 20}, 1.0),
        ({"synopsis": "x" * 19}, 0.0),
        ({"production_codes": ["40271-721", "B5"]}, 1.0),
        ({"production_codes": ["40271-721", "none"]}, 0.0),
        ({"directors": ["Corey Allen"]}, 1.0),
        ({"directors": ["Corey Allen", "Actor 5"]}, 0.0),
        ({"writers": ["Gene Roddenberry"]}, 1.0),
        ({"writers": ["Writer 2"]}, 0.0),
        ({"runtime_min": 1}, 1.0),
        ({"runtime_min": 600}, 1.0),
        ({"runtime_min": 0}, 0.0),
        ({"runtime_min": 601}, 0.0),
        ({"imdb_id": "tt0094030"}, 1.0),
        ({"imdb_id": "tt009403"}, 0.0),
        ({"imdb_id": "nm0094030"}, 0.0),
        ({"memory_alpha_url": "https://example.org/wiki/Haven"}, 1.0),
        ({"memory_alpha_url": "https://example.org/wiki/Haven (episode)"}, 0.0),
        ({"memory_alpha_url": "example.org"}, 0.0),
    ],
)
def test_a_value_that_cannot_be_right_is_counted(fields: dict[str, Any], share: float) -> None:
    assert share_of(**fields) == share


def test_the_share_is_of_the_fields_that_have_a_value() -> None:
    told = {"title": "Haven", "air_date": day("1987-11-30"), "synopsis": "Short.", "imdb_id": "tt1"}
    assert share_of(**told) == 0.5


def test_without_a_value_to_check_there_is_no_share() -> None:
    assert share_of(guest_stars=["Actor 5"], tmdb_id=0) is None


def test_rows_are_judged_one_by_one() -> None:
    told = frame(SCHEMA, {"title": "Haven"}, {"imdb_id": "tt1"}, {})
    assert add_valid_share(told)["valid_share"].to_list() == [1.0, 0.0, None]


def test_films_are_judged_by_the_fields_that_they_have() -> None:
    fields = {name: SCHEMA[name] for name in MOVIE_FIELDS}
    told = frame(fields, {"title": "The Wrath of Khan", "imdb_id": "tt84726"})
    assert add_valid_share(told).get_column("valid_share").to_list() == [0.5]


def test_nothing_else_is_changed() -> None:
    told = frame(SCHEMA, {"title": "Haven"})
    assert add_valid_share(told).drop("valid_share").equals(told)
    assert add_valid_share(told).schema["valid_share"] == pl.Float64
