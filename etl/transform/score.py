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
    formula: quality.Formula = quality.STANDARD,
) -> pl.DataFrame:
    """Add to merged episodes their series, season, episode (as aired), parts, has_*, quality_* and grade.

    `trust` is `quality.trust_of_values`, `agreement` is `merge.agreement`, `half_lives` gives half_life_days a series.
    """
    return (
        merged.join(registry.select(KEY, "series", "season", "episode", "parts"), on=KEY, validate="1:1")
        .join(trust, on=KEY, how="left", validate="1:1")
        .join(agreement, on=KEY, how="left", validate="1:1")
        .join(half_lives, on="series", validate="m:1")
        .pipe(_scored, weights, as_of, formula)
    )


def score_movies(
    merged: pl.DataFrame,
    *,
    trust: pl.DataFrame,
    agreement: pl.DataFrame,
    half_life_days: float,
    weights: Mapping[str, float],
    as_of: datetime,
    formula: quality.Formula = quality.STANDARD,
) -> pl.DataFrame:
    """Add quality_* and grade to merged films; a film is not running, so all have one half-life."""
    return (
        merged.join(trust, on=KEY, how="left", validate="1:1")
        .join(agreement, on=KEY, how="left", validate="1:1")
        .with_columns(half_life_days=pl.lit(half_life_days))
        .pipe(_scored, weights, as_of, formula)
    )


def _scored(
    frame: pl.DataFrame, weights: Mapping[str, float], as_of: datetime, formula: quality.Formula
) -> pl.DataFrame:
    # What was fetched after `as_of` is no fresher than what was fetched on that day.
    age = pl.max_horizontal(quality.whole_days(pl.col("fetched_at"), pl.lit(as_of)), 0.0)
    return frame.with_columns(age_days=age).pipe(add_valid_share).pipe(quality.add_scores, weights, formula)
