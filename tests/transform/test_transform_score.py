"""Merged values become scored episodes and films."""

from __future__ import annotations

from typing import Any

import polars as pl
import pytest
from transform_factory import day, frame, instant, known, registry

from etl.transform.quality import Formula
from etl.transform.score import score_episodes, score_movies
from schemas.columns import polars_schema
from schemas.conformed import MOVIE_ROWS
from schemas.episodes import EPISODES, MERGED_FIELDS, MOVIE_FIELDS, MOVIE_WEIGHTS, WEIGHTS

AS_OF = instant("2026-10-31T01:00")
HEAD = {
    "episode_key": pl.String,
    "sources": pl.List(pl.String),
    "fetched_at": pl.Datetime("us", "UTC"),
    "is_stale": pl.Boolean,
}
MERGED = {**HEAD, **{name: polars_schema(EPISODES)[name] for name in MERGED_FIELDS}}
MERGED_FILM = {**HEAD, "release_date": pl.Date, **{name: MOVIE_ROWS[name] for name in MOVIE_FIELDS}}
HALF_LIVES = pl.DataFrame({"series": ["tng", "sfa"], "half_life_days": [730.0, 30.0]})


def trust(*rows: tuple[str, float, float]) -> pl.DataFrame:
    return pl.DataFrame(
        list(rows),
        schema={"episode_key": pl.String, "confidence": pl.Float64, "quality_reliability": pl.Float64},
        orient="row",
    )


def agreement(*rows: tuple[str, float]) -> pl.DataFrame:
    return pl.DataFrame(list(rows), schema={"episode_key": pl.String, "agreement": pl.Float64}, orient="row")


def merged(key: str, **fields: Any) -> dict[str, Any]:
    usual = {"sources": ["tmdb"], "fetched_at": instant("2026-10-01T23:00"), "is_stale": False}
    return {"episode_key": key, **usual, **fields}


def scores_of(frame_of_scores: pl.DataFrame, key: str) -> dict[str, Any]:
    row = frame_of_scores.filter(episode_key=key).row(0, named=True)
    return {name: row[name] for name in row if name.startswith("quality_") or name == "grade"}


def scored(*rows: dict[str, Any], agreed: pl.DataFrame | None = None) -> pl.DataFrame:
    return score_episodes(
        frame(MERGED, *rows),
        registry=registry(
            known("sfa:kids", "Kids", season=2, episode=3), known("tng:haven", "Haven", episode=10, parts=2)
        ),
        trust=trust(("sfa:kids", 0.85, 0.92), ("tng:haven", 0.9, 0.9125)),
        agreement=agreement() if agreed is None else agreed,
        half_lives=HALF_LIVES,
        weights=WEIGHTS,
        as_of=AS_OF,
    )


def test_an_episode_gets_its_place_from_the_registry() -> None:
    row = scored(merged("tng:haven", title="Haven")).row(0, named=True)
    assert (row["series"], row["season"], row["episode"], row["parts"]) == ("tng", 1, 10, 2)


def test_an_episode_is_scored_by_all_four_parts() -> None:
    told = merged("sfa:kids", title="Kids", air_date=day("2026-01-15"))
    result = scores_of(scored(told, agreed=agreement(("sfa:kids", 0.5))), "sfa:kids")
    assert result.pop("grade") == "poor"
    assert result == pytest.approx(
        {
            "quality_completeness": 4.0 / 11.0,
            "quality_accuracy": 0.7125,
            "quality_freshness": 0.5,
            "quality_reliability": 0.92,
            "quality_overall": 0.4 * 4.0 / 11.0 + 0.3 * 0.7125 + 0.2 * 0.5 + 0.1 * 0.92,
        },
        abs=1e-12,
    )


def test_what_was_fetched_after_as_of_is_as_fresh_as_on_that_day() -> None:
    told = merged("sfa:kids", title="Kids", fetched_at=instant("2027-01-01T00:00"))
    assert scores_of(scored(told), "sfa:kids")["quality_freshness"] == 1.0


def test_a_franchise_may_set_another_formula() -> None:
    formula = Formula({"quality_completeness": 1.0}, {"excellent": 0.36}, 0.5)
    told = score_episodes(
        frame(
            MERGED,
            merged("tng:haven", title="Haven", air_date=day("1987-11-30"), fetched_at=instant("1990-01-01T00:00")),
        ),
        registry=registry(known("tng:haven", "Haven")),
        trust=trust(),
        agreement=agreement(),
        half_lives=HALF_LIVES,
        weights=WEIGHTS,
        as_of=AS_OF,
        formula=formula,
    )
    result = scores_of(told, "tng:haven")
    assert (result["quality_freshness"], result["grade"]) == (0.5, "excellent")
    assert result["quality_overall"] == pytest.approx(4 / 11, abs=1e-12)


def test_without_witnesses_the_values_alone_are_judged() -> None:
    told = merged("tng:haven", title="Haven", air_date=day("1987-11-30"), imdb_id="tt1")
    result = scores_of(scored(told), "tng:haven")
    assert result["quality_accuracy"] == pytest.approx((0.9 + 2 / 3) / 2, abs=1e-12)
    assert result["quality_freshness"] == pytest.approx(0.5 ** (30 / 730), abs=1e-12)


def test_an_episode_whose_sources_are_not_known_to_be_trusted_is_scored_all_the_same() -> None:
    told = score_episodes(
        frame(MERGED, merged("tng:haven", fetched_at=AS_OF)),
        registry=registry(known("tng:haven", "Haven")),
        trust=trust(),
        agreement=agreement(),
        half_lives=HALF_LIVES,
        weights=WEIGHTS,
        as_of=AS_OF,
    )
    result = scores_of(told, "tng:haven")
    assert (result["quality_accuracy"], result["quality_reliability"]) == (0.5, None)
    assert result["quality_overall"] == pytest.approx(0.4 * 2 / 11 + 0.15 + 0.2, abs=1e-12)


def test_a_film_whose_sources_are_not_known_to_be_trusted_is_scored_all_the_same() -> None:
    told = score_movies(
        frame(MERGED_FILM, merged("film:twok", fetched_at=AS_OF)),
        trust=trust(),
        agreement=agreement(),
        half_life_days=30.0,
        weights=MOVIE_WEIGHTS,
        as_of=AS_OF,
    )
    assert scores_of(told, "film:twok")["quality_overall"] == pytest.approx(0.15 + 0.2, abs=1e-12)


def test_what_an_episode_has_is_told_field_by_field() -> None:
    row = scored(merged("tng:haven", title="Haven", directors=[], writers=["A. B."])).row(0, named=True)
    there = {name for name in WEIGHTS if row[f"has_{name}"]}
    assert there == {"title", "season", "episode", "writers"}


def test_a_whole_episode_is_excellent() -> None:
    told = merged(
        "tng:haven",
        title="Haven",
        air_date=day("1987-11-30"),
        synopsis="A wedding that is not to be.",
        directors=["Richard Compton"],
        writers=["Tracy Tormé"],
        plot_points=["A gift box talks."],
        production_codes=["105"],
        guest_stars=["Majel Barrett"],
        tmdb_id=1,
        imdb_id="tt0708724",
        connections=[{"episode_key": "tng:manhunt", "connection_type": "character", "description": None}],
        memory_alpha_url="https://example.org/wiki/Haven",
        fetched_at=AS_OF,
    )
    result = scores_of(scored(told), "tng:haven")
    assert result.pop("grade") == "excellent"
    assert result["quality_completeness"] == pytest.approx(1.0, abs=1e-12)
    assert result["quality_overall"] == pytest.approx(0.4 + 0.3 * 0.95 + 0.2 + 0.1 * 0.9125, abs=1e-12)


def test_an_episode_does_not_depend_on_its_neighbours() -> None:
    one, other = merged("sfa:kids", title="Kids"), merged("tng:haven", title="Haven", is_stale=True)
    apart = pl.concat([scored(one), scored(other)])
    assert scored(one, other).sort("episode_key").equals(apart.sort("episode_key"))


def test_no_episodes_are_scored_to_none() -> None:
    assert scored().is_empty()


def test_a_film_is_scored_by_the_fields_that_a_film_can_have() -> None:
    film = {
        **merged("film:twok", title="The Wrath of Khan", tmdb_id=154, imdb_id="tt0084726"),
        "release_date": day("1982-06-04"),
    }
    told = score_movies(
        frame(MERGED_FILM, film),
        trust=trust(("film:twok", 0.85, 0.96)),
        agreement=agreement(("film:twok", 1.0)),
        half_life_days=30.0,
        weights=MOVIE_WEIGHTS,
        as_of=AS_OF,
    )
    result = scores_of(told, "film:twok")
    accuracy = ((0.85 + 1.0) / 2 + 1.0) / 2
    assert result.pop("grade") == "acceptable"
    assert result == pytest.approx(
        {
            "quality_completeness": 3.2 / 6.9,
            "quality_accuracy": accuracy,
            "quality_freshness": 0.5,
            "quality_reliability": 0.96,
            "quality_overall": 0.4 * 3.2 / 6.9 + 0.3 * accuracy + 0.1 + 0.096,
        },
        abs=1e-12,
    )


def test_the_weights_of_a_film_are_those_of_an_episode() -> None:
    assert MOVIE_WEIGHTS == {
        "release_date": 1.0,
        "title": 1.0,
        "synopsis": 0.9,
        "directors": 0.8,
        "writers": 0.8,
        "guest_stars": 0.7,
        "tmdb_id": 0.6,
        "imdb_id": 0.6,
        "memory_alpha_url": 0.5,
    }
