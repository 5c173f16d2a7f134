"""What changed between any two releases, or guides: the comparison that every run makes with the last one."""

from __future__ import annotations

from collections.abc import Mapping

import polars as pl

from etl.transform.changes import compare, in_order, published
from etl.transform.source_rows import ANSWERED, lost_rows

Tables = Mapping[str, pl.DataFrame]


def differences(old: Tables, new: Tables, *, by_id: bool) -> pl.DataFrame:
    """All changes from `old` to `new` (contract CHANGES).

    `by_id` takes episodes for the same where their public ids are, because one side has no keys: a renumbering then
    looks like changed titles.
    """
    sides = [_by_id(side) if by_id else side for side in (old, new)]
    both = pl.concat([side["source_rows"] for side in sides]).select("source", "series").unique()
    answered = both.with_columns(season=pl.lit(None, pl.Int64)).cast(ANSWERED)
    lost = lost_rows(sides[1]["source_rows"], sides[0]["source_rows"], answered)
    return in_order([compare(published(sides[0]), published(sides[1])), lost])


def _by_id(tables: Tables) -> dict[str, pl.DataFrame]:
    named = {
        "episodes": tables["episodes"].with_columns(episode_key="episode_id"),
        "movies": tables["movies"].with_columns(movie_key="movie_id"),
    }
    return {**tables, **named, **{name: tables[name].clear() for name in ("numbering", "tombstones", "source_rows")}}
