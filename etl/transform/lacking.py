"""Of which episodes no source has told who made them, the most valuable first."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import polars as pl

KEY = "episode_key"


def rows_to_ask(
    values: pl.DataFrame,
    links: pl.DataFrame,
    registry: pl.DataFrame,
    *,
    source: str,
    worths: Mapping[str, float],
    running: Sequence[str],
) -> pl.DataFrame:
    """Select the rows of `source` (columns source_id, episode_key) whose episode lacks a field of `worths`.

    `values` are what all sources and corrections say (FIELD_VALUES); what `source` itself says does not count. In the
    order in which they are worth asking for: by the weight of what is missing, then series of `running` first, then the
    youngest episodes. `links` is the contract LINKS, `registry` is REGISTRY.
    """
    fields = pl.DataFrame({"field": list(worths), "worth": list(worths.values())})
    told = values.filter(pl.col("source") != source)
    return (
        links.filter(source=source)
        .select("source_id", KEY)
        .join(fields, how="cross")
        .join(told, on=[KEY, "field"], how="anti")
        .group_by("source_id", KEY)
        .agg(pl.col("worth").sum().round(6))
        .join(registry.select(KEY, "series", "air_date"), on=KEY, validate="m:1")
        .with_columns(is_running=pl.col("series").is_in(list(running)))
        .sort("worth", "is_running", "air_date", "source_id", descending=[True, True, True, False], nulls_last=True)
        .select("source_id", KEY)
    )
