"""Killed at any moment or run twice at once: readers see one whole release, and nothing is to be cleaned by hand."""

from __future__ import annotations

import random
import signal
import subprocess
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

import pytest
from e2e_kit import FirstRun, Workplace, ended, files_below
from fake_tmdb import FakeTmdb, held

pytest_plugins = ["e2e_fixtures"]

ROUNDS = 6
POLL_S = 0.002
# Importing and asking take about a second; building and publishing half of one.
LONGEST_RUN_S, LONGEST_PUBLICATION_S = 1.4, 0.6


def kill_at_some_moment(place: Workplace, out: Path, as_of: str, *, is_late: bool, moment: float) -> bool:
    """Start a run and kill it: anywhere, or late, while it builds and publishes. Returns whether it was still alive."""
    process = place.start("--as-of", as_of, out=out)
    releases = out / ".releases"
    while is_late and process.poll() is None and not any(releases.glob("*.partial")):
        time.sleep(POLL_S)
    with suppress(subprocess.TimeoutExpired):
        process.wait(moment * (LONGEST_PUBLICATION_S if is_late else LONGEST_RUN_S))
    is_alive = process.poll() is None
    process.send_signal(signal.SIGKILL)
    process.communicate()
    return is_alive


def run_ids(place: Workplace, out: Path) -> set[str]:
    """Every run id that a reader can come across: run.json states the hashes of all files, the database its run."""
    ((in_database,),) = place.query("select run_id from runs order by as_of desc limit 1", out=out)
    return {place.json("run.json", out)["run_id"], in_database}


def test_a_kill_at_any_moment_leaves_one_whole_release(warm: Workplace) -> None:
    """Twelve kills in two folders side by side, each checked, then a normal run in each."""
    chance = random.Random(20261123)  # noqa: S311 - moments, not keys
    folders = [warm.out, warm.folder / "empty-before"]
    late_kills = 0
    for number in range(ROUNDS):
        as_of = f"2026-11-20T13:{number:02}:00Z"
        with ThreadPoolExecutor(len(folders)) as threads:
            kills = [
                threads.submit(kill_at_some_moment, warm, out, as_of, is_late=number % 3 > 0, moment=chance.random())
                for out in folders
            ]
        late_kills += sum(kill.result() for kill in kills if number % 3 > 0)
        for out in folders:
            if (out / "run.json").exists():
                assert len(run_ids(warm, out)) == 1
                validated = warm.run("validate", out)
                assert validated.code == 0, validated.said
            else:
                assert out != warm.out
    assert late_kills > 0
    for out in folders:
        ran = warm.generate("--as-of", "2026-11-20T14:00:00Z", out=out)
        assert ran.code == 0, ran.said
        assert run_ids(warm, out) == {"20261120T140000Z"}
        assert [path for path in files_below(out) if ".partial" in str(path) or ".building" in str(path)] == []


@pytest.fixture
def running(place: Workplace, tmdb: FakeTmdb, first_run: FirstRun) -> Iterator[tuple[Workplace, int, threading.Event]]:
    """A process in the middle of a run: it waits for TMDB until the event is set."""
    place.begin_with(first_run)
    place.use(tmdb)
    answer = threading.Event()
    tmdb.break_at("/", held(answer))
    process = place.start("--as-of", "2026-11-20T13:00:00Z")
    while process.poll() is None and not tmdb.log:
        time.sleep(POLL_S)
    try:
        yield place, process.pid, answer
    finally:
        answer.set()
        ran = ended(process)
        assert ran.code == 0, ran.said


def test_a_second_run_at_the_same_time_says_who_is_first(running: tuple[Workplace, int, threading.Event]) -> None:
    place, pid, _ = running
    second = place.generate()
    assert second.code != 0
    assert f"pid {pid} on " in second.err
    assert "since 2026-11-20 13:00:00 UTC" in second.err
    assert f"is writing to {place.out}" in second.err


def test_the_first_of_two_runs_publishes(running: tuple[Workplace, int, threading.Event]) -> None:
    place, _, answer = running
    place.generate()
    assert place.json("run.json")["run_id"] == "20261120T120000Z"
    answer.set()
    deadline = time.monotonic() + 20
    while place.json("run.json")["run_id"] != "20261120T130000Z" and time.monotonic() < deadline:
        time.sleep(POLL_S)
    assert run_ids(place, place.out) == {"20261120T130000Z"}


def test_a_reader_of_the_old_release_is_not_disturbed(warm: Workplace) -> None:
    release = (warm.out / ".current").resolve()
    before = (release / "episodes.csv").read_bytes()
    warm.generate("--as-of", "2026-11-20T13:00:00Z")
    assert (warm.out / ".current").resolve() != release
    assert (release / "episodes.csv").read_bytes() == before
