"""Writing the warehouse: every table of a release in one DuckDB file, commented, with views and reports."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

import duckdb
import pandera.polars as pa
import polars as pl

from etl.content_hash import content_hash
from etl.database import add_comments, literal, open_in_memory, plain, quoted, register
from etl.errors import ContractBroken
from etl.load.reports import create_reports
from etl.sql_files import sql_files
from schemas.checks import broken_rules
from schemas.physical import key_columns, sql_types
from schemas.tables import TABLES

# The format that clients of DuckDB 1.4 and newer can read.
_STORAGE_VERSION = "v1.4.0"


def write_warehouse(path: Path, tables: Mapping[str, pl.DataFrame]) -> str:
    """Write all tables into a new database at `path` and return its content hash (see etl/content_hash.py).

    The file is built aside and put in place whole: an old one stays as it is until then, and no .wal is left.
    Raises ContractBroken, with every broken rule in words, where a table breaks its contract, lacks or is unknown.
    """
    _hold_against_contracts(tables)
    building = path.with_name(f"{path.name}.building")
    _remove_with_log(building)
    try:
        _build(building, tables)
        _sync(building)
        _remove_log(path)
        building.replace(path)
        _sync(path.parent)
    finally:
        _remove_with_log(building)
    return content_hash(tables)


def _hold_against_contracts(tables: Mapping[str, pl.DataFrame]) -> None:
    reasons = [f"table {name}: is missing" for name in TABLES if name not in tables]
    reasons += [f"table {name}: no such table belongs to a release" for name in tables if name not in TABLES]
    for name, contract in TABLES.items():
        if name in tables:
            reasons += broken_rules(contract, tables[name])
    if reasons:
        raise ContractBroken("\n".join(["What was built breaks its contract:", *reasons]))


def _build(path: Path, tables: Mapping[str, pl.DataFrame]) -> None:
    with open_in_memory() as connection:
        connection.execute(
            f"attach {literal(str(plain(path)))} as release (storage_version {literal(_STORAGE_VERSION)})"
        )
        connection.execute("use release")
        # One transaction: a commit a statement would write the log to the disk hundreds of times.
        connection.execute("begin")
        for name, contract in TABLES.items():
            _create_table(connection, contract, tables[name])
        _create_views(connection)
        create_reports(connection)
        connection.execute("commit")
        connection.execute("use memory")
        connection.execute("checkpoint release")
        connection.execute("detach release")


def _create_table(connection: duckdb.DuckDBPyConnection, contract: pa.DataFrameSchema, frame: pl.DataFrame) -> None:
    name = str(contract.name)
    order = ", ".join(quoted(column) for column in key_columns(contract) or contract.columns)
    connection.execute(f"create table {quoted(name)} ({', '.join(_definitions(contract))})")
    register(connection, "rows_to_write", frame)
    connection.execute(f"insert into {quoted(name)} from rows_to_write order by {order}")
    connection.unregister("rows_to_write")
    meanings = {column: str(described.description) for column, described in contract.columns.items()}
    add_comments(connection, "table", name, str(contract.description), meanings)


def _definitions(contract: pa.DataFrameSchema) -> list[str]:
    columns = [
        f"{quoted(name)} {sql_type}{'' if contract.columns[name].nullable else ' not null'}"
        for name, sql_type in sql_types(contract).items()
    ]
    key = ", ".join(quoted(name) for name in key_columns(contract))
    return [*columns, f"primary key ({key})"] if key else columns


def _create_views(connection: duckdb.DuckDBPyConnection) -> None:
    for view in sql_files("views").values():
        connection.execute(f"create view {quoted(view.name)} as {view.text}")
        add_comments(connection, "view", view.name, view.description, view.columns)


def _sync(path: Path) -> None:
    """Force a file, or the names in a folder, onto the disk."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _remove_with_log(path: Path) -> None:
    path.unlink(missing_ok=True)
    _remove_log(path)


def _remove_log(path: Path) -> None:
    """A log left by a killed process would be played into the new file by the next one who opens it."""
    path.with_name(f"{path.name}.wal").unlink(missing_ok=True)
