"""The flat exports: every column of every episode as JSON, CSV and Parquet, and the quality of the release."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import polars as pl

from etl.load.json_text import share, to_json
from etl.published.flat import flat_csv, flat_episodes, flat_texts
from schemas.episodes import WEIGHTS
from schemas.scores import GRADES

_PARTS = ("overall", "completeness", "accuracy", "freshness", "reliability")
_FIXES = 20


def write_flat(folder: Path, tables: Mapping[str, pl.DataFrame], fixes: pl.DataFrame) -> None:
    """Write episodes.json, episodes.csv, episodes.parquet and quality.json into `folder`.

    `fixes` is the report fix_list, of which quality.json has the head.

    Episodes stand in the order of the table series, then by season and number. Shares are rounded to six decimals
    in the texts and exact in Parquet.
    """
    episodes = flat_episodes(tables)
    texts = flat_texts(episodes)
    _write(folder / "episodes.json", to_json(texts.to_dicts()))
    _write(folder / "episodes.csv", flat_csv(texts))
    episodes.write_parquet(folder / "episodes.parquet", compression="zstd")
    _write(
        folder / "quality.json",
        to_json(quality_summary(episodes, tables["series"]) | {"fix_list": fixes.head(_FIXES).to_dicts()}),
    )


def quality_summary(episodes: pl.DataFrame, series: pl.DataFrame) -> dict[str, Any]:
    """The quality of the release in numbers: averages, grades, series, coverage of fields, and what is missed most."""
    fields = [_coverage(episodes, field, weight) for field, weight in WEIGHTS.items()]
    gaps = [
        {
            "field": field["field"],
            "weight": field["weight"],
            "missing": episodes.height - field["present"],
            "lost_completeness": share(_lost(field)),
        }
        for field in sorted(fields, key=lambda field: (-_lost(field), field["field"]))
        if field["present"] < episodes.height
    ]
    return {
        "episodes": episodes.height,
        "average": _averages(episodes),
        "grades": {grade: _grade(episodes, grade) for grade in GRADES},
        "series": [
            _one_series(episodes, code, name)
            for code, name in series.sort("position").select("series", "name").iter_rows()
        ],
        "fields": fields,
        "missing": gaps,
    }


def _write(file: Path, text: str) -> None:
    file.write_text(text, encoding="utf-8", newline="\n")


def _averages(episodes: pl.DataFrame) -> dict[str, float | None]:
    means = episodes.select(pl.col(f"quality_{part}").mean().alias(part) for part in _PARTS).row(0, named=True)
    return {part: share(mean) for part, mean in means.items()}


def _grade(episodes: pl.DataFrame, grade: str) -> dict[str, float]:
    count = episodes.filter(pl.col("grade") == grade).height
    return {"episodes": count, "percent": round(100 * count / episodes.height, 2) if count else 0.0}


def _one_series(episodes: pl.DataFrame, code: str, name: str) -> dict[str, Any]:
    own = episodes.filter(pl.col("series") == code)
    return {"series": code, "name": name, "episodes": own.height, **_averages(own)}


def _coverage(episodes: pl.DataFrame, field: str, weight: float) -> dict[str, Any]:
    present = int(episodes[f"has_{field}"].sum())
    covered = present / episodes.height if episodes.height else None
    return {"field": field, "weight": weight, "present": present, "share": share(covered)}


def _lost(field: Mapping[str, Any]) -> float:
    """How much of the mean completeness the gaps of this field cost."""
    missing = 1 - field["share"] if field["share"] is not None else 0.0
    return float(field["weight"] * missing / sum(WEIGHTS.values()))
