"""How time and memory of the transforms grow with the rows; every size runs in a process of its own."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from benchmarks.merge_chain import Measured
from benchmarks.table import Row, amount, ratio

_SMALL = ((10_000, 10_000), (100_000, 100_000))
SIZES = (*_SMALL, (1_000_000, 100_000))
LARGE_SIZES = (*_SMALL, (1_000_000, 1_000_000), (1_000_000, 100_000), (10_000_000, 100_000))
"""Rows, and how many of them at once: a million at once hold some 8 GB, in parts no more than one part does."""
_ROOT = Path(__file__).parents[1]
_MB = 1e6


def measure_transforms(sizes: Sequence[tuple[int, int]] = SIZES) -> Iterator[Row]:
    """Yield three lines a size: time, peak memory and the slowest step. Raises MemoryError before memory runs out."""
    before: Measured | None = None
    for count, at_once in sizes:
        _expect_memory(at_once, before)
        measured = _in_a_child(count, at_once)
        yield from lines_of(measured, before)
        before = measured


def lines_of(measured: Measured, before: Measured | None) -> Iterator[Row]:
    """Put one size into words: the time beside that of the size before, the memory beside that of the rows."""
    what = f"transforms, {_named(measured)}"
    speed = f"{amount(measured.total_s, 's')}, {measured.rows / measured.total_s:,.0f} rows/s"
    if before:
        linear = amount(measured.rows / before.rows, "")
        against = f"{amount(before.total_s, 's')} for {_named(before)} (linear: {linear})"
        yield Row(f"{what}: time", speed, against, ratio(measured.total_s, before.total_s))
    else:
        yield Row(f"{what}: time", speed, "(the smallest size)", "–")
    yield Row(
        f"{what}: peak memory",
        f"{measured.peak_bytes / _MB:,.0f} MB",
        f"{measured.input_bytes / _MB:,.0f} MB of source rows",
        ratio(measured.peak_bytes, measured.input_bytes),
    )
    slowest = max(measured.steps_s, key=lambda step: measured.steps_s[step])
    yield Row(
        f"{what}: slowest step",
        f"{amount(measured.steps_s[slowest], 's')}, {slowest}",
        f"{amount(measured.total_s, 's')} of all steps",
        ratio(measured.steps_s[slowest], measured.total_s),
    )


def _named(measured: Measured) -> str:
    parts = "" if measured.at_once >= measured.rows else f" in parts of {measured.at_once:,}"
    return f"{measured.rows:,} rows{parts}"


def _in_a_child(count: int, at_once: int) -> Measured:
    command = [sys.executable, "-m", "benchmarks.merge_chain", str(count), str(at_once)]
    child = subprocess.run(command, cwd=_ROOT, check=False, capture_output=True, text=True)
    if child.returncode:
        last = child.stderr.strip().splitlines()[-1:] or ["it said nothing"]
        message = f"{count:,} rows ended with {child.returncode}: {last[0]}"
        raise RuntimeError(message)
    measured = Measured(**json.loads(child.stdout))
    if measured.peak_bytes <= measured.before_bytes:
        message = f"making {count:,} rows took more memory than transforming them, so their peak is not known"
        raise RuntimeError(message)
    return measured


def _expect_memory(at_once: int, before: Measured | None) -> None:
    """Ten times the rows need at most ten times the memory; a machine that has less would start to kill processes."""
    needed = before.peak_bytes * at_once / before.at_once if before else 0.0
    there = _available_bytes()
    if there and needed > there:
        message = f"{at_once:,} rows need about {needed / _MB:,.0f} MB, {there / _MB:,.0f} MB are free"
        raise MemoryError(message)


def _available_bytes() -> int:
    """Return the memory that is free now; 0 where the machine does not say."""
    meminfo = Path("/proc/meminfo")
    if not meminfo.exists():
        return 0
    lines = meminfo.read_text(encoding="ascii").splitlines()
    return next((int(line.split()[1]) * 1024 for line in lines if line.startswith("MemAvailable:")), 0)
