"""What an analyst finds in the database beside the tables: views, reports, and a comment on everything."""

from __future__ import annotations

from collections.abc import Mapping

import duckdb

from etl.sql_files import sql_files
from schemas.tables import TABLES

_FOUND = """
    select table_name, '' as column_name, comment from duckdb_tables()
    where database_name = current_database() and schema_name = 'main'
    union all
    select view_name, '', comment from duckdb_views()
    where database_name = current_database() and schema_name = 'main' and not internal
    union all
    select table_name, column_name, comment from duckdb_columns()
    where database_name = current_database() and schema_name = 'main' and not internal
"""


def inspect_comments(connection: duckdb.DuckDBPyConnection) -> list[str]:
    """Every view, report, column of theirs, and comment that is missing, in words; none is a pass.

    Tables that are missing are told by those who read them.
    """
    comments = {(name, column): comment for name, column, comment in connection.execute(_FOUND).fetchall()}
    return [reason for name, columns in _expected().items() for reason in _missing(name, columns, comments)]


def _expected() -> dict[str, list[str]]:
    """The columns that must be commented, by table, view and report."""
    views = {view.name: list(view.columns) for view in sql_files("views").values()}
    reports = {f"report_{report.name}": list(report.columns) for report in sql_files("reports").values()}
    return {name: list(contract.columns) for name, contract in TABLES.items()} | views | reports


def _missing(name: str, columns: list[str], comments: Mapping[tuple[str, str], str | None]) -> list[str]:
    if (name, "") not in comments:
        return [] if name in TABLES else [f"{name}: the view or report is missing"]
    absent = [] if name in TABLES else [column for column in columns if (name, column) not in comments]
    silent = [column for column in columns if (name, column) in comments and not comments[name, column]]
    return [
        *([] if comments[name, ""] else [f"{name}: has no comment"]),
        *(f"{name}: column {column} is missing" for column in absent),
        *(f"{name}: column {column} has no comment" for column in silent),
    ]
