"""Links that need no weighing: a pinned id, a unique production code, a unique title. Frames in, frames out."""

from __future__ import annotations

import polars as pl

from schemas.columns import polars_schema
from schemas.provenance import LINKS

NEAR_DAYS = 14
_FAR_DAYS = 60


def link_exactly(rows: pl.DataFrame, registry: pl.DataFrame, pins: pl.DataFrame, links: pl.DataFrame) -> pl.DataFrame:
    """Add to `links` what pins, codes and titles say of the rows that it does not have yet."""
    for find in (_by_pinned_id, _by_production_code, _by_title):
        unlinked = rows.join(links, on=["source", "source_id"], how="anti")
        found = find(unlinked, registry, pins).select(*polars_schema(LINKS))
        links = pl.concat([links, _where_free(found, links)])
    return links


def _where_free(found: pl.DataFrame, links: pl.DataFrame) -> pl.DataFrame:
    """Keep a source one-to-one: an episode takes one row of a source, or one row for each part."""
    is_whole, episode = pl.col("part").is_null(), ["source", "episode_key"]
    return found.join(links.filter(is_whole), on=episode, how="anti").join(
        links.filter(~is_whole), left_on=[*episode, _part_or_first()], right_on=[*episode, "part"], how="anti"
    )


def _is_alone() -> pl.Expr:
    """No other row of the source claims the same part of the same episode."""
    return pl.len().over("source", "episode_key", _part_or_first()) == 1


def _part_or_first() -> pl.Expr:
    """A title without a part may be the first part's."""
    return pl.col("part").fill_null(1)


def _part_of_several() -> pl.Expr:
    """A part only where the story has several: "The Menagerie, Part II" is a whole story."""
    return pl.when(pl.col("parts") > 1).then("part")


def _by_pinned_id(rows: pl.DataFrame, registry: pl.DataFrame, pins: pl.DataFrame) -> pl.DataFrame:
    known = pins.join(registry.select("episode_key"), on="episode_key", how="semi")
    return (
        rows.drop("part")
        .join(known, on=["source", "source_id"], how="inner", validate="m:1")
        .with_columns(
            method=pl.coalesce("method", pl.lit("pinned")),
            score=pl.coalesce("score", pl.lit(1.0)),
            evidence=pl.coalesce("evidence", pl.format("the catalogue pins {} id {}", "source", "source_id")),
        )
    )


def _by_production_code(rows: pl.DataFrame, registry: pl.DataFrame, pins: pl.DataFrame) -> pl.DataFrame:
    """A code that is unique on both sides inside a series, if title or date support it (codes get misfiled).

    A date supports it only while the title is not another episode's: neighbours are a week apart.
    """
    del pins
    known = registry.explode("production_codes").drop_nulls("production_codes")
    asked = rows.explode("production_codes").drop_nulls("production_codes")
    code = ["series", "production_codes"]
    known = known.filter(pl.len().over(code) == 1).select(
        *code, "episode_key", "title_keys", "parts", known_date="air_date"
    )
    titles = registry.select("series", title_key="title_keys").explode("title_key").drop_nulls().unique()
    titles = titles.with_columns(is_title_known=pl.lit(value=True))
    return (
        asked.filter(pl.len().over([*code, "source"]) == 1)
        .join(known, on=code, how="inner", validate="m:1")
        .join(titles, on=["series", "title_key"], how="left", validate="m:1")
        .with_columns(_is_same_title(), _days_apart())
        .filter(pl.col("is_same_title") | ((pl.col("days_apart") <= NEAR_DAYS) & pl.col("is_title_known").is_null()))
        .filter(pl.col("episode_key").n_unique().over(["source", "source_id"]) == 1)
        .unique(["source", "source_id"], keep="first", maintain_order=True)
        .with_columns(part=_part_of_several())
        .filter(_is_alone() & ((pl.col("part") <= pl.col("parts")) | pl.col("part").is_null()))
        .with_columns(
            method=pl.lit("production_code"),
            score=pl.lit(0.98),
            evidence=pl.format("production code {} is unique in the series", "production_codes"),
        )
    )


def _by_title(rows: pl.DataFrame, registry: pl.DataFrame, pins: pl.DataFrame) -> pl.DataFrame:
    """A title that is unique inside the series once parts are told apart; a story in several rows takes each part."""
    del pins
    known = (
        registry.with_columns(title_key="title_keys")
        .explode("title_key")
        .unique(["series", "episode_key", "title_key"], maintain_order=True)
        .filter(pl.len().over("series", "title_key", "part") == 1)
        .select(
            "series",
            "title_key",
            "episode_key",
            "parts",
            known_part="part",
            known_date="air_date",
            known_season="season",
        )
    )
    is_same_part = pl.col("part").fill_null(1) == pl.col("known_part").fill_null(1)
    is_part_of_whole = pl.col("known_part").is_null() & (pl.col("part") <= pl.col("parts"))
    return (
        rows.drop_nulls("title_key")
        .join(known, on=["series", "title_key"], how="inner", validate="m:m")
        .filter(is_same_part | is_part_of_whole)
        .filter(pl.len().over("source", "source_id") == 1)
        .filter(_is_alone())
        .with_columns(_days_apart())
        .filter(pl.col("season").ne_missing(0) | (pl.col("days_apart") == 0))
        .filter(~_is_namesake())
        .with_columns(
            part=_part_of_several(),
            method=pl.lit("title"),
            score=pl.when(pl.col("days_apart") <= NEAR_DAYS).then(0.99).otherwise(0.9),
            evidence=pl.when(pl.col("days_apart").is_null())
            .then(pl.lit("title is the same, a date is missing"))
            .otherwise(pl.format("title is the same, dates are {} days apart", "days_apart")),
        )
    )


def _is_namesake() -> pl.Expr:
    """The same title in another season and far away in time may be another story."""
    is_far = (pl.col("days_apart") > _FAR_DAYS).fill_null(value=False)
    return is_far & (pl.col("season") != pl.col("known_season")).fill_null(value=False)


def _is_same_title() -> pl.Expr:
    return pl.col("title_keys").list.contains(pl.col("title_key")).fill_null(value=False).alias("is_same_title")


def _days_apart() -> pl.Expr:
    return (pl.col("air_date") - pl.col("known_date")).dt.total_days().abs().alias("days_apart")
