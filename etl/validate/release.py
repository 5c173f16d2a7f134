"""Inspecting a published folder, or one file of it. Whatever is damaged becomes a problem, never an exception."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from etl.validate.database import DatabaseContent, DatabaseInspection, inspect_database
from etl.validate.files import DATABASE, FLAT_FILES, RUN_FILE, file_names, guide_file, inspect_files, read_run_file
from etl.validate.ids import compare_ids, inspect_flat
from etl.validate.problems import Problem
from etl.validate.redirects import REDIRECTS_FILE, inspect_redirects
from etl.validate.structure import read_model, unreadable
from schemas.guide_json import Guide
from schemas.run_json import RunFile

# Where etl/load/publish.py leads readers who want several files of one release.
_CURRENT = ".current"


def inspect_release(folder_or_file: Path, database: DatabaseInspection | None = None) -> list[Problem]:
    """All that is wrong with a published folder, a database (.duckdb) or a viewing guide (.json); none is a pass.

    Whoever has just inspected the folder's database hands in what was found, so that it is not read once more.
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
    match folder_or_file.suffix:
        case ".duckdb":
            return inspect_database(folder_or_file).problems
        case ".json":
            return read_model(folder_or_file, Guide)[1]
    return [
        Problem("error", str(folder_or_file), "", "is neither a folder, nor a database (.duckdb), nor a guide (.json)")
    ]


def _inspect_published(folder: Path, database: DatabaseInspection | None) -> list[Problem]:
    """Read below the folder that `.current` leads to now: a run that publishes meanwhile changes nothing there."""
    release = (folder / _CURRENT).resolve()
    if not release.is_dir():
        return _inspect_folder(folder, database)
    problems = [
        replace(problem, file=str(folder / Path(problem.file).relative_to(release)))
        for problem in _inspect_folder(release, database)
    ]
    unlinked = [name for name in file_names(release) if not (folder / name).is_file()]
    return problems + [Problem("error", str(folder / name), "", "does not lead to a file") for name in unlinked]


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
        problems += _compare_run(folder, run, content)
    guide = guide_file(present)
    if guide:
        problems += _inspect_guide(folder / guide, content)
    if REDIRECTS_FILE in present:
        problems += inspect_redirects(folder / REDIRECTS_FILE, content)
    for name in FLAT_FILES:
        if name in present:
            problems += inspect_flat(folder / name, content.episode_ids if content else None)
    return problems


def _compare_run(folder: Path, run: RunFile, content: DatabaseContent) -> list[Problem]:
    problems = []
    stated = run.files.get(DATABASE)
    if stated and stated.content_hash != content.content_hash:
        message = f"is {content.content_hash}, but {RUN_FILE} says {stated.content_hash}"
        problems.append(Problem("error", str(folder / DATABASE), "content_hash", message))
    if run.run_id not in content.run_ids:
        message = f"{run.run_id} is not in table runs of {DATABASE}"
        problems.append(Problem("error", str(folder / RUN_FILE), "run_id", message))
    return problems


def _inspect_guide(path: Path, content: DatabaseContent | None) -> list[Problem]:
    guide, problems = read_model(path, Guide)
    if guide and content:
        problems += compare_ids(path, "episodes", guide.episode_ids(), content.episode_ids)
        problems += compare_ids(path, "movies", guide.movie_ids(), content.movie_ids)
    return problems
