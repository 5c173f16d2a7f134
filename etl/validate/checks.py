"""Running the SQL checks over the tables of a release."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import duckdb
import polars as pl

from etl.check_files import CheckFile, check_files
from etl.database import open_in_memory, read_rows, register
from schemas.emptiness import may_be_empty
from schemas.tables import TABLES

FOUND = pl.Schema(
    {
        "check_name": pl.String(),
        "is_contract": pl.Boolean(),
        "severity": pl.String(),
        "key": pl.String(),
        "reason": pl.String(),
    }
)
"""What checks find: one row a failure, each once."""


def check_data(tables: Mapping[str, pl.DataFrame]) -> pl.DataFrame:
    """Run the checks of the data over the `tables` of a release that is not written yet (FOUND)."""
    with open_in_memory() as connection:
        for name in TABLES:
            if name in tables:
                register(connection, name, tables[name])
        return run_checks(connection, tables, [check for check in check_files().values() if not check.is_contract])


def run_checks(
    connection: duckdb.DuckDBPyConnection, tables: Mapping[str, pl.DataFrame], checks: Sequence[CheckFile]
) -> pl.DataFrame:
    """Run these checks (FOUND) where `connection` can read the tables of a release; `tables` are the same as frames."""
    register_facts(connection, tables)
    rows = [row for check in checks for row in _failures(connection, check)]
    return pl.DataFrame(rows, schema=FOUND, orient="row").unique(maintain_order=True)


def register_facts(connection: duckdb.DuckDBPyConnection, tables: Mapping[str, pl.DataFrame]) -> None:
    """What SQL cannot ask a database for.

    column_counts(source_table, column_name, rows, filled) of the columns that may be null, and
    may_be_empty(source_table, column_name).
    """
    counts = [
        (name, column, tables[name].height, _filled(tables[name][column]))
        for name, contract in TABLES.items()
        if name in tables
        for column, described in contract.columns.items()
        if described.nullable
    ]
    schema = {"source_table": pl.String, "column_name": pl.String, "rows": pl.Int64, "filled": pl.Int64}
    register(connection, "column_counts", pl.DataFrame(counts, schema=schema, orient="row"))
    register(connection, "may_be_empty", may_be_empty(set(tables["field_values"]["source"])))


def _filled(column: pl.Series) -> int:
    """How many values there are; an empty list is none."""
    known = column.drop_nulls()
    return int((known.list.len() > 0).sum()) if isinstance(known.dtype, pl.List) else known.len()


def _failures(connection: duckdb.DuckDBPyConnection, check: CheckFile) -> list[tuple[object, ...]]:
    return [
        (
            check.name,
            check.is_contract,
            row.pop("severity", check.severities[0]),
            " ".join(str(value) for name, value in row.items() if name != "reason"),
            row["reason"],
        )
        for row in read_rows(connection, check.text)
    ]
