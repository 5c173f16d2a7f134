"""What a run is asked to do, and what it came to."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import polars as pl

from etl.errors import InputError


@dataclass(frozen=True)
class Options:
    """The arguments of `generate`; None leaves the choice to the settings, the franchise file or the default.

    `as_of` is the time that ages are measured at. With `series` the run asks only for those; what the last release
    holds of the others stays.
    """

    out: Path
    as_of: datetime
    franchise: str
    series: tuple[str, ...] = ()
    season: int | None = None
    sources: tuple[str, ...] = ()
    has_catalogue: bool = True
    decisions: Path = Path("decisions.toml")
    waivers: Path = Path("waivers.toml")
    overrides: Path | None = None
    patch: Path | None = None
    is_incremental: bool = False
    is_offline: bool = False
    is_refresh: bool = False
    is_licence_safe: bool = False
    threshold: float | None = None
    max_retries: int = 3
    numbering: str = "aired"
    is_accepting_changes: bool = False


@dataclass(frozen=True)
class Outcome:
    """What a run came to: where the release is, its run.json, and its tables."""

    out: Path
    run: Mapping[str, Any]
    tables: Mapping[str, pl.DataFrame]


def known_words(values: tuple[str, ...], known: Sequence[str], option: str) -> tuple[str, ...]:
    """Return the values; InputError names the first of them that is not known, and those that are."""
    for value in values:
        if value not in known:
            raise InputError(f"{value!r} is not known.", where=option, mend=f"Known are {', '.join(known)}.")
    return values
