"""Which metadata records cannot be scored, and why, in words for the person who can mend them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import polars as pl

from etl.transform.quality import WHITE_SPACE
from etl.transform.record_score import age_days

_FARTHEST_HALF_LIVES = 1023
"""So many half-lives before its time a value's freshness is still a number: 2^1023; VBS has Infinity beyond."""
_LONGEST_SHOWN = 80


def add_fault(facts: pl.DataFrame, sources: Sequence[str], as_of: datetime, half_life_days: float) -> pl.DataFrame:
    """Add `fault`: VBS's name of the first field, in its order, that keeps a record from being scored; null if none does.

    In: RECORD_FACTS. `sources` are those that are described.
    """
    is_blank = pl.col("episode_id").is_null() | (pl.col("episode_id").str.strip_chars(WHITE_SPACE) == "")
    is_too_far = age_days(as_of) < -_FARTHEST_HALF_LIVES * half_life_days
    fault = (
        pl.when(is_blank)
        .then(pl.lit("episodeId"))
        .when(pl.col("source").is_null() | ~pl.col("source").is_in(list(sources)))
        .then(pl.lit("dataSource"))
        .when(pl.col("updated_at").is_null() | is_too_far)
        .then(pl.lit("lastUpdated"))
        .when(pl.col("unusable").is_not_null())
        .then("unusable")
        .when(pl.col("has_unknown_check"))
        .then(pl.lit("fieldValidation"))
    )
    return facts.with_columns(fault=fault)


def told_faults(faulty: pl.DataFrame, sources: Sequence[str]) -> pl.DataFrame:
    """Rows that `add_fault` found to row, episode_id, field and reason: what is wrong, and how to mend it."""
    told = {field: (problem, mend) for field, problem, mend in _problems(sources)}
    given = pl.coalesce(
        pl.when(pl.col("fault") == field).then(_given(field, faulty.schema[field]))
        for field in told
        if field in faulty.columns
    )
    problem = pl.col("fault").replace_strict({field: problem for field, (problem, _) in told.items()})
    mend = pl.col("fault").replace_strict({field: mend for field, (_, mend) in told.items()})
    return faulty.select(
        "row",
        "episode_id",
        field="fault",
        reason=pl.when(given.is_null())
        .then(pl.format("It is missing. {}", mend))
        .otherwise(pl.format("{} {} {}", given, problem, mend)),
    )


def _given(field: str, data_type: pl.DataType) -> pl.Expr:
    return pl.lit("It") if data_type.is_nested() else pl.col(field).cast(pl.String).str.head(_LONGEST_SHOWN)


def _problems(sources: Sequence[str]) -> tuple[tuple[str, str, str], ...]:
    """A field, what is wrong with a value of it, and how to mend that."""
    return (
        ("episodeId", "is no id.", "Give every record the id of its episode, as text."),
        (
            "dataSource",
            "is no source that is described.",
            f"Add it to the sources file, or name one of {', '.join(sources)}.",
        ),
        (
            "lastUpdated",
            "is no time that has a score.",
            "Write it like 2026-11-23T09:00:00Z, or as milliseconds since 1970.",
        ),
        ("confidenceScore", "is no number.", "Write a number from 0 to 1, or leave it out."),
        (
            "fieldValidation",
            "is no object with one entry a field.",
            'Write it like {"title": {"isValid": true}}, or leave it out.',
        ),
    )
