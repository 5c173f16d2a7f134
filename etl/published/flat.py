"""The rows of the flat exports: every column of every episode, as JSON and as CSV show them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import polars as pl

from etl.plain_text import HIDDEN
from schemas.episodes import EPISODES

_SHARES = [name for name, field in EPISODES.columns.items() if (field.metadata or {}).get("unit") == "share"]
# A spreadsheet runs a cell that begins so, some after blanks, some in full width; the apostrophe makes it text.
_FORMULA = r"^(?:\s*[=+\-@＝＋－＠]|[\t\r\n])"
_REPLACEMENT = "\ufffd"


def flat_episodes(tables: Mapping[str, pl.DataFrame]) -> pl.DataFrame:
    """The table episodes in the order of the table series, then by season and number: what Parquet holds."""
    order = tables["series"].select("series", series_order="position")
    return (
        tables["episodes"]
        .join(order, on="series", how="left", validate="m:1")
        .sort("series_order", "season", "episode", "episode_key", nulls_last=True)
        .drop("series_order")
    )


def flat_texts(episodes: pl.DataFrame) -> pl.DataFrame:
    """The same as JSON shows it: shares rounded to six decimals, days as text."""
    return episodes.with_columns(pl.col(_SHARES).round(6), pl.col(pl.Date).cast(pl.String))


def flat_csv(texts: pl.DataFrame) -> str:
    """What `flat_texts` gives as CSV: lists as "a; b", nothing hidden, and no cell that a spreadsheet would run."""
    flat = texts.with_columns(_as_text(column) for column in texts.iter_columns() if column.dtype.is_nested())
    plain = flat.with_columns(pl.col(pl.String).str.replace_all(HIDDEN.pattern, _REPLACEMENT))
    safe = plain.with_columns(
        pl.when(pl.col(pl.String).str.contains(_FORMULA))
        .then(pl.lit("'") + pl.col(pl.String))
        .otherwise(pl.col(pl.String))
        .name.keep()
    )
    return safe.write_csv(line_terminator="\n")


def _as_text(column: pl.Series) -> pl.Series:
    """A list of texts as "a; b", anything deeper as JSON; unknown stays unknown."""
    form = _joined if column.dtype == pl.List(pl.String) else _as_json
    return pl.Series(column.name, [None if value is None else form(value) for value in column.to_list()], pl.String)


def _joined(values: list[str | None]) -> str:
    return "; ".join(value for value in values if value is not None)


def _as_json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)
