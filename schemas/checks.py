"""Holding a frame against its contract: nothing is dropped, a row that fails is kept with its reasons."""

from __future__ import annotations

from dataclasses import dataclass

import pandera.polars as pa
import polars as pl

from schemas.columns import polars_schema

# No table has a column of this name, while some have a reason.
_BROKEN = "broken_rules"


@dataclass(frozen=True)
class Checked:
    """`valid` keeps the contract; `rejects` are the other rows, whole, with a last column `broken_rules`, in words."""

    valid: pl.DataFrame
    rejects: pl.DataFrame


class SchemaMismatch(Exception):
    """The frame as a whole breaks the contract: a column is missing, misplaced, or of another type."""


def check(contract: pa.DataFrameSchema, frame: pl.DataFrame) -> Checked:
    """Split `frame` into rows that keep the contract and rows that do not.

    Raises SchemaMismatch where no row can be blamed (columns, types, or a check that itself failed).
    """
    expected = polars_schema(contract)
    if frame.schema != expected:
        raise SchemaMismatch(_describe_difference(str(contract.name), expected, frame.schema))
    if not _is_kept(contract, frame):
        try:
            contract.validate(frame, lazy=True)
        except pa.errors.SchemaErrors as failure:
            return _split(frame, failure.failure_cases)
    return Checked(frame, frame.clear().with_columns(pl.lit(None, pl.String).alias(_BROKEN)))


def broken_rules(contract: pa.DataFrameSchema, frame: pl.DataFrame) -> list[str]:
    """Every broken rule in words, for a message; an empty list is a pass."""
    try:
        checked = check(contract, frame)
    except SchemaMismatch as mismatch:
        return [str(mismatch)]
    key = contract.metadata["key"] if contract.metadata else []
    shown = [pl.col(name).cast(pl.String) for name in key] or [pl.lit("a row")]
    rows = checked.rejects.select(pl.concat_str(shown, separator=" ", ignore_nulls=True).alias("row"), _BROKEN)
    return [f"table {contract.name}: {row}: {reason}" for row, reason in rows.iter_rows()]


def _is_kept(contract: pa.DataFrameSchema, frame: pl.DataFrame) -> bool:
    """Whether every row keeps the contract, asked in one query where Pandera runs several a column.

    False also where that cannot be said so: Pandera then finds out what is wrong, if anything is.
    """
    checks = [(name, check) for name, column in contract.columns.items() for check in column.checks]
    if contract.checks or any("holds" not in check.statistics for _, check in checks):
        return False
    flaws = [check.statistics["holds"](pl.col(name)).not_() for name, check in checks]
    for name, column in contract.columns.items():
        flaws += [] if column.nullable else [_is_missing(name, column)]
        flaws += [pl.col(name).is_duplicated()] if column.unique else []
    flaws += [pl.struct(contract.unique).is_duplicated()] if contract.unique else []
    try:
        return not any(frame.select(flaw.any().alias(str(place)) for place, flaw in enumerate(flaws)).row(0))
    except pl.exceptions.PolarsError:
        return False


def _is_missing(name: str, column: pa.Column) -> pl.Expr:
    values = pl.col(name)
    return values.is_null() | values.is_nan() if column.dtype.type.is_float() else values.is_null()


def _split(frame: pl.DataFrame, cases: pl.DataFrame) -> Checked:
    unplaced = cases.filter(pl.col("index").is_null())
    if unplaced.height:
        raise SchemaMismatch(f"check failed as a whole: {unplaced.select('column', 'check').rows()}")
    reasons = (
        cases.select(
            pl.col("index").cast(pl.UInt32),
            pl.format("{} {}", "column", pl.col("check").replace(_PLAIN_WORDS)).alias(_BROKEN),
        )
        .unique(maintain_order=True)
        .group_by("index", maintain_order=True)
        .agg(pl.col(_BROKEN).str.join("; "))
    )
    marked = frame.with_row_index("index").join(reasons, on="index", how="left", validate="1:1").drop("index")
    return Checked(marked.filter(pl.col(_BROKEN).is_null()).drop(_BROKEN), marked.filter(pl.col(_BROKEN).is_not_null()))


_PLAIN_WORDS = {
    "not_nullable": "is missing",
    "field_uniqueness": "is not unique",
    "multiple_fields_uniqueness": "are not unique together",
}


def _describe_difference(name: str, expected: pl.Schema, found: pl.Schema) -> str:
    missing = [column for column in expected if column not in found]
    unknown = [column for column in found if column not in expected]
    retyped = [
        f"{column} is {found[column]}, not {expected[column]}"
        for column in expected
        if column in found and found[column] != expected[column]
    ]
    parts = [
        f"missing columns {missing}" if missing else "",
        f"unknown columns {unknown}" if unknown else "",
        "; ".join(retyped),
    ]
    return f"table {name}: " + ("; ".join(part for part in parts if part) or "the columns stand in another order")
