"""What a cache file holds of each source, and forgetting it: for the commands, beside the runs that fill it."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from etl.http.base import HOST_FIELD, Base
from etl.http.cache import TABLE
from etl.http.database import companions, open_database

_LOCK_TIMEOUT_S = 5.0
_HOST = r"[a-z0-9-]+"
# A row that is no answer of ours has no address and no time; it belongs to nobody.
_ROWS = f"""
    SELECT
        key,
        json_extract(value, '$.url') AS url,
        json_extract(value, '$.created_at') AS received_at,
        length(CAST(value AS BLOB)) AS bytes,
        coalesce(expires, 0) AS fresh_until
    FROM {TABLE}
    WHERE
        json_valid(value)
        AND json_type(value, '$.url') = 'text'
        AND json_extract(value, '$.created_at') LIKE '____-__-__T%'
        AND datetime(json_extract(value, '$.created_at')) IS NOT NULL
"""  # noqa: S608 - the name of a table of ours


@dataclass(frozen=True)
class KeptAnswers:
    """The answers of one source: how many, of them those that are not asked for again yet, their bytes and times."""

    answers: int
    fresh: int
    bytes: int
    oldest_at: datetime
    newest_at: datetime


@dataclass(frozen=True)
class CacheStats:
    """What a cache file holds: bytes on disk, and the answers by the name of their source.

    Answers of an address that no source has now stand under the name of its host.
    """

    bytes: int
    by_source: Mapping[str, KeptAnswers]

    @property
    def answers(self) -> int:
        """All answers together."""
        return sum(kept.answers for kept in self.by_source.values())


@dataclass(frozen=True)
class _Row:
    key: str
    url: str
    received_at: str
    bytes: int
    fresh_until: int


def cache_stats(cache_path: Path, base_urls: Mapping[str, str], now: datetime) -> CacheStats:
    """Return what the file holds at this time; nothing if there is no file. Raises sqlite3.Error if it is no cache.

    `base_urls` are those of the sources by name, with {host} where a source has several.
    """
    size = sum(companion.stat().st_size for companion in companions(cache_path) if companion.exists())
    source_of = _sources_by_address(base_urls)
    by_source: dict[str, list[_Row]] = {}
    with _opened(cache_path) as connection:
        for row in _read(connection) if connection else ():
            by_source.setdefault(source_of(row.url), []).append(row)
    return CacheStats(size, {name: _summed(rows, now) for name, rows in sorted(by_source.items())})


def clear_cache(cache_path: Path, base_urls: Mapping[str, str], source: str | None = None) -> int:
    """Forget every answer, or those of one source, and return how many. Raises sqlite3.Error if it cannot."""
    with _opened(cache_path) as connection:
        if connection is None:
            return 0
        if source is None:
            forgotten = connection.execute(f"DELETE FROM {TABLE}").rowcount  # noqa: S608
        else:
            source_of = _sources_by_address(base_urls)
            keys = [(row.key,) for row in _read(connection) if source_of(row.url) == source]
            forgotten = connection.executemany(f"DELETE FROM {TABLE} WHERE key = ?", keys).rowcount if keys else 0  # noqa: S608
        connection.execute("VACUUM")
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        return forgotten


@contextmanager
def _opened(cache_path: Path) -> Iterator[sqlite3.Connection | None]:
    """The file's connection, None where there is no file or no answer was ever in it."""
    if not cache_path.exists():
        yield None
        return
    with closing(open_database(cache_path, timeout_s=_LOCK_TIMEOUT_S)) as connection:
        has_table = connection.execute("SELECT 1 FROM sqlite_master WHERE name = ?", (TABLE,)).fetchone()
        yield connection if has_table else None


def _read(connection: sqlite3.Connection) -> list[_Row]:
    return [_Row(*row) for row in connection.execute(_ROWS)]


def _summed(rows: list[_Row], now: datetime) -> KeptAnswers:
    times = [datetime.fromisoformat(row.received_at).astimezone(UTC) for row in rows]
    return KeptAnswers(
        answers=len(rows),
        fresh=sum(row.fresh_until > now.timestamp() for row in rows),
        bytes=sum(row.bytes for row in rows),
        oldest_at=min(times),
        newest_at=max(times),
    )


def _sources_by_address(base_urls: Mapping[str, str]) -> Callable[[str], str]:
    """Whose answer an address is: that of the source whose folder is nearest, where one stands inside of another."""
    folders = {
        name: re.compile(re.escape(Base(url).root_url).replace(re.escape(HOST_FIELD), _HOST) + r"(?=[/?#]|$)")
        for name, url in base_urls.items()
    }

    def source_of(url: str) -> str:
        found = {name: folder.match(url) for name, folder in folders.items()}
        lengths = {name: match.end() for name, match in found.items() if match}
        return max(lengths, key=lambda name: lengths[name]) if lengths else _host(url)

    return source_of


def _host(url: str) -> str:
    return url.partition("://")[2].partition("/")[0].partition("?")[0]
