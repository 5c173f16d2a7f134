"""The database of a release: its tables against their contracts, its rows against the SQL checks."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import duckdb
import polars as pl

from etl.check_files import check_files
from etl.content_hash import content_hash
from etl.database import open_read_only, read_tables
from etl.validate.checks import run_checks
from etl.validate.comments import inspect_comments
from etl.validate.failures import told_failures
from etl.validate.problems import Problem
from etl.validate.structure import unreadable
from schemas.tables import TABLES


@dataclass(frozen=True)
class DatabaseContent:
    """What other files are compared with."""

    content_hash: str
    tables: Mapping[str, pl.DataFrame]

    @property
    def episode_ids(self) -> frozenset[str]:
        """The public ids of all episodes."""
        return frozenset(self.tables["episodes"]["episode_id"])

    @property
    def movie_ids(self) -> frozenset[str]:
        """The public ids of all films."""
        return frozenset(self.tables["movies"]["movie_id"])

    @property
    def newest_run(self) -> dict[str, Any]:
        """The row of the run that made this release."""
        return self.tables["runs"].sort("release").row(-1, named=True)


@dataclass
class DatabaseInspection:
    """The problems of a database, and its content where all tables could be read."""

    problems: list[Problem] = field(default_factory=list)
    content: DatabaseContent | None = None


def inspect_database(path: Path, found: pl.DataFrame | None = None) -> DatabaseInspection:
    """Hold the database at `path` against contracts and SQL checks; it is only read.

    Whoever has run the checks of the data (check_data) over what stands there hands in what they found.
    """
    inspection = DatabaseInspection()
    if path.with_name(f"{path.name}.wal").exists():
        message = "a log stands beside the database: it was opened for writing, or a writer was killed"
        inspection.problems.append(Problem("error", str(path), "", message))
    try:
        with open_read_only(path) as connection:
            _inspect(connection, path, inspection, found)
    except (duckdb.Error, OSError) as error:
        inspection.problems.append(unreadable(path, error))
    return inspection


def _inspect(
    connection: duckdb.DuckDBPyConnection, path: Path, inspection: DatabaseInspection, found: pl.DataFrame | None
) -> None:
    tables, broken = read_tables(connection)
    broken += inspect_comments(connection)
    inspection.problems.extend(Problem("error", str(path), "", reason) for reason in broken)
    if tables.keys() != TABLES.keys():
        return
    checks = [check for check in check_files().values() if found is None or check.is_contract]
    failures = run_checks(connection, tables, checks)
    inspection.problems.extend(told_failures(failures if found is None else pl.concat([failures, found]), tables, path))
    if tables["runs"].is_empty():
        inspection.problems.append(Problem("error", str(path), "", "table runs is empty: no run made this"))
        return
    inspection.content = DatabaseContent(content_hash(tables), tables)
