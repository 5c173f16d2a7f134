"""A scene of kills: runs that end with SIGKILL at random moments, and a clean run that heals all."""

from __future__ import annotations

import time
from collections.abc import Sequence
from multiprocessing.process import BaseProcess
from pathlib import Path
from signal import SIGKILL

from benchmarks.chaos.checks import Finding, read_published
from benchmarks.chaos.scene import Scene, open_scene
from benchmarks.chaos.tally import Tally
from benchmarks.chaos.victim import make_ready, start_victim

_POLL_S = 0.001
_AT_MOST_S = 60.0
_TRIES = 3
_LATE_SHARE = 0.3
"""From the first file of a release to its publication, as a share of a whole run."""


def killed_scene(name: str, seed: int, kills: int) -> Tally:
    """So many kills, each of them checked, between two clean runs."""
    make_ready()
    with open_scene(name, seed) as scene:
        first = scene.begin()
        # Some runs end before their time has come.
        for _ in range(_TRIES * kills):
            if scene.tally.kills < kills:
                _kill_one(scene, whole_s=scene.tally.longest_s)
        scene.heal(first)
        return scene.tally


def _kill_one(scene: Scene, whole_s: float) -> None:
    chance, out = scene.chance, scene.place.out
    before, folders = read_published(out), _releases(out)
    is_late, share, memory = chance.random() < 0.5, chance.random(), chance.random()
    if memory < 0.3:
        scene.forget_answers()
    more: Sequence[str] = ("--refresh",) if memory < 0.6 else ()
    process = start_victim(scene.arguments(*more), scene.place.folder / "log.txt")
    while is_late and process.is_alive() and not _releases(out) - folders:
        time.sleep(_POLL_S)
    process.join(share * whole_s * (_LATE_SHARE if is_late else 1.0))
    process.kill()
    process.join(_AT_MOST_S)
    after = scene.check(before)
    scene.tally.kills += process.exitcode == -SIGKILL
    scene.tally.moments[_moment(process, _releases(out) - folders, is_new=before != after)] += 1
    if process.exitcode not in (0, -SIGKILL):
        scene.found([Finding("ending", f"exit code {process.exitcode}")])


def _releases(out: Path) -> set[str]:
    return {path.name for path in (out / ".releases").iterdir()}


def _moment(process: BaseProcess, made: set[str], *, is_new: bool) -> str:
    """Where in its life the kill met the run."""
    if process.exitcode != -SIGKILL:
        return "too late: it had ended"
    if is_new:
        return "after the switch"
    if not made:
        return "before it wrote"
    return "while it wrote" if any(name.endswith(".partial") for name in made) else "between rename and switch"
