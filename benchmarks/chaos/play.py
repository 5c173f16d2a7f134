"""Playing scenes by their names, several at a time, each in a process that others share one after the other."""

from __future__ import annotations

import sys
import traceback
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed

from benchmarks.chaos.checks import Finding
from benchmarks.chaos.faulty import faulty_scene
from benchmarks.chaos.killed import killed_scene
from benchmarks.chaos.tally import Tally
from benchmarks.chaos.victim import FORKS

RUNS_A_SCENE, KILLS_A_SCENE = 10, 8


def scenes(runs: int, kills: int) -> list[str]:
    """Names of the scenes that make up so many runs and kills: f1, f2, … with faults, k1, k2, … with kills."""
    faulty = [f"f{number}" for number in range(1, -(-runs // RUNS_A_SCENE) + 1)]
    return faulty + [f"k{number}" for number in range(1, -(-kills // KILLS_A_SCENE) + 1)]


def play(name: str, seed: int) -> Tally:
    """Play one scene; whatever it stumbles over is a finding."""
    try:
        if name.startswith("k"):
            return killed_scene(name, seed, KILLS_A_SCENE)
        return faulty_scene(name, seed, RUNS_A_SCENE)
    except Exception:  # noqa: BLE001 - the other scenes are played, and the exit code says so
        return Tally(findings=[(name, Finding("ending", traceback.format_exc()))])


def play_all(names: Sequence[str], seed: int, workers: int) -> Tally:
    """Play the scenes side by side, and say of each how it went."""
    whole = Tally()
    with ProcessPoolExecutor(workers, mp_context=FORKS) as pool:
        running = {pool.submit(play, name, seed): name for name in names}
        for future in as_completed(running):
            tally = future.result()
            whole.add(tally)
            print(f"{running[future]}: {_in_short(tally)}", file=sys.stderr, flush=True)
            for place, finding in tally.findings:
                print(f"  {place}: {finding.kind}: {finding.text}", file=sys.stderr)
    return whole


def _in_short(tally: Tally) -> str:
    return f"{tally.runs} runs, {tally.kills} kills, {len(tally.findings)} findings"
