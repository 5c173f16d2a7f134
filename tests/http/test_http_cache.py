"""The cache file: private, never the end of a run, and readable by the commands."""

from __future__ import annotations

import json
import os
import sqlite3
import stat
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from loopback import Loopback, OpenClient, data

from etl.http.cache import Entry, ResponseCache
from etl.http.database import open_database
from etl.sources import Answer, Request

AT = datetime(2026, 11, 23, 1, 2, 3, 456789, tzinfo=UTC)


def entry(name: str = "a", body: bytes = b'{"id": 1}', received_at: datetime = AT) -> Entry:
    return Entry.of(f"https://api.example.org/{name}", body, received_at, {"ETag": '"1"', "Content-Type": "x"})


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "deep" / "er" / "http.sqlite"


@pytest.fixture
def cache(path: Path) -> Iterator[ResponseCache]:
    with closing(ResponseCache(path, lock_timeout_s=0.1)) as opened:
        yield opened


def test_an_entry_comes_back_as_it_was(cache: ResponseCache, path: Path) -> None:
    cache.put(entry())
    assert cache.get(entry().url) == entry()
    assert cache.get("https://api.example.org/b") is None
    with closing(ResponseCache(path)) as later:
        assert later.get(entry().url) == entry()
        assert later.get(entry().url).received_at.tzinfo is UTC  # type: ignore[union-attr]


def test_an_entry_knows_until_when_it_is_fresh(cache: ResponseCache, path: Path) -> None:
    fresh = entry().fresh_for(90.5)
    assert fresh.fresh_until == AT + timedelta(seconds=90.5)
    cache.put(fresh)
    assert cache.get(fresh.url) == fresh
    with closing(sqlite3.connect(path)) as connection:
        ((expires,),) = connection.execute("SELECT expires FROM responses").fetchall()
    assert abs(expires - fresh.fresh_until.timestamp()) < 1


def test_a_newer_entry_replaces_the_older(cache: ResponseCache) -> None:
    cache.put(entry())
    cache.put(entry(body=b"[2]", received_at=AT + timedelta(hours=1)))
    kept = cache.get(entry().url)
    assert kept is not None
    assert (kept.body, kept.received_at) == (b"[2]", AT + timedelta(hours=1))


def test_only_useful_headers_are_kept_whatever_their_case() -> None:
    from requests.structures import CaseInsensitiveDict  # noqa: PLC0415

    sent = {"etag": '"1"', "LAST-MODIFIED": "Mon", "Set-Cookie": "a=b", "Authorization": "c"}
    kept = Entry.of("https://x/", b"", AT, CaseInsensitiveDict(sent))
    assert kept.headers == {"ETag": '"1"', "Last-Modified": "Mon"}
    assert kept.validators == {"If-None-Match": '"1"', "If-Modified-Since": "Mon"}
    assert Entry.of("https://x/", b"", AT, {}).validators == {}


def test_the_files_and_the_folders_that_it_makes_are_private(path: Path) -> None:
    before = os.umask(0o000)
    try:
        with closing(ResponseCache(path)) as cache:
            cache.put(entry())
            files = {file.name: stat.S_IMODE(file.stat().st_mode) for file in path.parent.iterdir()}
    finally:
        os.umask(before)
    assert files == {"http.sqlite": 0o600, "http.sqlite-wal": 0o600, "http.sqlite-shm": 0o600}
    folders = (path.parent, path.parent.parent)
    assert [stat.S_IMODE(folder.stat().st_mode) for folder in folders] == [0o700, 0o700]


def test_a_file_that_others_could_read_is_closed_to_them(path: Path) -> None:
    path.parent.mkdir(parents=True)
    path.touch(0o644)
    path.chmod(0o644)
    ResponseCache(path).close()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_a_damaged_file_is_moved_aside_and_a_new_one_begun(path: Path, caplog: pytest.LogCaptureFixture) -> None:
    path.parent.mkdir(parents=True)
    path.write_bytes(b"\x00garbage" * 1000)
    path.with_name("http.sqlite-wal").write_bytes(b"old log")
    with closing(ResponseCache(path)) as cache:
        cache.put(entry())
        assert cache.get(entry().url) == entry()
        assert cache.errors == 0
    (kept,) = path.parent.glob("http.sqlite.corrupt-*")
    assert kept.read_bytes() == b"\x00garbage" * 1000
    assert caplog.text.count("was damaged") == 1


def test_damage_in_the_middle_of_a_run_begins_a_new_file(path: Path, caplog: pytest.LogCaptureFixture) -> None:
    with closing(ResponseCache(path)) as cache:
        for number in range(50):
            cache.put(entry(f"{number}", body=b"[" + b"1," * 2000 + b"1]"))
        cache.close()
    content = bytearray(path.read_bytes())
    content[4096:] = b"\xff" * (len(content) - 4096)
    with closing(ResponseCache(path)) as cache:
        path.write_bytes(content)
        assert cache.get(entry("7").url) is None
        cache.put(entry())
        assert cache.get(entry().url) == entry()
    assert "was damaged" in caplog.text
    assert list(path.parent.glob("http.sqlite.corrupt-*"))


def test_a_file_that_cannot_be_made_anew_leaves_the_run_uncached(
    path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    path.parent.mkdir(parents=True)
    path.write_bytes(b"garbage" * 1000)

    def refuse(_: Path) -> Path:
        raise PermissionError("not yours")

    monkeypatch.setattr("etl.http.cache.set_aside", refuse)
    with closing(ResponseCache(path)) as cache:
        cache.put(entry())
        assert (cache.get(entry().url), cache.errors) == (None, 2)
    assert caplog.text.count("cannot be used") == 1


def test_a_locked_file_is_waited_for_once_and_then_only_read(
    cache: ResponseCache, path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    cache.put(entry())
    with closing(open_database(path, timeout_s=1)) as holder:
        holder.execute("BEGIN IMMEDIATE")
        began_at = time.monotonic()
        for number in range(20):
            cache.put(entry(f"{number}"))
        assert 0.1 <= time.monotonic() - began_at < 1.5  # and not twenty times 0.1
        assert cache.errors == 20
        assert cache.get(entry().url) == entry()
        assert cache.get(entry("1").url) is None
        with closing(ResponseCache(path, lock_timeout_s=0.1)) as second:
            assert second.get(entry().url) == entry()
    assert caplog.text.count("cannot be used") == 1


def test_a_file_that_lost_its_table_is_reported_once(
    cache: ResponseCache, path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("DROP TABLE responses")
    assert [cache.get(entry().url) for _ in range(3)] == [None] * 3
    assert cache.errors == 3
    assert caplog.text.count("cannot be used") == 1


def test_a_short_lock_is_waited_for(path: Path) -> None:
    with closing(ResponseCache(path, lock_timeout_s=5)) as cache:
        holder = open_database(path, timeout_s=1)
        holder.execute("BEGIN IMMEDIATE")
        timer = threading.Timer(0.1, holder.execute, ["COMMIT"])
        timer.start()
        cache.put(entry())
        timer.join()
        holder.close()
        assert (cache.get(entry().url), cache.errors) == (entry(), 0)


def test_a_new_file_that_is_locked_leaves_the_run_uncached(path: Path) -> None:
    path.parent.mkdir(parents=True)
    with closing(sqlite3.connect(path, isolation_level=None)) as holder:
        holder.execute("CREATE TABLE other (x)")
        holder.execute("BEGIN EXCLUSIVE")
        with closing(ResponseCache(path, lock_timeout_s=0.1)) as cache:
            cache.put(entry())
            assert cache.get(entry().url) is None
            assert cache.errors >= 1


def test_a_full_disk_is_counted_and_what_was_there_stays(cache: ResponseCache) -> None:
    cache.put(entry())
    assert cache._store is not None
    with cache._store.connection() as connection:
        pages = connection.execute("PRAGMA page_count").fetchone()[0]
        connection.execute(f"PRAGMA max_page_count = {pages}")
    cache.put(entry("big", body=b"[" + b"1," * 100_000 + b"1]"))
    assert cache.errors == 1
    assert cache.get(entry("big").url) is None
    assert cache.get(entry().url) == entry()


def test_work_that_breaks_off_leaves_no_transaction_open(cache: ResponseCache) -> None:
    cache.put(entry())
    store = cache._store
    assert store is not None
    with pytest.raises(KeyError), store.bulk_commit():
        del store[next(iter(store))]
        raise KeyError
    assert cache.get(entry().url) == entry()
    cache.put(entry("b"))
    assert cache.errors == 0


FILE_SIZE_LIMIT = """
import resource, sys
from datetime import UTC, datetime
from pathlib import Path
from etl.http.cache import Entry, ResponseCache
cache = ResponseCache(Path(sys.argv[1]))
resource.setrlimit(resource.RLIMIT_FSIZE, (300_000, 300_000))
for number in range(10):
    cache.put(Entry(f"https://x/{number}", b"[" + b"1," * 50_000 + b"1]", datetime.now(UTC), {}))
print(cache.errors, sum(cache.get(f"https://x/{number}") is not None for number in range(10)))
cache.close()
"""


def test_a_disk_that_runs_full_does_not_end_the_process(path: Path) -> None:
    run = subprocess.run([sys.executable, "-c", FILE_SIZE_LIMIT, str(path)], capture_output=True, text=True, check=True)
    errors, kept = (int(number) for number in run.stdout.split())
    assert (errors + kept, errors > 0, kept > 0) == (10, True, True)
    assert run.stderr.count("cannot be used") == 1


READ_ONLY = """
import os, sys
from datetime import UTC, datetime
from pathlib import Path
from etl.http.cache import Entry, ResponseCache
if os.getuid() == 0:
    os.seteuid(65534)  # root may write to everything
cache = ResponseCache(Path(sys.argv[1]))
cache.put(Entry("https://x/new", b"{}", datetime.now(UTC), {}))
print(cache.errors, cache.get("https://x/new"))
cache.close()
"""


@pytest.mark.parametrize("folder_mode", [0o555, 0o777])
def test_a_read_only_cache_does_not_end_the_process(folder_mode: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "http.sqlite"
        with closing(ResponseCache(path)) as cache:
            cache.put(entry())
        path.chmod(0o444)
        path.parent.chmod(folder_mode)
        run = subprocess.run(
            [sys.executable, "-c", READ_ONLY, str(path)], capture_output=True, text=True, check=True, timeout=30
        )
        assert int(run.stdout.split()[0]) >= 1
        assert run.stdout.split()[1] == "None"
        assert run.stderr.count("cannot be used") == 1


def test_a_folder_that_cannot_be_made_leaves_the_run_uncached(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with closing(ResponseCache(tmp_path / "file" / "http.sqlite")) as cache:
        cache.put(entry())
        assert (cache.get(entry().url), cache.errors) == (None, 2)


@pytest.mark.parametrize(
    "value",
    [
        "not json",
        "5",
        "null",
        "[]",
        "{}",
        '{"url": "https://other/"}',
        '{"created_at": "yesterday", "url": 5}',
        '{"headers": 7}',
        '{"_content": "%%%"}',
        '{"_content": 5, "url": "https://api.example.org/a"}',
    ],
)
def test_a_row_that_makes_no_sense_is_as_good_as_none(cache: ResponseCache, path: Path, value: str) -> None:
    cache.put(entry())
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("UPDATE responses SET value = ?", (value,))
    assert cache.get(entry().url) is None
    cache.put(entry())
    assert cache.get(entry().url) == entry()


def test_a_cached_body_that_is_no_json_is_asked_for_again(
    client_of: OpenClient, server: Loopback, tmp_path: Path
) -> None:
    server.on("/tv/1", data({"id": 1}))
    with closing(ResponseCache(tmp_path / "cache" / "http.sqlite")) as cache:
        cache.put(Entry(f"{server.base_url}/tv/1", b"<html>", datetime.fromtimestamp(1_800_000_000, UTC), {}))
    outcome = client_of().fetch([Request("/tv/1")])[0]
    assert isinstance(outcome, Answer)
    assert outcome.payload == {"id": 1}


def test_a_run_goes_on_uncached_when_the_cache_is_locked(
    client_of: OpenClient, server: Loopback, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("etl.http.opening.ResponseCache", lambda path: ResponseCache(path, lock_timeout_s=0.1))
    for number in range(10):
        server.on(f"/tv/{number}", data({"id": number}))
    client = client_of()
    with closing(open_database(tmp_path / "cache" / "http.sqlite", timeout_s=1)) as holder:
        holder.execute("BEGIN IMMEDIATE")
        outcomes = client.fetch([Request(f"/tv/{number}") for number in range(10)])
    assert [outcome.payload["id"] for outcome in outcomes if isinstance(outcome, Answer)] == list(range(10))


def test_threads_may_use_one_cache_together(cache: ResponseCache) -> None:
    def work(number: int) -> None:
        for _ in range(10):
            cache.put(entry(f"{number}", body=json.dumps([number]).encode()))
            kept = cache.get(entry(f"{number}").url)
            assert kept is not None
            bodies.append((number, json.loads(kept.body)))

    bodies: list[tuple[int, list[int]]] = []
    threads = [threading.Thread(target=work, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(bodies) == 80
    assert all(body == [number] for number, body in bodies)
    assert cache.errors == 0
