"""The example of a column, which its contract holds as text, as a value of the column's type."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date, datetime
from typing import Any

import pandera.polars as pa
import polars as pl
from polars.datatypes import DataTypeClass


def example_of(column: pa.Column) -> Any:
    """The column's example as a plain value: days and instants are Python's, lists are lists.

    Raises ValueError where the text is no value of the column's type, KeyError where the column has no example.
    """
    read = _READERS.get(column.dtype.type.base_type(), str)
    return read(str((column.metadata or {})["example"]))


def _flag(text: str) -> bool:
    if text not in {"true", "false"}:
        raise ValueError(f"{text!r} is neither true nor false")
    return text == "true"


def _list(text: str) -> list[Any]:
    """A list of one text stands as that text, any other as JSON."""
    return list(json.loads(text)) if text.startswith("[") else [text]


_READERS: dict[DataTypeClass, Callable[[str], Any]] = {
    pl.Int64: int,
    pl.Float64: float,
    pl.Boolean: _flag,
    pl.Date: date.fromisoformat,
    pl.Datetime: datetime.fromisoformat,
    pl.List: _list,
}
