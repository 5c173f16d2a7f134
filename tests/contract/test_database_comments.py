"""The comments of a real database are the words of the contracts and of the SQL files, table by table."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pytest

from etl.sql_files import sql_files
from schemas.tables import TABLES

pytest_plugins = ["tests.release_fixtures"]

Comments = dict[tuple[str, str], str | None]


@pytest.fixture(scope="module")
def comments(small_release: Path) -> Comments:
    """The comment of each table and view, and of each column, as (table, column); a table's own column is ""."""
    with duckdb.connect(small_release / "episodes.duckdb", read_only=True) as connection:
        rows = connection.execute(
            "select table_name, column_name, comment from duckdb_columns() where not internal"
            " union all select table_name, '', comment from duckdb_tables() where not internal"
            " union all select view_name, '', comment from duckdb_views() where not internal"
        ).fetchall()
    return {(table, column): comment for table, column, comment in rows}


def test_tables_say_what_their_contracts_say(comments: Comments) -> None:
    expected = {
        (name, column): str(described.description)
        for name, contract in TABLES.items()
        for column, described in [("", contract), *contract.columns.items()]
    }
    assert {place: words for place, words in comments.items() if place[0] in TABLES} == expected


def test_views_and_reports_say_what_their_files_say_and_leave_no_column_out(comments: Comments) -> None:
    expected = {
        (f"{prefix}{file.name}", column): words
        for prefix, files in (("", sql_files("views")), ("report_", sql_files("reports")))
        for file in files.values()
        for column, words in [("", file.description), *file.columns.items()]
    }
    assert {place: words for place, words in comments.items() if place[0] not in TABLES} == expected
