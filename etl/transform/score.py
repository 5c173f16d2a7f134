"""Merged values become scored episodes and films."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

import polars as pl

from etl.transform import quality
from etl.transform.validity import add_valid_share

KEY = "episode_key"


def score_episodes(
    merged: pl.DataFrame,
    *,
    registry: pl.DataFrame,
    trust: pl.DataFrame,
    agreement: pl.DataFrame,
    half_lives: pl.DataFrame,
    weights: Mapping[str, float],
    as_of: datetime,
) -> pl.DataFrame:
    """Add to merged episodes their series, season, episode (as aired), parts, has_*, quality_* and grade.

    `trust` is `quality.trust_of_values`, `agreement` is `merge.agreement`, `half_lives` gives half_life_days a series.
    """
    return (
        merged.join(registry.select(KEY, "series", "season", "episode", "parts"), on=KEY, validate="1:1")
        .join(trust, on=KEY, how="left", validate="1:1")
        .join(agreement, on=KEY, how="left", validate="1:1")
        .join(half_lives, on="series", validate="m:1")
        .pipe(_scored, weights, as_of)
    )


def score_movies(
    merged: pl.DataFrame,
    *,
    trust: pl.DataFrame,
    agreement: pl.DataFrame,
    half_life_days: float,
    weights: Mapping[str, float],
    as_of: datetime,
) -> pl.DataFrame:
    """Add quality_* and grade to merged films; a film is not running, so all have one half-life."""
    return (
        merged.join(trust, on=KEY, how="left", validate="1:1")
        .join(agreement, on=KEY, how="left", validate="1:1")
        .with_columns(half_life_days=pl.lit(half_life_days))
        .pipe(_scored, weights, as_of)
    )


def _scored(frame: pl.DataFrame, weights: Mapping[str, float], as_of: datetime) -> pl.DataFrame:
    return (
        frame.with_columns(age_days=quality.whole_days(pl.col("fetched_at"), pl.lit(as_of)))
        .pipe(add_valid_share)
        .pipe(quality.add_presence, weights)
        .pipe(quality.add_completeness, weights)
        .pipe(quality.add_accuracy)
        .pipe(quality.add_freshness)
        .pipe(quality.add_overall)
        .pipe(quality.add_grade)
    )
