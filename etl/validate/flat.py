"""The flat exports against the database: the same episodes in the same order, each with the same values."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl
from pydantic import BaseModel, ConfigDict, RootModel

from etl.published.flat import flat_csv, flat_episodes, flat_texts
from etl.validate.differences import shown
from etl.validate.ids import compare_ids
from etl.validate.problems import Problem
from etl.validate.structure import read_model, unreadable
from schemas.columns import polars_schema
from schemas.episodes import EPISODES

_LONGEST_CELL = 2**24

ID = "episode_id"
Row = Mapping[str, Any]


@dataclass(frozen=True)
class FlatRows:
    """What a flat file holds: its columns, and its rows in their order."""

    columns: list[str]
    rows: Sequence[Row]


class _Row(BaseModel):
    model_config = ConfigDict(extra="allow")

    episode_id: str


class _Rows(RootModel[list[_Row]]):
    """A flat JSON export: a list of objects with an episode_id each."""


def inspect_flat(path: Path, tables: Mapping[str, pl.DataFrame] | None) -> list[Problem]:
    """Whether the flat export at `path` can be read, and says what the `tables` say, unless these are not known."""
    form = _FORMS[path.suffix]
    found, problems = form.read(path)
    if found is None:
        return problems
    if ID in found.columns and tables is not None:
        problems += _compare_ids(path, found, tables)
    problems += _compare_columns(path, found.columns)
    return problems if tables is None or problems else _compare_rows(path, found, form.expect(flat_episodes(tables)))


def _compare_ids(path: Path, found: FlatRows, tables: Mapping[str, pl.DataFrame]) -> list[Problem]:
    return compare_ids(path, "episodes", [str(row[ID]) for row in found.rows], tables["episodes"][ID].to_list())


def _compare_columns(path: Path, columns: Sequence[str]) -> list[Problem]:
    expected = list(EPISODES.columns)
    missing = [name for name in expected if name not in columns]
    unknown = [name for name in columns if name not in expected]
    told = [f"has no column {', '.join(missing)}"] if missing else []
    told += [f"has a column {', '.join(unknown)}, which the contract does not know"] if unknown else []
    if not told and list(columns) != expected:
        told = ["has its columns in another order than the contract"]
    return [Problem("error", str(path), "columns", message) for message in told]


def _compare_rows(path: Path, found: FlatRows, expected: FlatRows) -> list[Problem]:
    pairs = list(zip(found.rows, expected.rows, strict=True))
    if any(row[ID] != other[ID] for row, other in pairs):
        return [Problem("error", str(path), "episodes", "stand in another order than in the database")]
    changed = [(row, other) for row, other in pairs if row != other]
    return [problem for name in expected.columns for problem in _changed_column(path, name, changed)]


def _changed_column(path: Path, name: str, changed: Sequence[tuple[Row, Row]]) -> list[Problem]:
    pairs = [(has, should) for has, should in changed if has.get(name) != should[name]]
    if not pairs:
        return []
    has, should = pairs[0]
    message = (
        f"differs from the database in {len(pairs)} episodes; in {should[ID]} it is {shown(has.get(name))}, "
        f"but the database says {shown(should[name])}"
    )
    return [Problem("error", str(path), name, message)]


def _read_json(path: Path) -> tuple[FlatRows | None, list[Problem]]:
    rows, problems = read_model(path, _Rows)
    if rows is None:
        return None, problems
    values = [dict(row) for row in rows.root]
    expected = list(EPISODES.columns)
    # A row that lacks a key, or has one more, must show: the columns are those that all have, and those of any row.
    common = [name for name in expected if all(name in row for row in values)]
    unknown = dict.fromkeys(name for row in values for name in row if name not in expected)
    return FlatRows([*common, *unknown], values), []


def _read_csv(path: Path) -> tuple[FlatRows | None, list[Problem]]:
    try:
        return _csv_rows(path.read_text("utf-8-sig")), []
    except (OSError, ValueError, csv.Error) as error:
        return None, [unreadable(path, error)]


def _csv_rows(text: str) -> FlatRows:
    # By default a cell of more than 128 KiB is an error, and a list of people may be as long as a source likes.
    csv.field_size_limit(_LONGEST_CELL)
    reader = csv.DictReader(io.StringIO(text, newline=""), restval="", restkey="", strict=True)
    return FlatRows(list(reader.fieldnames or []), list(reader))


def _read_parquet(path: Path) -> tuple[FlatRows | None, list[Problem]]:
    try:
        content = path.read_bytes()
        schema = pl.read_parquet_schema(io.BytesIO(content))
        # Polars panics at types it does not know, so that names and types are compared before a row is read.
        if dict(schema) != dict(polars_schema(EPISODES)):
            return None, _compare_columns(path, list(schema)) or _compare_types(path, schema)
        frame = pl.read_parquet(content)
    except (OSError, pl.exceptions.PolarsError, pl.exceptions.PanicException) as error:
        return None, [unreadable(path, error)]
    return FlatRows(frame.columns, frame.to_dicts()), []


def _compare_types(path: Path, schema: Mapping[str, pl.DataType]) -> list[Problem]:
    return [
        Problem("error", str(path), name, f"is {schema[name]}, not {expected}")
        for name, expected in polars_schema(EPISODES).items()
        if schema[name] != expected
    ]


@dataclass(frozen=True)
class _Form:
    read: Callable[[Path], tuple[FlatRows | None, list[Problem]]]
    expect: Callable[[pl.DataFrame], FlatRows]


def _expected_json(episodes: pl.DataFrame) -> FlatRows:
    return FlatRows(episodes.columns, flat_texts(episodes).to_dicts())


def _expected_csv(episodes: pl.DataFrame) -> FlatRows:
    return _csv_rows(flat_csv(flat_texts(episodes)))


def _expected_parquet(episodes: pl.DataFrame) -> FlatRows:
    return FlatRows(episodes.columns, episodes.to_dicts())


_FORMS = {
    ".json": _Form(_read_json, _expected_json),
    ".csv": _Form(_read_csv, _expected_csv),
    ".parquet": _Form(_read_parquet, _expected_parquet),
}
