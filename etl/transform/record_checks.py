"""What a record's fieldValidation says, read from a typed column: which fields were checked, and which are not valid."""

from __future__ import annotations

import polars as pl

from etl.transform.named_flags import names_where

_KEY, _VALUE, _IS_VALID = "key", "value", "isValid"


def is_checks(data_type: pl.DataType) -> bool:
    """Whether a column of this type can be read: entries by name as a struct, or as a map (a list of keys and values)."""
    if data_type == pl.Null:
        return True
    if isinstance(data_type, pl.Struct):
        return all(_is_check(entry) for entry in data_type.to_schema().values())
    entry = _map_entry(data_type)
    return entry is not None and entry[_KEY] == pl.String and _is_check(entry[_VALUE])


def _is_check(data_type: pl.DataType) -> bool:
    return data_type == pl.Null or (isinstance(data_type, pl.Struct) and _IS_VALID in data_type.to_schema())


def _map_entry(data_type: pl.DataType) -> pl.Schema | None:
    inner = data_type.inner if isinstance(data_type, pl.List) else None
    entry = inner.to_schema() if isinstance(inner, pl.Struct) else None
    return entry if entry is not None and set(entry) == {_KEY, _VALUE} else None


def read_checks(name: str, data_type: pl.DataType) -> dict[str, pl.Expr]:
    """The columns checked_fields, invalid_fields and has_unknown_check of RECORD_FACTS.

    A struct has all its fields in every row, so that a null one is an entry that the record does not have. A map has
    only the entries of its row: a null one was told, and nobody can say what it means.
    """
    if isinstance(data_type, pl.Struct):
        return _of_struct(pl.col(name).struct, data_type.to_schema())
    entry = _map_entry(data_type)
    if entry is not None:
        return _of_map(pl.col(name), entry[_VALUE])
    return {"checked_fields": pl.lit(None), "invalid_fields": pl.lit(None), "has_unknown_check": pl.lit(value=False)}


def _of_struct(entries: pl.Expr.struct, schema: pl.Schema) -> dict[str, pl.Expr]:
    is_there = [entries.field(field).is_not_null() for field in schema]
    is_valid = [_is_valid(entries.field(field), entry) for field, entry in schema.items()]
    invalid = [there & ~valid for there, valid in zip(is_there, is_valid, strict=True)]
    return {
        "checked_fields": names_where(list(schema), is_there),
        "invalid_fields": names_where(list(schema), invalid),
        "has_unknown_check": pl.lit(value=False),
    }


def _of_map(entries: pl.Expr, entry: pl.DataType) -> dict[str, pl.Expr]:
    key, value = pl.element().struct.field(_KEY), pl.element().struct.field(_VALUE)
    return {
        "checked_fields": entries.list.eval(key),
        "invalid_fields": entries.list.eval(key.filter(~_is_valid(value, entry))),
        "has_unknown_check": entries.list.eval(value.is_null()).list.any().fill_null(value=False),
    }


def _is_valid(entry: pl.Expr, data_type: pl.DataType) -> pl.Expr:
    """Whether ECMAScript takes the entry's isValid for true."""
    if not isinstance(data_type, pl.Struct):
        return pl.lit(value=False)
    told, kind = entry.struct.field(_IS_VALID), data_type.to_schema()[_IS_VALID]
    if kind == pl.Boolean:
        return told.fill_null(value=False)
    if kind.is_numeric():
        return (told.fill_nan(None) != 0).fill_null(value=False) if kind.is_float() else (told != 0).fill_null(False)
    return (told != "").fill_null(value=False) if kind == pl.String else told.is_not_null()
