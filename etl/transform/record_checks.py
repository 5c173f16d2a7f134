"""What a record's fieldValidation says, read from a typed column: the fields checked, and those found invalid."""

from __future__ import annotations

from collections.abc import Callable

import polars as pl
from polars.expr.struct import ExprStructNameSpace

from etl.transform.named_flags import names_where

_IS_VALID = "isValid"

Truth = Callable[[pl.Expr, pl.DataType], pl.Expr]
"""Whether a value of this type is true; null is not."""


def is_checks(data_type: pl.DataType) -> bool:
    """Whether a column of this type can be read: entries by name, as a struct or as a map."""
    if isinstance(data_type, pl.Struct):
        return all(_is_check(entry) for entry in pl.Schema(data_type.to_schema()).values())
    return data_type == pl.Null or (
        isinstance(data_type, pl.Map) and data_type.key == pl.String and _is_check(_value_type(data_type))
    )


def _value_type(data_type: pl.Map) -> pl.DataType:
    return pl.Schema({"value": data_type.value})["value"]


def _is_check(data_type: pl.DataType) -> bool:
    return data_type == pl.Null or (isinstance(data_type, pl.Struct) and _IS_VALID in data_type.to_schema())


def read_checks(name: str, data_type: pl.DataType, is_true: Truth) -> dict[str, pl.Expr]:
    """The columns checked_fields, invalid_fields and has_unknown_check of RECORD_FACTS.

    A struct has all its fields in every row, so that a null one is an entry that the record does not have. A map has
    only the entries of its row: a null one was told, and nobody can say what it means.
    """
    if isinstance(data_type, pl.Struct):
        return _of_struct(pl.col(name).struct, pl.Schema(data_type.to_schema()), is_true)
    if isinstance(data_type, pl.Map):
        return _of_map(pl.col(name).map.entries(), _value_type(data_type), is_true)
    return {"checked_fields": pl.lit(None), "invalid_fields": pl.lit(None), "has_unknown_check": pl.lit(value=False)}


def _of_struct(entries: ExprStructNameSpace, schema: pl.Schema, is_true: Truth) -> dict[str, pl.Expr]:
    is_there = [entries.field(field).is_not_null() for field in schema]
    is_valid = [_is_valid(entries.field(field), entry, is_true) for field, entry in schema.items()]
    invalid = [there & ~valid for there, valid in zip(is_there, is_valid, strict=True)]
    return {
        "checked_fields": names_where(list(schema), is_there),
        "invalid_fields": names_where(list(schema), invalid),
        "has_unknown_check": pl.lit(value=False),
    }


def _of_map(entries: pl.Expr, entry: pl.DataType, is_true: Truth) -> dict[str, pl.Expr]:
    key, value = pl.element().struct.field("key"), pl.element().struct.field("value")
    return {
        "checked_fields": entries.list.eval(key),
        "invalid_fields": entries.list.eval(key.filter(~_is_valid(value, entry, is_true))),
        "has_unknown_check": entries.list.eval(value.is_null()).list.any().fill_null(value=False),
    }


def _is_valid(entry: pl.Expr, data_type: pl.DataType, is_true: Truth) -> pl.Expr:
    if not isinstance(data_type, pl.Struct):
        return pl.lit(value=False)
    return is_true(entry.struct.field(_IS_VALID), pl.Schema(data_type.to_schema())[_IS_VALID])


def is_true(value: pl.Expr, data_type: pl.DataType) -> pl.Expr:
    """Whether ECMAScript takes a value of this type for true: not null, false, 0, NaN or empty text."""
    if data_type == pl.Boolean:
        return value.fill_null(value=False)
    if data_type.is_numeric():
        number = value.cast(pl.Float64)
        return ((number != 0) & number.is_not_nan()).fill_null(value=False)
    return (value != "").fill_null(value=False) if data_type == pl.String else value.is_not_null()
