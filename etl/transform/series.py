"""The series and what was published of each."""

from __future__ import annotations

import polars as pl

from schemas.columns import polars_schema
from schemas.guide import SERIES


def summarise_series(episodes: pl.DataFrame, facts: pl.DataFrame) -> pl.DataFrame:
    """Make the table `series` (contract SERIES) from published episodes and what the franchise says of each series.

    A series without a published episode stays, with 0 episodes.
    """
    counts = episodes.group_by("series").agg(
        seasons=pl.col("season").n_unique().cast(pl.Int64),
        episodes=pl.len().cast(pl.Int64),
        first_air_date=pl.col("air_date").min(),
        last_air_date=pl.col("air_date").max(),
        quality_overall=pl.col("quality_overall").mean(),
    )
    return (
        facts.join(counts, on="series", how="left", validate="1:1", maintain_order="left")
        .with_columns(pl.col("seasons", "episodes").fill_null(0))
        .select(*polars_schema(SERIES))
    )
