"""Which columns may be null in every row, and why: the list stands in empty_columns.csv."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import polars as pl

_FILE = Path(__file__).with_name("empty_columns.csv")


@cache
def declared_empty() -> pl.DataFrame:
    """Columns source_table, column_name, given_by, reason.

    `given_by` names the sources that give the column, with blanks between: it may be empty only while none of them was
    used. Where it is null the column may always be empty.
    """
    return pl.read_csv(_FILE, infer_schema=False)


def may_be_empty(sources: set[str]) -> pl.DataFrame:
    """Columns source_table, column_name of what may be empty in a release that has values of these `sources`."""
    is_given = pl.col("given_by").str.split(" ").list.set_intersection(list(sources)).list.len() > 0
    return declared_empty().filter(~is_given.fill_null(value=False)).select("source_table", "column_name")
