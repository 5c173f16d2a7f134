"""In which order a scheme counts a season: as aired, with a few episodes moved, or in another order from end to end."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

_MOST = 0.5
_FOLLOWS = 0.9
_CODE_WIDTH = 20


def with_order(told: pl.DataFrame, season: Sequence[str]) -> pl.DataFrame:
    """Add how every season (columns `season`) is ordered: aired_rank, told_rank, block, block_length, and two flags.

    In: aired and first (numbers as aired and in the scheme) and code (production code, null where not known).
    A block is the smallest run of episodes that keeps its place as a whole: one episode where the order is as aired.
    `is_other_order`: more than half of the season's episodes are moved; `is_by_code`: then in the order of the codes.
    """
    counted = told.with_columns(
        aired_rank=pl.struct("aired", "first").rank("ordinal").over(season),
        told_rank=pl.struct("first", "aired").rank("ordinal").over(season),
    )
    is_end = pl.col("told_rank").cum_max().over(season, order_by="aired_rank") == pl.col("aired_rank")
    block = is_end.cast(pl.Int64).cum_sum().over(season, order_by="aired_rank") - is_end.cast(pl.Int64)
    return (
        counted.with_columns(block=block)
        .with_columns(block_length=pl.len().over(*season, "block"))
        .with_columns(
            is_other_order=(pl.col("block_length") > 1).mean().over(season) > _MOST,
            is_by_code=_follows_codes("told_rank", season) & ~_follows_codes("aired_rank", season),
        )
    )


def _follows_codes(rank: str, season: Sequence[str]) -> pl.Expr:
    """Whether the codes (of one length, or padded to be) rise with `rank`, but for one pair in ten."""
    code = pl.col("code").str.pad_start(_CODE_WIDTH, "0")
    rises = code > code.shift(1).over(season, order_by=rank)
    return (rises.mean().over(season) >= _FOLLOWS).fill_null(value=False)
