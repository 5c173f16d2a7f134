"""The nearest known episode of a row that nothing links: a hint for a person, never a link."""

from __future__ import annotations

import polars as pl
from rapidfuzz import fuzz, process


def nearest_episode(rows: pl.DataFrame, registry: pl.DataFrame) -> pl.DataFrame:
    """Add `candidate` (episode key, null for none) and `score` (0 to 1) to every row, by title inside the series.

    Titles are compared without their parts, because "Part I" and "Part II" look nearly the same.
    """
    added = pl.Schema({"candidate": pl.String(), "score": pl.Float64()})
    known = registry.explode("title_keys").drop_nulls("title_keys")
    parts = [
        series_rows.hstack(
            pl.DataFrame(
                _best(series_rows["title_key"].to_list(), known.filter(series=series)), schema=added, orient="row"
            )
        )
        for (series,), series_rows in rows.group_by("series", maintain_order=True)
    ]
    return (
        pl.concat(parts) if parts else rows.with_columns(pl.lit(None, data).alias(name) for name, data in added.items())
    )


def _best(title_keys: list[str | None], known: pl.DataFrame) -> list[tuple[str | None, float]]:
    choices = known["title_keys"].to_list()
    keys = known["episode_key"].to_list()
    found = [process.extractOne(key, choices, scorer=fuzz.ratio) if key and choices else None for key in title_keys]
    return [(keys[hit[2]], hit[1] / 100.0) if hit else (None, 0.0) for hit in found]
