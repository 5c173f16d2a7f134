"""The rows that sources gave, remembered from release to release, so that a source that gives fewer is noticed."""

from __future__ import annotations

import polars as pl

from schemas.columns import polars_schema
from schemas.history import CHANGES, ROW_GONE, ROWS_LOST, SOURCE_ROWS

_ROW = ["source", "source_id"]
_UNIT = ["source", "series"]

ANSWERED = pl.Schema({"source": pl.String(), "series": pl.String(), "season": pl.Int64()})
"""Who answered for what in this run; season null for the whole series."""


def remember_rows(rows: pl.DataFrame, last: pl.DataFrame, answered: pl.DataFrame) -> pl.DataFrame:
    """The rows to remember: contract SOURCE_ROWS.

    `rows` (EPISODE_ROWS) are this run's, `last` (SOURCE_ROWS) those of the last release, of which those stay whose
    source failed or was not asked (`answered`, contract ANSWERED).
    """
    fresh = rows.select(*polars_schema(SOURCE_ROWS)).unique(_ROW, keep="first", maintain_order=True)
    unasked = last.join(_asked(last, answered), on=_ROW, how="anti").join(fresh, on=_ROW, how="anti")
    return pl.concat([fresh, unasked]).sort(_ROW)


def lost_rows(rows: pl.DataFrame, last: pl.DataFrame, answered: pl.DataFrame) -> pl.DataFrame:
    """Where a source that answered gives fewer rows of a series than last time: contract CHANGES.

    One row of the kind rows_lost with both counts a source and series, and one of the kind row_gone for each of the
    rows that are not there any more. `rows` and `last` are SOURCE_ROWS; of both only what was asked is counted.
    """
    before, now = _asked(last, answered), _asked(rows, answered)
    counts = (
        before.group_by(_UNIT)
        .len("before")
        .join(now.group_by(_UNIT).len("now"), on=_UNIT, how="left", validate="1:1")
        .with_columns(pl.col("now").fill_null(0))
        .filter(pl.col("now") < pl.col("before"))
    )
    gone = before.join(now, on=_ROW, how="anti").join(counts, on=_UNIT, how="semi")
    lost = counts.select(
        kind=pl.lit(ROWS_LOST),
        subject="source",
        series="series",
        field=pl.lit("rows"),
        old="before",
        new="now",
        title=pl.lit(None),
        accepted=pl.lit(None),
    )
    each = gone.select(
        kind=pl.lit(ROW_GONE),
        subject="source",
        series="series",
        field="source_id",
        old=pl.lit(None),
        new=pl.lit(None),
        title="title",
        accepted=pl.lit(None),
    )
    schema = polars_schema(CHANGES)
    return pl.concat([lost.cast(schema), each.cast(schema)])


def _asked(rows: pl.DataFrame, answered: pl.DataFrame) -> pl.DataFrame:
    """Those of `rows` (SOURCE_ROWS) that a source which answered was asked for."""
    wanted = rows.join(answered.rename({"season": "asked_season"}), on=_UNIT, validate="m:1")
    is_of_season = pl.col("season").is_null() | (pl.col("season") == pl.col("asked_season"))
    return wanted.filter(pl.col("asked_season").is_null() | is_of_season).select(rows.columns)
