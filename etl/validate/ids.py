"""The ids of an export against those of the database: each holds the same episodes and films, none twice."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence
from pathlib import Path

from etl.validate.problems import Problem

_SHOWN_IDS = 5


def compare_ids(path: Path, kind: str, found: Sequence[str], expected: Collection[str]) -> list[Problem]:
    """A problem where ids occur twice in the file, one where it lacks some, one where the database lacks some."""
    twice = [name for name, count in Counter(found).items() if count > 1]
    differences = {
        "occur twice": twice,
        "are in the database, but not here": sorted(set(expected) - set(found)),
        "are here, but not in the database": sorted(set(found) - set(expected)),
    }
    return [
        Problem("error", str(path), kind, f"{len(ids)} ids {difference}: {_shortened(ids)}")
        for difference, ids in differences.items()
        if ids
    ]


def _shortened(ids: Sequence[str]) -> str:
    return ", ".join(ids[:_SHOWN_IDS]) + (", …" if len(ids) > _SHOWN_IDS else "")
