"""The viewing guide, as JSON and as TypeScript: its contract, and whether it says what the database says."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

from etl.errors import ContractBroken
from etl.published.guide import build_guide
from etl.validate.database import DatabaseContent
from etl.validate.differences import compare_documents
from etl.validate.ids import compare_ids
from etl.validate.problems import Problem
from etl.validate.structure import read_model
from etl.validate.typescript import inspect_typescript
from schemas.guide_json import Guide

# The guide's file is named after the franchise, so only the end of its name is fixed.
GUIDE_ENDINGS = ("-data.json", "-data.ts")


def inspect_guides(folder: Path, present: Sequence[str], content: DatabaseContent | None) -> list[Problem]:
    """What is wrong with the guides among the files `present` in `folder`."""
    as_json, as_typescript = ([folder / name for name in present if name.endswith(end)] for end in GUIDE_ENDINGS)
    problems = [problem for path in as_json for problem in _inspect_json(path, content)]
    for path in as_typescript:
        problems += inspect_typescript(path, _data(path.with_suffix(".json")))
    return problems


def _inspect_json(path: Path, content: DatabaseContent | None) -> list[Problem]:
    guide, problems = read_model(path, Guide)
    if guide is None or content is None:
        return problems
    problems += compare_ids(path, "episodes", guide.episode_ids(), content.episode_ids)
    problems += compare_ids(path, "movies", guide.movie_ids(), content.movie_ids)
    if problems:
        return problems
    try:
        expected = build_guide(content.tables)
    except ContractBroken as error:
        return [Problem("error", str(path), "", f"the database makes no guide: {error}")]
    return compare_documents(path, _data(path), expected, "the database")


def _data(path: Path) -> object:
    """The document at `path`; None where there is none, or a broken one, which is told elsewhere."""
    try:
        document: object = json.loads(path.read_bytes())
    except (OSError, ValueError, RecursionError):
        return None
    return document
