"""What the last release knew and this run does not say again is kept: neither quality nor a fault deletes."""

from __future__ import annotations

import polars as pl

from etl.transform.text import part_of, title_key
from schemas.columns import polars_schema
from schemas.conformed import PINS, REGISTRY, SEASON_NOTES
from schemas.provenance import FIELD_VALUES, LINKS

KEY = "episode_key"


def registry_of_release(episodes: pl.DataFrame, numbering: pl.DataFrame) -> pl.DataFrame:
    """Make a registry (contract REGISTRY) of the episodes that the last release published."""
    aired = numbering.filter(scheme="aired").select(KEY, aired_season="season", aired="first")
    return (
        episodes.join(aired, on=KEY, validate="1:1")
        .select(
            KEY,
            "series",
            "parts",
            "title",
            "air_date",
            season="aired_season",
            episode="aired",
            title_keys=pl.concat_list(title_key(pl.col("title"))),
            part=part_of(pl.col("title")),
            production_codes=pl.col("production_codes").fill_null([]),
        )
        .select(*REGISTRY)
        .cast(REGISTRY)
    )


def extend_registry(registry: pl.DataFrame, before: pl.DataFrame) -> pl.DataFrame:
    """Append the episodes that only the last release knows; where their number is taken now, they get a new one."""
    place = ["series", "season", "episode"]
    unknown = before.join(registry, on=KEY, how="anti").join(
        registry.select(*place).with_columns(is_taken=True), on=place, how="left", validate="m:1"
    )
    freed = pl.when(pl.col("is_taken").is_null()).then("episode")
    return pl.concat([registry, unknown.with_columns(episode=freed).select(registry.columns)])


def notes_of_release(seasons: pl.DataFrame) -> pl.DataFrame:
    """What the last release says of its seasons: contract SEASON_NOTES."""
    return seasons.filter(pl.col("notes") != "").select(*SEASON_NOTES)


def add_unknown(known: pl.DataFrame, other: pl.DataFrame, key: list[str]) -> pl.DataFrame:
    """Append the rows of `other` whose key is not in `known`."""
    return pl.concat([known, other.select(known.columns).join(known, on=key, how="anti")])


def pins_of_release(links: pl.DataFrame) -> pl.DataFrame:
    """Make pins (contract PINS) of the links of the last release, so that a key once given is kept."""
    return links.select(*PINS)


def values_to_keep(last: pl.DataFrame, told: pl.DataFrame, asked: pl.DataFrame) -> pl.DataFrame:
    """Select the values (FIELD_VALUES) of the last release that their source did not say anew or take back.

    `told` (FIELD_VALUES) is what the sources say in this run. A source that speaks of an episode takes back what it
    does not say again; an old answer from the cache, which stands in for a source that failed, takes back nothing.
    `asked` names sources and episode keys that were to be asked (source, episode_key): their values are stale now, the
    others stay as they were.
    """
    spoke = told.filter(~pl.col("is_stale"))
    kept = last.join(spoke, on=["source", KEY], how="anti").join(told, on=["source", KEY, "field"], how="anti")
    return (
        kept.join(asked.with_columns(was_asked=True), on=["source", KEY], how="left", validate="m:1")
        .with_columns(
            is_stale=pl.col("is_stale") | pl.col("was_asked").fill_null(value=False),
            is_chosen=pl.lit(value=False),
            rule=pl.lit(""),
        )
        .select(*polars_schema(FIELD_VALUES))
    )


def values_of_kept(values: pl.DataFrame, last: pl.DataFrame, kept: pl.Series) -> pl.DataFrame:
    """Let the witnesses of `kept` episodes and films be those of the last release, whose values they keep.

    In and out: FIELD_VALUES. What sources say of them now stays beside, not chosen, unless it was said before.
    """
    of_last = last.filter(pl.col(KEY).is_in(kept.implode())).with_columns(is_stale=pl.lit(value=True))
    now = values.with_columns(is_chosen=pl.col("is_chosen") & ~pl.col(KEY).is_in(kept.implode()))
    return pl.concat([now.join(of_last, on=[KEY, "field", "source"], how="anti"), of_last.select(values.columns)])


def links_to_keep(last: pl.DataFrame, fresh: pl.DataFrame, values: pl.DataFrame) -> pl.DataFrame:
    """Select the links of the last release that explain kept `values`, unless a fresh link has the row or episode."""
    return (
        last.join(values, on=["source", KEY], how="semi")
        .join(fresh, on=["source", "source_id"], how="anti")
        .select(*polars_schema(LINKS))
    )


def movie_links_to_keep(last: pl.DataFrame, values: pl.DataFrame) -> pl.DataFrame:
    """Select the film links of the last release that explain kept `values`."""
    return last.join(values, left_on=["source", "movie_key"], right_on=["source", KEY], how="semi")
