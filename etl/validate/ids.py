"""The exports against the database: each holds the same episodes and films, none twice."""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Callable, Collection, Sequence
from pathlib import Path

import polars as pl
from pydantic import BaseModel, RootModel

from etl.validate.problems import Problem
from etl.validate.structure import read_model, unreadable

_LONGEST_CELL = 2**24
_SHOWN_IDS = 5


class _Row(BaseModel):
    episode_id: str


class _Rows(RootModel[list[_Row]]):
    """A flat JSON export: a list of objects with an episode_id each."""


def compare_ids(path: Path, kind: str, found: Sequence[str], expected: Collection[str]) -> list[Problem]:
    """A problem where ids occur twice in the file, one where it lacks some, one where the database lacks some."""
    twice = [name for name, count in Counter(found).items() if count > 1]
    differences = {
        "occur twice": twice,
        "are in the database, but not here": sorted(set(expected) - set(found)),
        "are here, but not in the database": sorted(set(found) - set(expected)),
    }
    return [
        Problem("error", str(path), kind, f"{len(ids)} ids {difference}: {_shortened(ids)}")
        for difference, ids in differences.items()
        if ids
    ]


def inspect_flat(path: Path, expected: Collection[str] | None) -> list[Problem]:
    """Whether the flat export at `path` can be read and has the episodes `expected`, unless these are not known."""
    ids, problems = _READERS[path.suffix](path)
    if problems or expected is None:
        return problems
    return compare_ids(path, "episodes", ids, expected)


def _json_ids(path: Path) -> tuple[list[str], list[Problem]]:
    rows, problems = read_model(path, _Rows)
    return [row.episode_id for row in rows.root] if rows else [], problems


def _csv_ids(path: Path) -> tuple[list[str], list[Problem]]:
    # By default a cell of more than 128 KiB is an error, and a list of people may be as long as a source likes.
    csv.field_size_limit(_LONGEST_CELL)
    try:
        rows = csv.DictReader(io.StringIO(path.read_text("utf-8-sig"), newline=""), restval="", strict=True)
        return [row["episode_id"] for row in rows], []
    except KeyError:
        return [], [Problem("error", str(path), "", "has no column episode_id")]
    except (OSError, ValueError, csv.Error) as error:
        return [], [unreadable(path, error)]


def _parquet_ids(path: Path) -> tuple[list[str], list[Problem]]:
    try:
        frame = pl.read_parquet(path.read_bytes(), columns=["episode_id"])
        return frame["episode_id"].cast(pl.String).fill_null("").to_list(), []
    except pl.exceptions.ColumnNotFoundError:
        return [], [Problem("error", str(path), "", "has no column episode_id")]
    except (OSError, pl.exceptions.PolarsError, pl.exceptions.PanicException) as error:
        return [], [unreadable(path, error)]


_READERS: dict[str, Callable[[Path], tuple[list[str], list[Problem]]]] = {
    ".json": _json_ids,
    ".csv": _csv_ids,
    ".parquet": _parquet_ids,
}


def _shortened(ids: Sequence[str]) -> str:
    return ", ".join(ids[:_SHOWN_IDS]) + (", …" if len(ids) > _SHOWN_IDS else "")
