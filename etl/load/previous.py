"""Reading the last release, so that what was published once can be kept."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import duckdb
import polars as pl

from etl.database import open_read_only, read_tables
from etl.errors import InputError

DATABASE = "episodes.duckdb"
_SHOWN_REASONS = 5


@dataclass(frozen=True)
class Previous:
    """The last release: all its tables by name, and the run that made it."""

    tables: Mapping[str, pl.DataFrame]
    run_id: str


def read_previous(folder: Path) -> Previous | None:
    """The release in `folder`, None where there is none.

    Raises InputError where the database there is damaged, or does not keep the contract of this version.
    """
    path = folder / DATABASE
    if not path.exists():
        return None
    return read_database(
        path, mend="Close any program that has it open, move the folder away, or pick another one with --out."
    )


def read_database(path: Path, *, mend: str) -> Previous:
    """The release in the database at `path`. InputError, with `mend`, where it is damaged or of another version."""
    try:
        with open_read_only(path) as connection:
            tables, broken = read_tables(connection)
    except duckdb.Error as error:
        raise InputError(f"The release cannot be read: {error}.", mend=mend, file=path) from error
    if broken:
        problem = f"The release breaks the contract of this version: {_shortened(broken)}."
        raise InputError(problem, mend=mend, file=path)
    if tables["runs"].is_empty():
        raise InputError("The release does not say which run made it: table runs is empty.", mend=mend, file=path)
    newest: str = tables["runs"].sort("release")["run_id"][-1]
    return Previous(tables, newest)


def _shortened(reasons: list[str]) -> str:
    shown = "; ".join(reasons[:_SHOWN_REASONS])
    hidden = len(reasons) - _SHOWN_REASONS
    return f"{shown}; and {hidden} more" if hidden > 0 else shown
