"""Published episodes whose rows all turned out to be another episode's, or nobody's: they are not kept.

This is the one way in which an episode goes. What a source merely stops saying is kept.
"""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

KEY = "episode_key"
_ROW = ["source", "source_id"]

SUPERSEDED = pl.Schema({"episode_key": pl.String(), "replaced_by": pl.String(), "reason": pl.String()})


def moved_rows(last: pl.DataFrame, links: pl.DataFrame, rejects: pl.DataFrame) -> pl.DataFrame:
    """Rows that the last release linked and this run links elsewhere or refuses: `last` with moved_to and why.

    `last` and `links` are LINKS, `rejects` is REJECTS. moved_to is null for a refused row, why is its reason.
    """
    elsewhere = links.select(*_ROW, moved_to=KEY, why=pl.lit(None, pl.String))
    refused = rejects.select(*_ROW, moved_to=pl.lit(None, pl.String), why="reason").drop_nulls(_ROW)
    now = pl.concat([elsewhere, refused]).unique(_ROW, keep="first", maintain_order=True)
    return last.join(now, on=_ROW, validate="1:1").filter(pl.col("moved_to").ne_missing(pl.col(KEY)))


def find_superseded(
    last: pl.DataFrame, links: pl.DataFrame, moved: pl.DataFrame, compilations: Sequence[str]
) -> pl.DataFrame:
    """The episodes of the last release of which nothing is left: contract SUPERSEDED.

    At least one of their rows `moved`, none is linked to them now, and no other row of the last release could still
    be theirs. `compilations` are sources that were read whole in this run, so that a row which they no longer have is
    not waiting anywhere. replaced_by is where most of the rows went, ties by key; null where all were refused.
    """
    waiting = last.join(moved, on=_ROW, how="anti").filter(~pl.col("source").is_in(list(compilations)))
    left = pl.concat([links.select(KEY), waiting.select(KEY)])
    return (
        moved.join(left, on=KEY, how="anti")
        .group_by(KEY)
        .agg(
            replaced_by=pl.col("moved_to").drop_nulls().sort().mode(maintain_order=True).first(),
            why=pl.col("why").drop_nulls().sort().first(),
        )
        .select(
            KEY,
            "replaced_by",
            reason=pl.when(pl.col("replaced_by").is_null())
            .then(pl.format("its rows were refused ({})", "why"))
            .otherwise(pl.format("its rows belong to {} now", "replaced_by")),
        )
        .sort(KEY)
        .cast(SUPERSEDED)
    )


def lost_witnesses(last: pl.DataFrame, moved: pl.DataFrame) -> pl.DataFrame:
    """Columns source, episode_key: whose every row of an episode moved away, so that its values are not of it."""
    stayed = last.join(moved, on=_ROW, how="anti")
    place = ["source", KEY]
    return moved.select(place).unique().join(stayed, on=place, how="anti").sort(place)
