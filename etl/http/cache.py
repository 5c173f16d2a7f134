"""The answers of earlier runs, in one private SQLite file that never holds a credential and never stops a run."""

from __future__ import annotations

import hashlib
import logging
import sqlite3
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TypeVar

from requests.structures import CaseInsensitiveDict
from requests_cache.backends.sqlite import SQLiteDict
from requests_cache.models.request import CachedRequest
from requests_cache.models.response import CachedResponse

from etl.http.database import is_corrupt, open_database, set_aside

_LOG = logging.getLogger(__name__)
TABLE = "responses"
_LOCK_TIMEOUT_S = 5.0
# Everything else that a server sends (cookies first of all) stays out of the file.
_KEPT_HEADERS = ("Content-Type", "ETag", "Last-Modified")
_T = TypeVar("_T")


@dataclass(frozen=True)
class Entry:
    """One cached answer: what a 200 held, and when it was received or last confirmed (UTC).

    `fresh_until` is when whoever asked for it would have asked again; a run goes by its own requests, not by this.
    """

    url: str
    body: bytes
    received_at: datetime
    headers: Mapping[str, str]
    fresh_until: datetime | None = None

    @classmethod
    def of(cls, url: str, body: bytes, received_at: datetime, headers: Mapping[str, str]) -> Entry:
        """Make an entry with those headers that are worth keeping; names are looked up in any case."""
        kept = {name: headers[name] for name in _KEPT_HEADERS if name in headers}
        return cls(url, body, received_at, kept)

    @classmethod
    def of_refusal(cls, url: str, message: str, received_at: datetime) -> Entry:
        """Make an entry that there was nothing: it stands beside the last good answer, not in its place."""
        return cls(_refusal_url(url), message.encode(), received_at, {})

    def confirmed(self, received_at: datetime, headers: Mapping[str, str]) -> Entry:
        """Return the answer as a 304 with these headers leaves it: the body, and so its type, are the old ones."""
        fresh = Entry.of(self.url, self.body, received_at, headers).headers
        news = {name: value for name, value in fresh.items() if name != "Content-Type"}
        return replace(self, received_at=received_at, headers={**self.headers, **news})

    def fresh_for(self, max_age_s: float) -> Entry:
        """Return the answer with the time until which it need not be asked for again."""
        return replace(self, fresh_until=self.received_at + timedelta(seconds=max_age_s))

    @property
    def validators(self) -> dict[str, str]:
        """The request headers that ask the source whether this answer still holds."""
        pairs = (("If-None-Match", "ETag"), ("If-Modified-Since", "Last-Modified"))
        return {condition: self.headers[name] for condition, name in pairs if name in self.headers}


class ResponseStore(SQLiteDict):
    """requests-cache's storage with two of its traps closed.

    A locked file does not hold it for ever, and a full disk or a read-only file is not passed over in silence: both
    raise sqlite3.OperationalError.
    """

    def init_db(self) -> None:
        """Make the table unless it is there: a file that somebody is writing to can be read at once."""
        self.close()  # type: ignore[no-untyped-call]
        with self.connection() as connection:
            has_table = connection.execute("SELECT 1 FROM sqlite_master WHERE name = ?", (self.table_name,)).fetchone()
        if not has_table:
            super().init_db()  # type: ignore[no-untyped-call]

    @contextmanager
    def _acquire_sqlite_lock(self) -> Iterator[None]:
        with self._lock, self.connection() as connection:
            connection.execute("BEGIN IMMEDIATE")  # waits for SQLite's own timeout, then raises
            self._active_transaction = True
            try:
                yield
                connection.commit()
            finally:
                self._active_transaction = False
                connection.rollback()  # does nothing after a commit


class ResponseCache:
    """Keeps answers by URL. No method raises for a fault of the file: the run then goes on uncached.

    `errors` counts what could not be read or kept; after the first, no write is tried again in this run, because each
    might cost the whole lock timeout. A damaged file is kept as *.corrupt-<time> and a new one made.
    """

    def __init__(self, path: Path, *, lock_timeout_s: float = _LOCK_TIMEOUT_S) -> None:
        self.errors = 0
        self._path = path
        self._lock_timeout_s = lock_timeout_s
        self._lock = threading.RLock()
        self._is_writable = True
        self._store: ResponseStore | None = None
        self._safely(self._open)

    def get(self, url: str) -> Entry | None:
        """Return the answer kept for this URL, if there is one that can be read."""
        return self._safely(lambda: self._read(url))

    def get_refusal(self, url: str) -> Entry | None:
        """Return what the source said when it had nothing at this URL, if it is remembered."""
        return self.get(_refusal_url(url))

    def put(self, entry: Entry) -> None:
        """Keep this answer in place of the one before."""
        store = self._store
        if store is None or not self._is_writable:
            self.errors += 1
            return
        self._safely(lambda: _write(store, entry))

    def close(self) -> None:
        """Close the file."""
        with self._lock:
            if self._store is not None:
                self._store.close()  # type: ignore[no-untyped-call]
                self._store = None
                self._is_writable = False

    def _read(self, url: str) -> Entry | None:
        if self._store is None:
            return None
        try:
            kept = self._store[_key(url)]
        except KeyError:
            return None
        except (ExceptionGroup, AttributeError, TypeError, ValueError):
            # A row of another version or of somebody's own making: as good as none.
            return None
        if not isinstance(kept, CachedResponse) or kept.url != url:
            return None
        fresh_until = kept.expires.astimezone(UTC) if kept.expires else None
        return Entry(url, kept.content or b"", kept.created_at.astimezone(UTC), dict(kept.headers), fresh_until)

    def _open(self) -> None:
        # The first opening makes the file private and finds damage; the library's own would do neither.
        open_database(self._path, timeout_s=self._lock_timeout_s).close()
        self._store = ResponseStore(self._path, TABLE, wal=True, serializer="json", timeout=self._lock_timeout_s)

    def _safely(self, work: Callable[[], _T]) -> _T | None:
        with self._lock:
            try:
                return work()
            except sqlite3.DatabaseError as error:
                if not is_corrupt(error):
                    self._give_up_writing(error)
                    return None
            except OSError as error:
                self._give_up_writing(error)
                return None
            self._start_anew()
            return None

    def _start_anew(self) -> None:
        if self._store is not None:
            self._store.close()  # type: ignore[no-untyped-call]
            self._store = None
        try:
            _LOG.warning("The cache file was damaged; it is kept as %s, a new one begins.", set_aside(self._path))
            self._open()
        except (sqlite3.Error, OSError) as error:
            self._give_up_writing(error)

    def _give_up_writing(self, error: Exception) -> None:
        self.errors += 1
        if self._is_writable:
            self._is_writable = False
            _LOG.warning("The cache file %s cannot be used (%s); this run goes on without it.", self._path, error)


def _refusal_url(url: str) -> str:
    return f"{url}#not-found"


def _write(store: ResponseStore, entry: Entry) -> None:
    # Built from nothing instead of copied from the response: history, cookies and request headers cannot leak.
    store[_key(entry.url)] = CachedResponse(
        content=entry.body,
        created_at=entry.received_at,
        encoding="utf-8",
        expires=entry.fresh_until,
        headers=CaseInsensitiveDict(entry.headers),
        request=CachedRequest(method="GET", url=entry.url),
        status_code=200,
        url=entry.url,
    )


def _key(url: str) -> str:
    return hashlib.sha256(url.encode()).hexdigest()
