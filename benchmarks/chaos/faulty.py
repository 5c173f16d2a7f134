"""A scene of faults: a clean run, runs with random faults at random sources, and a clean run that heals all."""

from __future__ import annotations

from benchmarks.chaos.checks import Finding
from benchmarks.chaos.faults import FAULTS, LIES
from benchmarks.chaos.scene import Scene, open_scene
from benchmarks.chaos.tally import Tally
from etl.errors import ExitCode
from tests.e2e.harbour_sources import PATHS

_LIES_ALONE = 0.15
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
    """So many runs: one among faults where nothing is published yet, a clean one, others among faults, a clean one."""
    with open_scene(name, seed) as scene:
        _make_trouble(scene)
        scene.run_impatiently()
        _end_trouble(scene)
        scene.forget_everything()
        first = scene.begin()
        for _ in range(runs - 3):
            if scene.chance.random() < _LIES_ALONE:
                _tell_one_lie(scene)
            else:
                _make_trouble(scene)
                scene.run_impatiently(*_memory(scene))
        # What was a lie, nobody can tell from a truth in the cache.
        scene.heal(first, "--refresh")
        return scene.tally


def _tell_one_lie(scene: Scene) -> None:
    """All is well, but one source lies in good form: the guard must see it."""
    source, kind = scene.chance.choice(sorted(PATHS)), scene.chance.choice(sorted(LIES))
    _end_trouble(scene)
    scene.forget_failures()
    scene.server.let_lie(source, LIES[kind](scene.chance))
    ran, _ = scene.run("--refresh")
    # Numbers are public ids only where they are taken from this source.
    is_seen = kind == "half missing" or (scene.is_bare and source == "tmdb")
    if is_seen and ran.code != ExitCode.GUARD:
        scene.found([Finding("unguarded", f"{source}, {kind}: exit code {ran.code}")])
    scene.tally.troubles[f"{kind}, alone"] += 1


def _end_trouble(scene: Scene) -> None:
    scene.server.begin_anew()
    scene.point_at_sources()


def _make_trouble(scene: Scene) -> None:
    chance, server = scene.chance, scene.server
    _end_trouble(scene)
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
