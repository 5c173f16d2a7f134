"""What changed: this release beside the last one, the scores of every series over time, and single changes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import polars as pl

from schemas.history import KINDS

Row = dict[str, Any]

_COMPARED = {
    "episodes": "Episodes",
    "movies": "Films",
    "quality_overall": "Mean quality",
    "conflicts": "Conflicts",
    "in_review": "Rows that wait for a person",
    "rejects": "Rows refused",
    "errors": "Failed requests",
}
_SHOWN = 200


def beside_last(runs: pl.DataFrame) -> Row | None:
    """The newest run beside the one before, None where there is but one.

    `before` and `now` are their times; `rows` have the name of a figure, both its values, their difference, and how
    many digits are worth showing.
    """
    newest = runs.sort("release").tail(2).to_dicts()
    if len(newest) <= 1:
        return None
    before, now = newest
    rows = [
        {
            "name": words,
            "before": before[name],
            "now": now[name],
            "difference": now[name] - before[name],
            "digits": 3 if isinstance(now[name], float) else 0,
        }
        for name, words in _COMPARED.items()
    ]
    return {"before": before["as_of"], "now": now["as_of"], "rows": rows}


def trends(runs: pl.DataFrame, run_series: pl.DataFrame, names: Mapping[str, str]) -> list[Row]:
    """The mean qualities of all episodes and of each series over the releases, oldest first.

    A series that was in one release only has no trend, nor has a single release.
    """
    columns = {"quality": "quality_overall", "as_of": "as_of"}
    everything = runs.sort("release").select(**columns).to_dicts()
    of_release = runs.select("run_id", "release")
    rows = run_series.join(of_release, on="run_id", validate="m:1").sort("release").select("series", **columns)
    of_series = {code: part.to_dicts() for (code,), part in rows.partition_by("series", as_dict=True).items()}
    told = [("All episodes", everything), *((name, of_series.get(code, [])) for code, name in names.items())]
    return [
        {
            "name": name,
            "releases": releases,
            "now": releases[-1]["quality"],
            "difference": releases[-1]["quality"] - releases[-2]["quality"],
        }
        for name, releases in told
        if len(releases) > 1
    ]


def single_changes(changes: pl.DataFrame) -> Row:
    """The changes (contract CHANGES) one by one, the gravest kind first.

    `kinds` counts them by kind in the order in which the kinds come; `rows` are the first of them, `hidden` how many
    follow.
    """
    changes = changes.sort(pl.col("kind").cast(pl.Enum(KINDS)), "series", "subject", "field")
    kinds = changes.group_by("kind", maintain_order=True).len().rows()
    shown = changes.head(_SHOWN).select("kind", "subject", "field", "old", "new", "title")
    return {"kinds": kinds, "rows": shown.to_dicts(), "hidden": changes.height - shown.height}
