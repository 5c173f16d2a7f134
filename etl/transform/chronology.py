"""In-universe order: eras, and seasons and films inside an era."""

from __future__ import annotations

import polars as pl

from schemas.columns import polars_schema
from schemas.guide import SEASONS

_PLACE = ("first_year", "stardate_from", "first_air_date", "id")
_MAGNITUDE = 5
_COMMON_SHARE = 0.25
SEASON_FACTS = pl.Schema(
    {
        "series": pl.String,
        "season": pl.Int64,
        "era": pl.String,
        "years": pl.String,
        "title": pl.String,
        "kind": pl.String,
    }
)
"""What the franchise says of a season; `years` is null where it does not know."""


def order_seasons(episodes: pl.DataFrame, facts: pl.DataFrame, notes: pl.DataFrame) -> pl.DataFrame:
    """Make one row a season of the published episodes: contract SEASONS, `position` still 0.

    `facts` are SEASON_FACTS for exactly these seasons, `notes` what a source says of a season (SEASON_NOTES).
    A season whose years the franchise does not know takes them from its episodes.
    """
    told_years = pl.format("{}-{}", pl.col("year_from").min(), pl.col("year_to").max())
    one_year = pl.col("year_from").min() == pl.col("year_to").max()
    return (
        episodes.group_by("series", "season")
        .agg(
            stardate_from=_of_the_season("stardate_from").min(),
            stardate_to=_of_the_season("stardate_to").max(),
            episodes=pl.len().cast(pl.Int64),
            first_air_date=pl.col("air_date").min(),
            told_years=pl.when(one_year).then(pl.col("year_from").min().cast(pl.String)).otherwise(told_years),
        )
        .join(facts, on=["series", "season"], validate="1:1")
        .join(notes, on=["series", "season"], how="left", validate="1:1")
        .with_columns(
            season_id=pl.format("{}_s{}", "series", "season"),
            position=pl.lit(0, pl.Int64),
            years=pl.coalesce("years", "told_years"),
            notes=pl.col("notes").fill_null(""),
        )
        .select(*polars_schema(SEASONS))
    )


def _of_the_season(column: str) -> pl.Expr:
    """The stardates that speak for a season: of its magnitude, and there for a good part of its episodes.

    One story told in another age, or one slip of the pen, must not give a whole season a stardate.
    """
    stardate, usual = pl.col(column), pl.col("stardate_from").median()
    is_common = stardate.count() >= pl.len() * _COMMON_SHARE
    return stardate.filter(is_common & stardate.is_between(usual / _MAGNITUDE, usual * _MAGNITUDE))


def add_positions(seasons: pl.DataFrame, movies: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Number seasons and films together inside each era, from 1, by first year, then stardate, then first air date.

    What has no year or no stardate stands after what has one.
    """
    year = pl.col("years").str.extract(r"^(\d{4})").cast(pl.Int64).alias("first_year")
    items = pl.concat(
        [
            seasons.select("era", year, "stardate_from", "first_air_date", id="season_id"),
            movies.select("era", year, "stardate_from", first_air_date="release_date", id="movie_id"),
        ]
    )
    places = items.sort("era", *_PLACE, nulls_last=True).select(
        "id", position=(pl.int_range(pl.len()).over("era") + 1).cast(pl.Int64)
    )
    return (
        _with_position(seasons, "season_id", places),
        _with_position(movies, "movie_id", places),
    )


def _with_position(frame: pl.DataFrame, id_column: str, places: pl.DataFrame) -> pl.DataFrame:
    placed = frame.drop("position").join(places, left_on=id_column, right_on="id", validate="1:1")
    return placed.select(frame.columns).sort("era", "position")


def add_film_facts(movies: pl.DataFrame, facts: pl.DataFrame) -> pl.DataFrame:
    """Add movie_key, movie_id, era, years from the franchise's `facts` to merged films, with `position` still 0."""
    return (
        movies.rename({"episode_key": "movie_key"})
        .join(facts, on="movie_key", validate="1:1")
        .with_columns(position=pl.lit(0, pl.Int64))
    )
