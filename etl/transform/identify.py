"""Which row of which source is which episode.

In this order: an id pinned by the catalogue or by the last release; a production code; the title with its part
apart. A number alone never links. What is left is a new episode if nothing known is near it, else it waits for a
person. Every link says how it was found and what speaks for it.
"""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from etl.transform.nearest import nearest_episode
from etl.transform.text import slug
from schemas.columns import empty, polars_schema
from schemas.conformed import REGISTRY
from schemas.episodes import KEY_PATTERN
from schemas.provenance import LINKS, REJECTS, REVIEW

_NEAR_DAYS = 14
_LIKELY = 0.75


@dataclass(frozen=True)
class Identified:
    """Where every row went: `links`, `review` or `rejects`. `registry` has the known episodes and the new ones."""

    links: pl.DataFrame
    review: pl.DataFrame
    rejects: pl.DataFrame
    registry: pl.DataFrame


def identify(rows: pl.DataFrame, registry: pl.DataFrame, pins: pl.DataFrame) -> Identified:
    """Link `rows` (contract EPISODE_ROWS) to `registry` (REGISTRY), helped by `pins` (PINS).

    Every row ends in exactly one of links, review and rejects.
    """
    links = empty(LINKS)
    for find in (_by_pinned_id, _by_production_code, _by_title):
        unlinked = rows.join(links, on=["source", "source_id"], how="anti")
        found = find(unlinked, registry, pins).select(*polars_schema(LINKS))
        links = pl.concat([links, _where_free(found, links)])
    unlinked = rows.join(links, on=["source", "source_id"], how="anti")
    is_special = pl.col("season").eq_missing(0)
    specials = unlinked.filter(is_special)
    near = nearest_episode(unlinked.filter(~is_special), registry).with_columns(reason=_why_not_new(registry))
    new = _new_episodes(near.filter(pl.col("reason").is_null()))
    return Identified(
        links=pl.concat([links, new.select(*polars_schema(LINKS))]),
        review=_waiting(near.filter(pl.col("reason").is_not_null())),
        rejects=_refused(specials),
        registry=pl.concat([registry, _registered(new)]),
    )


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
    """A code that is unique on both sides inside a series, if title or date support it (codes get misfiled)."""
    del pins
    known = registry.explode("production_codes").drop_nulls("production_codes")
    asked = rows.explode("production_codes").drop_nulls("production_codes")
    code = ["series", "production_codes"]
    known = known.filter(pl.len().over(code) == 1).select(
        *code, "episode_key", "title_keys", "parts", known_date="air_date"
    )
    return (
        asked.filter(pl.len().over([*code, "source"]) == 1)
        .join(known, on=code, how="inner", validate="m:1")
        .with_columns(_is_same_title(), _days_apart())
        .filter(pl.col("is_same_title") | (pl.col("days_apart") <= _NEAR_DAYS))
        .filter(pl.col("episode_key").n_unique().over(["source", "source_id"]) == 1)
        .unique(["source", "source_id"], keep="first", maintain_order=True)
        .with_columns(part=_part_of_several())
        .filter(_is_alone())
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
        .select("series", "title_key", "episode_key", "parts", known_part="part", known_date="air_date")
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
        .with_columns(
            part=_part_of_several(),
            method=pl.lit("title"),
            score=pl.when(pl.col("days_apart") <= _NEAR_DAYS).then(0.99).otherwise(0.9),
            evidence=pl.when(pl.col("days_apart").is_null())
            .then(pl.lit("title is the same, a date is missing"))
            .otherwise(pl.format("title is the same, dates are {} days apart", "days_apart")),
        )
    )


def _is_same_title() -> pl.Expr:
    return pl.col("title_keys").list.contains(pl.col("title_key")).fill_null(value=False).alias("is_same_title")


def _days_apart() -> pl.Expr:
    return (pl.col("air_date") - pl.col("known_date")).dt.total_days().abs().alias("days_apart")


def _why_not_new(registry: pl.DataFrame) -> pl.Expr:
    """Why a row that nothing links is not taken for a new episode; null where it is."""
    is_recurring = pl.struct("source", "series", slug(pl.col("title"))).is_duplicated()
    is_no_key = ~_new_key().str.contains(f"^(?:{KEY_PATTERN})$")
    is_taken = _new_key().is_in(registry["episode_key"].implode())
    return (
        pl.when(pl.col("title").is_null())
        .then(pl.lit("has no title yet, and a number alone never links"))
        .when(pl.col("score") >= _LIKELY)
        .then(pl.format("looks like {}, but not surely", "candidate"))
        .when(is_recurring)
        .then(pl.lit("another row of the source in this series has the same title"))
        .when(is_no_key)
        .then(pl.lit("its title makes no key: it has letters other than a to z, or none"))
        .when(is_taken)
        .then(pl.format("its key would be {}, which another episode has", _new_key()))
        .when(pl.col("season").is_null())
        .then(pl.lit("it is in no season"))
    )


def _new_key() -> pl.Expr:
    return pl.format("{}:{}", "series", slug(pl.col("title")))


def _new_episodes(rows: pl.DataFrame) -> pl.DataFrame:
    """Keys for episodes that nobody knew: series and title. One title in several sources is one new episode."""
    return rows.with_columns(
        episode_key=_new_key(),
        method=pl.lit("new"),
        score=pl.lit(1.0),
        evidence=pl.format("no known title of the series comes near ({} at best)", pl.col("score").round(2)),
        part=pl.lit(None, pl.Int64),
    )


def _registered(new: pl.DataFrame) -> pl.DataFrame:
    return (
        new.sort("series", "season", "number", "source", "source_id")
        .unique("episode_key", keep="first", maintain_order=True)
        .select(
            "episode_key",
            "series",
            "season",
            episode=None,
            parts=pl.lit(1),
            title="title",
            title_keys=pl.concat_list("title_key"),
            part=None,
            air_date="air_date",
            production_codes=pl.col("production_codes").fill_null([]),
        )
        .cast(REGISTRY)
    )


def _waiting(rows: pl.DataFrame) -> pl.DataFrame:
    return rows.select(*polars_schema(REVIEW))


def _refused(rows: pl.DataFrame) -> pl.DataFrame:
    return rows.select(
        "source",
        "source_id",
        stage=pl.lit("identify"),
        reason=pl.lit("a special that the registry does not know"),
        payload=pl.struct("series", "season", "number", "title", "air_date").struct.json_encode(),
    ).cast(polars_schema(REJECTS))
