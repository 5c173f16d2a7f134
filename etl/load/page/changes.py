"""What changed: this release beside the last one, the scores of every series over time, and single changes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import polars as pl

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
    newest = runs.sort("as_of", "run_id").tail(2).to_dicts()
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
    everything = runs.sort("as_of", "run_id").select(**columns).to_dicts()
    rows = run_series.sort("as_of", "run_id").select("series", **columns)
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


def single_changes(changes: pl.DataFrame | None) -> Row | None:
    """The changes one by one, in the order of the frame, None where no frame is known.

    `changes` has the columns kind, subject, field, old, new and title, all texts, and may have more. `kinds` counts
    them by kind in the order in which the kinds come; `rows` are the first of them, `hidden` how many follow.
    """
    if changes is None:
        return None
    kinds = changes.group_by("kind", maintain_order=True).len().rows()
    shown = changes.head(_SHOWN).select("kind", "subject", "field", "old", "new", "title")
    return {"kinds": kinds, "rows": shown.to_dicts(), "hidden": changes.height - shown.height}
