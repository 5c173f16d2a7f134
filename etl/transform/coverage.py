"""What was wanted of each source, and what it told: the loss that no error code announces.

A source that answers with 200 and leaves out a season, or gives rows without titles, is worse than a dead one: nothing
fails. So every source is held against the episodes that it was to speak of.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import polars as pl

from schemas.columns import polars_schema
from schemas.runs import COVERAGE

KEY = "episode_key"
_SEASON = ("source", "series", "season")
_FEW = 0.5


def success_shares(wanted: pl.DataFrame, values: pl.DataFrame) -> pl.DataFrame:
    """Columns episode_key, success_share: of the sources that were wanted, how many named the episode or film.

    In: `wanted` (source, episode_key), `values` (FIELD_VALUES). A value kept from an earlier run, because its source
    failed, is no success of this one.
    """
    return (
        wanted.join(_told(values, "title"), on=["source", KEY], how="left", validate="m:1")
        .group_by(KEY)
        .agg(success_share=pl.col("is_told").fill_null(value=False).mean())
    )


def coverage(wanted: pl.DataFrame, values: pl.DataFrame, registry: pl.DataFrame, as_of: datetime) -> pl.DataFrame:
    """The table `coverage`: how many aired episodes of each season were wanted of a source, and how many it told.

    In: `wanted` (source, episode_key), `values` (FIELD_VALUES), `registry` (REGISTRY). Episodes without a day, or of
    days to come, are left out: no source need know them.
    """
    aired = registry.filter(pl.col("air_date") <= as_of.date()).select(KEY, "series", "season")
    known = wanted.join(aired, on=KEY, validate="m:1")
    for name, field in (("titled", "title"), ("dated", "air_date")):
        told = _told(values, field).rename({"is_told": name})
        known = known.join(told, on=["source", KEY], how="left", validate="m:1")
    return (
        known.group_by(_SEASON)
        .agg(
            episodes=pl.len().cast(pl.Int64),
            titled=pl.col("titled").fill_null(value=False).sum().cast(pl.Int64),
            dated=pl.col("dated").fill_null(value=False).sum().cast(pl.Int64),
        )
        .select(*polars_schema(COVERAGE))
        .sort(_SEASON)
    )


def gaps(covered: pl.DataFrame, answered: Sequence[str]) -> pl.DataFrame:
    """Seasons (COVERAGE) of which a source told less than half: source, series, season, what, told, episodes.

    `what` is missing is episodes, titles or dates. A series of which nothing came is one row without a season. Only
    sources that `answered` are held against it: what failed elsewhere is named by its errors.
    """
    is_untitled, is_undated = (pl.col(name) < _FEW * pl.col("episodes") for name in ("titled", "dated"))
    what = (
        pl.when(is_untitled & is_undated)
        .then(pl.lit("episodes"))
        .when(is_untitled)
        .then(pl.lit("titles"))
        .when(is_undated)
        .then(pl.lit("dates"))
    )
    is_nothing = (pl.col("titled") + pl.col("dated")).sum().over("source", "series") == 0
    return (
        covered.filter(pl.col("source").is_in(list(answered)))
        .with_columns(what=what, season=pl.when(~is_nothing).then("season"))
        .drop_nulls("what")
        .group_by("source", "series", "season", "what", maintain_order=True)
        .agg(told=pl.min_horizontal("titled", "dated").sum(), episodes=pl.col("episodes").sum())
    )


def _told(values: pl.DataFrame, field: str) -> pl.DataFrame:
    """Columns source, episode_key, is_told for what sources say of a field, and did not fail to say again."""
    fresh = values.filter(~pl.col("is_stale"), field=field)
    return fresh.select("source", KEY).unique().with_columns(is_told=pl.lit(value=True))
