"""Lists of names out of true and false, fast: what a row can come to is listed once, and each row looks its list up.

Building a list a row (`concat_list`, then dropping nulls) took eighty times as long for a million rows of nine flags.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

import polars as pl

_AT_ONCE = 10
"""Flags a table: 2^10 lists of names are made in no time, 2^20 would not be."""


def names_where(names: Sequence[str], flags: Sequence[pl.Expr]) -> pl.Expr:
    """A list a row: of `names` those whose flag is true, in their order. A null flag is not true."""
    parts = [
        names_of_kind_where([names[first : first + _AT_ONCE]], pl.lit(0), flags[first : first + _AT_ONCE])
        for first in range(0, len(names), _AT_ONCE)
    ] or [pl.lit([], dtype=pl.List(pl.String))]
    return parts[0] if len(parts) == 1 else pl.concat_list(parts)


def names_of_kind_where(kinds: Sequence[Sequence[str]], kind: pl.Expr, flags: Sequence[pl.Expr]) -> pl.Expr:
    """The same where the names differ from row to row: `kind` is the row's place in `kinds`."""
    lists = _lists(tuple(tuple(names) for names in kinds))
    bits = (flag.fill_null(value=False).cast(pl.UInt32) * 2**place for place, flag in enumerate(flags))
    return pl.lit(lists).gather(sum(bits, start=kind.cast(pl.UInt32) * 2 ** len(flags)))


@lru_cache
def _lists(kinds: tuple[tuple[str, ...], ...]) -> pl.Series:
    """Every list that a row can come to, at the place that its flags say as a binary number. Made once, not a batch."""
    return pl.Series(
        [
            [name for place, name in enumerate(names) if number >> place & 1]
            for names in kinds
            for number in range(2 ** len(names))
        ],
        dtype=pl.List(pl.String),
    )
