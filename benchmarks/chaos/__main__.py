"""`python -m benchmarks.chaos`: let hundreds of runs fail and die, check what is published, print a table."""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections.abc import Sequence

from benchmarks.chaos.checks import KINDS
from benchmarks.chaos.play import play_all, scenes
from benchmarks.chaos.scene import DEADLINE_S
from benchmarks.chaos.tally import Tally
from benchmarks.table import Row, render, surroundings

_SHOWN = 20


def lines_of(tally: Tally, took_s: float) -> list[Row]:
    """The table."""
    rows = [
        Row("runs", str(tally.runs), f"{took_s:.0f} s in all", ""),
        Row("kills (SIGKILL) of a running process", str(tally.kills), "", ""),
        Row("longest run", f"{tally.longest_s:.1f} s", f"{DEADLINE_S:.0f} s (deadline)", ""),
        Row("published values looked for again", f"{tally.values_checked:,}", "", ""),
    ]
    rows += [Row(f"exit code {code}", str(count), "", "") for code, count in sorted(tally.codes.items())]
    rows += [Row(f"trouble: {name}", str(count), "", "") for name, count in sorted(tally.troubles.items())]
    rows += [Row(f"killed {name}", str(count), "", "") for name, count in sorted(tally.moments.items())]
    found = [finding.kind for _, finding in tally.findings]
    return rows + [Row(text, str(found.count(kind)), "0 allowed", "") for kind, text in KINDS.items()]


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the table. Returns 0, or 1 if anything was found that must not be."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.chaos", description="Lets runs fail and die.")
    parser.add_argument("--seed", type=int, default=7, help="what chance begins with (7)")
    parser.add_argument("--runs", type=int, default=500, help="at least so many runs with faults (500)")
    parser.add_argument("--kills", type=int, default=200, help="at least so many kills (200)")
    parser.add_argument("--workers", type=int, default=os.cpu_count() or 1, help="scenes at a time (one a CPU)")
    parser.add_argument("--only", metavar="NAME", help="repeat this scene, for instance f3 or k1")
    given = parser.parse_args(arguments)
    names = [given.only] if given.only else scenes(given.runs, given.kills)
    began_at = time.monotonic()
    tally = play_all(names, given.seed, given.workers)
    print(surroundings())
    print(render(lines_of(tally, time.monotonic() - began_at)))
    failed = sorted({place.split()[0] for place, _ in tally.findings})
    for name in failed[:_SHOWN]:
        print(f'repeat it with: make chaos ARGS="--seed {given.seed} --only {name}"', file=sys.stderr)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
