"""A scene: a folder, five sources on loopback, and runs in it, each of them checked."""

from __future__ import annotations

import shutil
import sqlite3
import time
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory

import pytest

from benchmarks.chaos.checks import (
    Finding,
    Published,
    find_damage,
    find_ending,
    find_left,
    find_lost,
    find_secrets,
    find_torn,
    find_unhealed,
    read_published,
)
from benchmarks.chaos.injected import IMPATIENT, PATIENT, hurried
from benchmarks.chaos.tally import Tally
from tests.e2e.e2e_kit import Ran, Workplace
from tests.e2e.fake_tmdb import KEYS
from tests.e2e.harbour_sources import HarbourSources, franchise_of_six, running_sources, use_all

DEADLINE_S = 20.0
"""No run takes longer: a source is asked four times at most, two seconds each, then a release is built; the rest is
for a machine that has other work to do."""

_BEGINNING = datetime(2026, 11, 20, 12, tzinfo=UTC)
_BARE = ("--no-catalogue", "--numbering", "tmdb")


class Scene:
    """What happens under one name; the name and the seed say all that is left to chance.

    Where it is bare, there is no catalogue: what the sources say, and how TMDB numbers it, is all that is known.
    """

    def __init__(self, name: str, seed: int, place: Workplace, server: HarbourSources) -> None:
        self.name = name
        self.chance = Random(f"{seed}/{name}")  # noqa: S311 - moments and faults, not keys
        self.place = place
        self.server = server
        self.tally = Tally()
        self._franchise = franchise_of_six(place.folder)
        self.is_bare = self.chance.random() < 0.4
        self._runs = 0
        self.point_at_sources()

    def point_at_sources(self) -> None:
        """Let all sources be found where they are, and be asked with one of the two forms of a key."""
        use_all(self.place, self.server)
        self.place.use(self.server, self.chance.choice(KEYS))

    def arguments(self, *more: str) -> list[str]:
        """The command line of the next run: each is an hour later than the one before."""
        self._runs += 1
        as_of = _BEGINNING + timedelta(hours=self._runs)
        given = (
            "--franchise",
            self._franchise,
            *(_BARE if self.is_bare else ()),
            "-v",
            "--as-of",
            f"{as_of:%Y-%m-%dT%H:%M:%SZ}",
            *more,
        )
        return self.place.arguments(*given)

    def run(self, *more: str, read_s: float = PATIENT) -> tuple[Ran, Published | None]:
        """Run `generate` in this process and check how it ended and what it left."""
        before = read_published(self.place.out)
        began_at = time.monotonic()
        with hurried(read_s):
            ran = self.place.run(*self.arguments(*more))
        took_s = time.monotonic() - began_at
        self.tally.runs += 1
        self.tally.codes[ran.code] += 1
        self.tally.longest_s = max(self.tally.longest_s, took_s)
        if took_s > DEADLINE_S:
            self.found([Finding("late", f"{took_s:.1f} s")])
        after = self.check(before, ran.said)
        self.found(find_ending(ran, before, after))
        return ran, after

    def run_impatiently(self, *more: str) -> None:
        """Run among faults."""
        self.run("--max-retries", str(self.chance.choice((0, 0, 1))), *more, read_s=IMPATIENT)

    def check(self, before: Published | None, said: str = "") -> Published | None:
        """Check what is in the folder now against what was published before, and return what is published now."""
        torn = find_torn(self.place.out)
        after = None if torn else read_published(self.place.out)
        self.tally.values_checked += len(before.values) if before else 0
        lost = [] if torn else find_lost(before, after)
        self.found([*torn, *lost, *find_secrets(self.place.folder, said), *find_damage(self.place.cache)])
        return after

    def heal(self, first: Published, *more: str) -> None:
        """End all trouble, run once more, and check that everything is as it was after the first run."""
        self.server.begin_anew()
        self.point_at_sources()
        self.forget_failures()
        ran, after = self.run(*more)
        self.found([*find_unhealed(ran, first, after), *find_left(self.place.folder, self.place.out)])

    def begin(self) -> Published:
        """The first clean run, with which the last one is compared."""
        ran, first = self.run()
        if first is None:
            message = f"the first run of {self.name} failed: {ran.said}"
            raise RuntimeError(message)
        return first

    def forget_failures(self) -> None:
        """As if the time were over for which sources that failed are left alone."""
        state = self.place.cache / "state.sqlite"
        if state.exists():
            with closing(sqlite3.connect(state)) as connection, connection:
                connection.execute("delete from health")

    def forget_answers(self) -> None:
        """Begin with an empty cache."""
        for path in self.place.cache.glob("responses.sqlite*"):
            path.unlink()

    def forget_everything(self) -> None:
        """Begin as on the first day: nothing published, nothing cached, nothing known of the sources."""
        for folder in (self.place.out, self.place.cache):
            shutil.rmtree(folder, ignore_errors=True)

    def found(self, findings: Sequence[Finding]) -> None:
        """Take down what must not be."""
        self.tally.findings += [(f"{self.name} run {self._runs}", finding) for finding in findings]


@contextmanager
def open_scene(name: str, seed: int) -> Iterator[Scene]:
    """Make a scene that leaves nothing behind."""
    with (
        TemporaryDirectory(prefix="trek-etl-chaos-") as folder,
        running_sources() as server,
        pytest.MonkeyPatch.context() as monkeypatch,
    ):
        yield Scene(name, seed, Workplace(Path(folder).resolve(), monkeypatch), server)
