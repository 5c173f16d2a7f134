"""Finding and reading the SQL files: one SELECT a file, described by its first comments."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import takewhile
from pathlib import Path
from typing import Literal

Kind = Literal["views", "reports", "checks", "records"]

_PACKAGE = Path(__file__).parent


@dataclass(frozen=True)
class SqlFile:
    """One SELECT; its first comment line is the `description`, then `-- name: meaning` may describe its `columns`.

    What a check says of itself in that form is read by etl/check_files.py.
    """

    name: str
    description: str
    columns: Mapping[str, str]
    text: str


def sql_files(kind: Kind, package: Path = _PACKAGE) -> dict[str, SqlFile]:
    """All SQL files of a kind by name, in the order of their names; FileNotFoundError where there is none."""
    folder = _sql_folder(package) / kind
    files = {path.stem: _read(path) for path in sorted(folder.glob("*.sql"))}
    if not files:
        raise FileNotFoundError(f"{folder}: no SQL file here; install trek-etl again")
    return files


def _sql_folder(package: Path) -> Path:
    """The wheel carries the folder inside the package, a checkout has it beside the package."""
    installed = package / "_sql"
    return installed if installed.is_dir() else package.parent / "sql"


def _read(path: Path) -> SqlFile:
    text = path.read_text("utf-8")
    description, *described = _leading_comments(text)
    columns = dict(line.split(": ", 1) for line in described)
    return SqlFile(path.stem, description, columns, text)


def _leading_comments(text: str) -> list[str]:
    comments = takewhile(lambda line: line.startswith("--"), text.splitlines())
    return [line.removeprefix("--").strip() for line in comments]
