"""Removed episodes and films leave a tombstone with their last row; who comes back is alive again."""

from __future__ import annotations

from datetime import datetime

import polars as pl

from etl.transform.changes import Published
from schemas.columns import polars_schema
from schemas.history import TOMBSTONES

KEY = "episode_key"
_UNEXPLAINED = "is no longer published"


def book_tombstones(
    last: Published, now: Published, superseded: pl.DataFrame, *, last_run_id: str, removed_at: datetime
) -> pl.DataFrame:
    """Carry the tombstones of `last` on and add those of this run: contract TOMBSTONES.

    `now` says what is published; its own tombstones are not read. `superseded` (SUPERSEDED) says why episodes went.
    """
    living = pl.concat([now.episodes.select(KEY), now.movies.select(pl.col("movie_key").alias(KEY))])
    gone = pl.concat(
        [
            _last_rows(last.episodes, KEY, "episode_id"),
            _last_rows(last.movies, "movie_key", "movie_id"),
        ]
    ).join(living, on=KEY, how="anti")
    new = (
        gone.join(superseded, on=KEY, how="left", validate="1:1")
        .with_columns(
            last_run_id=pl.lit(last_run_id),
            removed_at=pl.lit(removed_at, pl.Datetime("us", "UTC")),
            reason=pl.col("reason").fill_null(_UNEXPLAINED),
        )
        .select(*polars_schema(TOMBSTONES))
    )
    carried = last.tombstones.join(living, on=KEY, how="anti").join(new, on=KEY, how="anti")
    return pl.concat([carried, new]).sort(KEY)


def _last_rows(stories: pl.DataFrame, key: str, public_id: str) -> pl.DataFrame:
    return stories.select(
        pl.col(key).alias(KEY),
        pl.col(public_id).alias("episode_id"),
        "title",
        last_row=pl.struct(pl.all()).struct.json_encode(),
    )
