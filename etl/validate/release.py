"""Inspecting a published folder, or one file of it. Whatever is damaged becomes a problem, never an exception."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from pydantic import BaseModel

from etl.validate.database import DatabaseInspection, inspect_database
from etl.validate.files import DATABASE, FLAT_FILES, file_names, inspect_files
from etl.validate.flat import inspect_flat
from etl.validate.guide import inspect_guides
from etl.validate.links import CURRENT, inspect_links
from etl.validate.problems import Problem
from etl.validate.quality import QUALITY_FILE, inspect_quality
from etl.validate.redirects import REDIRECTS_FILE, inspect_redirects
from etl.validate.run import RUN_FILE, compare_run, read_run_file
from etl.validate.structure import read_model, unreadable
from schemas.guide_json import Guide
from schemas.quality_json import QualityFile
from schemas.redirects_json import Redirects
from schemas.run_json import RunDocument

_MODELS: dict[str, type[BaseModel]] = {
    RUN_FILE: RunDocument,
    QUALITY_FILE: QualityFile,
    REDIRECTS_FILE: Redirects,
}


def inspect_release(folder_or_file: Path, database: DatabaseInspection | None = None) -> list[Problem]:
    """All that is wrong with a published folder, or with one file of it: a database or a JSON file; none is a pass.

    A JSON file is held against the contract of its name, any other name is a viewing guide's. Whoever has just
    inspected the folder's database hands in what was found, so that it is not read once more.
    """
    try:
        return _inspect(folder_or_file, database)
    except OSError as error:
        return [unreadable(folder_or_file, error)]


def _inspect(folder_or_file: Path, database: DatabaseInspection | None) -> list[Problem]:
    if folder_or_file.is_dir():
        return _inspect_published(folder_or_file, database)
    if not folder_or_file.exists():
        return [Problem("error", str(folder_or_file), "", "does not exist; run trek-etl generate first")]
    if folder_or_file.name in FLAT_FILES:
        return inspect_flat(folder_or_file, None)
    match folder_or_file.suffix:
        case ".duckdb":
            return inspect_database(folder_or_file).problems
        case ".json":
            return read_model(folder_or_file, _MODELS.get(folder_or_file.name, Guide))[1]
    return [
        Problem("error", str(folder_or_file), "", "is neither a folder, nor a database (.duckdb), nor a guide (.json)")
    ]


def _inspect_published(folder: Path, database: DatabaseInspection | None) -> list[Problem]:
    """Read below the folder that `.current` leads to now: a run that publishes meanwhile changes nothing there.

    Where `.current` is no link, the folder is a copy whose links were followed, and is itself the release.
    """
    if not (folder / CURRENT).is_symlink():
        return _inspect_folder(folder, database)
    release = (folder / CURRENT).resolve()
    if not release.is_dir():
        return [Problem("error", str(folder / CURRENT), "", "leads to no release; run trek-etl generate again")]
    problems = [
        replace(problem, file=str(folder / Path(problem.file).relative_to(release)))
        for problem in _inspect_folder(release, database)
    ]
    return problems + inspect_links(folder, release, file_names(release))


def _inspect_folder(folder: Path, database: DatabaseInspection | None) -> list[Problem]:
    present = file_names(folder)
    run, problems = read_run_file(folder)
    problems += inspect_files(folder, present, run.files if run else {})
    content = None
    if DATABASE in present:
        inspection = database or inspect_database(folder / DATABASE)
        content = inspection.content
        problems += inspection.problems
    if run and content:
        problems += compare_run(folder, run, content, DATABASE)
    problems += inspect_guides(folder, present, content)
    if REDIRECTS_FILE in present:
        problems += inspect_redirects(folder / REDIRECTS_FILE, content)
    if QUALITY_FILE in present:
        problems += inspect_quality(folder / QUALITY_FILE, content)
    for name in FLAT_FILES:
        if name in present:
            problems += inspect_flat(folder / name, content.tables if content else None)
    return problems
