"""The raw contract of a bundled catalogue: the columns of episodes.csv and movies.csv, all of them text until conformed."""

from __future__ import annotations

import polars as pl

EPISODE_COLUMNS = (
    "key", "series", "season", "episode", "parts", "title", "aliases", "air_date", "production_codes", "stardate_from",
    "stardate_to", "year_from", "year_to", "directors", "writers", "story_by", "tmdb_season", "tmdb_episodes",
    "tmdb_ids", "imdb_season", "imdb_episodes", "imdb_ids", "stapi_season", "stapi_episode", "stapi_id",
    "memory_alpha_page", "flags",
)  # fmt: skip

MOVIE_COLUMNS = (
    "key", "title", "release_date", "tmdb_id", "imdb_id", "directors", "writers", "story_by", "runtime_min",
    "stardate_from", "stardate_to", "year_from", "year_to", "memory_alpha_page", "aliases",
)  # fmt: skip

EPISODE_FRAME = pl.Schema(dict.fromkeys(EPISODE_COLUMNS, pl.String))
MOVIE_FRAME = pl.Schema(dict.fromkeys(MOVIE_COLUMNS, pl.String))

_WHOLE_NUMBERS = ("season", "episode", "parts", "year_from", "year_to", "tmdb_season", "imdb_season", "stapi_season")

EPISODE_TYPES: dict[str, pl.DataType] = {
    **{name: pl.Int64() for name in (*_WHOLE_NUMBERS, "stapi_episode")},
    "air_date": pl.Date(),
    "stardate_from": pl.Float64(),
    "stardate_to": pl.Float64(),
}
"""What the text of a column must read as."""

MOVIE_TYPES: dict[str, pl.DataType] = {
    **{name: pl.Int64() for name in ("tmdb_id", "runtime_min", "year_from", "year_to")},
    "release_date": pl.Date(),
    "stardate_from": pl.Float64(),
    "stardate_to": pl.Float64(),
}
