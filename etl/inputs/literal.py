"""Literals of JSON and TypeScript, read strictly and never run: texts, numbers, lists and objects, each with its line.

JSON is RFC 8259, but no key may stand twice. TypeScript is what viewing guides are written in: comments, names without
quotes, either quotation mark, commas at the end, `as const`. Whatever else a program can say is refused.
"""

from __future__ import annotations

import math
import re
from bisect import bisect_left
from dataclasses import dataclass, field
from typing import Any, Literal

from etl.inputs.document import Steps

Dialect = Literal["json", "typescript"]

DEEPEST = 32
MOST_VALUES = 1_000_000
LONGEST_NUMBER = 64

_BLANK = {
    "json": re.compile(r"[ \t\r\n]*+"),
    "typescript": re.compile(r"(?:[\s\ufeff]++|//[^\n]*+|/\*(?:[^*]|\*(?!/))*+\*/)*+"),
}
_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]*+)(\.[0-9]++)?([eE][+-]?[0-9]++)?")
_NAME = re.compile(r"[A-Za-z_$][\w$]*+", re.ASCII)
_WORDS = {"json": {"true": True, "false": False, "null": None}}
_WORDS["typescript"] = {**_WORDS["json"], "undefined": None}
_PLAIN = {
    "json": {'"': re.compile(r'[^"\\\x00-\x1f]*+')},
    "typescript": {
        '"': re.compile(r'[^"\\\x00-\x08\x0a-\x1f]*+'),
        "'": re.compile(r"[^'\\\x00-\x08\x0a-\x1f]*+"),
        "`": re.compile(r"[^`\\$]*+"),
    },
}
_ESCAPE = re.compile(r"\\(?:u([0-9A-Fa-f]{4})|u\{([0-9A-Fa-f]{1,6})\}|x([0-9A-Fa-f]{2})|(\r\n|.))", re.DOTALL)
_ESCAPED = {"n": "\n", "t": "\t", "r": "\r", "b": "\b", "f": "\f", '"': '"', "\\": "\\", "/": "/"}
_ESCAPED_IN = {
    "json": _ESCAPED,
    "typescript": {**_ESCAPED, "'": "'", "`": "`", "$": "$", "v": "\v", "0": "\0", "\n": "", "\r\n": ""},
}
_AS_CONST = re.compile(r"as\s+const\b")
_LAST_CODE_POINT = 0x10FFFF


class LiteralError(ValueError):
    """A text that is no literal; the message says what is wrong, `line` where."""

    def __init__(self, problem: str, line: int) -> None:
        super().__init__(problem)
        self.line = line


@dataclass
class LiteralReader:
    """Reads values one after the other; `lines` remembers where each began."""

    source: str
    dialect: Dialect
    at: int = 0
    lines: dict[Steps, int] = field(default_factory=dict)
    _ends: list[int] = field(init=False)

    def __post_init__(self) -> None:
        self._ends = [match.start() for match in re.finditer("\n", self.source)]

    def value(self, way: Steps = (), depth: int = 1) -> Any:
        """Read the value that stands here. Raises LiteralError."""
        self.skip()
        if len(self.lines) == MOST_VALUES:
            raise self.error(f"there are more than {MOST_VALUES:,} values")
        self.lines[way] = self._line()
        read = self._bare(way, depth)
        if self.dialect == "typescript":
            self.skip()
            self.take(_AS_CONST)
        return read

    def end(self) -> None:
        """Make sure that nothing follows."""
        self.skip()
        if self.at < len(self.source):
            raise self.error("something follows the value")

    def skip(self) -> None:
        """Pass over blanks and comments."""
        self.take(_BLANK[self.dialect])

    def take(self, pattern: re.Pattern[str]) -> re.Match[str] | None:
        """Pass over what the pattern matches here, if it does."""
        found = pattern.match(self.source, self.at)
        self.at = found.end() if found else self.at
        return found

    def has(self, mark: str) -> bool:
        """Pass over this mark, if it stands here."""
        self.skip()
        is_there = self.source.startswith(mark, self.at)
        self.at += len(mark) if is_there else 0
        return is_there

    def error(self, problem: str) -> LiteralError:
        """The error that here is something wrong."""
        return LiteralError(problem, self._line())

    def _line(self) -> int:
        return bisect_left(self._ends, self.at) + 1

    def _bare(self, way: Steps, depth: int) -> Any:
        mark = self.source[self.at : self.at + 1]
        if mark in ("{", "["):
            if depth > DEEPEST:
                raise self.error(f"values are nested more than {DEEPEST} deep")
            self.at += 1
            return self._object(way, depth) if mark == "{" else self._list(way, depth)
        if mark in _PLAIN[self.dialect]:
            return self._text(mark)
        word = self.take(_NAME)
        if word and word[0] in _WORDS[self.dialect]:
            return _WORDS[self.dialect][word[0]]
        if word:
            self.at = word.start()
        return self._number()

    def _list(self, way: Steps, depth: int) -> list[Any]:
        values: list[Any] = []
        while not self._ends_here("]", is_first=not values):
            values.append(self.value((*way, len(values)), depth + 1))
        return values

    def _object(self, way: Steps, depth: int) -> dict[str, Any]:
        values: dict[str, Any] = {}
        while not self._ends_here("}", is_first=not values):
            self.skip()
            begin = self.at
            name = self._key()
            if name in values:
                self.at = begin
                raise self.error(f"the key {name[:60]!r} stands there twice")
            if not self.has(":"):
                raise self.error("a colon is missing")
            values[name] = self.value((*way, name), depth + 1)
        return values

    def _ends_here(self, mark: str, *, is_first: bool) -> bool:
        """Whether the list or object ends; else what stands between two values is passed over."""
        if self.has(mark):
            return True
        if is_first:
            return False
        if not self.has(","):
            raise self.error(f"a comma or {mark} is missing")
        return self.dialect == "typescript" and self.has(mark)

    def _key(self) -> str:
        mark = self.source[self.at : self.at + 1]
        if mark != "`" and mark in _PLAIN[self.dialect]:
            return self._text(mark)
        word = self.take(_NAME) if self.dialect == "typescript" else None
        if word is None:
            raise self.error("a key is missing")
        return word[0]

    def _text(self, mark: str) -> str:
        self.at += 1
        parts: list[str] = []
        while True:
            plain = self.take(_PLAIN[self.dialect][mark])
            parts.append(plain[0] if plain else "")
            match self.source[self.at : self.at + 1]:
                case "\\":
                    parts.append(self._escape())
                case "$" if not self.source.startswith("${", self.at):
                    self.at += 1
                    parts.append("$")
                case end if end == mark:
                    self.at += 1
                    return self._whole("".join(parts))
                case "$":
                    raise self.error("a text with something to work out in it")
                case _:
                    raise self.error("a text holds a control character, or does not end")

    def _escape(self) -> str:
        found = _ESCAPE.match(self.source, self.at)
        four, long, two, letter = found.groups() if found else (None, None, None, None)
        known = _ESCAPED_IN[self.dialect]
        if found is None or (self.dialect == "json" and (long or two)) or (letter is not None and letter not in known):
            raise self.error("an unknown escape in a text")
        code = int(four or long or two or "0", 16)
        if code > _LAST_CODE_POINT:
            raise self.error("an escape beyond the last character")
        self.at = found.end()
        return chr(code) if letter is None else known[letter]

    def _whole(self, text: str) -> str:
        """Put pairs of halves of a character together."""
        try:
            return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le")
        except UnicodeDecodeError:
            raise self.error("a text holds half of a character") from None

    def _number(self) -> int | float:
        found = _NUMBER.match(self.source, self.at)
        if found is None:
            raise self.error("here is neither a text nor a number, a list or an object")
        if len(found[0]) > LONGEST_NUMBER:
            raise self.error(f"a number has more than {LONGEST_NUMBER} characters")
        number = float(found[0]) if found[1] or found[2] else int(found[0])
        if not math.isfinite(number):
            raise self.error("a number is too large")
        self.at = found.end()
        return number
