"""What the commands see of a cache file, source by source."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from loopback import FakeClock, Loopback, OpenClient, data, text

from etl.http.cache import Entry, ResponseCache
from etl.http.cache_contents import CacheStats, KeptAnswers, cache_stats, clear_cache
from etl.http.database import open_database
from etl.sources import MEMORY_ALPHA, SOURCES, TREKCORE, Request

AT = datetime(2026, 11, 23, 1, 2, 3, 456789, tzinfo=UTC)
HOUR_S = 3600.0
BASES = {name: source.base_url for name, source in SOURCES.items() if source.base_url}
PLAYED = {
    "tmdb": "http://127.0.0.1:8080/tmdb/3",
    "trekcore": "http://127.0.0.1:8080/trekcore/{host}",
    "memory_alpha": "http://127.0.0.1:8080/memory-alpha/api.php",
    "tvmaze": "http://127.0.0.1:8080",
}


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "cache" / "http.sqlite"


def keep(path: Path, *urls: str, received_at: datetime = AT, max_age_s: float = HOUR_S, body: bytes = b"{}") -> None:
    with closing(ResponseCache(path)) as cache:
        for url in urls:
            cache.put(Entry.of(url, body, received_at, {}).fresh_for(max_age_s))


def counts(path: Path, bases: dict[str, str]) -> dict[str, int]:
    return {name: kept.answers for name, kept in cache_stats(path, bases, AT).by_source.items()}


def test_every_answer_is_counted_with_its_source(path: Path) -> None:
    keep(
        path,
        "https://api.themoviedb.org/3/tv/655?a=1",
        "https://api.themoviedb.org/3/tv/656#not-found",
        "https://tng.trekcore.com/episodes/index.html",
        "https://ds9.trekcore.com/robots.txt",
        "https://memory-alpha.fandom.com/robots.txt",
        "https://memory-alpha.fandom.com/api.php?action=query",
        "https://api.themoviedb.org/30/tv/1",
        "https://trekcore.com/episodes/index.html",
    )
    assert counts(path, BASES) == {
        "api.themoviedb.org": 1,
        "memory_alpha": 2,
        "tmdb": 2,
        "trekcore": 2,
        "trekcore.com": 1,
    }


def test_on_one_host_the_nearest_folder_decides(path: Path) -> None:
    home = "http://127.0.0.1:8080"
    keep(
        path,
        f"{home}/tmdb/3/tv/655",
        f"{home}/trekcore/tng/episodes/index.html",
        f"{home}/memory-alpha/api.php?a=1",
        f"{home}/shows/1",
    )
    assert counts(path, PLAYED) == {"memory_alpha": 1, "tmdb": 1, "trekcore": 1, "tvmaze": 1}


def test_a_source_is_summed_up(path: Path) -> None:
    keep(path, "https://api.tvmaze.com/a", body=b"[" + b"1," * 500 + b"1]")
    keep(path, "https://api.tvmaze.com/b", received_at=AT + timedelta(days=2))
    with closing(sqlite3.connect(path)) as connection, connection:
        (bytes_kept,) = connection.execute("SELECT sum(length(value)) FROM responses").fetchone()
        connection.executemany(
            "INSERT INTO responses VALUES (?, ?, NULL)",
            [
                ("k", "not json"),
                ("l", '{"url": 1, "created_at": "2026-11-23T01:02:03"}'),
                ("m", '{"url": "https://api.tvmaze.com/c", "created_at": "yesterday"}'),
                ("n", '{"url": "https://api.tvmaze.com/d", "created_at": "2026-13-45T01:02:03"}'),
            ],
        )
    size = sum(file.stat().st_size for file in path.parent.iterdir() if not file.name.endswith("-shm"))
    stats = cache_stats(path, BASES, AT + timedelta(hours=1, seconds=1))
    assert stats.by_source == {"tvmaze": KeptAnswers(2, 1, bytes_kept, AT, AT + timedelta(days=2))}
    assert stats.bytes >= size
    assert stats.answers == 2


def test_an_answer_is_fresh_for_as_long_as_a_run_would_use_it(
    client_of: OpenClient, server: Loopback, clock: FakeClock, tmp_path: Path
) -> None:
    server.on("/tv/1", data({"id": 1}, ETag='"1"'))
    server.on("/tv/2", data({"id": 2}))
    now = datetime.fromtimestamp(clock.now(), UTC)
    requests = [Request("/tv/1", max_age_s=HOUR_S), Request("/tv/2", max_age_s=2 * HOUR_S), Request("/tv/3")]
    client_of().fetch(requests)
    bases = {"tmdb": server.base_url}
    fresh = [
        cache_stats(tmp_path / "cache" / "http.sqlite", bases, now + timedelta(hours=hours)).by_source["tmdb"].fresh
        for hours in (0, 1, 2, 6)
    ]
    assert fresh == [3, 2, 1, 0]


def test_robots_is_an_answer_of_its_source_too(client_of: OpenClient, server: Loopback, tmp_path: Path) -> None:
    server.on("/trekcore/tng/robots.txt", text(b"User-agent: *\nAllow: /\n", "text/plain"))
    server.on("/trekcore/tng/list", text(b"<html>", "text/html"))
    base_url = f"{server.base_url}/trekcore/{{host}}"
    client_of(source=TREKCORE, base_url=base_url).fetch([Request("/list", host="tng", kind="text")])
    path = tmp_path / "cache" / "http.sqlite"
    wiki = f"{server.base_url}/wiki/api.php"
    client_of(source=MEMORY_ALPHA, base_url=wiki).fetch([Request("", kind="text")])
    bases = {"trekcore": base_url, "memory_alpha": wiki}
    kept = cache_stats(path, bases, datetime(2027, 1, 16, 7, tzinfo=UTC)).by_source
    # The wiki has neither a robots.txt nor an API; the first is remembered for a day, the second for six hours.
    assert {name: (source.answers, source.fresh) for name, source in kept.items()} == {
        "trekcore": (2, 1),
        "memory_alpha": (2, 1),
    }


def test_of_nothing_nothing_is_made(tmp_path: Path) -> None:
    path = tmp_path / "none.sqlite"
    assert cache_stats(path, BASES, AT) == CacheStats(0, {})
    assert clear_cache(path, BASES) == 0
    assert not path.exists()
    open_database(path, timeout_s=1).close()
    assert cache_stats(path, BASES, AT).answers == clear_cache(path, BASES) == 0


def test_clear_forgets_every_answer_and_frees_the_disk(path: Path) -> None:
    body = b"[" + b"1," * 50_000 + b"1]"
    keep(path, *(f"https://api.tvmaze.com/{number}" for number in range(5)), body=body)
    before = cache_stats(path, BASES, AT).bytes
    assert clear_cache(path, BASES) == 5
    after = cache_stats(path, BASES, AT)
    assert after.answers == 0
    assert after.bytes < before / 10
    with closing(ResponseCache(path)) as cache:
        assert cache.get("https://api.tvmaze.com/1") is None


def test_clear_of_one_source_leaves_the_others(path: Path) -> None:
    keep(path, "https://api.tvmaze.com/1", "https://tng.trekcore.com/robots.txt", "https://stapi.co/x")
    assert clear_cache(path, BASES, "trekcore") == 1
    assert clear_cache(path, BASES, "tmdb") == 0
    assert counts(path, BASES) == {"stapi.co": 1, "tvmaze": 1}


def test_stats_of_a_damaged_file_say_so(path: Path) -> None:
    path.parent.mkdir(parents=True)
    path.write_bytes(b"garbage" * 1000)
    with pytest.raises(sqlite3.DatabaseError):
        cache_stats(path, BASES, AT)
