"""Which series are worse than in the last release, by more than a little."""

from __future__ import annotations

import polars as pl

from schemas.columns import polars_schema
from schemas.history import CHANGES, QUALITY

KEY = "episode_key"
_SCORE, _FRESHNESS = "quality_overall", "quality_freshness"
_ROUNDING = 1e-9


def quality_falls(before: pl.DataFrame, now: pl.DataFrame, max_fall: float, freshness_share: float) -> pl.DataFrame:
    """Changes (CHANGES) of kind quality: series whose average quality fell by more than `max_fall`.

    In: EPISODES of the last release and of this one. Compared are the episodes that both have, as if they had not grown
    older since: a new episode of which little is known is no loss, and neither is a month without a run.
    `freshness_share` is what freshness counts in the overall quality.
    """
    aged = (pl.col(f"{_FRESHNESS}_before") - pl.col(_FRESHNESS)) * freshness_share
    averages = (
        now.select(KEY, "series", _SCORE, _FRESHNESS)
        .join(before.select(KEY, _SCORE, _FRESHNESS), on=KEY, suffix="_before", validate="1:1")
        .group_by("series")
        .agg(old=pl.col(f"{_SCORE}_before").mean(), new=(pl.col(_SCORE) + aged).mean())
    )
    schema = polars_schema(CHANGES)
    return (
        averages.filter(pl.col("old") - pl.col("new") > max_fall + _ROUNDING)
        # Rounded down, so that as an expectation it lets itself pass.
        .with_columns(pl.col("old").round(3), new=((pl.col("new").round(9) * 1000).floor() / 1000).round(3))
        .with_columns(kind=pl.lit(QUALITY), subject="series", field=pl.lit(_SCORE), title=None, accepted=None)
        .select(*schema)
        .cast(schema)
        .sort("series")
    )
