"""Metadata records become scores, by the formula of the pipeline (etl/transform/quality.py)."""

from __future__ import annotations

from datetime import datetime

import polars as pl

from etl.transform import quality
from etl.transform.advice import low_confidence_fields, missing_fields, recommendations
from etl.transform.validity import share_of_valid
from schemas.metadata_records import RECORD_FIELDS, RECORD_WEIGHTS, SCORES

_MS_A_DAY = 86_400_000


def trust_of_records(sources: pl.DataFrame) -> pl.DataFrame:
    """Columns source, source_title, quality_reliability and agreement of each source.

    In: source, source_title, confidence, uptime, accuracy, success_share and agreement. The last two are null where
    nobody measured the source; agreement is its measured accuracy.
    """
    return quality.add_reliability(sources).select("source", "source_title", "quality_reliability", "agreement")


def score_records(
    facts: pl.DataFrame, *, trust: pl.DataFrame, as_of: datetime, half_life_days: float, formula: quality.Formula
) -> pl.DataFrame:
    """One row of SCORES a record, in the order of `facts` (RECORD_FACTS and the weighted fields).

    Age is counted to the millisecond, as VBS does; an update after `as_of` makes a freshness above 1, as it does there.
    """
    checked = pl.col("checked_fields").list.len().cast(pl.Float64)
    invalid = pl.col("invalid_fields").list.len()
    scored = (
        facts.join(trust, on="source", how="left", validate="m:1", maintain_order="left")
        .with_columns(
            age_days=age_days(as_of),
            half_life_days=pl.lit(half_life_days),
            valid_share=share_of_valid(checked - invalid, checked),
        )
        .pipe(quality.add_scores, RECORD_WEIGHTS, formula)
    )
    return scored.select(
        episodeId="episode_id",
        overall="quality_overall",
        completeness="quality_completeness",
        accuracy="quality_accuracy",
        freshness="quality_freshness",
        sourceReliability="quality_reliability",
        qualityGrade="grade",
        recommendations=recommendations(trust["source_title"].to_list()),
        missingFields=missing_fields(facts.schema, RECORD_FIELDS, RECORD_WEIGHTS),
        lowConfidenceFields=low_confidence_fields(),
    ).select(pl.col(name).cast(data_type) for name, data_type in SCORES.items())


def age_days(as_of: datetime) -> pl.Expr:
    """Days from updated_at to `as_of`, with their fraction; below 0 for what is still to come."""
    return (pl.lit(as_of).dt.cast_time_unit("ms") - pl.col("updated_at")).dt.total_milliseconds() / _MS_A_DAY
