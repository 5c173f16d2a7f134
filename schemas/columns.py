"""How a table is described: one call a column; checks, SQL comments, dictionary and empty frames derive from it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
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

_SPELLINGS = {"tmdb": "TMDB", "imdb": "IMDb", "url": "URL", "memory": "Memory", "alpha": "Alpha"}


def column(
    data_type: pl.DataType,
    description: str,
    *,
    is_nullable: bool = True,
    is_unique: bool = False,
    title: str | None = None,
    checks: Sequence[pa.Check] = (),
    **metadata: Any,
) -> pa.Column:
    """A column with its meaning; its `title` for people is made from its name where none is given.

    `metadata` holds `example` (as text; a list of several texts as JSON) and may hold `unit`, `weight` (share in
    completeness), `merges` (how two values compare) and `is_prose` (sentences of a source, not facts).
    """
    return pa.Column(
        data_type,
        checks=list(checks),
        nullable=is_nullable,
        unique=is_unique,
        title=title,
        description=description,
        metadata=metadata,
    )


def table(name: str, description: str, columns: dict[str, pa.Column], *, key: Sequence[str] = ()) -> pa.DataFrameSchema:
    """A table's contract: exactly these columns in this order, `key` unique over its rows.

    Without a `key` the first unique column is the key.
    """
    identifying = list(key) or [name for name, column in columns.items() if column.unique][:1]
    for column_name, described in columns.items():
        described.title = described.title or title_of(column_name)
    return pa.DataFrameSchema(
        columns,
        name=name,
        description=description,
        strict=True,
        ordered=True,
        unique=list(key) or None,
        metadata={"key": identifying},
    )


def title_of(name: str) -> str:
    """The name of a column as people write it: tmdb_id is "TMDB id"; a unit at its end stands elsewhere."""
    words = name.removesuffix("_min").removesuffix("_s").split("_")
    spelled = " ".join(_SPELLINGS.get(word, word) for word in words)
    return spelled[:1].upper() + spelled[1:]


def polars_schema(contract: pa.DataFrameSchema) -> pl.Schema:
    """The column names and data types of a contract, for frames built from foreign data."""
    return pl.Schema({name: column.dtype.type for name, column in contract.columns.items()})


def empty(contract: pa.DataFrameSchema) -> pl.DataFrame:
    """A frame without rows that keeps the contract."""
    return pl.DataFrame(schema=polars_schema(contract))


def rule(holds: Callable[[pl.Expr], pl.Expr], meaning: str, keywords: Mapping[str, Any] | None = None) -> pa.Check:
    """A check of one column, told as an expression: true where a value keeps it, null where there is no value.

    Pandera runs it alone; schemas/checks.py finds `holds` among its statistics, to ask many rules in one query, and
    schemas/json_schema.py `keywords`: the same rule in the words of JSON Schema.
    """
    return pa.Check(
        lambda data: data.lazyframe.select(holds(pl.col(data.key))),
        error=meaning,
        statistics={"holds": holds, "keywords": dict(keywords or {})},
    )


def matches(pattern: str, meaning: str) -> pa.Check:
    """Whole text matches `pattern` (Pandera's own str_matches anchors at the start only)."""
    whole = f"^(?:{pattern})$"
    return rule(lambda values: values.str.contains(whole), meaning, {"pattern": whole})


def between(low: float, high: float, meaning: str) -> pa.Check:
    """Finite and within the bounds, both included (infinity passes Pandera's own `ge`)."""
    return rule(lambda values: values.is_between(low, high), meaning, {"minimum": low, "maximum": high})


def one_of(values: Sequence[str], meaning: str) -> pa.Check:
    """One of the named values."""
    return rule(lambda found: found.is_in(list(values)), meaning, {"enum": list(values)})


def not_blank(meaning: str) -> pa.Check:
    """Something other than white space."""
    return rule(lambda values: values.str.strip_chars().str.len_chars() > 0, meaning, {"pattern": r"\S"})
