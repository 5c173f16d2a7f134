"""TVmaze's rows in the project's own words."""

from __future__ import annotations

from collections.abc import Mapping

import polars as pl

from etl.transform.text import part_of, present_text, present_title, title_key
from schemas.conformed import EPISODE_ROWS
from schemas.raw_tvmaze import REGULAR


def conform_tvmaze_episodes(raw: pl.DataFrame, series_by_id: Mapping[str, str]) -> pl.DataFrame:
    """Turn raw TVmaze episodes into rows of the contract EPISODE_ROWS.

    Specials, which have no number, go to season 0. A season that is a year stays one.
    `series_by_id` gives the series' code for TVmaze's id of the show, as text.
    """
    title = present_title(pl.col("name"))
    is_special = pl.col("number").is_null() | (pl.col("type") != REGULAR).fill_null(value=False)
    return raw.select(
        source=pl.lit("tvmaze"),
        source_id=pl.col("id").cast(pl.String),
        series=pl.col("show_id").cast(pl.String).replace_strict(dict(series_by_id), return_dtype=pl.String),
        season=pl.when(is_special).then(0).otherwise("season"),
        number="number",
        row_parts=None,
        title_key=title_key(title),
        part=part_of(title),
        title=title,
        air_date=pl.col("airdate").str.to_date("%Y-%m-%d", strict=False),
        stardate_from=None,
        stardate_to=None,
        year_from=None,
        year_to=None,
        synopsis=present_text(pl.col("summary_text")),
        production_codes=None,
        directors=None,
        writers=None,
        story_by=None,
        guest_stars=None,
        plot_points=None,
        connections=None,
        runtime_min=pl.when(pl.col("runtime") > 0).then("runtime"),
        tmdb_id=None,
        imdb_id=None,
        memory_alpha_url=None,
        source_url="source_url",
        fetched_at="fetched_at",
        is_stale="is_stale",
    ).cast(EPISODE_ROWS)
