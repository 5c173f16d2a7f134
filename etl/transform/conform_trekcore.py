"""TrekCore's rows in the project's own words. Only facts: its prose is all rights reserved."""

from __future__ import annotations

from collections.abc import Mapping

import polars as pl

from etl.transform.text import part_of, present_text, present_title, title_key
from schemas.conformed import EPISODE_ROWS
from schemas.raw_trekcore import NUMBER

_STARDATE_NUMBER = r"-?\d{3,8}(?:\.\d+)?"
# "41153.7", "1513.1 - 1513.8", "Stardate 41153.7". A date such as "April 16, 2151" is no stardate.
_STARDATE = rf"(?i)^(?:stardate:?\s*)?({_STARDATE_NUMBER})(?:\s*(?:-|–|—|/|&|to|and)\s*({_STARDATE_NUMBER}))?$"

_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_MONTH = rf"({'|'.join(_MONTHS)})[a-z]*\.?"
_MONTH_FIRST = rf"(?i)^{_MONTH}\s+(\d{{1,2}})(?:st|nd|rd|th)?,?\s+(\d{{4}})$"
_DAY_FIRST = rf"(?i)^(\d{{1,2}})(?:st|nd|rd|th)?\s+{_MONTH},?\s+(\d{{4}})$"
_SLASHES = r"^(\d{1,2})/(\d{1,2})/(\d{2}|\d{4})$"
_ANNOUNCED_AHEAD = "5y"


def conform_trekcore_episodes(raw: pl.DataFrame, series_by_host: Mapping[str, str]) -> pl.DataFrame:
    """Turn raw TrekCore episodes into rows of the contract EPISODE_ROWS.

    `series_by_host` gives the series' code for the first part of TrekCore's address.
    """
    title = present_title(pl.col("title"))
    first, last = (pl.col("number").str.extract(NUMBER, group).cast(pl.Int64) for group in (2, 3))
    stardate = present_text(pl.col("stardate"))
    return raw.select(
        source=pl.lit("trekcore"),
        source_id=pl.concat_str("host", "number", separator=" "),
        series=pl.col("host").replace_strict(dict(series_by_host), return_dtype=pl.String),
        season=pl.col("number").str.extract(NUMBER, 1).cast(pl.Int64),
        number=first,
        row_parts=last - first + 1,
        title_key=title_key(title),
        part=part_of(title),
        title=title,
        air_date=_date(pl.col("air_date"), pl.col("fetched_at")),
        stardate_from=_stardate(stardate, 1),
        stardate_to=pl.coalesce(_stardate(stardate, 2), _stardate(stardate, 1)),
        year_from=None,
        year_to=None,
        synopsis=None,
        production_codes=_codes(pl.col("production_code")),
        directors=None,
        writers=None,
        story_by=None,
        guest_stars=None,
        plot_points=None,
        connections=None,
        runtime_min=None,
        tmdb_id=None,
        imdb_id=None,
        memory_alpha_url=None,
        source_url="source_url",
        fetched_at="fetched_at",
        is_stale="is_stale",
    ).cast(EPISODE_ROWS)


def _date(text: pl.Expr, fetched_at: pl.Expr) -> pl.Expr:
    """Read "September 28, 1987", "28 September 1987", "9/28/87" and "1987-09-28"; null for anything else."""
    written = pl.coalesce(
        _iso(
            text.str.extract(_MONTH_FIRST, 3), _month_number(text, _MONTH_FIRST, 1), text.str.extract(_MONTH_FIRST, 2)
        ),
        _iso(text.str.extract(_DAY_FIRST, 3), _month_number(text, _DAY_FIRST, 2), text.str.extract(_DAY_FIRST, 1)),
        text,
    ).str.to_date("%Y-%m-%d", strict=False)
    return pl.coalesce(written, _date_with_slashes(text, fetched_at))


def _date_with_slashes(text: pl.Expr, fetched_at: pl.Expr) -> pl.Expr:
    """Month, day, year. Of two digits is the last year that ends so, and that could be announced when the page came."""
    month, day, year = (text.str.extract(_SLASHES, group) for group in (1, 2, 3))
    this_century = _iso("20" + year, month, day).str.to_date("%Y-%m-%d", strict=False)
    last_century = _iso("19" + year, month, day).str.to_date("%Y-%m-%d", strict=False)
    is_announced = this_century <= fetched_at.dt.date().dt.offset_by(_ANNOUNCED_AHEAD)
    of_two_digits = pl.when(is_announced).then(this_century).otherwise(last_century)
    whole = _iso(year, month, day).str.to_date("%Y-%m-%d", strict=False)
    return pl.when(year.str.len_chars() == len("87")).then(of_two_digits).otherwise(whole)


def _month_number(text: pl.Expr, pattern: str, group: int) -> pl.Expr:
    numbers = {month: str(number) for number, month in enumerate(_MONTHS, start=1)}
    return text.str.extract(pattern, group).str.to_lowercase().replace(numbers)


def _iso(year: pl.Expr, month: pl.Expr, day: pl.Expr) -> pl.Expr:
    return pl.concat_str(year, month.str.zfill(2), day.str.zfill(2), separator="-")


def _stardate(text: pl.Expr, group: int) -> pl.Expr:
    return text.str.extract(_STARDATE, group).cast(pl.Float64, strict=False)


def _codes(text: pl.Expr) -> pl.Expr:
    """Split "40271-721 / 40271-722"; null for none."""
    codes = present_text(text).str.split("/").list.eval(present_text(pl.element()).drop_nulls())
    return pl.when(codes.list.len() > 0).then(codes)
