"""What TMDB sees on the wire: never more than burst + rate x window, and silence after a 429 that asks for it."""

from __future__ import annotations

import copy
import threading
from pathlib import Path

from e2e_kit import Workplace, ended
from fake_tmdb import TOO_MANY, FakeTmdb, Handler, Seen, status

pytest_plugins = ["e2e_fixtures"]

A_MINUTE = 120
RATE = A_MINUTE / 60
BURST = 20  # 40, scaled by the rate that is asked for: 2 of the 4 requests a second that TMDB may get
# Between the token and the log of the server lie a connection and a thread; less than one token's time.
LAG_S = 0.35

FRANCHISE_HEAD = """
code = "many_films"
name = "Many Films"

[[series]]
code = "ob"
name = "Outer Beacon"
kind = "animated"
is_ended = false
ids = { tmdb = 9102 }
seasons = [{ number = 1 }]
"""
FILM = """
[[films]]
code = "f{number}"
title = "Film {number}"
ids = {{ tmdb = {number} }}
"""
ERA = """
[[eras]]
id = "all"
title = "All"
years = "2305"
stardates = "None"
description = "All of it."
rules = [{{ series = "ob" }}]
films = [{films}]
"""


def franchise_of_films(tmdb: FakeTmdb, file: Path, numbers: range) -> Path:
    """A franchise without a catalogue: one series and many films, a request each."""
    for number in numbers:
        tmdb.world.films[number] = {**copy.deepcopy(tmdb.world.films[9201]), "id": number, "title": f"Film {number}"}
    films = "".join(FILM.format(number=number) for number in numbers)
    era = ERA.format(films=", ".join(f'"f{number}"' for number in numbers))
    file.write_text(FRANCHISE_HEAD + films + era, encoding="utf-8")
    return file


def surplus(log: list[Seen]) -> float:
    """By how many requests the worst window exceeds burst + rate x window."""
    times = sorted(seen.at for seen in log)
    return max(
        last - first + 1 - (BURST + RATE * (times[last] - times[first] + LAG_S))
        for first in range(len(times))
        for last in range(first, len(times))
    )


def test_eight_threads_keep_the_rate(place: Workplace, tmdb: FakeTmdb) -> None:
    place.use(tmdb)
    place.set(TMDB_RATE_LIMIT=str(A_MINUTE))
    films = franchise_of_films(tmdb, place.folder / "films.toml", range(1, 22))
    ran = place.generate("--franchise", films, "--concurrency", "8")
    assert ran.code == 0, ran.said
    assert len(tmdb.log) == 22
    assert surplus(tmdb.log) <= 0
    assert place.query("select tokens, errors from sources where source = 'tmdb'") == [(22, 0)]


def test_two_processes_with_one_key_share_the_rate(place: Workplace, tmdb: FakeTmdb) -> None:
    place.use(tmdb)
    place.set(TMDB_RATE_LIMIT=str(A_MINUTE))
    processes = [
        place.start(
            "--franchise",
            franchise_of_films(tmdb, place.folder / f"films-{first}.toml", range(first, first + 11)),
            out=place.folder / f"out-{first}",
        )
        for first in (100, 200)
    ]
    for process in processes:
        ran = ended(process)
        assert ran.code == 0, ran.said
    # The one series is the same for both: whoever comes second may find it in the cache.
    assert len(tmdb.log) in {23, 24}
    assert surplus(tmdb.log) <= 0


def test_nobody_sends_for_as_long_as_a_429_asks_for(place: Workplace, tmdb: FakeTmdb) -> None:
    place.use(tmdb)
    are_both_here = threading.Barrier(2)

    def refuse_both(handler: Handler) -> None:
        """Neither is refused twice, however slow the machine."""
        are_both_here.wait(20)
        status(429, TOO_MANY, Retry_After="2")(handler)

    tmdb.break_at("/", refuse_both, times=2)
    ran = place.generate("--max-retries", "1", "--concurrency", "2")
    assert ran.code == 0, ran.said
    times = [seen.at for seen in tmdb.log]
    assert len(times) == 5
    assert min(times[2:]) - max(times[:2]) >= 2.0
    assert place.query("select status, retries, errors from sources where source = 'tmdb'") == [("used", 2, 0)]
