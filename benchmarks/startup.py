"""How long the command takes to say anything at all."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

from benchmarks.table import Row, compared

_BOUND_S = 0.25
_TRIES = 5


def measure_start() -> Iterator[Row]:
    """Yield the lines of `trek-etl --help`, best of five, beside its bound, bare Python, and the largest import."""
    help_s = _best_s([str(Path(sys.executable).with_name("trek-etl")), "--help"])
    bare_s = _best_s([sys.executable, "-c", "pass"])
    polars_s = _best_s([sys.executable, "-c", "import polars"])
    yield compared("start: trek-etl --help, best of 5", help_s, _BOUND_S, "s", "bound")
    yield compared("start: trek-etl --help, best of 5", help_s, bare_s, "s", "python -c pass")
    yield compared("start: import polars alone", polars_s, bare_s, "s", "python -c pass")


def _best_s(command: Sequence[str]) -> float:
    return min(_run_s(command) for _ in range(_TRIES))


def _run_s(command: Sequence[str]) -> float:
    began_at = time.perf_counter()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    return time.perf_counter() - began_at
