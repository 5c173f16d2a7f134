"""One spelling for each person: sources misspell names, shorten them, or write out what others shorten.

Two names are one person's where they stand in one field of one episode and
* are spelt nearly alike (nine tenths of their letters), last names beginning with the same letter, or
* differ in two neighbouring letters that changed places, or
* have the same last name, and forenames of which one side leaves some out or gives initials only.
Middle initials that contradict each other are two persons, and so are two names that one witness told.
"""

from __future__ import annotations

import polars as pl
from rapidfuzz import fuzz
from rapidfuzz.distance import OSA

from etl.transform.text import plain

_NEAR = 0.9
_SUFFIX = r",?\s+(?:jr|sr|ii|iii|iv)\.?\s*$"
_FORENAMES = 3
_NOBODY = ""


def one_spelling_each(frame: pl.DataFrame, key: list[str], field: str, witnesses: str | None = None) -> pl.DataFrame:
    """Drop the names that are another spelling of an earlier name of the same key.

    `frame` has a row a key and name, in the order of trust: the columns of `key`, `field` with the name as text, and
    `name` with its `name_key`. `witnesses` may name a column with the list of all who gave it: who names two, means
    two. To be applied once: a second time, what one witness told apart may be joined by another.
    """
    given = [] if witnesses is None else [witnesses]
    told = frame.select(*key, *given, "name", *_parts_of_name(pl.col(field))).with_row_index("row")
    pairs = _pairs(told, key)
    same = pairs.with_columns(alike=_likeness(pairs), is_swap=_is_swap(pairs)).filter(
        _is_shortened() | (_is_near() & ~_is_contradicted())
    )
    if witnesses is not None:
        same = _told_by_different_witnesses(same, witnesses)
    return frame.filter(~pl.int_range(pl.len(), dtype=pl.UInt32).is_in(same["row_right"].implode()))


def _told_by_different_witnesses(same: pl.DataFrame, witnesses: str) -> pl.DataFrame:
    """Leave out pairs that one witness told; and of a witness's names that are near to one, take the nearest alone."""
    later = f"{witnesses}_right"
    shared = pl.col(witnesses).list.set_intersection(later)
    nearest = pl.struct(-pl.col("alike"), "row_right").rank("ordinal").over("row", later) == 1
    return (
        same.filter(shared.list.len() == 0)
        .explode(later)
        .with_columns(is_nearest=nearest)
        .filter(pl.col("is_nearest").all().over("row", "row_right"))
    )


def _parts_of_name(name: pl.Expr) -> list[pl.Expr]:
    words = plain(name).str.replace(_SUFFIX, "").str.extract_all(r"[\p{L}\p{N}]+")
    forenames = words.list.head(words.list.len().cast(pl.Int64) - 1)
    return [
        words.list.last().fill_null(_NOBODY).alias("last"),
        words.list.last().str.head(1).fill_null(_NOBODY).alias("start"),
        pl.col("name").str.split("").list.sort().list.join("").alias("letters"),
        forenames.list.len().alias("forenames"),
        *(forenames.list.get(place, null_on_oob=True).alias(_forename(place)) for place in range(_FORENAMES)),
    ]


def _forename(place: int) -> str:
    return f"forename{place}"


def _pairs(told: pl.DataFrame, key: list[str]) -> pl.DataFrame:
    """An earlier and a later name of one key a row, where they can be one person's at all."""
    found = [told.join(told, on=[*key, alike], how="inner", validate="m:m", coalesce=False) for alike in _ALIKE]
    return (
        pl.concat(found)
        .filter(pl.col("row") < pl.col("row_right"), pl.col("name") != _NOBODY, pl.col("name_right") != _NOBODY)
        .unique(["row", "row_right"], maintain_order=True)
    )


_ALIKE = ("start", "letters")
"""Only names with the same first letter of the last name are compared, or with the same letters in any order."""


def _likeness(pairs: pl.DataFrame) -> pl.Series:
    names = zip(pairs["name"], pairs["name_right"], strict=True)
    return pl.Series([fuzz.ratio(left, right) / 100 for left, right in names], dtype=pl.Float64)


def _is_swap(pairs: pl.DataFrame) -> pl.Series:
    """One edit apart, where two neighbouring letters that change places are one edit."""
    names = zip(pairs["name"], pairs["name_right"], strict=True)
    return pl.Series([OSA.distance(left, right, score_cutoff=1) == 1 for left, right in names], dtype=pl.Boolean)


def _is_near() -> pl.Expr:
    has_same_start = pl.col("start") == pl.col("start_right")
    has_same_letters = pl.col("letters") == pl.col("letters_right")
    return ((pl.col("alike") >= _NEAR) & has_same_start) | (pl.col("is_swap") & has_same_letters)


def _is_shortened() -> pl.Expr:
    """Same last name, and every forename that both give is the same or an initial of the other."""
    agree = [_is_initial_or_same(pl.col(_forename(n)), pl.col(f"{_forename(n)}_right")) for n in range(_FORENAMES)]
    has_forenames = (pl.col("forenames") > 0) & (pl.col("forenames_right") > 0)
    return (pl.col("last") == pl.col("last_right")) & has_forenames & pl.all_horizontal(agree)


def _is_initial_or_same(left: pl.Expr, right: pl.Expr) -> pl.Expr:
    is_initial = (left.str.len_chars() == 1) | (right.str.len_chars() == 1)
    agrees = (left == right) | (is_initial & (left.str.head(1) == right.str.head(1)))
    return agrees.fill_null(value=True)


def _is_contradicted() -> pl.Expr:
    """As many forenames, but another initial in the middle: Robert H. and Robert J."""
    middle, other = pl.col(_forename(1)), pl.col(f"{_forename(1)}_right")
    is_comparable = pl.col("forenames") == pl.col("forenames_right")
    return (is_comparable & (middle.str.head(1) != other.str.head(1))).fill_null(value=False)
