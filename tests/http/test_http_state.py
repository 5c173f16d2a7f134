"""What threads, processes and runs share: one trial, one health, and no fault of the file that ends a run."""

from __future__ import annotations

import sqlite3
import stat
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
from loopback import FakeClock, Loopback, OpenClient, data, status

from etl.errors import Category, SourceError
from etl.http.breaker import Admission, CircuitBreaker
from etl.http.credentials import tmdb_credentials
from etl.http.database import open_database
from etl.http.health import Failure, Health, Trial, Vitals
from etl.http.state import StateFile
from etl.http.vitals_store import VitalsInFile
from etl.sources import Answer, Request

V3 = "0123456789abcdef0123456789ABCDEF"
OTHER_V3 = "fedcba9876543210fedcba9876543210"
DOWN = Failure(Category.TIMEOUT, "TMDB was silent.")
SHOW = Request("/tv/655")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "state" / "state.sqlite"


def breaker_on(file: StateFile, clock: FakeClock) -> CircuitBreaker:
    return CircuitBreaker("TMDB", clock, VitalsInFile(file, "tmdb"))


def fail(breaker: CircuitBreaker, times: int = 3) -> None:
    for _ in range(times):
        admission = breaker.admit()
        assert isinstance(admission, Admission)
        breaker.record(admission, DOWN)


def test_all_that_is_known_comes_back_in_a_later_run(path: Path) -> None:
    known = Vitals(
        Health(4, 1.8e9, 16.0, Failure(Category.AUTHENTICATION, "No “ünïcode”.", 401), 1.7e9),
        successes=7,
        last_success_at=1.6e9,
        last_failure_at=1.7e9,
        answers_s=(0.25, 1e-05),
        trial=Trial("ticket", 1.9e9),
    )
    with closing(StateFile(path)) as file:
        VitalsInFile(file, "tmdb").update(lambda _: known)
    with closing(StateFile(path)) as file:
        assert VitalsInFile(file, "tmdb").update(lambda vitals: vitals) == known
        assert VitalsInFile(file, "stapi").update(lambda vitals: vitals) == Vitals()


def test_the_file_is_private_and_in_it_is_json(path: Path) -> None:
    with closing(StateFile(path)) as file:
        fail(breaker_on(file, FakeClock()))
        assert {stat.S_IMODE(found.stat().st_mode) for found in path.parent.iterdir()} == {0o600}
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("SELECT json_valid(vitals), key FROM health").fetchall() == [(1, "tmdb")]


def test_what_others_learn_is_known_at_once(path: Path) -> None:
    clock = FakeClock()
    with closing(StateFile(path)) as one, closing(StateFile(path)) as other:
        fail(breaker_on(one, clock))
        assert isinstance(breaker_on(other, clock).admit(), Failure)


ASKER = """
import sys, time
from pathlib import Path
from etl.errors import Category
from etl.http.breaker import Admission, CircuitBreaker
from etl.http.clock import SystemClock
from etl.http.health import Failure
from etl.http.state import StateFile
from etl.http.vitals_store import VitalsInFile
file = StateFile(Path(sys.argv[1]))
breaker = CircuitBreaker("TMDB", SystemClock(), VitalsInFile(file, "tmdb"), lease_s=float(sys.argv[2]))
print("ready", flush=True)
sys.stdin.readline()
for _ in range(200):
    admission = breaker.admit()
    if isinstance(admission, Admission):
        print(admission.is_trial, flush=True)
        sys.stdin.readline()
        if len(sys.argv) > 3:
            breaker.record(admission, None)
file.close()
"""


def asker(path: Path, *arguments: str) -> subprocess.Popen[str]:
    process = subprocess.Popen(
        [sys.executable, "-c", ASKER, str(path), *arguments],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    return process


def go(process: subprocess.Popen[str]) -> None:
    assert process.stdin is not None
    process.stdin.write("go\n")
    process.stdin.flush()


def with_a_cool_down_that_is_over(path: Path) -> None:
    with closing(StateFile(path)) as file:
        VitalsInFile(file, "tmdb").update(lambda _: Vitals(Health(3, 1.0, 8.0, DOWN, 1.0)))


def test_of_two_processes_one_gets_the_trial_and_no_file_is_locked(path: Path) -> None:
    with_a_cool_down_that_is_over(path)
    processes = [asker(path, "60") for _ in range(2)]
    for process in processes:
        go(process)
    # Each asks 200 times; whoever has the trial keeps it until it is told to go on, and never gives it back.
    ended = [process.communicate("go\n", timeout=20) for process in processes]
    assert sorted(out for out, _ in ended) == ["", "True\n"]
    assert [err for _, err in ended] == ["", ""]


def test_the_trial_of_a_process_that_was_killed_is_given_to_another(path: Path) -> None:
    with_a_cool_down_that_is_over(path)
    lost = asker(path, "60")
    go(lost)
    assert lost.stdout is not None
    assert lost.stdout.readline() == "True\n"
    lost.kill()
    lost.communicate()
    with closing(StateFile(path)) as file:
        clock = FakeClock(time.time())
        breaker = breaker_on(file, clock)
        assert isinstance(breaker.admit(), Failure)
        clock.advance(60)
        assert breaker.admit() == Admission(is_trial=True)


def damaged(path: Path) -> None:
    path.parent.mkdir()
    path.write_bytes(b"not a database at all" * 100)


def damaged_inside(path: Path) -> None:
    """The head of the file is whole, so that only who reads the table sees it."""
    with closing(StateFile(path)) as file:
        store = VitalsInFile(file, "tmdb")
        store.update(lambda vitals: replace(vitals, answers_s=(0.5,) * 5000))
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        size = connection.execute("PRAGMA page_size").fetchone()[0]
        pages = connection.execute("SELECT rootpage FROM sqlite_master WHERE name = 'health'").fetchone()[0]
    with path.open("r+b") as file_bytes:
        file_bytes.seek((pages - 1) * size)
        file_bytes.write(b"\xff" * size)


def not_a_file(path: Path) -> None:
    path.mkdir(parents=True)


@pytest.mark.parametrize(
    ("trouble", "kept", "told"),
    [(damaged, 1, "was damaged"), (damaged_inside, 1, "was damaged"), (not_a_file, 0, "cannot be used")],
)
def test_no_trouble_with_the_file_ends_a_run(
    path: Path, caplog: pytest.LogCaptureFixture, trouble: Callable[[Path], None], kept: int, told: str
) -> None:
    trouble(path)
    with closing(StateFile(path)) as file:
        breaker = breaker_on(file, FakeClock())
        fail(breaker)
        assert isinstance(breaker.admit(), Failure)
    assert caplog.text.count(told) == 1
    assert len(list(path.parent.glob("*.sqlite.corrupt-*"))) == kept


def test_a_damaged_file_that_cannot_be_moved_leaves_the_run_with_its_memory(
    path: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    damaged(path)

    def refuse(*_: object) -> None:
        raise PermissionError("not yours")

    monkeypatch.setattr(Path, "rename", refuse)
    with closing(StateFile(path)) as file:
        breaker = breaker_on(file, FakeClock())
        fail(breaker)
        assert isinstance(breaker.admit(), Failure)
    assert "cannot be used (not yours); this run keeps rate limits and health to itself" in caplog.text


def test_a_new_file_that_cannot_be_made_leaves_the_run_with_its_memory(
    path: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    damaged(path)
    monkeypatch.setattr("etl.http.database.os.open", lambda *_: (_ for _ in ()).throw(OSError("no room")))
    with closing(StateFile(path)) as file:
        fail(breaker_on(file, FakeClock()))
    assert "was damaged" in caplog.text
    assert "cannot be used (no room)" in caplog.text


def test_a_fork_before_the_first_use_is_as_good_as_none(path: Path) -> None:
    with closing(StateFile(path)) as file:
        file._process = -1  # as a child sees it
        assert breaker_on(file, FakeClock()).vitals == Vitals()
        assert file._inherited == []


def test_a_file_that_is_locked_in_the_middle_of_a_run_leaves_it_with_what_it_knew(
    path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with closing(StateFile(path, lock_timeout_s=0.05)) as file, closing(open_database(path, timeout_s=1)) as holder:
        breaker = breaker_on(file, FakeClock())
        fail(breaker, 2)
        holder.execute("BEGIN IMMEDIATE")
        fail(breaker, 1)
        assert isinstance(breaker.admit(), Failure)
        assert breaker.health.failures_in_row == 3
    assert caplog.text.count("cannot be used") == 1
    with closing(StateFile(path)) as file:
        assert breaker_on(file, FakeClock()).health.failures_in_row == 2


FULL_DISK = """
import resource, signal, sys
from pathlib import Path
from etl.http.breaker import CircuitBreaker
from etl.http.clock import SystemClock
from etl.http.health import Failure
from etl.http.state import StateFile
from etl.http.vitals_store import VitalsInFile
from etl.errors import Category
file = StateFile(Path(sys.argv[1]))
breaker = CircuitBreaker("TMDB", SystemClock(), VitalsInFile(file, "tmdb"))
breaker.admit()
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (1, 1))
for _ in range(3):
    breaker.record(breaker.admit(), Failure(Category.TIMEOUT, "."))
print(isinstance(breaker.admit(), Failure))
file.close()
"""


def test_a_full_disk_leaves_the_run_with_its_memory(path: Path) -> None:
    ran = subprocess.run(
        [sys.executable, "-c", FULL_DISK, str(path)], capture_output=True, text=True, timeout=20, check=False
    )
    assert (ran.returncode, ran.stdout) == (0, "True\n"), ran.stderr
    assert "cannot be used" in ran.stderr


READ_ONLY = """
import os, sys
from pathlib import Path
from etl.errors import Category
from etl.http.breaker import CircuitBreaker
from etl.http.clock import SystemClock
from etl.http.health import Failure
from etl.http.state import StateFile
from etl.http.vitals_store import VitalsInFile
if os.getuid() == 0:
    os.seteuid(65534)  # root may write to everything
file = StateFile(Path(sys.argv[1]))
breaker = CircuitBreaker("TMDB", SystemClock(), VitalsInFile(file, "tmdb"))
for _ in range(3):
    breaker.record(breaker.admit(), Failure(Category.TIMEOUT, "."))
print(isinstance(breaker.admit(), Failure))
file.close()
"""


@pytest.mark.parametrize("folder_mode", [0o555, 0o777])
def test_a_read_only_file_leaves_the_run_with_its_memory(folder_mode: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "state.sqlite"
        with closing(StateFile(path)) as file:
            fail(breaker_on(file, FakeClock()), 1)
        path.chmod(0o444)
        path.parent.chmod(folder_mode)
        ran = subprocess.run(
            [sys.executable, "-c", READ_ONLY, str(path)], capture_output=True, text=True, timeout=20, check=False
        )
        assert (ran.returncode, ran.stdout) == (0, "True\n"), ran.stderr
        assert ran.stderr.count("cannot be used") == 1


@pytest.mark.parametrize(
    "text", ["", "[]", '{"successes": -1}', '{"health": {"open_until": 1e300}}', '{"answers_s": ["fast"]}']
)
def test_what_makes_no_sense_begins_anew(path: Path, caplog: pytest.LogCaptureFixture, text: str) -> None:
    with closing(StateFile(path)) as file:
        fail(breaker_on(file, FakeClock()))
        file.transact(lambda connection: connection.execute("UPDATE health SET vitals = ?", (text,)))
        assert breaker_on(file, FakeClock()).vitals == Vitals()
    assert caplog.text.count("of the health of tmdb makes no sense") == 1


class TestClients:
    """The whole way: what one client learned is what the next one begins with."""

    def test_a_source_that_failed_in_one_run_is_left_alone_by_the_next(
        self, client_of: OpenClient, server: Loopback, clock: FakeClock
    ) -> None:
        for number in range(5):
            server.on(f"/tv/{number}", status(500))
        client_of(concurrency=1, max_retries=0).fetch([Request(f"/tv/{number}") for number in range(5)])
        assert len(server.log) == 3
        later = client_of(is_refresh=True)
        (error,) = later.fetch([Request("/tv/1", concerns="tng")])
        assert isinstance(error, SourceError)
        assert error.message == (
            "TMDB was not asked, because it failed before: TMDB has a fault of its own after 1 attempt (HTTP 500). "
            "The first failure was at 2027-01-15 08:00:00 UTC. It is left alone until 2027-01-15 08:00:08 UTC."
        )
        assert (len(server.log), later.usage.requests) == (3, 0)
        clock.advance(8)
        server.on("/tv/1", data({"id": 1}))
        assert isinstance(later.fetch([Request("/tv/1")])[0], Answer)
        assert later.vitals.health == Health()
        assert later.vitals.successes == 1
        assert later.vitals.median_s is not None
        assert 0 < later.vitals.median_s < 5

    def test_a_refused_key_does_not_condemn_another_nor_another_server(
        self, client_of: OpenClient, server: Loopback
    ) -> None:
        server.on("/tv/655", status(401))
        server.on("/3/tv/655", data({}))
        client_of(credentials=tmdb_credentials(V3)).fetch([SHOW])
        server.on("/tv/655", data({}))
        refused, other_key, other_server = (
            client_of(credentials=tmdb_credentials(key), base_url=base_url).fetch([SHOW])[0]
            for key, base_url in (
                (V3, server.base_url),
                (OTHER_V3, server.base_url),
                (V3, f"{server.base_url}/3"),
            )
        )
        assert isinstance(refused, SourceError)
        assert refused.category is Category.AUTHENTICATION
        assert isinstance(other_key, Answer)
        assert isinstance(other_server, Answer)

    def test_a_key_that_the_source_quotes_is_not_kept(
        self, client_of: OpenClient, server: Loopback, tmp_path: Path
    ) -> None:
        said = {"status_message": f"Invalid API key {V3}."}
        server.on("/tv/655", status(401, said))
        client_of(credentials=tmdb_credentials(V3)).fetch([SHOW])
        kept = b"".join(file.read_bytes() for file in (tmp_path / "state").iterdir())
        assert b"Invalid API key" in kept
        assert V3.encode() not in kept

    def test_what_a_source_says_can_be_shown_and_kept_whatever_it_is(
        self, client_of: OpenClient, server: Loopback
    ) -> None:
        server.on("/tv/655", status(400, {"status_message": "half \ud83d of\n\x1b[31m a face"}))
        client = client_of()
        (error,) = client.fetch([SHOW])
        assert isinstance(error, SourceError)
        assert error.message.endswith("(HTTP 400): half of [31m a face.")
        server.on("/tv/1", data({}))
        (error,) = client.fetch([Request("/tv/1", problem_with=lambda _: "it says \udc00.")])
        assert isinstance(error, SourceError)
        assert error.message == "TMDB sent an answer that cannot be used: it says."
        assert client.vitals.health.failures_in_row == 2

    def test_offline_nothing_is_known_and_no_file_is_made(self, client_of: OpenClient, tmp_path: Path) -> None:
        client = client_of(is_offline=True)
        client.fetch([SHOW])
        assert client.vitals == Vitals()
        assert not (tmp_path / "state").exists()
