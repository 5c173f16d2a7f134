"""A scene of faults: a clean run, runs with random faults at random sources, and a clean run that heals all."""

from __future__ import annotations

from benchmarks.chaos.faults import FAULTS, LIES
from benchmarks.chaos.scene import Scene, open_scene
from benchmarks.chaos.tally import Tally
from tests.e2e.harbour_sources import PATHS

_NOWHERE = ("http://no-such-host.invalid", "http://127.0.0.1:1", "http://192.0.2.1:81")
_VARIABLES = {
    "tmdb": "TMDB_BASE_URL",
    "stapi": "STAPI_BASE_URL",
    "memory_alpha": "MEMORY_ALPHA_BASE_URL",
    "trekcore": "TREKCORE_BASE_URL",
    "tvmaze": "TVMAZE_BASE_URL",
}
_PLACES = {**PATHS, "films": "/movie", "robots": "/wiki/robots.txt"}


def faulty_scene(name: str, seed: int, runs: int) -> Tally:
    """So many runs, the first and the last of them clean."""
    with open_scene(name, seed) as scene:
        first = scene.begin()
        for _ in range(runs - 2):
            _make_trouble(scene)
            scene.run_impatiently(*_memory(scene))
        # What was a lie, nobody can tell from a truth in the cache.
        scene.heal(first, "--refresh")
        return scene.tally


def _make_trouble(scene: Scene) -> None:
    chance, server = scene.chance, scene.server
    server.begin_anew()
    scene.point_at_sources()
    if chance.random() < 0.8:
        scene.forget_failures()
    for source in chance.sample(sorted(_PLACES), chance.randrange(1, len(_PLACES))):
        kind = chance.choice([*FAULTS, *LIES, "unreachable"])
        if source in _VARIABLES and kind == "unreachable":
            suffix = "/{host}" if source == "trekcore" else ""
            scene.place.set(**{_VARIABLES[source]: chance.choice(_NOWHERE) + suffix})
        elif source in _VARIABLES and kind in LIES:
            server.let_lie(source, LIES[kind](chance))
        else:
            kind = kind if kind in FAULTS else "status"
            server.break_at(_PLACES[source], FAULTS[kind](chance), chance.choice((1, 2, float("inf"))))
        scene.tally.troubles[kind] += 1


def _memory(scene: Scene) -> tuple[str, ...]:
    """Ask again, ask because nothing is remembered, or ask only for what is not."""
    drawn = scene.chance.random()
    if drawn < 0.3:
        scene.forget_answers()
    return ("--refresh",) if 0.3 <= drawn < 0.9 else ()
