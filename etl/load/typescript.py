"""The viewing guide as TypeScript source, laid out as Prettier lays it out for the app that imports it.

The options are the app's: width 100, two spaces, single quotes, no semicolons, trailing commas. A file that
Prettier would not change gives a diff that shows data only. Every text is escaped: none can become code.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Sequence
from typing import Any

from etl.errors import ContractBroken
from etl.load.json_text import escape_lone_surrogates
from etl.plain_text import HIDDEN, escape_hidden, utf16_escape

_WIDTH = 100
_INDENT = 2
# Prettier moves a long text below its key only where the key is long enough for this to gain room.
_SHORTEST_KEY_TO_BREAK = 5

_IDENTIFIER = re.compile(r"[A-Za-z_$][\w$]*", re.ASCII)
_NAMED_ESCAPES = {"\\": "\\\\", "\n": "\\n", "\r": "\\r", "\t": "\\t"}
# A page may carry the source inside a script element: these would end it, or make its end be missed.
_MARKUP = re.compile(r"<(?=/script|!--)", re.IGNORECASE)


def guide_to_typescript(guide: Sequence[dict[str, Any]], header_lines: Sequence[str], *, franchise: str) -> str:
    """The source of a module with one export, for instance `starTrekData`; `header_lines` become its first comment."""
    header = "".join(f"{line}\n" for line in _comment(header_lines))
    return f"{header}export const {constant_name(franchise)} = {_value(list(guide), 0, 0)}\n"


def constant_name(franchise: str) -> str:
    """The name of the export: star_trek becomes starTrekData."""
    first, *others = [word for word in re.split(r"[^A-Za-z0-9]+", franchise.lower()) if word] or ["guide"]
    name = first + "".join(word.capitalize() for word in others) + "Data"
    return f"_{name}" if name[0].isdigit() else name


def string_literal(text: str) -> str:
    """`text` as a string literal that reads back as exactly `text`.

    The quote is the single one, unless the text holds more single quotes than double ones.
    """
    quote = '"' if text.count("'") > text.count('"') else "'"
    escaped = re.sub(r"[\\\n\r\t]", lambda found: _NAMED_ESCAPES[found[0]], text).replace(quote, f"\\{quote}")
    escaped = _MARKUP.sub(r"\\u003c", escape_hidden(escaped, utf16_escape))
    return f"{quote}{escape_lone_surrogates(escaped)}{quote}"


def _comment(lines: Sequence[str]) -> list[str]:
    """Line comments, one a line however many line ends a text holds: there is no end mark to inject."""
    split = [part for line in lines for part in line.splitlines() or [""]]
    return [f"// {HIDDEN.sub('', _plain(part)).strip()}".rstrip() for part in split] + ([""] if split else [])


def _plain(text: str) -> str:
    return escape_lone_surrogates(_MARKUP.sub("< ", text))


def _value(value: Any, indent: int, used: int) -> str:
    """`value` as source; `used` is how much of its first line is taken before it."""
    if isinstance(value, str):
        return string_literal(value)
    if isinstance(value, dict):
        return _block("{}", [_property(name, inner, indent + _INDENT) for name, inner in value.items()], indent)
    if isinstance(value, list):
        return _array(value, indent, used)
    return _scalar(value)


def _array(values: list[Any], indent: int, used: int) -> str:
    inner = indent + _INDENT
    parts = [_value(value, inner, inner) for value in values]
    one_line = f"[{', '.join(parts)}]"
    if any(isinstance(value, dict | list) for value in values) or not _fits(one_line, used):
        return _block("[]", [" " * inner + part for part in parts], indent)
    return one_line


def _property(name: str, value: Any, indent: int) -> str:
    key = name if _IDENTIFIER.fullmatch(name) else string_literal(name)
    start = f"{' ' * indent}{key}:"
    text = _value(value, indent, len(start) + 1)
    if name == "connectionType":
        return f"{start} {text} as const"
    if isinstance(value, str) and len(key) >= _SHORTEST_KEY_TO_BREAK and not _fits(text, len(start) + 1):
        return f"{start}\n{' ' * (indent + _INDENT)}{text}"
    return f"{start} {text}"


def _block(brackets: str, lines: list[str], indent: int) -> str:
    if not lines:
        return brackets
    body = "".join(f"{line},\n" for line in lines)
    return f"{brackets[0]}\n{body}{' ' * indent}{brackets[1]}"


def _scalar(value: Any) -> str:
    try:
        return json.dumps(value, allow_nan=False)
    except (TypeError, ValueError) as error:
        raise ContractBroken(f"What would be exported cannot be written as TypeScript: {error}.") from error


def _fits(text: str, used: int) -> bool:
    """Whether the text and the comma behind it end within the line."""
    return used + _columns(text) + 1 <= _WIDTH


def _columns(text: str) -> int:
    """How wide an editor shows the text: letters of East Asia take two columns, marks on a letter none."""
    if text.isascii():
        return len(text)
    return sum(
        0 if unicodedata.combining(letter) else 2 if unicodedata.east_asian_width(letter) in "WF" else 1
        for letter in text
    )
