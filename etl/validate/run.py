"""run.json: its contract, and whether it speaks of the release that the database holds."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from etl.validate.database import DatabaseContent
from etl.validate.problems import Problem
from etl.validate.structure import read_model
from schemas.run_json import RunDocument, RunFile
from schemas.tables import CONTRACT_VERSION

RUN_FILE = "run.json"


def read_run_file(folder: Path) -> tuple[RunFile | None, list[Problem]]:
    """What run.json in `folder` says, None where it cannot serve to verify anything, and its problems."""
    path = folder / RUN_FILE
    run: RunFile | None
    run, problems = read_model(path, RunDocument)
    if run is None:
        run, _ = read_model(path, RunFile)
    if run and run.contract_version != CONTRACT_VERSION:
        message = f"is {run.contract_version}; this trek-etl knows {CONTRACT_VERSION}"
        problems.append(Problem("error", str(path), "contract_version", message))
    return run, problems


def compare_run(folder: Path, run: RunFile, content: DatabaseContent, database: str) -> list[Problem]:
    """What run.json says against the content of the file `database` beside it."""
    problems = []
    stated = run.files.get(database)
    if stated and stated.content_hash != content.content_hash:
        message = f"is {content.content_hash}, but {RUN_FILE} says {stated.content_hash}"
        problems.append(Problem("error", str(folder / database), "content_hash", message))
    for place, (found, expected) in _said(run, content).items():
        if found != expected:
            message = f"is {found}, but the newest run in {database} says {expected}"
            problems.append(Problem("error", str(folder / RUN_FILE), place, message))
    return problems


def _said(run: RunFile, content: DatabaseContent) -> dict[str, tuple[Any, Any]]:
    """What run.json and the database both say, by its place in run.json."""
    newest, tables = content.newest_run, content.tables
    said: dict[str, tuple[Any, Any]] = {
        "run_id": (run.run_id, newest["run_id"]),
        "as_of": (run.as_of, newest["as_of"]),
    }
    if isinstance(run, RunDocument):
        said |= {
            "release": (run.release, newest["release"]),
            "franchise": (run.franchise, newest["franchise"]),
            "numbering.scheme": (run.numbering.scheme, newest["numbering"]),
            "review": (run.review, tables["review"].height),
            "rejects": (run.rejects, tables["rejects"].height),
            "conflicts": (run.conflicts, tables["conflicts"].height),
        }
        counts = run.counts.model_dump()
        said |= {f"counts.{name}": (counts[name], tables[name].height) for name in counts if name in tables}
    return said
