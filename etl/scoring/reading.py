"""Reading files of metadata records, however large: lazily, in the order of the file, only what counts."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import duckdb
import polars as pl
from polars.io.plugins import register_io_source

from etl.database import open_in_memory, read_frame, register
from etl.errors import InputError
from etl.sql_files import sql_files
from etl.transform.conform_record_columns import conform_record_columns, unfit_columns
from etl.transform.conform_record_json import conform_record_json
from schemas.metadata_records import NEEDED, OPTIONAL, RECORD_FIELDS

NDJSON = (".ndjson", ".jsonl")
PARQUET = (".parquet",)
ROW = "row"
_LINES = pl.Schema({ROW: pl.UInt32, "line": pl.String})
_BLOCK_BYTES = 8 * 2**20
"""Large enough that starting a query on it costs nothing, small enough that a few of them at once are no burden."""


@dataclass(frozen=True)
class Records:
    """The records of a file: raw, with the `row` they stand in from 0, and what makes facts of a batch of them."""

    raw: pl.LazyFrame
    conform: Callable[[pl.DataFrame], pl.DataFrame]


@contextmanager
def open_records(file: Path) -> Iterator[Records]:
    """Open a file by its ending, until the context ends.

    Raises InputError for a file that is not there, has another ending, or has columns that cannot hold records.
    """
    if not file.is_file():
        raise InputError("There is no such file.", file=file, mend="Check the path.")
    if file.suffix in PARQUET:
        yield Records(_scan_parquet(file), conform_record_columns)
    elif file.suffix in NDJSON:
        # Batches come from several threads, and each asks for itself.
        with open_in_memory(threads=1) as connection:
            yield Records(_scan_lines(file), partial(_read_lines, connection))
    else:
        known = ", ".join((*NDJSON, *PARQUET))
        raise InputError("Its ending does not say what is in it.", file=file, mend=f"Known are {known}.")


def whole_rows(file: Path, rows: pl.Series) -> pl.DataFrame:
    """These rows of a Parquet file with all their columns."""
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


def _scan_lines(file: Path) -> pl.LazyFrame:
    # What polars would push down is of no use here: there are two columns, and all rows are wanted.
    return register_io_source(lambda *_: line_blocks(file), schema=_LINES)


def line_blocks(file: Path) -> Iterator[pl.DataFrame]:
    """The lines of a file with the `row` they stand in, without blank ones, some megabytes at a time."""
    row = 0
    with file.open("rb") as lines:
        while block := lines.read(_BLOCK_BYTES):
            frame = pl.read_lines(_in_utf_8(block + lines.readline())).with_row_index(ROW, offset=row)
            row += frame.height
            is_blank = frame["line"].str.strip_chars() == ""
            yield frame.filter(~is_blank) if is_blank.any() else frame


def _in_utf_8(block: bytes) -> bytes:
    """What is no UTF-8 becomes an escape that JSON does not have, so that only its own line is refused."""
    return block if block.isascii() else block.decode("utf-8", errors="backslashreplace").encode()


def _read_lines(connection: duckdb.DuckDBPyConnection, lines: pl.DataFrame) -> pl.DataFrame:
    with closing(connection.cursor()) as cursor:
        register(cursor, "lines", lines)
        return conform_record_json(read_frame(cursor, sql_files("records")["metadata_records"].text))
