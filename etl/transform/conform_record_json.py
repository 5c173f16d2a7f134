"""Metadata records read from JSON (sql/records/metadata_records.sql) become what scoring needs."""

from __future__ import annotations

import polars as pl

from etl.transform.instants import instant_of_number, instant_of_text
from etl.transform.record_checks import read_checks
from schemas.metadata_records import RECORD_FACTS, RECORD_FIELDS


def conform_record_json(raw: pl.DataFrame) -> pl.DataFrame:
    """What the SQL answers to RECORD_FACTS, the weighted fields (as text) by our names, and what came."""
    confidence = pl.col("confidenceScore").cast(pl.Float64, strict=False)
    updated_at = (
        pl.when(_is_text("lastUpdated"))
        .then(instant_of_text(_text("lastUpdated")))
        .otherwise(instant_of_number(pl.col("lastUpdated")))
    )
    conformed = raw.with_columns(
        *(pl.col(name).alias(column) for name, column in RECORD_FIELDS.items()),
        episode_id=pl.col("episodeId"),
        source=pl.col("dataSource"),
        updated_at=updated_at,
        confidence=confidence,
        **read_checks("checks", raw.schema["checks"], _is_true),
        has_conflicts=_has_length("conflictResolution"),
        is_record=_are_keys(pl.col("keys")),
    ).with_columns(
        unusable=pl.when(pl.col("confidenceScore").is_not_null() & ~pl.col("confidence").is_finite().fill_null(False))
        .then(pl.lit("confidenceScore"))
        .when(pl.col("fieldValidation").is_not_null() & pl.col("checks").is_null())
        .then(pl.lit("fieldValidation"))
    )
    return conformed.with_columns(pl.col(name).cast(data_type) for name, data_type in RECORD_FACTS.items())


def _is_text(name: str) -> pl.Expr:
    return pl.col(name).str.starts_with('"')


def _text(name: str) -> pl.Expr:
    return pl.col(name).str.strip_prefix('"').str.strip_suffix('"')


def _are_keys(keys: pl.Expr) -> pl.Expr:
    """Whether there are any, each once."""
    return ((keys.list.len() > 0) & (keys.list.len() == keys.list.n_unique())).fill_null(value=False)


def _has_length(name: str) -> pl.Expr:
    """Whether it is a list or a text with something in it; an object has no length."""
    has_one = pl.col(name).str.starts_with("[") | _is_text(name)
    return (has_one & ~pl.col(name).is_in(["[]", '""'])).fill_null(value=False)


def _is_true(value: pl.Expr, _: pl.DataType) -> pl.Expr:
    """Whether ECMAScript takes this JSON for true."""
    is_false = value.is_in(["null", "false", '""']) | (value.cast(pl.Float64, strict=False) == 0)
    return value.is_not_null() & ~is_false.fill_null(value=False)
