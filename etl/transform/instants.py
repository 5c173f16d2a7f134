"""Points in time as texts and numbers say them."""

from __future__ import annotations

import polars as pl

_INSTANT = pl.Datetime("ms", "UTC")
_RFC_3339 = "%+"
_ISO_8601 = r"^(\d{4}(?:-\d\d(?:-\d\d)?)?)(?:[T ](\d\d:\d\d)(:\d\d(?:\.\d+)?)?)? ?(Z|[+-]\d\d:?\d\d)?$"
_LATEST_MS = 8.64e15
"""The last millisecond that ECMAScript's Date knows; the first is as far from 1970."""


def instant_of_text(text: pl.Expr) -> pl.Expr:
    """The time that ISO 8601 text says, to the millisecond; without a zone it is UTC; null for any other text.

    A day, month or year alone is its first moment, as for ECMAScript's Date.
    """
    exact = _parsed(text)
    # Only what is left over goes through the slow door.
    parts = pl.when(exact.is_null()).then(text).str.extract_groups(_ISO_8601)
    day, minute, second, zone = (parts.struct.field(str(place)) for place in range(1, 5))
    spelled_out = pl.concat_str(
        (day + pl.lit("-01-01")).str.head(10),
        pl.lit("T"),
        minute.fill_null("00:00"),
        second.fill_null(":00"),
        zone.fill_null("Z"),
    )
    return pl.coalesce(exact, _parsed(spelled_out))


def _parsed(text: pl.Expr) -> pl.Expr:
    return text.str.to_datetime(_RFC_3339, time_unit="ms", time_zone="UTC", strict=False)


def instant_of_number(milliseconds: pl.Expr) -> pl.Expr:
    """The time that is so many milliseconds after 1970, without their fraction; null beyond ECMAScript's range."""
    number = milliseconds.cast(pl.Float64, strict=False)
    return pl.when(number.abs() <= _LATEST_MS).then(number).cast(pl.Int64, strict=False).cast(_INSTANT)
