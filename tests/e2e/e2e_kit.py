"""A workplace for one test: a folder, surroundings of its own, and trek-etl in this process or in one of its own."""

from __future__ import annotations

import hashlib
import io
import json
import logging
import os
import shutil
import sqlite3
import subprocess
import sys
import time
from base64 import b64encode
from collections.abc import Iterator
from contextlib import closing, contextmanager, redirect_stderr, redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote, quote_plus

import duckdb
import pytest
import structlog

from etl.cli import run
from tests.e2e.fake_tmdb import V4_TOKEN, FakeTmdb, Seen

AS_OF = "2026-11-20T12:00:00Z"
FRANCHISE = Path(__file__).parent / "franchise" / "franchise.toml"
TREK_ETL = Path(sys.executable).with_name("trek-etl")
CLOSED_PORT = "http://127.0.0.1:1/3"
DETERMINISTIC = (".json", ".ts", ".csv", ".parquet", ".md", ".html")
READ_BY_SETTINGS = ("TMDB_RATE_LIMIT", "MIN_METADATA_QUALITY", "CONCURRENCY", "DEBUG", "TREK_ETL_CONTACT")

Row = tuple[Any, ...]


@dataclass(frozen=True)
class Ran:
    """How one command ended, and what it said."""

    code: int
    out: str
    err: str

    @property
    def said(self) -> str:
        return self.out + self.err


class Workplace:
    """Runs commands with surroundings of its own, below `folder`; what they publish is in `out`."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.folder = folder
        self.out = folder / "outputs"
        self.cache = folder / "cache"
        self._monkeypatch = monkeypatch
        self._server: FakeTmdb | None = None
        for name in READ_BY_SETTINGS:
            monkeypatch.delenv(name, raising=False)
        # No colours and no folded lines, whatever terminal the tests run in.
        self.set(COLUMNS="200", NO_COLOR="1", TERM="dumb")
        self.set(TMDB_API_KEY="", TMDB_BASE_URL=CLOSED_PORT, TREK_ETL_CACHE_DIR=str(self.cache))
        monkeypatch.chdir(folder)

    def set(self, **variables: str) -> None:
        for name, value in variables.items():
            self._monkeypatch.setenv(name, value)

    @property
    def server(self) -> FakeTmdb:
        """The fake TMDB that is asked."""
        assert self._server is not None
        return self._server

    def use(self, server: FakeTmdb, key: str = V4_TOKEN) -> None:
        self._server = server
        self.set(TMDB_API_KEY=key, TMDB_BASE_URL=server.base_url)

    def begin_with(self, first_run: FirstRun) -> None:
        """Let this be what was published before; the cache is empty."""
        shutil.copytree(first_run.out, self.out, symlinks=True)

    def go_on_from(self, first_run: FirstRun) -> None:
        """Stand where that run ended: its release, its cache, its server."""
        self.begin_with(first_run)
        shutil.copytree(first_run.cache, self.cache)
        first_run.server.begin_anew()
        self.use(first_run.server)

    def run(self, *arguments: str | Path) -> Ran:
        with _logging_kept(), redirect_stdout(io.StringIO()) as out, redirect_stderr(io.StringIO()) as err:
            code = run([str(argument) for argument in arguments])
        return Ran(code, out.getvalue(), err.getvalue())

    def generate(self, *arguments: str | Path, out: Path | None = None) -> Ran:
        return self.run(*self.arguments(*arguments, out=out))

    def arguments(self, *arguments: str | Path, out: Path | None = None) -> list[str]:
        """`generate` of the small franchise as of a fixed time, without retries, unless the arguments say otherwise."""
        given = [str(argument) for argument in arguments]
        defaults = {
            "--franchise": str(FRANCHISE),
            "--as-of": AS_OF,
            "--max-retries": "0",
            "--out": str(out or self.out),
        }
        filled_in = [part for name, value in defaults.items() if name not in given for part in (name, value)]
        return ["generate", *given, *filled_in]

    def start(self, *arguments: str | Path, out: Path | None = None, **variables: str) -> subprocess.Popen[str]:
        """Start `generate` as a process of its own."""
        return subprocess.Popen(
            [TREK_ETL, *self.arguments(*arguments, out=out)],
            cwd=self.folder,
            env={**os.environ, **variables},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def end_cool_downs(self) -> None:
        """As if the time were over for which sources that failed are left alone."""
        self._set_cool_downs(until=1.0, length_s=8.0)

    def prolong_cool_downs(self) -> None:
        """Let sources that failed be left alone for as long as can be, however slow this machine is."""
        self._set_cool_downs(until=time.time() + 300.0, length_s=300.0)

    def _set_cool_downs(self, *, until: float, length_s: float) -> None:
        with closing(sqlite3.connect(self.cache / "state.sqlite")) as connection, connection:
            changed = connection.execute(
                "update health set vitals = json_set(vitals, '$.health.open_until', ?, '$.health.cool_down_s', ?)"
                " where json_extract(vitals, '$.health.open_until') is not null",
                (until, length_s),
            )
            assert changed.rowcount > 0

    def query(self, sql: str, *parameters: str, out: Path | None = None) -> list[Row]:
        """What the published database answers."""
        with duckdb.connect((out or self.out) / "episodes.duckdb", read_only=True) as connection:
            return connection.execute(sql, parameters).fetchall()

    def json(self, name: str, out: Path | None = None) -> Any:
        return json.loads(((out or self.out) / name).read_text("utf-8"))


class FirstRun:
    """One run with an empty cache and TMDB in good health; nobody writes into it."""

    def __init__(self, place: Workplace, ran: Ran, log: list[Seen]) -> None:
        self.ran = ran
        self.log = log
        self.server = place.server
        self.out = place.out
        self.cache = place.cache
        self.query = place.query
        self.json = place.json


def ended(process: subprocess.Popen[str]) -> Ran:
    out, err = process.communicate(timeout=60)
    return Ran(process.returncode, out, err)


def hashes(out: Path) -> dict[str, str]:
    """SHA-256 of every published file whose bytes are promised."""
    files = [path for path in sorted(out.iterdir()) if path.suffix in DETERMINISTIC]
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


def files_below(folder: Path) -> list[Path]:
    """Every regular file, hidden ones too."""
    return [path for path in folder.rglob("*") if path.is_file() and not path.is_symlink()]


def spellings(key: str) -> set[bytes]:
    """The key as it is, URL-encoded, and the halves of it that would be enough for a guess."""
    middle = len(key) // 2
    whole = {key, quote(key, safe=""), quote(key), quote_plus(key), key.upper(), key.lower()}
    parts = (*whole, key[:middle], key[middle:])
    # The cache keeps bodies in base64, where a text looks different at each of three places.
    encoded = {b64encode(bytes(at) + part.encode())[4:-4] for part in parts for at in range(3)}
    return {text.encode() for text in parts} | encoded


@contextmanager
def _logging_kept() -> Iterator[None]:
    """A command sets logging up for its process; here that is everybody's."""
    root = logging.getLogger()
    handlers, level = list(root.handlers), root.level
    try:
        yield
    finally:
        root.handlers[:] = handlers
        root.setLevel(level)
        logging.captureWarnings(capture=False)
        structlog.reset_defaults()
