"""Metadata records as JSON texts become what scoring needs (sql/records/metadata_records.sql reads them)."""

from __future__ import annotations

import polars as pl

from etl.transform.instants import instant_of_number, instant_of_text
from schemas.metadata_records import RECORD_FACTS, RECORD_FIELDS

_EMPTY_LIST = "[]"
_BLANK = " "


def conform_record_json(raw: pl.DataFrame) -> pl.DataFrame:
    """Rows of JSON texts to RECORD_FACTS, the weighted fields by our names, and the raw texts.

    A weighted field becomes text: null stays null, text loses its quotation marks, an empty list becomes blank text,
    anything else stays JSON. So null, empty, blank and present are what they were, which is all that scoring asks.
    """
    confidence = pl.col("confidenceScore").cast(pl.Float64, strict=False)
    updated_at = (
        pl.when(_is_text("lastUpdated"))
        .then(instant_of_text(_text("lastUpdated")))
        .otherwise(instant_of_number(pl.col("lastUpdated")))
    )
    conformed = raw.with_columns(
        *(_value(name).alias(column) for name, column in RECORD_FIELDS.items()),
        episode_id=pl.when(_is_text("episodeId")).then(_text("episodeId")),
        source=pl.when(_is_text("dataSource")).then(_text("dataSource")),
        updated_at=updated_at,
        confidence=confidence,
        has_unknown_check=pl.col("has_unknown_check").fill_null(value=False),
        has_conflicts=_has_length("conflictResolution"),
    ).with_columns(
        unusable=pl.when(pl.col("confidenceScore").is_not_null() & ~pl.col("confidence").is_finite().fill_null(False))
        .then(pl.lit("confidenceScore"))
        .when(pl.col("fieldValidation").is_not_null() & pl.col("checked_fields").is_null())
        .then(pl.lit("fieldValidation"))
    )
    return conformed.with_columns(pl.col(name).cast(data_type) for name, data_type in RECORD_FACTS.items())


def _is_text(name: str) -> pl.Expr:
    return pl.col(name).str.starts_with('"')


def _text(name: str) -> pl.Expr:
    return pl.col(name).str.strip_prefix('"').str.strip_suffix('"')


def _value(name: str) -> pl.Expr:
    return pl.when(pl.col(name) == _EMPTY_LIST).then(pl.lit(_BLANK)).otherwise(_text(name))


def _has_length(name: str) -> pl.Expr:
    """Whether it is a list or a text with something in it; an object has no length."""
    has_one = pl.col(name).str.starts_with("[") | _is_text(name)
    return (has_one & ~pl.col(name).is_in([_EMPTY_LIST, '""'])).fill_null(value=False)
