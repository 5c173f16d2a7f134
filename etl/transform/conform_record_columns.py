"""Metadata records as typed columns (a Parquet file's) become what scoring needs."""

from __future__ import annotations

from collections.abc import Mapping

import polars as pl

from etl.transform.instants import instant_of_number, instant_of_text
from etl.transform.record_checks import is_checks, is_true, read_checks
from schemas.metadata_records import NEEDED, OPTIONAL, RECORD_FACTS, RECORD_FIELDS

_TEXTS = (pl.String, pl.Categorical, pl.Enum, pl.Null)


def unfit_columns(schema: Mapping[str, pl.DataType]) -> dict[str, str]:
    """What is wrong, by name, with columns that are missing or whose type cannot hold what a record says there."""
    problems = {name: "There is no such column." for name in NEEDED if name not in schema}
    for name, (is_fit, expected) in _EXPECTED.items():
        if name in schema and not is_fit(schema[name]):
            problems[name] = f"The column has the type {schema[name]} and should be {expected}."
    return problems


def _is_text(data_type: pl.DataType) -> bool:
    return data_type in _TEXTS or data_type.is_integer()


def _is_number(data_type: pl.DataType) -> bool:
    return data_type.is_numeric() or data_type == pl.Null


def _is_time(data_type: pl.DataType) -> bool:
    return data_type in (pl.String, pl.Datetime, pl.Date) or _is_number(data_type)


_EXPECTED = {
    "episodeId": (_is_text, "text"),
    "dataSource": (_is_text, "text"),
    "lastUpdated": (_is_time, "text, a time, or milliseconds since 1970"),
    "confidenceScore": (_is_number, "a number"),
    "fieldValidation": (is_checks, "a struct of structs, or a map of texts to structs, each with isValid"),
}


def conform_record_columns(raw: pl.DataFrame) -> pl.DataFrame:
    """Typed rows to RECORD_FACTS, the weighted fields by our names, and what came.

    A column that is not there is null in all rows. In: a frame in which `unfit_columns` finds nothing.
    """
    absent = [name for name in (*RECORD_FIELDS, *OPTIONAL) if name not in raw.columns]
    named = raw.with_columns(pl.lit(None).alias(name) for name in absent)
    schema = named.schema
    conformed = named.with_columns(
        *(_value(name, schema[name]).alias(column) for name, column in RECORD_FIELDS.items()),
        **read_checks("fieldValidation", schema["fieldValidation"], is_true),
        episode_id=pl.col("episodeId").cast(pl.String),
        source=pl.col("dataSource").cast(pl.String),
        updated_at=_instant("lastUpdated", schema["lastUpdated"]),
        # To ECMAScript NaN is as good as nothing, and so it is to pandas, which writes it for what is missing.
        confidence=pl.col("confidenceScore").cast(pl.Float64).fill_nan(None),
        has_conflicts=_has_length("conflictResolution", schema["conflictResolution"]),
        is_record=pl.lit(value=True),
        unusable=pl.lit(None),
    )
    return conformed.with_columns(pl.col(name).cast(data_type) for name, data_type in RECORD_FACTS.items())


def _value(name: str, data_type: pl.DataType) -> pl.Expr:
    """A type in which null, empty and blank can be told."""
    if data_type in (pl.Categorical, pl.Enum):
        return pl.col(name).cast(pl.String)
    return pl.col(name).arr.to_list() if data_type == pl.Array else pl.col(name)


def _instant(name: str, data_type: pl.DataType) -> pl.Expr:
    if data_type == pl.String:
        return instant_of_text(pl.col(name))
    if data_type in (pl.Datetime, pl.Date):
        # A time without a zone is UTC, as in text.
        return pl.col(name).cast(pl.Datetime("ms", getattr(data_type, "time_zone", None) or "UTC"))
    return instant_of_number(pl.col(name))


def _has_length(name: str, data_type: pl.DataType) -> pl.Expr:
    """Whether it is a list or a text with something in it; anything else has no length."""
    if data_type == pl.List:
        return (pl.col(name).list.len() > 0).fill_null(value=False)
    return (pl.col(name) != "").fill_null(value=False) if data_type == pl.String else pl.lit(value=False)
