"""An analyst has the database open while release after release is published: nothing changes until they reconnect."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest

from etl.load.publish import locked, staged_release

PUBLICATIONS = 20
# So little memory that the pages are read from the file again and again, long after its name is gone.
ANALYST = """
import sys, duckdb
path = sys.argv[1]
def connected():
    return duckdb.connect(path, read_only=True, config={"memory_limit": "2MB", "threads": "1"})
connection = connected()
for line in sys.stdin:
    if line == "reconnect\\n":
        connection.close()
        connection = connected()
    ((name,),) = connection.execute("select name from release").fetchall()
    ((count, total),) = connection.execute("select count(*), sum(number) from numbers").fetchall()
    print(name, count, total, flush=True)
"""
ROWS = 300_000


class Analyst:
    """Another process with one open connection, which answers when it is asked."""

    def __init__(self, database: Path) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-c", ANALYST, database],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def answers(self, question: str) -> str:
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(f"{question}\n")
        self.process.stdin.flush()
        return self.process.stdout.readline().rstrip("\n")


@pytest.fixture
def analyst(tmp_path: Path) -> Iterator[Analyst]:
    publish(tmp_path, 0)
    analyst = Analyst(tmp_path / "out" / "episodes.duckdb")
    yield analyst
    analyst.process.communicate(timeout=20)


def publish(folder: Path, number: int) -> None:
    """A release whose database names it, with numbers that do not compress and add up to something else each time."""
    model = folder / "model.duckdb"
    if not model.exists():
        with duckdb.connect(model) as connection:
            connection.execute("create table numbers as select hash(range)::ubigint as number from range(?)", [ROWS])
            connection.execute("create table release (name text)")
    out = folder / "out"
    with locked(out, "now"), staged_release(out, f"run-{number}") as staging:
        shutil.copyfile(model, staging / "episodes.duckdb")
        with duckdb.connect(staging / "episodes.duckdb") as connection:
            connection.execute("insert into release values (?)", [f"run-{number}"])
            connection.execute("insert into numbers values (?)", [number])


def test_an_open_connection_sees_its_release_through_twenty_publications(tmp_path: Path, analyst: Analyst) -> None:
    first = analyst.answers("look")
    assert first.split()[:2] == ["run-0", str(ROWS + 1)]
    for number in range(1, PUBLICATIONS + 1):
        publish(tmp_path, number)
        assert analyst.answers("look") == first
    assert not (tmp_path / "out" / ".releases" / "run-0").exists()
    name, count, total = analyst.answers("reconnect").split()
    assert (name, count) == (f"run-{PUBLICATIONS}", str(ROWS + 1))
    assert int(total) - int(first.split()[2]) == PUBLICATIONS
