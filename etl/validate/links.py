"""A published folder: every name of the release leads into it, and nothing beside it looks like a part of it."""

from __future__ import annotations

import filecmp
from pathlib import Path

from etl.validate.problems import Problem

# Where etl/load/publish.py leads readers who want several files of one release.
CURRENT = ".current"


def inspect_links(folder: Path, release: Path, names: list[str]) -> list[Problem]:
    """Whether the `names` of `release` are reached from `folder`, and what else stands there."""
    problems = [problem for name in names for problem in _inspect_link(folder / name, release / name)]
    others = [path for path in sorted(folder.iterdir()) if path.name not in names and not path.name.startswith(".")]
    for path in others:
        if path.is_symlink() and not path.exists():
            problems.append(Problem("error", str(path), "", "is a link that leads nowhere"))
        elif path.is_file():
            problems.append(Problem("warning", str(path), "", "belongs to no release"))
    return problems


def _inspect_link(path: Path, file: Path) -> list[Problem]:
    if not path.is_file():
        return [Problem("error", str(path), "", "does not lead to a file")]
    if path.samefile(file) or filecmp.cmp(path, file, shallow=False):
        return []
    return [Problem("error", str(path), "", f"is not the file of the release that {CURRENT} leads to")]
