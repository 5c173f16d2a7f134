"""How polars and DuckDB pass frames to each other, and how a name or a text is written safely into SQL."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Literal

import duckdb
import polars as pl

from schemas.checks import broken_rules
from schemas.physical import sql_types
from schemas.tables import TABLES

# What we need is built in; a foreign file must not make DuckDB download a reader for it.
_NO_EXTENSIONS: dict[str, str | bool | int | float | list[str]] = {
    "autoinstall_known_extensions": False,
    "autoload_known_extensions": False,
}


class _Stream:
    """A frame that shows nothing but its Arrow stream: DuckDB reads a bare polars frame through pyarrow only."""

    def __init__(self, frame: pl.DataFrame) -> None:
        self._frame = frame

    def __arrow_c_stream__(self, requested_schema: object = None) -> object:
        return self._frame.__arrow_c_stream__(requested_schema)


def quoted(name: str) -> str:
    """`name` as an SQL identifier, whatever it contains."""
    return '"' + name.replace('"', '""') + '"'


def literal(text: str) -> str:
    """`text` as an SQL string, for statements that take no parameters."""
    return "'" + text.replace("'", "''") + "'"


@contextmanager
def open_in_memory(threads: int | None = None) -> Iterator[duckdb.DuckDBPyConnection]:
    """A connection to a database of its own in memory, in UTC, closed at the end; with all threads or that many."""
    config = _NO_EXTENSIONS if threads is None else {**_NO_EXTENSIONS, "threads": threads}
    with duckdb.connect(config=config) as connection:
        connection.execute("set TimeZone = 'UTC'")
        yield connection


def plain(path: Path) -> Path:
    """The path as DuckDB takes it for one: in "log: mine/a.duckdb" it would see an extension named log."""
    return path.absolute()


@contextmanager
def open_read_only(path: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """A connection that can only read the database at `path`, in UTC, closed at the end; duckdb.Error if it is none."""
    with duckdb.connect(plain(path), read_only=True, config=_NO_EXTENSIONS) as connection:
        connection.execute("set TimeZone = 'UTC'")
        yield connection


def register(connection: duckdb.DuckDBPyConnection, name: str, frame: pl.DataFrame) -> None:
    """Let SQL of this connection read `frame` under `name`."""
    connection.register(name, _Stream(frame))


def read_frame(connection: duckdb.DuckDBPyConnection, select: str) -> pl.DataFrame:
    """What a SELECT answers."""
    return pl.DataFrame(connection.sql(select))


def read_rows(connection: duckdb.DuckDBPyConnection, select: str, *values: str) -> list[dict[str, Any]]:
    """The rows of a SELECT without an instant in it, which DuckDB gives Python with the help of another package only.

    For few rows: a frame of them takes twice as long.
    """
    found = connection.execute(select, values)
    names = [column[0] for column in found.description or ()]
    return [dict(zip(names, row, strict=True)) for row in found.fetchall()]


def add_comments(
    connection: duckdb.DuckDBPyConnection,
    kind: Literal["table", "view"],
    name: str,
    description: str,
    columns: Mapping[str, str],
) -> None:
    """Write the meaning of a table or view and of its columns into the database."""
    connection.execute(f"comment on {kind} {quoted(name)} is {literal(description)}")
    for column, meaning in columns.items():
        connection.execute(f"comment on column {quoted(name)}.{quoted(column)} is {literal(meaning)}")


def read_tables(connection: duckdb.DuckDBPyConnection) -> tuple[dict[str, pl.DataFrame], list[str]]:
    """The tables of a release that could be read, and every broken rule in words; none is a pass.

    Names and types are compared before a row is read, because polars panics at types it does not know.
    """
    tables = {}
    broken = []
    found_types = _column_types(connection)
    for name, contract in TABLES.items():
        expected = sql_types(contract)
        found = found_types.get(name, {})
        if list(found.items()) != list(expected.items()):
            broken.append(f"table {name}: {_difference(expected, found)}")
            continue
        tables[name] = read_frame(connection, f"from {quoted(name)}")
        broken.extend(broken_rules(contract, tables[name]))
    return tables, broken


def _column_types(connection: duckdb.DuckDBPyConnection) -> dict[str, dict[str, str]]:
    """SQL type of each column of each table, in the order of the columns."""
    rows = connection.execute(
        "select table_name, column_name, data_type from duckdb_columns()"
        " where database_name = current_database() and schema_name = 'main' order by table_name, column_index"
    ).fetchall()
    types: dict[str, dict[str, str]] = {}
    for table, column, data_type in rows:
        types.setdefault(table, {})[column] = data_type
    return types


def _difference(expected: Mapping[str, str], found: Mapping[str, str]) -> str:
    if not found:
        return "is missing"
    missing = [f"column {name} is missing" for name in expected if name not in found]
    unknown = [f"column {name} is unknown" for name in found if name not in expected]
    retyped = [
        f"column {name} is {found[name]}, not {expected[name]}"
        for name in expected
        if name in found and found[name] != expected[name]
    ]
    return "; ".join(missing + unknown + retyped) or "the columns stand in another order"
