"""The nearest known episode of a row that nothing links: a hint for a person, never a link."""

from __future__ import annotations

import polars as pl
from rapidfuzz import fuzz, process

_ADDED = pl.Schema({"candidate": pl.String(), "score": pl.Float64()})


def nearest_episode(rows: pl.DataFrame, registry: pl.DataFrame) -> pl.DataFrame:
    """Add `candidate` (episode key, null for none) and `score` (0 to 1) to every row, by title inside the series.

    Titles are compared without their parts, because "Part I" and "Part II" look nearly the same; episodes that are
    another part than the row says are left out.
    """
    known = registry.explode("title_keys").drop_nulls("title_keys").sort("episode_key", "title_keys")
    by_series = known.partition_by("series", as_dict=True)
    parts = [
        series_rows.hstack(_best(series_rows, by_series.get((series,), known.clear())))
        for (series,), series_rows in rows.group_by("series", maintain_order=True)
    ]
    return (
        pl.concat(parts)
        if parts
        else rows.with_columns(pl.lit(None, data).alias(name) for name, data in _ADDED.items())
    )


def _best(rows: pl.DataFrame, known: pl.DataFrame) -> pl.DataFrame:
    """Candidate and score of each row of a series."""
    titles = {part: _titles(known, part) for part in rows["part"].unique()}
    found = [_nearest(title, titles[part]) for title, part in rows.select("title_key", "part").rows()]
    return pl.DataFrame(found, schema=_ADDED, orient="row")


def _titles(known: pl.DataFrame, part: int | None) -> tuple[list[str], list[str]]:
    """Keys and titles of the episodes that a row of this part may be."""
    may_be = known if part is None else known.filter(pl.col("part").is_null() | (pl.col("part") == part))
    return may_be["episode_key"].to_list(), may_be["title_keys"].to_list()


def _nearest(title: str | None, known: tuple[list[str], list[str]]) -> tuple[str | None, float]:
    keys, names = known
    hit = process.extractOne(title, names, scorer=fuzz.ratio) if title and names else None
    return (keys[hit[2]], hit[1] / 100.0) if hit else (None, 0.0)
