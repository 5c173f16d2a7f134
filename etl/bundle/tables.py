"""The tables of a release as lines of JSON, and back: a foreign database could make DuckDB read any file here."""

from __future__ import annotations

from collections.abc import Mapping
from io import BytesIO

import pandera.polars as pa
import polars as pl

from schemas.checks import broken_rules
from schemas.columns import empty, polars_schema
from schemas.tables import TABLES

_SHOWN_RULES = 3


class TableFault(Exception):
    """Rows that break the contract of this version."""


def write_tables(tables: Mapping[str, pl.DataFrame]) -> dict[str, bytes]:
    """Each table that has rows, as NDJSON, in the order of its rows."""
    return {name: frame.write_ndjson().encode() for name, frame in tables.items() if frame.height}


def read_tables(lines: Mapping[str, bytes]) -> dict[str, pl.DataFrame]:
    """Every table of a release; one that is not there is empty. Raises TableFault for what breaks the contract."""
    unknown = sorted(set(lines) - set(TABLES))
    if unknown:
        raise TableFault(f"There is no table {unknown[0]!r}.")
    read = {name: _read(content, TABLES[name]) for name, content in lines.items()}
    return {name: empty(contract) for name, contract in TABLES.items()} | read


def _read(lines: bytes, contract: pa.DataFrameSchema) -> pl.DataFrame:
    schema = polars_schema(contract)
    try:
        frame = pl.read_ndjson(BytesIO(lines), schema=schema)
    except pl.exceptions.PolarsError as failure:
        raise TableFault(f"Table {contract.name} cannot be read: {str(failure).splitlines()[0]}.") from None
    broken = broken_rules(contract, frame)
    if broken:
        raise TableFault(f"It breaks the contract of this version: {'; '.join(broken[:_SHOWN_RULES])}.")
    return frame
