"""Which episodes are good enough to publish; what is not goes to rejects with its reasons, or keeps its last values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import polars as pl

from schemas.columns import polars_schema
from schemas.provenance import REJECTS


@dataclass(frozen=True)
class Gated:
    """`passed` may be published; `kept` names those of them with their last values; `rejects` say who was refused."""

    passed: pl.DataFrame
    kept: pl.Series
    rejects: pl.DataFrame


def gate(episodes: pl.DataFrame, threshold: float, weights: Mapping[str, float], last: pl.DataFrame) -> Gated:
    """Let pass what has a title and an air date and reaches `threshold`.

    `last` are the episodes of the last release. An episode that was published and now fails, or is not there any
    more, keeps its last values, marked stale. Only columns that `episodes` has are taken, so no number and no id.
    """
    too_poor = pl.format(
        "quality {} is below the threshold {}: it lacks {}",
        # Rounded down: 0.5999 is below 0.6 and must read so.
        (pl.col("quality_overall") * 1000).floor() / 1000,
        pl.lit(threshold),
        _lacking(weights),
    )
    reason = (
        pl.when(~pl.col("has_title"))
        .then(pl.lit("has no title"))
        .when(~pl.col("has_air_date"))
        .then(pl.lit("has no air date"))
        .when(pl.col("quality_overall") < threshold)
        .then(too_poor)
    )
    return _gated(episodes, reason, last, "episode_key")


def gate_movies(movies: pl.DataFrame, last: pl.DataFrame) -> Gated:
    """Let pass what has a title and a release date: films are too few and too well known to be judged by a score."""
    reason = (
        pl.when(~pl.col("has_title"))
        .then(pl.lit("has no title"))
        .when(~pl.col("has_release_date"))
        .then(pl.lit("has no release date"))
    )
    return _gated(movies, reason, last, "movie_key")


def _lacking(weights: Mapping[str, float]) -> pl.Expr:
    """The names of the missing fields, the weightiest first."""
    heaviest_first = sorted(weights, key=lambda name: (-weights[name], name))
    missing = [pl.when(~pl.col(f"has_{name}")).then(pl.lit(name)) for name in heaviest_first]
    return pl.concat_list(missing).list.drop_nulls().list.join(", ")


def _gated(frame: pl.DataFrame, reason: pl.Expr, last: pl.DataFrame, key: str) -> Gated:
    judged = frame.with_columns(reason=reason)
    passed = judged.filter(pl.col("reason").is_null())
    failed = judged.filter(pl.col("reason").is_not_null())
    columns = [name for name in frame.columns if name in last.columns]
    kept = last.join(passed, on=key, how="anti").with_columns(is_stale=pl.lit(value=True))
    together = pl.concat([passed.select(columns), kept.select(columns)]).sort(key)
    return Gated(together, kept[key], _refused(failed, key))


def _refused(failed: pl.DataFrame, key: str) -> pl.DataFrame:
    return failed.select(
        source=pl.col("sources").list.join(", "),
        source_id=key,
        stage=pl.lit("quality"),
        reason="reason",
        payload=pl.struct(key, "title", "quality_overall", "quality_completeness").struct.json_encode(),
    ).cast(polars_schema(REJECTS))
