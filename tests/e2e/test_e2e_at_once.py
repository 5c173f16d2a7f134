"""Three processes at once on one cache, two of them into one folder: one publishes, the other says why not."""

from __future__ import annotations

import re
import sqlite3
import threading
import time
from collections import Counter
from contextlib import closing

import pytest
from e2e_kit import FirstRun, Ran, Workplace, ended
from fake_tmdb import FakeTmdb, held

pytest_plugins = ["e2e_fixtures"]

POLL_S = 0.002
NEXT = ("--as-of", "2026-11-20T13:00:00Z")


@pytest.fixture
def three(place: Workplace, tmdb: FakeTmdb, first_run: FirstRun) -> tuple[list[Ran], Ran]:
    """How two runs into one folder ended, and one into another; TMDB answers when all are on their way."""
    place.begin_with(first_run)
    place.use(tmdb)
    answer = threading.Event()
    tmdb.break_at("/", held(answer))
    rivals = [place.start(*NEXT) for _ in range(2)]
    other = place.start(*NEXT, out=place.folder / "elsewhere")
    give_up_at = time.monotonic() + 60.0
    # The one that comes second ends while the first one waits for TMDB; so does the third.
    while all(process.poll() is None for process in rivals) or len(tmdb.log) < 6:
        assert time.monotonic() < give_up_at, tmdb.paths
        time.sleep(POLL_S)
    answer.set()
    return sorted((ended(process) for process in rivals), key=lambda ran: ran.code), ended(other)


def test_one_publishes_and_the_other_says_who_holds_the_folder(
    place: Workplace, tmdb: FakeTmdb, first_run: FirstRun, three: tuple[list[Ran], Ran]
) -> None:
    (first, second), other = three
    assert (first.code, second.code, other.code) == (0, 4, 0), (first.said, second.said, other.said)
    assert re.search(r"\(pid \d+ on \S+, since 2026-11-20 13:00:00 UTC\) is writing to ", second.err)
    assert second.out == ""
    assert "locked" not in first.said + second.said + other.said
    # Whoever comes second asks nothing, and whoever has another folder asks at the same time.
    assert set(Counter(tmdb.paths).values()) == {2}
    for out in (place.out, place.folder / "elsewhere"):
        assert place.run("validate", out).code == 0
    assert place.json("run.json")["run_id"] == "20261120T130000Z"
    values = "select episode_key, field, source, value from field_values order by all"
    assert place.query(values) == first_run.query(values) == place.query(values, out=place.folder / "elsewhere")
    for name in ("responses", "state"):
        with closing(sqlite3.connect(place.cache / f"{name}.sqlite")) as connection:
            assert connection.execute("pragma integrity_check").fetchone() == ("ok",)
