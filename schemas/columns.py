"""How a table is described: one call a column; checks, SQL comments, dictionary and empty frames derive from it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import pandera.polars as pa
import polars as pl

TEXT = pl.String()
INTEGER = pl.Int64()
NUMBER = pl.Float64()
FLAG = pl.Boolean()
DAY = pl.Date()
INSTANT = pl.Datetime("us", "UTC")
TEXTS = pl.List(pl.String())


def column(
    data_type: pl.DataType,
    description: str,
    *,
    is_nullable: bool = True,
    is_unique: bool = False,
    checks: Sequence[pa.Check] = (),
    **metadata: Any,
) -> pa.Column:
    """A column with its meaning.

    `metadata` may hold `unit`, `example`, `weight` (share in completeness), `merges` (how two values compare) and
    `is_prose` (sentences of a source, not facts).
    """
    return pa.Column(
        data_type,
        checks=list(checks),
        nullable=is_nullable,
        unique=is_unique,
        description=description,
        metadata=metadata,
    )


def table(name: str, description: str, columns: dict[str, pa.Column], *, key: Sequence[str] = ()) -> pa.DataFrameSchema:
    """A table's contract: exactly these columns in this order, `key` unique over its rows.

    Without a `key` the first unique column is the key.
    """
    identifying = list(key) or [name for name, column in columns.items() if column.unique][:1]
    return pa.DataFrameSchema(
        columns,
        name=name,
        description=description,
        strict=True,
        ordered=True,
        unique=list(key) or None,
        metadata={"key": identifying},
    )


def polars_schema(contract: pa.DataFrameSchema) -> pl.Schema:
    """The column names and data types of a contract, for frames built from foreign data."""
    return pl.Schema({name: column.dtype.type for name, column in contract.columns.items()})


def empty(contract: pa.DataFrameSchema) -> pl.DataFrame:
    """A frame without rows that keeps the contract."""
    return pl.DataFrame(schema=polars_schema(contract))


def rule(holds: Callable[[pl.Expr], pl.Expr], meaning: str) -> pa.Check:
    """A check of one column, told as an expression: true where a value keeps it, null where there is no value.

    Pandera runs it alone; schemas/checks.py finds `holds` among its statistics, to ask many rules in one query.
    """
    return pa.Check(
        lambda data: data.lazyframe.select(holds(pl.col(data.key))), error=meaning, statistics={"holds": holds}
    )


def matches(pattern: str, meaning: str) -> pa.Check:
    """Whole text matches `pattern` (Pandera's own str_matches anchors at the start only)."""
    return rule(lambda values: values.str.contains(f"^(?:{pattern})$"), meaning)


def between(low: float, high: float, meaning: str) -> pa.Check:
    """Finite and within the bounds, both included (infinity passes Pandera's own `ge`)."""
    return rule(lambda values: values.is_between(low, high), meaning)


def one_of(values: Sequence[str], meaning: str) -> pa.Check:
    """One of the named values."""
    return rule(lambda found: found.is_in(list(values)), meaning)


def not_blank(meaning: str) -> pa.Check:
    """Something other than white space."""
    return rule(lambda values: values.str.strip_chars().str.len_chars() > 0, meaning)
