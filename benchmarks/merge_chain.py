"""The transforms from source rows to scored episodes, timed step by step in a process of their own.

python -m benchmarks.merge_chain ROWS      prints one line of JSON
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from resource import RUSAGE_SELF, getrusage
from typing import TypeVar

import polars as pl

from benchmarks import synthetic
from etl import policies
from etl.franchise import Franchise, load_franchise
from etl.transform import merge, quality, score
from schemas.episodes import WEIGHTS

_T = TypeVar("_T")


@dataclass(frozen=True)
class Measured:
    """One size: rows in, values, conflicts and episodes out, the seconds of each step, and memory in bytes.

    `input_bytes` is the size of all rows, `before_bytes` the peak until the first were there, `peak_bytes` that of the
    whole process.
    """

    rows: int
    at_once: int
    values: int
    conflicts: int
    episodes: int
    steps_s: dict[str, float]
    input_bytes: int
    before_bytes: int
    peak_bytes: int

    @property
    def total_s(self) -> float:
        """All steps together."""
        return sum(self.steps_s.values())


class _Stopwatch:
    def __init__(self) -> None:
        self.steps_s: dict[str, float] = {}

    def time(self, name: str, step: Callable[[], _T]) -> _T:
        began_at = time.perf_counter()
        result = step()
        self.steps_s[name] = self.steps_s.get(name, 0.0) + time.perf_counter() - began_at
        return result


def measure_chain(count: int, at_once: int) -> Measured:
    """Merge and score `count` made-up rows by the policies of Star Trek, `at_once` at a time.

    Of a part only the counts are kept, as where every part is another machine's.
    """
    watch, franchise = _Stopwatch(), load_franchise("star_trek")
    counts = [0, 0, 0]
    input_bytes = before_bytes = 0
    for first in range(0, count, at_once):
        rows = synthetic.source_rows(min(at_once, count - first), first=first)
        input_bytes += int(rows.estimated_size())
        before_bytes = before_bytes or peak_bytes()
        counts = [sum(pair) for pair in zip(counts, _merge_and_score(rows, franchise, watch), strict=True)]
    values, conflicts, episodes = counts
    return Measured(
        rows=count,
        at_once=at_once,
        values=values,
        conflicts=conflicts,
        episodes=episodes,
        steps_s=watch.steps_s,
        input_bytes=input_bytes,
        before_bytes=before_bytes,
        peak_bytes=peak_bytes(),
    )


def _merge_and_score(rows: pl.DataFrame, franchise: Franchise, watch: _Stopwatch) -> tuple[int, int, int]:
    rules, orders, fields = policies.rules_of(franchise), policies.orders_of(franchise), policies.COMPARISONS
    registry = synthetic.registry_of(rows)
    told = watch.time("candidates", lambda: merge.candidates(rows, fields))
    values = watch.time("choose", lambda: merge.choose(told, rules, orders, synthetic.WITNESSES))
    conflicts = watch.time("conflicts", lambda: merge.find_conflicts(values, fields, synthetic.LINEAGES))
    agreed = watch.time("agreement", lambda: merge.agreement(values, fields, synthetic.WITNESSES))
    merged = watch.time("assemble", lambda: merge.assemble(values, synthetic.merged_schema()))
    scored = watch.time("score", lambda: _scored(values, merged, registry, agreed))
    return values.height, conflicts.height, scored.height


def _scored(values: pl.DataFrame, merged: pl.DataFrame, registry: pl.DataFrame, agreed: pl.DataFrame) -> pl.DataFrame:
    half_lives = registry.select(pl.col("series").unique()).with_columns(half_life_days=pl.lit(730.0))
    return score.score_episodes(
        merged,
        registry=registry,
        trust=quality.trust_of_values(values, _trust(), _success(registry), WEIGHTS),
        agreement=agreed,
        half_lives=half_lives,
        weights=WEIGHTS,
        as_of=synthetic.AS_OF,
    )


def _trust() -> pl.DataFrame:
    count = len(synthetic.SOURCES)
    return pl.DataFrame(
        {
            "source": list(synthetic.SOURCES),
            "confidence": [0.9, 0.85, 0.8, 0.8][:count],
            "uptime": [0.99] * count,
            "accuracy": [0.92] * count,
        }
    )


def _success(registry: pl.DataFrame) -> pl.DataFrame:
    return registry.select("episode_key", success_share=pl.lit(1.0))


def peak_bytes() -> int:
    """Return the most memory that this process ever held.

    Linux hands getrusage's peak on to the programs that a process starts, so there the kernel's own file is read.
    """
    status = Path("/proc/self/status")
    if status.exists():
        line = next(line for line in status.read_text(encoding="ascii").splitlines() if line.startswith("VmHWM:"))
        return int(line.split()[1]) * 1024
    peak = getrusage(RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024


if __name__ == "__main__":
    print(json.dumps(asdict(measure_chain(*map(int, sys.argv[1:])))))
