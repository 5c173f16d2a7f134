"""What is wrong with a release, and how it is shown to people, scripts and GitHub."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from typing import Literal

Severity = Literal["error", "warning", "notice"]
Format = Literal["text", "json", "github"]


@dataclass(frozen=True)
class Problem:
    """One thing that is wrong: in which file, where in it, and what; a notice is only worth knowing."""

    severity: Severity
    file: str
    where: str
    message: str

    def __str__(self) -> str:
        return ": ".join(part for part in (self.file, self.where, self.message) if part)


def render_problems(problems: Sequence[Problem], output_format: Format = "text") -> str:
    """The problems as text for people, JSON for scripts, or workflow commands that GitHub shows beside the files."""
    return _RENDERERS[output_format](problems)


def _render_text(problems: Sequence[Problem]) -> str:
    lines = [_on_one_line(f"{problem.severity}: {problem}") for problem in problems]
    return "\n".join([*lines, f"{_count(problems, 'error')} errors, {_count(problems, 'warning')} warnings"])


def _render_json(problems: Sequence[Problem]) -> str:
    answer = {
        "errors": _count(problems, "error"),
        "warnings": _count(problems, "warning"),
        "problems": [asdict(problem) for problem in problems],
    }
    return json.dumps(answer, indent=2, ensure_ascii=False)


def _render_github(problems: Sequence[Problem]) -> str:
    return "\n".join(map(_annotation, problems))


def _annotation(problem: Problem) -> str:
    properties = f"file={_property(problem.file)},title={_property(problem.where or 'trek-etl validate')}"
    return f"::{problem.severity} {properties}::{_data(problem.message)}"


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")


def _count(problems: Sequence[Problem], severity: Severity) -> int:
    return sum(problem.severity == severity for problem in problems)


def _on_one_line(text: str) -> str:
    """Damaged files may hold control characters, which must not steer a terminal."""
    return "".join(character if character.isprintable() else " " for character in text)


_RENDERERS: dict[Format, Callable[[Sequence[Problem]], str]] = {
    "text": _render_text,
    "json": _render_json,
    "github": _render_github,
}
