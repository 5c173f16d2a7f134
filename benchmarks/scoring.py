"""What `trek-etl score` costs: a process of its own over a million made-up records and more, start-up included."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.table import Row, amount, compared, ratio

SIZES = ((1_000_000, "parquet"), (1_000_000, "ndjson"))
LARGE_SIZES = (*SIZES, (10_000_000, "parquet"))
_BOUNDS_S = {"parquet": 1.5e-6, "ndjson": 3.5e-6}
"""The aim a record, on two cores that do nothing else."""
_BOUND_BYTES = 2**30
_MB = 1e6
_ROOT = Path(__file__).parents[1]
_KIB_OR_BYTES = 1 if sys.platform == "darwin" else 1024


@dataclass(frozen=True)
class Cost:
    """One run: the time on the wall, that of all cores, and the most memory it held."""

    wall_s: float
    cpu_s: float
    peak_bytes: int


def measure_scoring(sizes: Sequence[tuple[int, str]] = SIZES) -> Iterator[Row]:
    """Yield three lines a file: time, work of the cores, and peak memory. The scores go to a file of the same kind."""
    for count, ending in sizes:
        with TemporaryDirectory(prefix="trek-etl-bench-") as folder:
            yield from lines_of(count, ending, cost_of_scoring(Path(folder), count, ending))


def cost_of_scoring(folder: Path, count: int, ending: str) -> Cost:
    """Make records and score them. Raises RuntimeError if that failed, or if not every record has a score."""
    file, out = folder / f"records.{ending}", folder / f"scores.{ending}"
    _call([sys.executable, "-m", "benchmarks.metadata_records", str(count), str(file)])
    score = [str(Path(sys.executable).with_name("trek-etl")), "score", str(file), "-o", str(out)]
    cost, told = _call([*score, "--as-of", "2026-01-01"])
    if not told.startswith(f"{count:,} records scored"):
        raise RuntimeError(f"{count:,} records were to be scored: {told.strip()}")
    return cost


def _call(command: Sequence[str]) -> tuple[Cost, str]:
    began_at = time.perf_counter()
    with subprocess.Popen(command, cwd=_ROOT, stdout=subprocess.PIPE, text=True) as child:
        told = child.stdout.read() if child.stdout else ""
        _, status, usage = os.wait4(child.pid, 0)
        wall_s = time.perf_counter() - began_at
        # Only wait4 tells what a child cost, and after it Popen would wait in vain.
        child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode:
        raise RuntimeError(f"{Path(command[0]).name} {command[1]} ended with {child.returncode}: {told.strip()}")
    return Cost(wall_s, usage.ru_utime + usage.ru_stime, usage.ru_maxrss * _KIB_OR_BYTES), told


def lines_of(count: int, ending: str, cost: Cost) -> Iterator[Row]:
    """Put one run into words, beside the aims."""
    what = f"score, {count:,} records, {ending} to {ending}"
    yield compared(f"{what}: time", cost.wall_s, _BOUNDS_S[ending] * count, "s", "aim on two idle cores")
    yield Row(
        f"{what}: all cores",
        f"{amount(cost.cpu_s, 's')}, {count / cost.wall_s:,.0f} records/s",
        f"{amount(cost.wall_s, 's')} on the wall",
        ratio(cost.cpu_s, cost.wall_s),
    )
    yield compared(f"{what}: peak memory", cost.peak_bytes / _MB, _BOUND_BYTES / _MB, "MB", "aim")
