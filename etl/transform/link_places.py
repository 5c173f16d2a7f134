"""Where a row stands among the known episodes of its season, told by the neighbours of its source that are linked."""

from __future__ import annotations

import polars as pl

_SEASON = ["series", "season"]


def places_of(rows: pl.DataFrame, registry: pl.DataFrame, links: pl.DataFrame) -> pl.DataFrame:
    """Place every row of one source on the scale of the registry's `place`: columns source_id, place.

    A linked row stands where its episode stands, others evenly between their linked neighbours or as far behind or
    before the last one as their number says; without any linked row in the season the number itself is the place. So
    the numbers of two sources never meet on one scale. `registry` is REGISTRY with `place`; null stays without number.
    """
    known = registry.select("episode_key", "place", known_season="season")
    numbered = (
        rows.filter(pl.col("number").is_not_null())
        .join(
            links.select("source", "source_id", "episode_key"), on=["source", "source_id"], how="left", validate="1:1"
        )
        .join(known, on="episode_key", how="left", validate="m:1")
        .with_columns(place=pl.when(pl.col("season") == pl.col("known_season")).then("place"))
        .sort(*_SEASON, "number", "part", "source_id", nulls_last=False)
        .with_columns(linked_number=pl.when(pl.col("place").is_not_null()).then("number"))
    )
    between = pl.col("place").interpolate().over(_SEASON)
    return numbered.select("source_id", place=pl.coalesce(between, _beyond("forward"), _beyond("backward"), "number"))


def _beyond(direction: str) -> pl.Expr:
    """The place as far from the nearest linked row on one side as the number is."""
    fill = pl.Expr.forward_fill if direction == "forward" else pl.Expr.backward_fill
    return fill(pl.col("place")).over(_SEASON) + pl.col("number") - fill(pl.col("linked_number")).over(_SEASON)
