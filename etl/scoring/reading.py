"""Reading files of metadata records, however large: lazily, in the order of the file, only the columns that count."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import duckdb
import polars as pl

from etl.database import open_in_memory
from etl.errors import InputError
from etl.sql_files import sql_files
from etl.transform.conform_record_columns import conform_record_columns, unfit_columns
from etl.transform.conform_record_json import conform_record_json
from schemas.metadata_records import NEEDED, OPTIONAL, RECORD_FIELDS

NDJSON = (".ndjson", ".jsonl")
PARQUET = (".parquet",)
ROW = "row"

BrokenLine = duckdb.InvalidInputException
"""What a strict reading raises at a line that is no JSON object, or names a key twice."""


@dataclass(frozen=True)
class Records:
    """The records of a file: raw, one row a record with its `row` from 0, and what makes facts of a batch of them.

    `broken` are the rows that hold no record; what stands in their other columns means nothing.
    """

    raw: pl.LazyFrame
    conform: Callable[[pl.DataFrame], pl.DataFrame]
    broken: pl.Series


@contextmanager
def open_records(file: Path, *, is_lenient: bool = False) -> Iterator[Records]:
    """Open a file by its ending; it can be read once, until the context ends.

    Strict reading is the fast one: it raises BrokenLine at the first broken line. A lenient one counts them first.
    Raises InputError for a file that is not there, has another ending, or has columns that cannot hold records.
    """
    if not file.is_file():
        raise InputError("There is no such file.", file=file, mend="Check the path.")
    none = pl.Series(dtype=pl.UInt32)
    if file.suffix in PARQUET:
        yield Records(_scan_parquet(file), conform_record_columns, none)
    elif file.suffix in NDJSON:
        with open_in_memory() as connection:
            broken = _broken_lines(connection, file) if is_lenient else none
            yield Records(_scan_ndjson(connection, file, is_lenient=is_lenient), conform_record_json, broken)
    else:
        known = ", ".join((*NDJSON, *PARQUET))
        raise InputError("Its ending does not say what is in it.", file=file, mend=f"Known are {known}.")


def whole_rows(file: Path, rows: pl.Series) -> pl.DataFrame:
    """These rows of a Parquet file with all their columns, for the rejects."""
    wanted = pl.LazyFrame({ROW: rows.cast(pl.UInt32)})
    return pl.scan_parquet(file, glob=False).with_row_index(ROW).join(wanted, on=ROW, how="semi").collect()


def _scan_parquet(file: Path) -> pl.LazyFrame:
    try:
        scan = pl.scan_parquet(file, glob=False)
        schema = scan.collect_schema()
    except (pl.exceptions.PolarsError, OSError) as failure:
        problem = f"This is no Parquet file ({str(failure).splitlines()[0]})."
        raise InputError(problem, file=file, mend="Write it again, or give NDJSON.") from None
    for name, problem in unfit_columns(schema).items():
        raise InputError(problem, file=file, where=name, mend="Change the column, or give NDJSON.")
    known = (*NEEDED, *OPTIONAL, *RECORD_FIELDS)
    return scan.select(name for name in known if name in schema).with_row_index(ROW)


def _scan_ndjson(connection: duckdb.DuckDBPyConnection, file: Path, *, is_lenient: bool) -> pl.LazyFrame:
    select = sql_files("records")["metadata_records"].text
    answer = connection.sql(select, params={"file": str(file), "is_lenient": is_lenient})
    return pl.scan_arrow_c_stream(answer).with_row_index(ROW)


def _broken_lines(connection: duckdb.DuckDBPyConnection, file: Path) -> pl.Series:
    try:
        answer = connection.sql(sql_files("records")["broken_lines"].text, params={"file": str(file)})
        return pl.DataFrame(answer).to_series().cast(pl.UInt32)
    except duckdb.Error as failure:
        problem = f"This cannot be read as NDJSON ({str(failure).splitlines()[0]})."
        raise InputError(problem, file=file, mend="Write one JSON object a line, in UTF-8.") from None
