"""The token bucket: exact, fair, shared by threads and processes, and never in the way."""

from __future__ import annotations

import multiprocessing
import os
import sqlite3
import stat
import subprocess
import sys
import threading
import time
import timeit
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from loopback import FakeClock

from etl.http.bucket import TokenBucket, WaitTooLongError
from etl.http.clock import Clock, SystemClock
from etl.http.database import open_database
from etl.http.state import StateFile, state_key


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "state" / "buckets.sqlite"


def bucket(path: Path, clock: Clock, *, rate: float = 4.0, burst: int = 40, **limits: float) -> TokenBucket:
    return TokenBucket(StateFile(path), state_key("tmdb", "key"), rate=rate, burst=burst, clock=clock, **limits)


def take_for(bucket: TokenBucket, end_at: float, taken: list[float]) -> None:
    while True:
        bucket.acquire()
        now = time.time()
        if now > end_at:
            return
        taken.append(now)


def test_the_burst_is_free_and_then_the_rate_rules(path: Path) -> None:
    clock = FakeClock()
    with closing(bucket(path, clock)) as tmdb:
        waits = [tmdb.acquire() for _ in range(50)]
    assert waits == [0.0] * 40 + [pytest.approx(0.25, abs=1e-6)] * 10
    assert sum(clock.slept) == pytest.approx(2.5, abs=1e-5)


def test_a_token_that_was_not_used_goes_to_the_next(path: Path) -> None:
    clock = FakeClock()
    with closing(bucket(path, clock, burst=1)) as tmdb:
        tmdb.acquire()
        tmdb.give_back()
        assert [tmdb.acquire() > 0 for _ in range(2)] == [False, True]


def test_nothing_is_given_back_during_a_pause(path: Path) -> None:
    clock = FakeClock()
    with closing(bucket(path, clock, burst=3)) as tmdb:
        tmdb.acquire()
        tmdb.penalize(10)
        tmdb.give_back()
        assert [tmdb.acquire() for _ in range(2)] == [pytest.approx(10.0), pytest.approx(0.25)]


def test_tokens_come_back_with_time_but_never_more_than_the_burst(path: Path) -> None:
    clock = FakeClock()
    with closing(bucket(path, clock, burst=3)) as tmdb:
        for _ in range(3):
            tmdb.acquire()
        clock.advance(1000)
        assert [tmdb.acquire() > 0 for _ in range(4)] == [False, False, False, True]


def test_eight_threads_get_burst_plus_rate_times_window(path: Path) -> None:
    taken: list[float] = []
    with closing(bucket(path, SystemClock(), rate=40.0, burst=20)) as tmdb:
        end_at = time.time() + 1.0
        threads = [threading.Thread(target=take_for, args=(tmdb, end_at, taken)) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert 30 <= len(taken) <= 20 + 40 * 1.0 + 1


TAKER = """
import sys, time
from pathlib import Path
from etl.http.bucket import TokenBucket
from etl.http.clock import SystemClock
from etl.http.state import StateFile, state_key
file = StateFile(Path(sys.argv[1]))
bucket = TokenBucket(file, state_key("tmdb", "key"), rate=40.0, burst=20, clock=SystemClock())
print("ready", flush=True)
sys.stdin.readline()
end_at, taken = time.time() + 1.0, []
while True:
    bucket.acquire()
    if time.time() > end_at:
        break
    taken.append(time.time())
bucket.close()
print(*taken)
"""


def test_two_processes_share_one_bucket(path: Path) -> None:
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", TAKER, str(path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        for _ in range(2)
    ]
    for process in processes:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
    for process in processes:
        assert process.stdin is not None
        process.stdin.write("go\n")
        process.stdin.flush()
    outputs = [[float(at) for at in process.communicate(timeout=20)[0].split()] for process in processes]
    taken = outputs[0] + outputs[1]
    assert 30 <= len(taken) <= 20 + 40 * (max(taken) - min(taken)) + 2
    assert min(len(output) for output in outputs) >= 5


def _take_in_child(tmdb: TokenBucket, results: object) -> None:
    waits = [tmdb.acquire() for _ in range(3)]
    results.put((os.getpid(), waits))  # type: ignore[attr-defined]
    tmdb.close()


@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
def test_a_forked_child_goes_on_with_the_same_bucket_even_if_the_lock_was_held(path: Path) -> None:
    tmdb = bucket(path, FakeClock(), burst=4)
    assert [tmdb.acquire() for _ in range(2)] == [0.0, 0.0]
    context = multiprocessing.get_context("fork")
    results = context.Queue()
    with tmdb._file._lock:
        child = context.Process(target=_take_in_child, args=(tmdb, results))
        child.start()
        pid, waits = results.get(timeout=10)
        child.join(10)
    assert pid != os.getpid()
    assert (waits[:2], waits[2] > 0) == ([0.0, 0.0], True)
    # The child's clock moved only in the child: here the fifth and the sixth token are still to come.
    assert tmdb.acquire() == pytest.approx(0.5, abs=1e-5)
    tmdb.close()
    results.close()


def test_after_a_fork_the_parents_connection_is_kept_but_never_used(path: Path) -> None:
    tmdb = bucket(path, FakeClock(), burst=1)
    tmdb.acquire()
    file = tmdb._file
    inherited = file._connection
    file._process = -1  # as a child sees it
    assert tmdb.acquire() > 0
    assert file._connection is not inherited
    assert file._inherited == [inherited]
    tmdb.close()
    assert inherited is not None
    inherited.close()


def test_many_may_open_a_new_file_at_once(path: Path) -> None:
    waits: list[float] = []

    def take() -> None:
        with closing(bucket(path, FakeClock(), burst=4)) as tmdb:
            waits.append(tmdb.acquire())

    threads = [threading.Thread(target=take) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert waits.count(0.0) == 4
    assert len(waits) == 8


def test_a_penalty_pauses_everybody_and_leaves_no_burst(path: Path) -> None:
    clock = FakeClock()
    with closing(bucket(path, clock)) as one, closing(bucket(path, clock)) as other:
        one.acquire()
        one.penalize(7)
        assert other.acquire() == pytest.approx(7)
        assert [one.acquire() for _ in range(2)] == [pytest.approx(0.25, abs=1e-5)] * 2


def test_a_second_penalty_does_not_shorten_the_first(path: Path) -> None:
    with closing(bucket(path, FakeClock())) as tmdb:
        tmdb.penalize(10)
        tmdb.penalize(2)
        tmdb.penalize(-3)
        assert tmdb.acquire() == pytest.approx(10)


def test_a_penalty_is_limited(path: Path) -> None:
    with closing(bucket(path, FakeClock(), max_pause_s=60.0)) as tmdb:
        tmdb.penalize(6 * 3600)
        assert tmdb.acquire() == pytest.approx(60)


def test_a_penalty_that_comes_during_the_wait_is_waited_for_too_by_each_in_turn(path: Path) -> None:
    class PenalizedWhileAsleep(FakeClock):
        penalty = True

        def sleep(self, duration_s: float) -> None:
            super().sleep(duration_s)
            if self.penalty:
                self.penalty = False
                other.penalize(5)

    clock = PenalizedWhileAsleep()
    with closing(bucket(path, clock, burst=1)) as tmdb, closing(bucket(path, clock, burst=1)) as other:
        tmdb.acquire()
        assert tmdb.acquire() == pytest.approx(0.25 + 5, abs=1e-5)


def test_waiting_threads_do_not_all_fire_when_the_pause_ends(path: Path) -> None:
    taken: list[float] = []
    with closing(bucket(path, SystemClock(), rate=4.0, burst=1)) as tmdb:
        tmdb.acquire()

        def take() -> None:
            tmdb.acquire()
            taken.append(time.monotonic())

        threads = [threading.Thread(target=take) for _ in range(3)]
        for thread in threads:
            thread.start()
        time.sleep(0.02)
        paused_at = time.monotonic()
        tmdb.penalize(0.3)
        for thread in threads:
            thread.join()
    # One that had its token before the pause may be noted later; the others come one by one, however slow we are.
    after = [at for at in taken if at >= paused_at + 0.29]
    assert len(after) >= 2
    assert max(after) >= paused_at + 0.29 + 0.25 * (len(after) - 1)


def test_a_wait_over_the_limit_is_refused_and_takes_no_token(path: Path) -> None:
    with closing(bucket(path, FakeClock(), rate=0.1, burst=1, max_wait_s=15.0)) as slow:
        slow.acquire()
        other = bucket(path, FakeClock(), rate=0.1, burst=1, max_wait_s=5.0)
        for _ in range(3):
            with closing(other), pytest.raises(WaitTooLongError, match=r"wait 10 s, the limit is 5 s"):
                other.acquire()
        assert slow.acquire() == pytest.approx(10)


def test_a_clock_that_is_set_back_does_not_stop_the_source(path: Path) -> None:
    clock = FakeClock()
    with closing(bucket(path, clock, burst=2)) as tmdb:
        for _ in range(2):
            tmdb.acquire()
        tmdb.penalize(3)
        clock.advance(-86_400)
        assert tmdb.acquire() == pytest.approx(3)


@pytest.mark.parametrize(("rate", "burst"), [(0.0, 1), (-1.0, 1), (1.0, 0)])
def test_a_bucket_that_never_gives_a_token_is_refused(path: Path, rate: float, burst: int) -> None:
    with pytest.raises(ValueError, match="needs a rate above 0"):
        bucket(path, FakeClock(), rate=rate, burst=burst)


def test_sources_and_keys_have_buckets_of_their_own_and_the_key_stays_secret(path: Path) -> None:
    names = {state_key("tmdb", "secret-one"), state_key("tmdb", "secret-two"), state_key("tvmaze", "secret-one")}
    assert len(names) == 3
    assert not any("secret" in name for name in names)


@pytest.fixture
def loose_umask() -> Iterator[None]:
    before = os.umask(0o000)
    yield
    os.umask(before)


def test_the_file_is_private(path: Path, loose_umask: None) -> None:
    with closing(bucket(path, FakeClock())) as tmdb:
        tmdb.acquire()
        files = list(path.parent.iterdir())
        assert {file.name for file in files} == {path.name, f"{path.name}-wal", f"{path.name}-shm"}
        assert {stat.S_IMODE(file.stat().st_mode) for file in files} == {0o600}
        assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700


def test_a_damaged_file_is_kept_and_a_new_one_made(path: Path, caplog: pytest.LogCaptureFixture) -> None:
    path.parent.mkdir()
    path.write_bytes(b"not a database at all" * 100)
    with closing(bucket(path, FakeClock(), burst=1)) as tmdb:
        assert [tmdb.acquire(), tmdb.acquire() > 0] == [0.0, True]
    assert len(list(path.parent.glob("*.corrupt-*"))) == 1
    assert "was damaged" in caplog.text
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("SELECT count(*) FROM bucket").fetchone() == (1,)


def test_a_file_that_cannot_be_used_leaves_a_bucket_in_memory(path: Path, caplog: pytest.LogCaptureFixture) -> None:
    path.mkdir(parents=True)
    clock = FakeClock()
    with closing(bucket(path, clock, burst=1)) as tmdb:
        assert [tmdb.acquire(), tmdb.acquire()] == [0.0, pytest.approx(0.25, abs=1e-5)]
    assert caplog.text.count("cannot be used") == 1


def test_a_file_that_is_locked_for_too_long_leaves_a_bucket_in_memory(
    path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    impatient = StateFile(path, lock_timeout_s=0.1)
    with closing(TokenBucket(impatient, "tmdb", rate=4.0, burst=1, clock=FakeClock())) as tmdb:
        tmdb.acquire()
        with closing(open_database(path, timeout_s=1)) as holder:
            holder.execute("BEGIN IMMEDIATE")
            assert tmdb.acquire() == 0.0
            assert tmdb.acquire() > 0
    assert caplog.text.count("cannot be used") == 1


def test_a_lock_held_while_opening_is_waited_for_and_then_reported(path: Path) -> None:
    path.parent.mkdir()
    with closing(sqlite3.connect(path, isolation_level=None)) as holder:
        holder.execute("CREATE TABLE other (x)")
        holder.execute("BEGIN EXCLUSIVE")
        began_at = time.monotonic()
        with pytest.raises(sqlite3.OperationalError, match="locked"):
            open_database(path, timeout_s=0.1)
        assert 0.1 <= time.monotonic() - began_at < 2
        holder.execute("COMMIT")
    open_database(path, timeout_s=0.1).close()


def test_a_file_that_others_switch_to_wal_at_the_same_time_is_tried_again(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class BusyOnce(sqlite3.Connection):
        is_busy = True

        def execute(self, statement: str, *parameters: object) -> sqlite3.Cursor:
            if self.is_busy and "journal_mode" in statement:
                self.is_busy = False
                error = sqlite3.OperationalError("database is locked")
                error.sqlite_errorcode = sqlite3.SQLITE_BUSY
                raise error
            return super().execute(statement, *parameters)

    connect = sqlite3.connect
    monkeypatch.setattr(sqlite3, "connect", lambda *args, **kwargs: connect(*args, **kwargs, factory=BusyOnce))
    with closing(open_database(path, timeout_s=1)) as connection:
        assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)


def test_an_acquire_costs_less_than_a_millisecond(path: Path) -> None:
    with closing(bucket(path, FakeClock(), rate=1e6, burst=10**6)) as tmdb:
        tmdb.acquire()
        assert min(timeit.repeat(tmdb.acquire, number=20, repeat=10)) / 20 < 1e-3


def test_the_clock_of_this_machine_tells_the_time_and_sleeps() -> None:
    clock = SystemClock()
    before = clock.now()
    clock.sleep(0.01)
    assert before + 0.009 <= clock.now() <= time.time()
