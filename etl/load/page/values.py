"""The list of all episodes and films, and every value of theirs with its witnesses, packed for the page's script."""

from __future__ import annotations

import base64
import zlib
from collections.abc import Mapping, Sequence

import polars as pl

from schemas.episodes import MERGED_FIELDS, MOVIE_FIELDS

FILM = "film"
"""What stands for the series of a film."""


def listed(tables: Mapping[str, pl.DataFrame]) -> pl.DataFrame:
    """Episodes in the order of series, season and number, then films by their day.

    Columns: key, series, number (as people write it; empty for a film), title, aired, sources (how many tell anything
    of it), conflicts (how many fields), quality_overall, is_stale.
    """
    shown = ("title", "quality_overall", "is_stale")
    episodes = (
        tables["episodes"]
        .join(tables["series"].select("series", "position"), on="series", how="left", validate="m:1")
        .sort("position", "series", "season", "episode", "episode_key")
        .select(
            *shown,
            "series",
            key="episode_key",
            aired="air_date",
            number=pl.format("{}x{}", "season", pl.col("episode").cast(pl.String).str.zfill(2)),
        )
    )
    films = (
        tables["movies"]
        .sort("release_date", "movie_key")
        .select(*shown, key="movie_key", aired="release_date", series=pl.lit(FILM), number=pl.lit(""))
    )
    told = tables["field_values"].group_by(key="episode_key").agg(sources=pl.col("source").n_unique())
    disputed = tables["conflicts"].group_by(key="episode_key").len("conflicts")
    return (
        pl.concat([episodes, films], how="diagonal")
        .join(told, on="key", how="left", validate="1:1", maintain_order="left")
        .join(disputed, on="key", how="left", validate="1:1", maintain_order="left")
        .with_columns(pl.col("sources", "conflicts").fill_null(0))
    )


def packed_values(tables: Mapping[str, pl.DataFrame], keys: pl.Series) -> str:
    """What is published of `keys`, and who told what: deflated lines of JSON, one a key in their order, as base64.

    A line is {"key", "published": {field: value}, "origins": [{"source", "url", "day"}], "told": [{"field", "rule",
    "value", "by", "chosen", "stale"}]}, with one entry of `told` for all who say the same; the last three are lists of
    places in `origins`. A list that was told is JSON in a text. The same tables give the same text.
    """
    told = _told(tables["field_values"])
    stories = _lines(tables["episodes"].rename({"episode_key": "key"}), list(MERGED_FIELDS), keys, told)
    films = _lines(tables["movies"].rename({"movie_key": "key"}), ["release_date", *MOVIE_FIELDS], keys, told)
    return base64.b64encode(zlib.compress(f"{stories}{films}".encode())).decode()


def _told(values: pl.DataFrame) -> pl.DataFrame:
    """Columns key, origins, told: everything that was told of an episode or a film, once for each value."""
    witnesses = (
        values.select(
            pl.exclude("episode_key"), key="episode_key", url="source_url", day=pl.col("fetched_at").dt.date()
        )
        .sort("key", "source", "url", "day", "field")
        .with_columns(origin=pl.struct("source", "url", "day").rle_id().over("key"))
    )
    origins = witnesses.group_by("key", "origin", maintain_order=True).agg(pl.col("source", "url", "day").first())
    told = witnesses.group_by("key", "field", "value", maintain_order=True).agg(
        pl.col("rule").first(),
        by="origin",
        chosen=pl.col("origin").filter("is_chosen"),
        stale=pl.col("origin").filter("is_stale"),
    )
    return (
        told.sort("key", "field", maintain_order=True)
        .group_by("key", maintain_order=True)
        .agg(told=pl.struct("field", "rule", "value", "by", "chosen", "stale"))
        .join(
            origins.group_by("key", maintain_order=True).agg(origins=pl.struct("source", "url", "day")),
            on="key",
            validate="1:1",
            maintain_order="left",
        )
    )


def _lines(rows: pl.DataFrame, fields: Sequence[str], keys: pl.Series, told: pl.DataFrame) -> str:
    return (
        pl.DataFrame({"key": keys})
        .join(rows.select("key", published=pl.struct(fields)), on="key", validate="1:1", maintain_order="left")
        .join(told, on="key", how="left", validate="1:1", maintain_order="left")
        .select("key", "published", pl.col("origins", "told").fill_null([]))
        .write_ndjson()
    )
