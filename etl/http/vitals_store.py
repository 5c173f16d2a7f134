"""Where the vitals of a source are kept: in the file that all processes share, or in the memory of one."""

from __future__ import annotations

import logging
import sqlite3
import threading
from collections.abc import Callable
from typing import Protocol

from pydantic import TypeAdapter, ValidationError

from etl.http.health import Vitals
from etl.http.state import StateFile

_LOG = logging.getLogger(__name__)
_TABLE = "CREATE TABLE IF NOT EXISTS health (key TEXT PRIMARY KEY, vitals TEXT NOT NULL) WITHOUT ROWID"
_READ = "SELECT vitals FROM health WHERE key = ?"
_WRITE = "INSERT OR REPLACE INTO health VALUES (?, ?)"
_JSON = TypeAdapter(Vitals)


class VitalsStore(Protocol):
    """Keeps the vitals of one source, and lets nobody change them at the same time."""

    def update(self, change: Callable[[Vitals], Vitals]) -> Vitals:
        """Put what `change` makes of the vitals in their place, and return it."""
        ...


class VitalsInMemory:
    """Vitals of one process, shared by its threads."""

    def __init__(self, vitals: Vitals | None = None) -> None:
        self._vitals = vitals or Vitals()
        self._lock = threading.Lock()

    def update(self, change: Callable[[Vitals], Vitals]) -> Vitals:
        """Put what `change` makes of the vitals in their place, and return it."""
        with self._lock:
            self._vitals = change(self._vitals)
            return self._vitals


class VitalsInFile:
    """Vitals that all processes of this machine share and later runs begin with, under a `key` (etl.http.state)."""

    def __init__(self, file: StateFile, key: str) -> None:
        self._file = file
        self._key = key
        # If the file is lost in the middle of a run, this is what the run goes on with.
        self._last = Vitals()

    def update(self, change: Callable[[Vitals], Vitals]) -> Vitals:
        """Put what `change` makes of the vitals in their place, and return it. Never raises for a fault of the file."""

        def updated(connection: sqlite3.Connection) -> Vitals:
            connection.execute(_TABLE)
            row = connection.execute(_READ, (self._key,)).fetchone()
            before = self._read(row[0]) if row else self._last
            after = change(before)
            if after != before or not row:
                connection.execute(_WRITE, (self._key, _JSON.dump_json(after).decode()))
            return after

        self._last = self._file.transact(updated)
        return self._last

    def _read(self, text: str) -> Vitals:
        try:
            return _JSON.validate_json(text)
        except ValidationError:
            _LOG.warning(
                "What was kept of the health of %s makes no sense; it begins anew.", self._key.partition(":")[0]
            )
            return Vitals()
