"""How complete and how trustworthy an episode is, in numbers that anybody can recompute.

Formulas: DESIGN.md, Quality; equal to VBS's metadata-quality (reference/vbs-behaviour.md, 14) on the same inputs.
"""

from __future__ import annotations

from collections.abc import Mapping

import polars as pl

SHARES = {
    "quality_completeness": 0.4,
    "quality_accuracy": 0.3,
    "quality_freshness": 0.2,
    "quality_reliability": 0.1,
}
GRADES_FROM = {"excellent": 0.90, "good": 0.75, "acceptable": 0.60, "poor": 0.40}
LOWEST_GRADE = "insufficient"
_LEAST_FRESHNESS = 0.1
_UNKNOWN_CONFIDENCE = 0.5


def add_presence(frame: pl.DataFrame, weights: Mapping[str, float]) -> pl.DataFrame:
    """Add has_<field> for every weighted field: not null, no blank text, no empty list."""
    return frame.with_columns(_is_present(name, frame.schema[name]).alias(f"has_{name}") for name in weights)


def _is_present(name: str, data_type: pl.DataType) -> pl.Expr:
    column = pl.col(name)
    is_present = column.is_not_null()
    if isinstance(data_type, pl.List):
        is_present &= column.list.len() > 0
    if data_type == pl.String:
        is_present &= column.str.strip_chars() != ""
    return is_present.fill_null(value=False)


def add_completeness(frame: pl.DataFrame, weights: Mapping[str, float]) -> pl.DataFrame:
    """Add quality_completeness: the weight of the fields that are there over the weight of all. Needs has_*."""
    there = pl.sum_horizontal(pl.col(f"has_{name}").cast(pl.Float64) * weight for name, weight in weights.items())
    return frame.with_columns(quality_completeness=there / sum(weights.values()))


def add_accuracy(frame: pl.DataFrame) -> pl.DataFrame:
    """Add quality_accuracy from confidence, valid_share and agreement; a null one of the last two is left out.

    A confidence of 0 says that nobody gave one, as it does to VBS.
    """
    confidence = pl.when(pl.col("confidence") > 0).then("confidence").otherwise(_UNKNOWN_CONFIDENCE)
    return frame.with_columns(
        quality_accuracy=_averaged(_averaged(confidence, "valid_share"), "agreement").clip(0.0, 1.0)
    )


def add_freshness(frame: pl.DataFrame) -> pl.DataFrame:
    """Add quality_freshness from age_days and half_life_days, never below 0.1; the future is no fresher than today."""
    age = pl.max_horizontal(pl.col("age_days"), 0.0)
    halved = pl.lit(0.5).pow(age / pl.col("half_life_days"))
    return frame.with_columns(quality_freshness=pl.max_horizontal(halved, _LEAST_FRESHNESS))


def add_reliability(frame: pl.DataFrame) -> pl.DataFrame:
    """Add quality_reliability from confidence, uptime, accuracy and success_share; a null one is left out."""
    reliability = pl.col("confidence")
    for name in ("uptime", "accuracy", "success_share"):
        reliability = _averaged(reliability, name)
    return frame.with_columns(quality_reliability=reliability.clip(0.0, 1.0))


def _averaged(score: pl.Expr, name: str) -> pl.Expr:
    return pl.when(pl.col(name).is_null()).then(score).otherwise((score + pl.col(name)) / 2.0)


def add_overall(frame: pl.DataFrame) -> pl.DataFrame:
    """Add quality_overall: the four parts by their shares."""
    overall = pl.sum_horizontal(pl.col(name) * share for name, share in SHARES.items())
    return frame.with_columns(quality_overall=overall)


def add_grade(frame: pl.DataFrame) -> pl.DataFrame:
    """Add the grade that quality_overall reaches."""
    grade = pl.lit(LOWEST_GRADE)
    for name, least in reversed(GRADES_FROM.items()):
        grade = pl.when(pl.col("quality_overall") >= least).then(pl.lit(name)).otherwise(grade)
    return frame.with_columns(grade=grade)


def trust_of_values(
    values: pl.DataFrame, trust: pl.DataFrame, success: pl.DataFrame, weights: Mapping[str, float]
) -> pl.DataFrame:
    """Average the trust in the chosen values' sources by the weight of their fields.

    In: FIELD_VALUES; `trust` (source, confidence, uptime, accuracy); `success` (episode_key, success_share), an
    episode that is not there was asked of nobody. Out: episode_key, confidence, quality_reliability.
    """
    weight = pl.col("field").replace_strict(dict(weights), default=0.0, return_dtype=pl.Float64)
    weighed = (
        values.filter("is_chosen")
        .join(trust, on="source", validate="m:1")
        .with_columns(weight=weight)
        .filter(pl.col("weight") > 0)
    )
    return (
        weighed.group_by("episode_key")
        .agg(
            ((pl.col(name) * pl.col("weight")).sum() / pl.col("weight").sum()).alias(name)
            for name in ("confidence", "uptime", "accuracy")
        )
        .join(success, on="episode_key", how="left", validate="1:1")
        .pipe(add_reliability)
        .select("episode_key", "confidence", "quality_reliability")
    )


def whole_days(since: pl.Expr, until: pl.Expr) -> pl.Expr:
    """Age in whole days, so that two runs of one day score alike."""
    return (until.dt.date() - since.dt.date()).dt.total_days().cast(pl.Float64)
