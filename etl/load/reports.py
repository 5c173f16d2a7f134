"""The reports: every SELECT of sql/reports as a table report_<name>, or run again from a published database."""

from __future__ import annotations

from pathlib import Path

import duckdb
import polars as pl

from etl.database import add_comments, open_read_only, quoted, read_frame, register
from etl.errors import InputError
from etl.sources import SOURCES
from etl.sql_files import sql_files
from schemas.episodes import MERGED_FIELDS, WEIGHTS
from schemas.scores import GRADES, SHARES


def create_reports(connection: duckdb.DuckDBPyConnection) -> None:
    """Create and comment a table report_<name> for every report, in the current database of `connection`."""
    _register_constants(connection)
    for report in sql_files("reports").values():
        table = f"report_{report.name}"
        connection.execute(f"create table {quoted(table)} as {report.text}")
        add_comments(connection, "table", table, report.description, report.columns)


def read_reports(path: Path) -> dict[str, pl.DataFrame]:
    """Run every report again on the database at `path`, which is only read; the frames by report name.

    Raises InputError where there is no database, or one that lacks what the reports ask for.
    """
    try:
        with open_read_only(path) as connection:
            _register_constants(connection)
            return {name: read_frame(connection, report.text) for name, report in sql_files("reports").items()}
    except duckdb.Error as error:
        raise InputError(
            f"The reports cannot be read from this database: {error}.",
            mend="Run trek-etl generate again, or name the folder of a release.",
            file=path,
        ) from error


def _register_constants(connection: duckdb.DuckDBPyConnection) -> None:
    """What the contracts say and the reports ask for.

    field_weights(field, weight), grade_order(grade, position), prose_fields(field), compilations(source),
    quality_shares, one row of what each part counts; edit_pages(source, address).
    """
    weights = pl.DataFrame({"field": list(WEIGHTS), "weight": list(WEIGHTS.values())})
    grades = pl.DataFrame({"grade": list(GRADES), "position": list(range(1, len(GRADES) + 1))})
    register(connection, "field_weights", weights)
    register(connection, "grade_order", grades)
    prose = [name for name, column in MERGED_FIELDS.items() if (column.metadata or {})["merges"] == "never"]
    register(connection, "prose_fields", pl.DataFrame({"field": prose}))
    compilations = [source.name for source in SOURCES.values() if source.is_compilation]
    register(connection, "compilations", pl.DataFrame({"source": compilations}))
    register(connection, "quality_shares", pl.DataFrame([SHARES]))
    pages = [(source.name, source.edit_page) for source in SOURCES.values() if source.edit_page]
    register(connection, "edit_pages", pl.DataFrame(pages, schema=["source", "address"], orient="row"))
