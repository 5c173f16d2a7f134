"""The files of a release against run.json: all are there, and each has the size and the hash that it states."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from pathlib import Path

from etl.validate.guide import GUIDE_ENDINGS
from etl.validate.problems import Problem
from etl.validate.run import RUN_FILE
from etl.validate.structure import unreadable
from schemas.run_json import PublishedFile

DATABASE = "episodes.duckdb"
FLAT_FILES = ("episodes.json", "episodes.csv", "episodes.parquet")
_NAMED_FILES = (
    DATABASE,
    *FLAT_FILES,
    "quality.json",
    "redirects.json",
    "changes.md",
    "report.html",
    "ATTRIBUTION.md",
)


def file_names(folder: Path) -> list[str]:
    """The names of the files in `folder`: no folders, no links that lead nowhere, nothing hidden."""
    return sorted(path.name for path in folder.iterdir() if path.is_file() and not path.name.startswith("."))


def inspect_files(folder: Path, present: Sequence[str], stated: Mapping[str, PublishedFile]) -> list[Problem]:
    """Every expected and every stated file is there, as it was written, and no other."""
    expected = [*_NAMED_FILES, *stated]
    missing = [name for name in dict.fromkeys(expected) if name not in present]
    missing += [f"*{ending}" for ending in GUIDE_ENDINGS if not any(name.endswith(ending) for name in present)]
    return [
        *(Problem("error", str(folder / name), "", "is missing, or is no file") for name in missing),
        *(problem for name in present if name in stated for problem in _changes(folder / name, stated[name])),
        *(_unstated(folder / name) for name in present if stated and name not in (*stated, RUN_FILE)),
    ]


def _changes(path: Path, stated: PublishedFile) -> list[Problem]:
    # The hash of a database is that of its content, which is compared where the content is read.
    if path.name == DATABASE:
        return []
    try:
        content = path.read_bytes()
    except OSError as error:
        return [unreadable(path, error)]
    differences: dict[str, tuple[int | str, int | str | None]] = {
        "bytes": (len(content), stated.bytes),
        "sha256": (hashlib.sha256(content).hexdigest(), stated.sha256),
    }
    return [
        Problem("error", str(path), measure, f"is {found}, but {RUN_FILE} says {said}")
        for measure, (found, said) in differences.items()
        if found != said
    ]


def _unstated(path: Path) -> Problem:
    return Problem("error", str(path), "", f"is not listed in {RUN_FILE}: it is no part of this release")
