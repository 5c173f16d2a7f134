"""The small SQLite file that all threads and processes of this machine share: rate limits, and how sources fare."""

from __future__ import annotations

import hashlib
import logging
import os
import sqlite3
import threading
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from etl.http.database import is_corrupt, open_database, set_aside

_LOG = logging.getLogger(__name__)
_LOCK_TIMEOUT_S = 5.0
_T = TypeVar("_T")


def state_key(source: str, *told_apart_by: str) -> str:
    """Name what is kept of a source, apart by such things as its credential, without revealing them."""
    return f"{source}:{hashlib.sha256(chr(10).join(told_apart_by).encode()).hexdigest()[:16]}"


class StateFile:
    """Does work in transactions, of which one at a time runs on this machine; safe for threads and forks.

    No fault of the file ends a run: a damaged one is kept as *.corrupt-<time> and a new one begun; with one that cannot
    be used, this process goes on in memory, by itself, and a warning says so.
    """

    def __init__(self, path: Path, *, lock_timeout_s: float = _LOCK_TIMEOUT_S) -> None:
        self._path = path
        self._lock_timeout_s = lock_timeout_s
        self._lock = threading.Lock()
        self._connection: sqlite3.Connection | None = None
        self._process = os.getpid()
        self._inherited: list[sqlite3.Connection] = []

    def transact(self, work: Callable[[sqlite3.Connection], _T]) -> _T:
        """Return what the work returns; what it raises undoes it. After a fault of the file the work is done again."""
        with self._process_lock():
            for mend in (self._begin_anew, self._go_on_in_memory):
                try:
                    return self._transacted(work)
                except (sqlite3.Error, OSError) as error:
                    mend(error)
            return self._transacted(work)

    def close(self) -> None:
        """Close this process's connection; whoever goes on opens a new one."""
        with self._process_lock():
            self._disconnect()

    def _transacted(self, work: Callable[[sqlite3.Connection], _T]) -> _T:
        connection = self._connected()
        connection.execute("BEGIN IMMEDIATE")
        try:
            outcome = work(connection)
            connection.execute("COMMIT")
        except BaseException:
            connection.rollback()
            raise
        return outcome

    def _process_lock(self) -> threading.Lock:
        if self._process != os.getpid():
            # After a fork, the parent's lock may be held for ever, and its connection must not even be closed here.
            if self._connection is not None:
                self._inherited.append(self._connection)
            self._connection, self._lock, self._process = None, threading.Lock(), os.getpid()
        return self._lock

    def _connected(self) -> sqlite3.Connection:
        if self._connection is None:
            self._connection = open_database(self._path, timeout_s=self._lock_timeout_s)
            # What a power cut could lose is the memory of a few requests; waiting for the disk costs more.
            self._connection.execute("PRAGMA synchronous=OFF")
        return self._connection

    def _disconnect(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _begin_anew(self, error: sqlite3.Error | OSError) -> None:
        if not (isinstance(error, sqlite3.Error) and is_corrupt(error)):
            self._go_on_in_memory(error)
            return
        self._disconnect()
        try:
            _LOG.warning("The state file was damaged; it is kept as %s, a new one begins.", set_aside(self._path))
        except OSError as failure:
            self._go_on_in_memory(failure)

    def _go_on_in_memory(self, error: sqlite3.Error | OSError) -> None:
        _LOG.warning(
            "The state file %s cannot be used (%s); this run keeps rate limits and health to itself.",
            self._path,
            error,
        )
        self._disconnect()
        self._connection = sqlite3.connect(":memory:", isolation_level=None, check_same_thread=False)
