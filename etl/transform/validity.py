"""Which of an episode's values cannot be right by themselves."""

from __future__ import annotations

import polars as pl

_LONGEST_TITLE = 200
_SHORTEST_SYNOPSIS = 20

_IS_VALID: dict[str, pl.Expr] = {
    "title": pl.col("title").str.len_chars() <= _LONGEST_TITLE,
    "air_date": pl.col("air_date").dt.year().is_between(1900, 2100),
    "stardate_from": pl.col("stardate_from") <= pl.col("stardate_to"),
    "year_from": pl.col("year_from") <= pl.col("year_to"),
    "synopsis": pl.col("synopsis").str.len_chars() >= _SHORTEST_SYNOPSIS,
    "production_codes": pl.col("production_codes").list.eval(pl.element().str.contains(r"\d")).list.all(),
    "directors": pl.col("directors").list.eval(~pl.element().str.contains(r"\d")).list.all(),
    "writers": pl.col("writers").list.eval(~pl.element().str.contains(r"\d")).list.all(),
    "runtime_min": pl.col("runtime_min").is_between(1, 600),
    "imdb_id": pl.col("imdb_id").str.contains(r"^tt\d{7,}$"),
    "memory_alpha_url": pl.col("memory_alpha_url").str.contains(r"^https?://\S+$"),
}


def add_valid_share(frame: pl.DataFrame) -> pl.DataFrame:
    """Add valid_share: of the checked fields that have a value, the share whose value can be right; null for none.

    A frame of films has fewer fields; only those that it has are checked.
    """
    checks = [
        (pl.col(name).is_not_null(), rule.fill_null(value=True))
        for name, rule in _IS_VALID.items()
        if name in frame.columns
    ]
    there = pl.sum_horizontal(is_there.cast(pl.Float64) for is_there, _ in checks)
    valid = pl.sum_horizontal((is_there & rule).cast(pl.Float64) for is_there, rule in checks)
    return frame.with_columns(valid_share=share_of_valid(valid, there))


def share_of_valid(valid: pl.Expr, checked: pl.Expr) -> pl.Expr:
    """How many of the checked fields are valid, as a share; null where none was checked."""
    return pl.when(checked > 0).then(valid / checked)
