"""What must hold after every run, however it ended: a whole release, nothing lost, no secret, nothing left behind."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import duckdb

from etl.errors import ExitCode
from etl.validate import inspect_release
from tests.e2e.e2e_kit import Ran, files_below, spellings
from tests.e2e.fake_tmdb import KEYS

SPELLINGS = frozenset().union(*(spellings(key) for key in KEYS))
_VALUES = "select episode_key, field, source, value, is_stale from field_values"
_LIVING = "select episode_key from episodes union all select movie_key from movies"
_BURIED = "select episode_key from tombstones"
_DUE = (ExitCode.DONE, ExitCode.QUALITY_GATE_FAILED, ExitCode.UNEXPECTED, ExitCode.GUARD)
"""Exit codes that a fault of a source may lead to; the others would blame the data or the person."""

Value = tuple[str, str, str]


@dataclass(frozen=True)
class Finding:
    """Something that must not be, of one kind."""

    kind: str
    text: str


@dataclass(frozen=True)
class Published:
    """What a reader finds: the run that made it, its values with whether each is stale, and what lives or is buried."""

    run_id: str
    link: str
    values: dict[Value, tuple[str, bool]]
    living: frozenset[str]
    buried: frozenset[str]


KINDS = {
    "torn": "releases that were not whole",
    "lost": "values lost that had been published",
    "secret": "files or outputs with the key in them",
    "late": "runs longer than their deadline",
    "ending": "endings without a documented code and a message",
    "state": "cache or state files that were damaged",
    "left": "files left behind after the next good run",
    "unguarded": "lies that the guard let pass",
    "unhealed": "clean runs that did not heal everything",
}


def read_published(out: Path) -> Published | None:
    """What is published now; None if that is nothing, or nothing that could be read."""
    release = (out / ".current").resolve()
    try:
        run_id = json.loads((release / "run.json").read_text("utf-8"))["run_id"]
        with duckdb.connect(release / "episodes.duckdb", read_only=True) as connection:
            values, living, buried = (connection.execute(sql).fetchall() for sql in (_VALUES, _LIVING, _BURIED))
    except (OSError, ValueError, duckdb.Error):
        return None
    return Published(
        run_id=run_id,
        link=str((out / ".current").readlink()),
        values={(key, field, source): (value, is_stale) for key, field, source, value, is_stale in values},
        living=frozenset(key for (key,) in living),
        buried=frozenset(key for (key,) in buried),
    )


def find_torn(out: Path) -> list[Finding]:
    """Whether what is published is one whole release, by its own hashes and by the contract."""
    if not (out / ".current").is_symlink():
        return []
    return [Finding("torn", str(problem)) for problem in inspect_release(out) if problem.severity == "error"]


def find_lost(before: Published | None, after: Published | None) -> list[Finding]:
    """Which values, episodes and films went without a word.

    A source that speaks of an episode again replaces all that it said of it before.
    """
    if before is None:
        return []
    if after is None:
        return [Finding("lost", "the whole release")]
    speakers = {(key, source) for (key, _, source), (_, is_stale) in after.values.items() if not is_stale}
    lost = [value for value in before.values if value not in after.values and (value[0], value[2]) not in speakers]
    gone = before.living - after.living - after.buried
    return [
        *(Finding("lost", f"{key} {field} of {source}") for key, field, source in lost if key not in after.buried),
        *(Finding("lost", f"{key} without a tombstone") for key in sorted(gone)),
    ]


def find_ending(ran: Ran, before: Published | None, after: Published | None) -> list[Finding]:
    """Whether a run ended as documented: with a code, a message, and a new release exactly if it says so."""
    if ran.code not in _DUE:
        return [Finding("ending", f"exit code {ran.code}: {ran.said[-2000:]}")]
    found = []
    if "Traceback" in ran.said:
        found.append(Finding("ending", f"a traceback: {ran.err[-3000:]}"))
    elif ran.code != ExitCode.DONE and "Error: " not in ran.err:
        found.append(Finding("ending", f"exit code {ran.code} without a message: {ran.said[-500:]}"))
    is_new = after is not None and (before is None or after.link != before.link)
    if is_new != (ran.code == ExitCode.DONE):
        found.append(Finding("ending", f"exit code {ran.code}, but a new release: {is_new}"))
    return found


def find_secrets(folder: Path, said: str = "") -> list[Finding]:
    """Where a key can be read, in any spelling."""
    texts = {str(path): path.read_bytes() for path in files_below(folder)} | {"what was said": said.encode()}
    return [Finding("secret", name) for name, data in texts.items() if any(spelling in data for spelling in SPELLINGS)]


def find_damage(cache: Path) -> list[Finding]:
    """Whether the cache and the state can still be read, to the last page."""
    found = [Finding("state", f"{path.name} was set aside") for path in cache.glob("*.corrupt-*")]
    for path in sorted(cache.glob("*.sqlite")):
        verdict = _verdict_of(path)
        found += [Finding("state", f"{path.name}: {verdict}")] if verdict != "ok" else []
    return found


def _verdict_of(database: Path) -> str:
    try:
        with closing(sqlite3.connect(database)) as connection:
            return str(connection.execute("pragma integrity_check").fetchone()[0])
    except sqlite3.DatabaseError as error:
        return str(error)


def find_left(folder: Path, out: Path) -> list[Finding]:
    """What a good run must have cleared away: half-made files, a refusal that holds no longer, old releases."""
    left = [path for path in folder.rglob("*") if path.name.endswith((".partial", ".tmp", ".wal", ".building"))]
    left += [out / ".refused"] if (out / ".refused").exists() else []
    left += sorted((out / ".releases").iterdir())[:-2]
    left += [path for path in out.iterdir() if path.is_symlink() and not path.exists()]
    return [Finding("left", str(path)) for path in left]


def find_unhealed(ran: Ran, first: Published, now: Published | None) -> list[Finding]:
    """How what a clean run published differs from what the first clean run did."""
    if ran.code != ExitCode.DONE or now is None:
        return [Finding("unhealed", f"exit code {ran.code}: {ran.said[-2000:]}")]
    other = {
        value for value in first.values.keys() | now.values.keys() if first.values.get(value) != now.values.get(value)
    }
    found = [
        Finding("unhealed", f"{value}: {first.values.get(value)} → {now.values.get(value)}") for value in sorted(other)
    ]
    if first.living != now.living:
        found.append(Finding("unhealed", f"lives or is gone: {sorted(first.living ^ now.living)}"))
    return found
