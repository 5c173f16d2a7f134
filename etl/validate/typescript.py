"""The guide as TypeScript against the guide as JSON: whatever its layout, it exports the same data.

Only what the export writes is read: a literal of objects, lists, texts, numbers and flags, `as const` among them.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

from etl.validate.differences import compare_documents
from etl.validate.problems import Problem
from etl.validate.structure import unreadable

_EXPORT = re.compile(r"^export const [\w$]+ = ", re.MULTILINE)
_TOKEN = re.compile(
    r"(?P<blank>\s+|//[^\n]*|as const\b)"
    r"|(?P<text>'(?:[^'\\\n]|\\.)*'|\"(?:[^\"\\\n]|\\.)*\")"
    r"|(?P<number>-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)"
    r"|(?P<word>[A-Za-z_$][\w$]*)"
    r"|(?P<mark>[{}\[\]:,])"
)
_CONSTANTS = ("true", "false", "null")
_ESCAPE_OR_QUOTE = re.compile(r"\\.|\"")


class NoData(Exception):
    """The source holds something else than one literal; the message says in which line."""


def read_typescript(source: str) -> Any:
    """The value of the one constant that a module exports. Raises NoData where it is anything but a literal."""
    start = _EXPORT.search(source)
    if start is None:
        raise NoData("line 1: exports no constant")
    try:
        return json.loads(_as_json(source, start.end()))
    except json.JSONDecodeError as error:
        raise NoData(f"the exported literal is broken: {error.msg}") from error


def inspect_typescript(path: Path, guide: Any) -> list[Problem]:
    """Whether the module at `path` exports `guide`, the guide as JSON; None where that is not known."""
    try:
        data = read_typescript(path.read_text("utf-8"))
    except (OSError, UnicodeDecodeError, NoData, RecursionError) as error:
        return [unreadable(path, error)]
    return [] if guide is None else compare_documents(path, data, guide, "the JSON guide")


def _as_json(source: str, position: int) -> str:
    parts: list[str] = []
    while position < len(source):
        token = _TOKEN.match(source, position)
        if token is None:
            line = source.count("\n", 0, position) + 1
            raise NoData(f"line {line}: {source[position]!r} belongs to no literal")
        position = token.end()
        if token.lastgroup == "blank":
            continue
        if token[0] in ("}", "]") and parts and parts[-1] == ",":
            parts.pop()
        parts.append(_json_token(token))
    return "".join(parts)


def _json_token(token: re.Match[str]) -> str:
    if token.lastgroup == "text":
        return f'"{_ESCAPE_OR_QUOTE.sub(_json_escape, token[0][1:-1])}"'
    if token.lastgroup == "word" and token[0] not in _CONSTANTS:
        return json.dumps(token[0])
    return token[0]


def _json_escape(found: re.Match[str]) -> str:
    r"""JSON knows the escapes that the export writes, but for \' which needs none there."""
    return {"\\'": "'", '"': '\\"'}.get(found[0], found[0])
