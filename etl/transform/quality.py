"""How complete and how trustworthy an episode is, in numbers that anybody can recompute.

Formulas: DESIGN.md, Quality; equal to VBS's metadata-quality (reference/vbs-behaviour.md, 14) on the same inputs.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import reduce
from operator import add

import polars as pl

from schemas.scores import SHARES

GRADES_FROM = {"excellent": 0.90, "good": 0.75, "acceptable": 0.60, "poor": 0.40}
LOWEST_GRADE = "insufficient"
LEAST_FRESHNESS = 0.1
_UNKNOWN_CONFIDENCE = 0.5

# What ECMAScript's trim() takes away: its WhiteSpace and LineTerminator. Unlike Rust's it knows U+FEFF and not U+0085.
WHITE_SPACE = (
    "\t\n\v\f\r \u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a"
    "\u2028\u2029\u202f\u205f\u3000\ufeff"
)


@dataclass(frozen=True)
class Formula:
    """What a franchise may set otherwise: the shares of the four parts, where grades begin, and the least freshness."""

    shares: Mapping[str, float]
    grades_from: Mapping[str, float]
    least_freshness: float


STANDARD = Formula(SHARES, GRADES_FROM, LEAST_FRESHNESS)


def add_presence(frame: pl.DataFrame, weights: Mapping[str, float]) -> pl.DataFrame:
    """Add has_<field> for every weighted field: not null, no blank text, no empty list."""
    return frame.with_columns(_is_present(name, frame.schema[name]).alias(f"has_{name}") for name in weights)


def _is_present(name: str, data_type: pl.DataType) -> pl.Expr:
    column = pl.col(name)
    is_present = column.is_not_null()
    if isinstance(data_type, pl.List):
        is_present &= column.list.len() > 0
    if data_type == pl.String:
        is_present &= column.str.strip_chars(WHITE_SPACE) != ""
    return is_present.fill_null(value=False)


def add_completeness(frame: pl.DataFrame, weights: Mapping[str, float]) -> pl.DataFrame:
    """Add quality_completeness: the weight of the fields that are there over the weight of all. Needs has_*."""
    there = _added_up(pl.when(pl.col(f"has_{name}")).then(weight).otherwise(0.0) for name, weight in weights.items())
    return frame.with_columns(quality_completeness=there / reduce(add, weights.values()))


def _added_up(terms: Iterable[pl.Expr]) -> pl.Expr:
    """One after the other, as VBS adds: another order rounds otherwise, and a score on a border gets another grade."""
    return reduce(add, terms)


def add_accuracy(frame: pl.DataFrame) -> pl.DataFrame:
    """Add quality_accuracy from confidence, valid_share and agreement; a null one of the last two is left out.

    A confidence of 0 says that nobody gave one, as it does to VBS.
    """
    known = pl.col("confidence").fill_nan(None)
    confidence = pl.when(known != 0).then(known).otherwise(_UNKNOWN_CONFIDENCE)
    return frame.with_columns(
        quality_accuracy=_averaged(_averaged(confidence, "valid_share"), "agreement").clip(0.0, 1.0)
    )


def add_freshness(frame: pl.DataFrame, least: float = LEAST_FRESHNESS) -> pl.DataFrame:
    """Add quality_freshness from age_days and half_life_days, never below `least`; above 1 for an age below 0."""
    halved = pl.lit(0.5).pow(pl.col("age_days") / pl.col("half_life_days"))
    return frame.with_columns(quality_freshness=pl.max_horizontal(halved, least))


def add_reliability(frame: pl.DataFrame) -> pl.DataFrame:
    """Add quality_reliability from confidence, uptime, accuracy and success_share; a null one is left out."""
    reliability = pl.col("confidence")
    for name in ("uptime", "accuracy", "success_share"):
        reliability = _averaged(reliability, name)
    return frame.with_columns(quality_reliability=reliability.clip(0.0, 1.0))


def _averaged(score: pl.Expr, name: str) -> pl.Expr:
    return pl.when(pl.col(name).is_null()).then(score).otherwise((score + pl.col(name)) / 2.0)


def add_overall(frame: pl.DataFrame, shares: Mapping[str, float] = SHARES) -> pl.DataFrame:
    """Add quality_overall: the four parts by their shares; a part that is null counts nothing."""
    overall = _added_up(pl.col(name).fill_null(0.0) * share for name, share in shares.items())
    return frame.with_columns(quality_overall=overall)


def add_grade(frame: pl.DataFrame, grades_from: Mapping[str, float] = GRADES_FROM) -> pl.DataFrame:
    """Add the grade that quality_overall reaches."""
    grade = pl.lit(LOWEST_GRADE)
    for name, least in reversed(list(grades_from.items())):
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


def add_scores(frame: pl.DataFrame, weights: Mapping[str, float], formula: Formula = STANDARD) -> pl.DataFrame:
    """Add has_*, quality_completeness, _accuracy, _freshness, _overall and grade: the one order of the whole formula.

    In: the weighted fields, confidence, valid_share, agreement, age_days, half_life_days, quality_reliability.
    """
    return (
        frame.pipe(add_presence, weights)
        .pipe(add_completeness, weights)
        .pipe(add_accuracy)
        .pipe(add_freshness, formula.least_freshness)
        .pipe(add_overall, formula.shares)
        .pipe(add_grade, formula.grades_from)
    )


def whole_days(since: pl.Expr, until: pl.Expr) -> pl.Expr:
    """Age in whole days, so that two runs of one day score alike."""
    return (until.dt.date() - since.dt.date()).dt.total_days().cast(pl.Float64)
