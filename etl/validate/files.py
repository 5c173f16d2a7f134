"""The files of a release against run.json: all are there, and each has the size and the hash that it states."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from pathlib import Path

from etl.validate.problems import Problem
from etl.validate.structure import read_model, unreadable
from schemas.run_json import PublishedFile, RunFile
from schemas.tables import CONTRACT_VERSION

RUN_FILE = "run.json"
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
# The guide's file is named after the franchise, so only the end of its name is fixed.
GUIDE_ENDINGS = ("-data.json", "-data.ts")


def read_run_file(folder: Path) -> tuple[RunFile | None, list[Problem]]:
    """What run.json in `folder` says, None where it breaks its contract, and its problems."""
    run, problems = read_model(folder / RUN_FILE, RunFile)
    if run and run.contract_version != CONTRACT_VERSION:
        message = f"is {run.contract_version}; this trek-etl knows {CONTRACT_VERSION}"
        problems.append(Problem("error", str(folder / RUN_FILE), "contract_version", message))
    return run, problems


def file_names(folder: Path) -> list[str]:
    """The names of the files in `folder`: no folders, no links that lead nowhere, nothing hidden."""
    return sorted(path.name for path in folder.iterdir() if path.is_file() and not path.name.startswith("."))


def guide_file(present: Sequence[str]) -> str | None:
    """The name of the guide as JSON, None where there is none."""
    return next((name for name in present if name.endswith("-data.json")), None)


def inspect_files(folder: Path, present: Sequence[str], stated: Mapping[str, PublishedFile]) -> list[Problem]:
    """Every expected and every stated file is there, as it was written; a stranger is worth a warning."""
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
    is_expected = path.name in _NAMED_FILES or path.name.endswith(GUIDE_ENDINGS)
    return Problem("error" if is_expected else "warning", str(path), "", f"is not listed in {RUN_FILE}")
