"""What the checks of a release found, in words for people and in numbers for run.json."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import polars as pl

from schemas.checking import ERROR, SEVERITIES, WARN

_SHOWN = 5


def checks_in_run(tables: Mapping[str, pl.DataFrame]) -> dict[str, Any]:
    """What run.json says of the checks: failures by severity that nobody waived, new ones, waivers."""
    failures = tables["check_failures"]
    left = failures.filter(~pl.col("is_waived"))
    return {
        "failures": {severity: left.filter(severity=severity).height for severity in SEVERITIES},
        "new": left.filter("is_new").height,
        "waived": failures.height - left.height,
        "waivers": [
            {"check": row["check_name"], "key": row["key"], "until": str(row["until"]), "failures": row["failures"]}
            for row in tables["waivers"].sort("check_name", "key").to_dicts()
        ],
    }


def failures_in_words(failures: pl.DataFrame) -> list[str]:
    """What a person should know of the failures (CHECK_FAILURES) of a release: new ones, and errors, by name."""
    left = failures.filter(~pl.col("is_waived"), pl.col("severity").is_in([WARN, ERROR]))
    new = left.filter("is_new").sort("check_name", "key")
    old = left.filter(~pl.col("is_new"), severity=ERROR).sort("check_name", "key")
    lines = [
        *cut([f"NEW {row['severity']}: {named(row)}" for row in new.to_dicts()]),
        *cut([f"Known error, since run {row['first_seen_run']}: {named(row)}" for row in old.to_dicts()]),
    ]
    others = left.height - new.height - old.height
    return [*lines, *([f"{others} known warnings of the checks: table check_failures."] if others else [])]


def named(row: Mapping[str, Any]) -> str:
    """A failure (CHECK_FAILURES) on one line."""
    return f"{row['check_name']} {row['key']} {row['reason']}"


def cut(lines: list[str]) -> list[str]:
    """The first lines, and how many more there are."""
    return lines[:_SHOWN] + ([f"and {len(lines) - _SHOWN} more: table check_failures"] if len(lines) > _SHOWN else [])
