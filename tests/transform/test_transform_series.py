"""The series and what was published of each."""

from __future__ import annotations

from typing import Any

import polars as pl
import pytest
from transform_factory import day, frame

from etl.transform.series import summarise_series
from schemas.columns import polars_schema
from schemas.episodes import EPISODES
from schemas.guide import SERIES

EPISODE = {name: polars_schema(EPISODES)[name] for name in ("series", "season", "air_date", "quality_overall")}
FACT = {
    name: polars_schema(SERIES)[name]
    for name in ("series", "position", "name", "kind", "is_ended", "tmdb_id", "imdb_id")
}
TNG = {
    "series": "tng",
    "position": 3,
    "name": "Star Trek: The Next Generation",
    "kind": "series",
    "is_ended": True,
    "tmdb_id": 655,
    "imdb_id": "tt0092455",
}
SFA = {"series": "sfa", "position": 13, "name": "Star Trek: Starfleet Academy", "kind": "series", "is_ended": False}


def episode(series: str, season: int, air_date: str | None, quality: float) -> dict[str, Any]:
    aired = day(air_date) if air_date else None
    return {"series": series, "season": season, "air_date": aired, "quality_overall": quality}


def test_a_series_counts_its_published_episodes() -> None:
    episodes = frame(
        EPISODE,
        episode("tng", 2, "1988-11-21", 0.8),
        episode("tng", 1, "1987-09-28", 0.5),
        episode("tng", 2, None, 0.8),
        episode("ds9", 1, "1993-01-03", 0.1),
    )
    summary = summarise_series(episodes, frame(FACT, TNG))
    assert summary.schema == polars_schema(SERIES)
    assert summary.to_dicts() == [
        {
            **TNG,
            "seasons": 2,
            "episodes": 3,
            "first_air_date": day("1987-09-28"),
            "last_air_date": day("1988-11-21"),
            "quality_overall": pytest.approx(0.7, abs=1e-12),
        }
    ]


def test_a_series_without_a_published_episode_stays_with_none() -> None:
    summary = summarise_series(frame(EPISODE), frame(FACT, SFA))
    assert summary.to_dicts() == [
        {
            **SFA,
            "tmdb_id": None,
            "imdb_id": None,
            "seasons": 0,
            "episodes": 0,
            "first_air_date": None,
            "last_air_date": None,
            "quality_overall": None,
        }
    ]


def test_series_stay_in_the_order_of_the_franchise() -> None:
    codes = ["tos", "tng", "sfa", "ds9", "ent", "ld"]
    told = frame(FACT, *({**SFA, "series": code, "position": place} for place, code in enumerate(codes)))
    episodes = frame(EPISODE, *(episode(code, 1, None, 0.5) for code in sorted(codes)))
    assert summarise_series(episodes, told)["series"].to_list() == codes


def test_the_types_are_those_of_the_contract_even_for_nothing() -> None:
    assert summarise_series(frame(EPISODE), frame(FACT)).schema == pl.Schema(polars_schema(SERIES))
