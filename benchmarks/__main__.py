"""`python -m benchmarks`: measure everything, or with --only one part, and print one table."""

from __future__ import annotations

import argparse
import gc
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial

from benchmarks.limits import measure_bucket, measure_cache_hit
from benchmarks.runs import measure_paced_run, measure_runs
from benchmarks.scoring import LARGE_SIZES as LARGE_FILES
from benchmarks.scoring import measure_scoring
from benchmarks.startup import measure_start
from benchmarks.table import Row, render, surroundings
from benchmarks.transforms import LARGE_SIZES, measure_transforms
from benchmarks.wiki import measure_wiki
from etl.cli import COLLECTOR_THRESHOLDS

Part = Callable[[], Iterator[Row]]

PARTS: Mapping[str, Part] = {
    "runs": measure_runs,
    "paced": measure_paced_run,
    "bucket": measure_bucket,
    "cache": measure_cache_hit,
    "wiki": measure_wiki,
    "transforms": measure_transforms,
    "score": measure_scoring,
    "start": measure_start,
}


def measure_all(parts: Mapping[str, Part]) -> tuple[list[Row], list[str]]:
    """Run the parts one after the other: the lines of all, and why something could not be measured."""
    rows: list[Row] = []
    failures: list[str] = []
    for name, part in parts.items():
        began_at = time.perf_counter()
        print(f"measuring {name} ...", end=" ", file=sys.stderr, flush=True)
        try:
            for row in part():
                rows.append(row)  # noqa: PERF402 - what was measured before a failure is kept
        except Exception as failure:  # noqa: BLE001 - whatever it was, the other parts are measured and the exit code says so
            failures.append(f"{name}: {type(failure).__name__}: {failure}")
        print(f"{time.perf_counter() - began_at:.1f} s", file=sys.stderr)
    return rows, failures


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the table. Returns 0, or 1 if something could not be measured; no speed is ever a failure."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description="Measures trek-etl on this machine.")
    parser.add_argument("--only", action="append", choices=PARTS, metavar="NAME", help=f"one of {', '.join(PARTS)}")
    parser.add_argument(
        "--large",
        action="store_true",
        help="also a million rows at once (8 GB) and ten million in parts; scores of ten million records",
    )
    given = parser.parse_args(arguments)
    gc.set_threshold(*COLLECTOR_THRESHOLDS)  # as the command does
    parts = {name: part for name, part in PARTS.items() if not given.only or name in given.only}
    if given.large and "transforms" in parts:
        parts["transforms"] = partial(measure_transforms, LARGE_SIZES)
    if given.large and "score" in parts:
        parts["score"] = partial(measure_scoring, LARGE_FILES)
    rows, failures = measure_all(parts)
    print(surroundings())
    print(render(rows))
    for failure in failures:
        print(f"could not be measured: {failure}", file=sys.stderr)
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
