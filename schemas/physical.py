"""How a contract looks as a DuckDB table: the SQL type of each column, and the key."""

from __future__ import annotations

import pandera.polars as pa
import polars as pl
from polars.datatypes import DataTypeClass

from schemas.columns import polars_schema

_SQL_TYPES: dict[DataTypeClass, str] = {
    pl.String: "VARCHAR",
    pl.Int64: "BIGINT",
    pl.Float64: "DOUBLE",
    pl.Boolean: "BOOLEAN",
    pl.Date: "DATE",
    pl.Datetime: "TIMESTAMP WITH TIME ZONE",
}


def sql_type(data_type: pl.DataType) -> str:
    """The SQL type of a polars type, written as DuckDB's own `duckdb_columns()` writes it."""
    if isinstance(data_type, pl.List):
        return f"{sql_type(_instance(data_type.inner))}[]"
    if isinstance(data_type, pl.Struct):
        fields = ", ".join(f"{field.name} {sql_type(_instance(field.dtype))}" for field in data_type.fields)
        return f"STRUCT({fields})"
    return _SQL_TYPES[data_type.base_type()]


def sql_types(contract: pa.DataFrameSchema) -> dict[str, str]:
    """The SQL type of every column of a contract."""
    return {name: sql_type(data_type) for name, data_type in polars_schema(contract).items()}


def key_columns(contract: pa.DataFrameSchema) -> list[str]:
    """The columns that identify a row; empty where rows have none."""
    return list((contract.metadata or {})["key"])


def _instance(data_type: pl.DataType | DataTypeClass) -> pl.DataType:
    return data_type if isinstance(data_type, pl.DataType) else data_type()
