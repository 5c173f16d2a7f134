"""Memory Alpha's rows in the project's own words."""

from __future__ import annotations

from collections.abc import Mapping

import polars as pl

from etl.transform.text import part_of, present_text, present_title, title_key
from schemas.conformed import EPISODE_ROWS
from schemas.episodes import CONNECTION

# "1x14", "1x01/02", "7x25-26"; pages before 2018 have the number alone: "01/02".
_NUMBERS = r"^\s*(?:(\d{1,3})\s*[x×]\s*)?(\d{1,4})(?:\s*[/–-]\s*(\d{1,4}))*"
_CODE = r"[^\s()\[\]/,;&]*\d[^\s()\[\]/,;&]*"
_PAGE_SUFFIX = r"(?i)\s+\(episode\)$"

# Numbers in a date: what has a fraction or five digits is a stardate, what looks like 1000 to 3399 is a year.
_INSIDE = r"\(([^()]*)\)"
_NUMBER = r"\d+(?:\.\d+)?"
_YEAR = r"^(?:[12]\d{3}|3[0-3]\d{2})$"
_STARDATE = r"^(?:\d{3,7}\.\d{1,6}|\d{5,7}|3[4-9]\d{2}|[4-9]\d{3})$"
_WHOLE_STARDATES = r"(?i)^(?:stardate)?[\s:]*\d{4}(?:\s*[-–,/&]\s*\d{4})*[\s,;]*$"

_GUESTS = r"(?i)^(?:(?:also|special)\s+)*(?:guest|co-?)[\s-]*(?:star(?:s|ring)?|appearances?)\b"


def conform_memory_alpha_episodes(raw: pl.DataFrame, series_by_code: Mapping[str, str]) -> pl.DataFrame:
    """Turn raw pages into rows of the contract EPISODE_ROWS.

    What the data modules say goes before the sidebar of pages before 2018. A connection's `episode_key` is the title
    of the page referred to, until resolve_connections knows better. `series_by_code` gives the series' code for the
    wiki's.
    """
    title = pl.coalesce(
        present_title(pl.col("sidebar_title")),
        present_title(pl.col("wsTitle")),
        present_title(pl.col("title").str.replace(_PAGE_SUFFIX, "")),
    )
    date = pl.coalesce("date", "wsDate")
    stardates, years = _stardates(date), _years(date)
    # The old sidebar has stardate and year apart; some year in brackets says that four digits before it are none.
    own_stardates, own_years = _stardates(pl.col("nStardate") + " (2000)"), _years(pl.col("nYear"))
    season, number, last = (_number(group) for group in (1, 2, 3))
    return raw.select(
        source=pl.lit("memory_alpha"),
        source_id="title",
        series=pl.col("series_code").replace_strict(dict(series_by_code), return_dtype=pl.String),
        season=season,
        number=number,
        row_parts=pl.when(number.is_not_null() & last.is_null()).then(1).when(last > number).then(last - number + 1),
        title_key=title_key(title),
        part=part_of(title),
        title=title,
        air_date=pl.coalesce(_day("d", "m", "y"), _day("nAirdateDay", "sAirdateMonth", "nAirdateYear")),
        stardate_from=pl.coalesce(stardates.list.min(), own_stardates.list.min()),
        stardate_to=pl.coalesce(stardates.list.max(), own_stardates.list.max()),
        year_from=pl.coalesce(years.list.min(), own_years.list.min()),
        year_to=pl.coalesce(years.list.max(), own_years.list.max()),
        synopsis=None,
        production_codes=pl.coalesce(_codes("p"), _codes("sProductionSerialNumber")),
        directors=_names("director", "wsDirectedBy"),
        writers=_names("writer", "teleplay", "wsWrittenBy", "wsTeleplayBy"),
        story_by=_names("story", "wsStoryBy"),
        guest_stars=_guest_stars(),
        plot_points=None,
        connections=_connections(),
        runtime_min=None,
        tmdb_id=None,
        imdb_id=None,
        memory_alpha_url="source_url",
        source_url="source_url",
        fetched_at="fetched_at",
        is_stale="is_stale",
    ).cast(EPISODE_ROWS)


def _number(group: int) -> pl.Expr:
    """Season (1), first (2) or last (3) number, from module N, then from the old sidebar."""
    old = pl.concat_str(pl.coalesce(pl.col("nSeason") + "x", pl.lit("")), "nEpisode")
    text = pl.coalesce(pl.when(pl.col("n").str.contains(_NUMBERS)).then("n"), old)
    found = text.str.extract(_NUMBERS, group).cast(pl.Int64)
    if group > 1:
        return found
    return pl.coalesce(
        found, *(pl.col(name).str.extract(r"^\s*(\d{1,3})\s*$").cast(pl.Int64) for name in ("s", "nSeason"))
    )


def _day(day: str, month: str, year: str) -> pl.Expr:
    """A date of day, month (name or number) and year; null unless all three are there."""
    text = pl.concat_str(day, month, year, separator=" ").str.replace_all(r"[\s,]+", " ").str.strip_chars()
    is_sane = text.str.contains(r"^\d{1,2} \S+ \d{4}$")
    named, numbered = (text.str.to_date(form, strict=False) for form in ("%d %B %Y", "%d %m %Y"))
    return pl.when(is_sane).then(pl.coalesce(named, numbered))


def _numbers(text: pl.Expr, pattern: str) -> pl.Expr:
    numbers = text.str.extract_all(_NUMBER)
    return numbers.list.filter(pl.element().str.contains(pattern))


def _inside(date: pl.Expr) -> pl.Expr:
    return date.str.extract_all(_INSIDE).list.join(" ")


def _years(date: pl.Expr) -> pl.Expr:
    """The years of a date: those in brackets if there are any, otherwise all."""
    inside = _numbers(_inside(date), _YEAR)
    return pl.when(inside.list.len() > 0).then(inside).otherwise(_numbers(date, _YEAR)).cast(pl.List(pl.Int64))


def _stardates(date: pl.Expr) -> pl.Expr:
    """The stardates of a date; four digits are one where they stand alone and the year stands in brackets."""
    outside = date.str.replace_all(_INSIDE, " ").str.strip_chars()
    has_year_inside = _numbers(_inside(date), _YEAR).list.len() > 0
    whole = outside.str.extract_all(r"\d{4}")
    is_whole = has_year_inside & outside.str.contains(_WHOLE_STARDATES)
    return pl.when(is_whole).then(whole).otherwise(_numbers(date, _STARDATE)).cast(pl.List(pl.Float64))


def _codes(column: str) -> pl.Expr:
    """Split "A (B/C)" and "101/102"; null for none."""
    codes = pl.col(column).str.extract_all(_CODE).list.unique(maintain_order=True)
    return pl.when(codes.list.len() > 0).then(codes)


def _names(*columns: str) -> pl.Expr:
    """The first of these lists that has names."""
    lists = [pl.col(name).list.eval(present_text(pl.element()).drop_nulls()) for name in columns]
    return pl.coalesce(pl.when(names.list.len() > 0).then(names) for names in lists)


def _guest_stars() -> pl.Expr:
    """Actors of the sections for guests and co-stars, each once; null for none."""
    guests = pl.col("guest_stars").list.filter(pl.element().struct.field("section").str.contains(_GUESTS))
    names = guests.list.eval(present_text(pl.element().struct.field("actor")).drop_nulls().unique(maintain_order=True))
    return pl.when(names.list.len() > 0).then(names)


def _connections() -> pl.Expr:
    made = pl.struct(episode_key=pl.element(), connection_type=pl.lit("reference"), description=pl.lit(""))
    return (
        pl.when(pl.col("references").list.len() > 0)
        .then(pl.col("references").list.eval(made))
        .cast(pl.List(CONNECTION))
    )
