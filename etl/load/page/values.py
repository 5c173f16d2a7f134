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

    Columns: key, series, number (as people write it; empty for a film), title, aired, sources (how many gave a chosen
    value), conflicts (how many fields), quality_overall, is_stale.
    """
    shown = ("title", "quality_overall", "is_stale", pl.col("sources").list.len())
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
    disputed = tables["conflicts"].group_by(key="episode_key").len("conflicts")
    return (
        pl.concat([episodes, films], how="diagonal")
        .join(disputed, on="key", how="left", validate="1:1", maintain_order="left")
        .with_columns(pl.col("conflicts").fill_null(0))
    )


def packed_values(tables: Mapping[str, pl.DataFrame], keys: pl.Series) -> str:
    """What is published of `keys`, and who told what: deflated lines of JSON, one a key in their order, as base64.

    A line is {"key", "published": {field: value}, "told": [{field, source, value, rule, url, day, chosen, stale}]};
    a list in `told` is JSON in a text. The same tables give the same text.
    """
    told = (
        tables["field_values"]
        .sort("episode_key", "field", "source")
        .group_by(key="episode_key", maintain_order=True)
        .agg(
            told=pl.struct(
                "field",
                "source",
                "value",
                "rule",
                url="source_url",
                day=pl.col("fetched_at").dt.date(),
                chosen="is_chosen",
                stale="is_stale",
            )
        )
    )
    stories = _lines(tables["episodes"].rename({"episode_key": "key"}), list(MERGED_FIELDS), keys, told)
    films = _lines(tables["movies"].rename({"movie_key": "key"}), ["release_date", *MOVIE_FIELDS], keys, told)
    return base64.b64encode(zlib.compress(f"{stories}{films}".encode())).decode()


def _lines(rows: pl.DataFrame, fields: Sequence[str], keys: pl.Series, told: pl.DataFrame) -> str:
    return (
        pl.DataFrame({"key": keys})
        .join(rows.select("key", published=pl.struct(fields)), on="key", validate="1:1", maintain_order="left")
        .join(told, on="key", how="left", validate="1:1", maintain_order="left")
        .write_ndjson()
    )
