"""SQLite files that belong to one person: made private, in WAL mode, and moved aside when they are damaged."""

from __future__ import annotations

import os
import sqlite3
import time
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

_PRIVATE_FILE = 0o600
_PRIVATE_FOLDER = 0o700
_COMPANIONS = ("", "-wal", "-shm")
_CORRUPT_CODES = frozenset({sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB})
_BUSY_CODES = frozenset({sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED})
_PRIMARY_CODE = 0xFF  # SQLite keeps the primary result code in the low byte of the extended one


def open_database(path: Path, *, timeout_s: float) -> sqlite3.Connection:
    """Open the SQLite file (made with mode 0600, its missing folders with 0700) in WAL mode and autocommit.

    A lock held by somebody else is waited for at most `timeout_s` seconds. The connection may be used by any thread
    under a lock of the caller's. Raises sqlite3.DatabaseError (see is_corrupt) and OSError.
    """
    make_private(path)
    connection = sqlite3.connect(path, timeout=timeout_s, isolation_level=None, check_same_thread=False)
    try:
        _use_write_ahead_log(connection, timeout_s)
        connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
    except sqlite3.Error:
        connection.close()
        raise
    return connection


def make_private(path: Path) -> None:
    """Make the file and its missing folders, and take the file away from everybody else. Raises OSError."""
    missing = [folder for folder in path.parents if not folder.exists()]
    for folder in reversed(missing):
        folder.mkdir(mode=_PRIVATE_FOLDER, exist_ok=True)
    if not path.exists():
        os.close(os.open(path, os.O_CREAT | os.O_RDWR, _PRIVATE_FILE))
    for companion in companions(path):
        # SQLite gives -wal and -shm the mode of the main file; this mends files that an older tool left open to all.
        # A file of somebody else's cannot be changed, and need not be: SQLite will say whether it can be used.
        with suppress(FileNotFoundError, PermissionError):
            if companion.stat().st_mode & 0o077:
                companion.chmod(_PRIVATE_FILE)


def companions(path: Path) -> list[Path]:
    """Return the database file and the two that SQLite keeps beside it in WAL mode; none of them need exist."""
    return [path.with_name(path.name + suffix) for suffix in _COMPANIONS]


def is_corrupt(error: sqlite3.Error) -> bool:
    """Tell a damaged file from one that is locked, full or read-only."""
    return _primary_code(error) in _CORRUPT_CODES


def set_aside(path: Path) -> Path:
    """Rename a damaged database and its companions to *.corrupt-<time>, and return the main file's new path."""
    stamp = datetime.now(UTC).strftime("%Y%m%dT%H%M%S%fZ")
    for companion in companions(path):
        # Another process may have moved it first. A log left behind would be replayed into the new file.
        with suppress(FileNotFoundError):
            companion.rename(companion.with_name(f"{companion.name}.corrupt-{stamp}"))
    return path.with_name(f"{path.name}.corrupt-{stamp}")


def _use_write_ahead_log(connection: sqlite3.Connection, timeout_s: float) -> None:
    """Switch to WAL: SQLite answers "locked" at once, without its timeout, when two processes switch together."""
    give_up_at = time.monotonic() + timeout_s
    while True:
        try:
            connection.execute("PRAGMA journal_mode=WAL").fetchone()
        except sqlite3.OperationalError as error:
            if _primary_code(error) not in _BUSY_CODES or time.monotonic() >= give_up_at:
                raise
            time.sleep(0.005)
        else:
            return


def _primary_code(error: sqlite3.Error) -> int | None:
    # Errors of the sqlite3 module itself, such as the use of a closed connection, have no code.
    code: int | None = getattr(error, "sqlite_errorcode", None)
    return None if code is None else code & _PRIMARY_CODE
