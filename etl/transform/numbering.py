"""The numbers of an episode in every scheme, and the one scheme that public ids are made from."""

from __future__ import annotations

import polars as pl

from schemas.columns import polars_schema
from schemas.guide import NUMBERING

KEY = "episode_key"
SCHEME_SOURCES = ("tmdb", "memory_alpha", "imdb", "tvmaze")
"""Sources whose own numbers are a scheme; the scheme has the source's name."""
_SEASON = ("series", "season")
_FALLS_OFTEN = 0.125
_COLUMNS = tuple(polars_schema(NUMBERING))


def complete_registry(registry: pl.DataFrame) -> pl.DataFrame:
    """Give new episodes a number as aired, after the known ones of their season.

    In: contract REGISTRY, where `episode` is null for new episodes. Out: the same without nulls there. New episodes are
    counted in the order in which they came; a season whose days fall again and again in that order (a source counts
    it in the order of production) is counted by day.
    """
    known_until = pl.col("episode").max().over(_SEASON).fill_null(0)
    return (
        registry.with_row_index("came")
        .with_columns(is_new=pl.col("episode").is_null())
        .with_columns(day=_filled_day())
        .with_columns(by_day=pl.when(_falls_often()).then("day"))
        .with_columns(turn=pl.struct("by_day", "came").rank("ordinal").over(*_SEASON, "is_new").cast(pl.Int64))
        .with_columns(episode=pl.coalesce("episode", known_until + pl.col("turn")))
        .select(registry.columns)
    )


def _filled_day() -> pl.Expr:
    """The day of an episode; without one it stands with the episode that came before it."""
    return pl.col("air_date").forward_fill().backward_fill().over(*_SEASON, "is_new", order_by="came")


def _falls_often() -> pl.Expr:
    days = pl.col("day")
    return ((days < days.shift(1)).mean() > _FALLS_OFTEN).over(*_SEASON, "is_new", order_by="came")


def counted_numbers(registry: pl.DataFrame) -> pl.DataFrame:
    """Derive two schemes from the registry: `aired` counts a double-length story once, `parts` counts its parts."""
    aired = registry.select("episode_key", "season", scheme=pl.lit("aired"), first="episode", last="episode")
    parts_until = pl.col("parts").cum_sum().over("series", "season", order_by="episode")
    starts_at = pl.col("episode").min().over("series", "season")
    parts = registry.select(
        "episode_key",
        "season",
        scheme=pl.lit("parts"),
        first=parts_until - pl.col("parts") + starts_at,
        last=parts_until - 1 + starts_at,
    )
    return pl.concat([frame.select(_COLUMNS) for frame in (aired, parts)])


def source_numbers(rows: pl.DataFrame, links: pl.DataFrame) -> pl.DataFrame:
    """Read off the numbers that a source itself gives, as NUMBERING with the source's name as the scheme.

    A row without season or number (a special of TVmaze has none) gives none.
    """
    numbered = rows.drop_nulls(["season", "number"])
    return (
        links.join(
            numbered.select("source", "source_id", "season", "number", "row_parts"),
            on=["source", "source_id"],
            validate="1:1",
        )
        .group_by("episode_key", scheme="source")
        .agg(
            pl.col("season").first(),
            first=pl.col("number").min(),
            last=(pl.col("number") + pl.col("row_parts").fill_null(1) - 1).max(),
        )
        .select(_COLUMNS)
    )


def prefer_fresh(fresh: pl.DataFrame, known: pl.DataFrame, series_of: pl.DataFrame) -> pl.DataFrame:
    """Fill schemes from `known` only for seasons of which `fresh` says nothing: two captures of a season never mix.

    All frames are NUMBERING, but `series_of`, which gives the series of each episode key.
    """
    season = ["scheme", "series", "season"]
    told = fresh.join(series_of, on=KEY, validate="m:1").select(season).unique()
    untold = (
        known.join(series_of, on=KEY, validate="m:1")
        .join(told, on=season, how="anti")
        .join(fresh, on=[KEY, "scheme"], how="anti")
    )
    return pl.concat([fresh, untold.select(_COLUMNS)])


def public_numbers(numbering: pl.DataFrame, registry: pl.DataFrame, scheme: str) -> pl.DataFrame:
    """Choose the numbers of the public ids: columns episode_key, season, episode, episode_id, numbered_by.

    Where the scheme misses an episode of a season as aired, or gives one number twice, that whole season is numbered
    as aired: two schemes never mix within a season. `numbered_by` says which one was used.
    """
    aired = numbering.filter(scheme="aired").select("episode_key", aired_season="season", aired="first")
    wanted = numbering.filter(scheme=scheme).select("episode_key", wanted_season="season", wanted="first")
    both = (
        registry.select("episode_key", "series")
        .join(aired, on="episode_key", validate="1:1")
        .join(wanted, on="episode_key", how="left", validate="1:1")
    )
    is_double = pl.struct("series", "wanted_season", "wanted").is_duplicated()
    is_whole = (pl.col("wanted").is_not_null() & ~is_double).all()
    is_at_home = (pl.col("wanted_season") == pl.col("aired_season")).all()
    # A season whose episodes stand elsewhere in the scheme needs the whole series, or it would meet numbers as aired.
    is_usable = is_whole.over("series") | (is_whole & is_at_home).over("series", "aired_season")
    return (
        both.with_columns(is_usable=is_usable)
        .select(
            "episode_key",
            "series",
            season=pl.when("is_usable").then("wanted_season").otherwise("aired_season"),
            episode=pl.when("is_usable").then("wanted").otherwise("aired"),
            numbered_by=pl.when("is_usable").then(pl.lit(scheme)).otherwise(pl.lit("aired")),
        )
        .with_columns(
            episode_id=pl.format(
                "{}_s{}_e{}", "series", "season", pl.col("episode").cast(pl.String).str.pad_start(2, "0")
            )
        )
        .drop("series")
    )
