"""TMDB's rows in the project's own words."""

from __future__ import annotations

from collections.abc import Mapping

import polars as pl

from etl.transform.text import part_of, present_text, present_title, title_key
from schemas.conformed import EPISODE_ROWS, MOVIE_ROWS, SEASON_NOTES

_SOURCE = pl.lit("tmdb")

# As TMDB's overviews have it: "Stardate: 41153.7. The new commander ...", "Stardate 44012.3. Picard ...",
# "Stardate: 43989.1  An Starfleet expert ...", "Stardate: Unknown. ...".
_NUMBER = r"-?\d{3,8}(?:\.\d+)?"
_STARDATE = rf"(?i)^\s*stardate\s*:?\s*(unknown|{_NUMBER})(?:\s*(?:-|–|&|to|and)\s*({_NUMBER}))?\s*[.,;:]?(?:\s+|$)"

_WRITERS = ("Writer", "Teleplay", "Screenplay")


def conform_tmdb_episodes(raw: pl.DataFrame, series_by_id: Mapping[str, str]) -> pl.DataFrame:
    """Turn raw TMDB episodes into rows of the contract EPISODE_ROWS.

    A stardate at the head of an overview leaves the synopsis and becomes a value.
    `series_by_id` gives the series' code for TMDB's id of the series, as text.
    """
    title = present_title(pl.col("name"))
    overview = present_text(pl.col("overview"))
    return raw.select(
        source=_SOURCE,
        source_id=pl.col("id").cast(pl.String),
        series=pl.col("show_id").cast(pl.String).replace_strict(dict(series_by_id), return_dtype=pl.String),
        season="season_number",
        number="episode_number",
        row_parts=None,
        title_key=title_key(title),
        part=part_of(title),
        title=title,
        air_date=_date(pl.col("air_date")),
        stardate_from=overview.str.extract(_STARDATE, 1).cast(pl.Float64, strict=False),
        stardate_to=pl.coalesce(overview.str.extract(_STARDATE, 2), overview.str.extract(_STARDATE, 1)).cast(
            pl.Float64, strict=False
        ),
        year_from=None,
        year_to=None,
        synopsis=present_text(overview.str.replace(_STARDATE, "")),
        production_codes=_codes(pl.col("production_code")),
        directors=_names_of(pl.col("crew"), "Director"),
        writers=_names_of(pl.col("crew"), *_WRITERS),
        story_by=_names_of(pl.col("crew"), "Story"),
        guest_stars=_names(pl.col("guest_stars")),
        plot_points=None,
        connections=None,
        runtime_min=_positive(pl.col("runtime")),
        tmdb_id="id",
        imdb_id=None,
        memory_alpha_url=None,
        source_url="source_url",
        fetched_at="fetched_at",
        is_stale="is_stale",
    ).cast(EPISODE_ROWS)


def conform_tmdb_movies(raw: pl.DataFrame, key_by_id: Mapping[str, str]) -> pl.DataFrame:
    """Turn raw TMDB films into rows of the contract MOVIE_ROWS. `key_by_id` gives the film's key for TMDB's id."""
    return raw.select(
        source=_SOURCE,
        source_id=pl.col("id").cast(pl.String),
        movie_key=pl.col("id").cast(pl.String).replace_strict(dict(key_by_id), return_dtype=pl.String),
        release_date=_date(pl.col("release_date")),
        title=present_title(pl.col("title")),
        stardate_from=None,
        stardate_to=None,
        year_from=None,
        year_to=None,
        synopsis=present_text(pl.col("overview")),
        directors=_names_of(pl.col("crew"), "Director"),
        writers=_names_of(pl.col("crew"), *_WRITERS),
        story_by=_names_of(pl.col("crew"), "Story"),
        guest_stars=None,
        runtime_min=_positive(pl.col("runtime")),
        tmdb_id="id",
        imdb_id=present_text(pl.col("imdb_id")),
        memory_alpha_url=None,
        source_url="source_url",
        fetched_at="fetched_at",
        is_stale="is_stale",
    ).cast(MOVIE_ROWS)


def conform_tmdb_seasons(raw: pl.DataFrame, series_by_id: Mapping[str, str]) -> pl.DataFrame:
    """Turn raw TMDB seasons into rows of the contract SEASON_NOTES, only those that say something."""
    return (
        raw.select(
            series=pl.col("show_id").cast(pl.String).replace_strict(dict(series_by_id), return_dtype=pl.String),
            season="season_number",
            notes=present_text(pl.col("overview")),
        )
        .drop_nulls("notes")
        .unique(["series", "season"], keep="first", maintain_order=True)
        .cast(SEASON_NOTES)
    )


def _date(text: pl.Expr) -> pl.Expr:
    return text.str.to_date("%Y-%m-%d", strict=False)


def _positive(number: pl.Expr) -> pl.Expr:
    return pl.when(number > 0).then(number)


def _codes(text: pl.Expr) -> pl.Expr:
    """Split "176266 / 176267"; null for none."""
    codes = (
        present_text(text)
        .str.split("/")
        .list.eval(pl.element().str.strip_chars())
        .list.eval(pl.element().filter(pl.element() != ""))
    )
    return pl.when(codes.list.len() > 0).then(codes)


def _names_of(people: pl.Expr, *jobs: str) -> pl.Expr:
    """The people with one of these jobs, each once, in the order of the credits; null for none."""
    return _names(people.list.filter(pl.element().struct.field("job").is_in(jobs)))


def _names(people: pl.Expr) -> pl.Expr:
    names = people.list.eval(present_text(pl.element().struct.field("name")).drop_nulls().unique(maintain_order=True))
    return pl.when(names.list.len() > 0).then(names)
