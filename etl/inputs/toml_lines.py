"""Where each value of a TOML file stands, which no parser tells, and a bound on what the parser may be given.

This is no parser: it follows well-formed TOML and stops where it is none, for `tomllib` to say what is wrong. It runs
first, because tomllib needs time that grows with the square of a dotted key's length, and memory for any nesting.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from contextlib import suppress
from dataclasses import dataclass, field

from etl.inputs.document import Steps

DEEPEST = 16
LONGEST_KEY = 16
LONGEST_NUMBER = 64
MOST_VALUES = 200_000

_BASIC = r'"[^"\\\n]*(?:\\.[^"\\\n]*)*"'
_PLAIN = r"'[^'\n]*'"
_BETWEEN = re.compile(r"(?:[ \t\r\n]++|#[^\n]*+)*+")
_BLANK = re.compile(r"[ \t]*+")
_KEY = re.compile(rf"[A-Za-z0-9_-]+|{_BASIC}|{_PLAIN}")
_TEXT = re.compile(
    r'"""[^"\\]*(?:(?:\\.|"{1,2}(?!"))[^"\\]*)*"{3,5}' + r"|'''(?:[^']|'{1,2}(?!'))*+'{3,5}" + rf"|{_BASIC}|{_PLAIN}",
    re.DOTALL,
)
_SCALAR = re.compile(r"[^,\]}#\n]+")


class TomlTooMuch(ValueError):
    """A file beyond the bounds; `line` says where."""

    def __init__(self, problem: str, line: int) -> None:
        super().__init__(problem)
        self.line = line


class _Lost(Exception):
    """Here is something that is no TOML."""


def lines_of(text: str) -> dict[Steps, int]:
    """The line of every table and value of a TOML text, as far as it is TOML. Raises TomlTooMuch."""
    scan = _Scan(text)
    with suppress(_Lost):
        scan.file()
    return scan.lines


@dataclass
class _Scan:
    text: str
    at: int = 0
    lines: dict[Steps, int] = field(default_factory=lambda: {(): 1})
    _table: Steps = ()
    _counts: dict[Steps, int] = field(default_factory=dict)
    _ends: list[int] = field(init=False)

    def __post_init__(self) -> None:
        self._ends = [match.start() for match in re.finditer("\n", self.text)]

    def file(self) -> None:
        """Follow the whole file."""
        while True:
            self._skip(_BETWEEN)
            if self.at >= len(self.text):
                return
            if self.text.startswith("[", self.at):
                self._header()
            else:
                self._pair(self._table, depth=1)

    def _header(self) -> None:
        begin, is_list = self.at, self.text.startswith("[[", self.at)
        self.at += 2 if is_list else 1
        names = self._key()
        self._expect("]]" if is_list else "]")
        way: Steps = ()
        for name in names[:-1]:
            way = self._entered((*way, name))
        way = (*way, names[-1])
        if is_list:
            self._counts[way] = self._counts.get(way, 0) + 1
        self._table = self._entered(way)
        self._note(self._table, begin)

    def _entered(self, way: Steps) -> Steps:
        """The last table of a list of tables, if it is one."""
        return (*way, self._counts[way] - 1) if way in self._counts else way

    def _pair(self, table: Steps, depth: int) -> None:
        begin = self.at
        way = (*table, *self._key())
        self._expect("=")
        self._note(way, begin)
        self._value(way, depth)

    def _key(self) -> list[str]:
        names: list[str] = []
        while True:
            self._skip(_BLANK)
            name = _KEY.match(self.text, self.at)
            if name is None:
                raise _Lost
            if len(names) == LONGEST_KEY:
                raise self._too_much(f"A key has more than {LONGEST_KEY} parts.")
            names.append(name[0][1:-1] if name[0][0] in "\"'" else name[0])
            self.at = name.end()
            self._skip(_BLANK)
            if not self.text.startswith(".", self.at):
                return names
            self.at += 1

    def _value(self, way: Steps, depth: int) -> None:
        self._skip(_BLANK)
        if self.text.startswith("[", self.at):
            self._list(way, depth)
        elif self.text.startswith("{", self.at):
            self._inline_table(way, depth)
        elif not self._take(_TEXT):
            number = _SCALAR.match(self.text, self.at)
            if number is None or number[0][0] in "\"'":
                raise _Lost
            if len(number[0].strip()) > LONGEST_NUMBER:
                raise self._too_much(f"A number has more than {LONGEST_NUMBER} characters.")
            self.at = number.end()

    def _list(self, way: Steps, depth: int) -> None:
        self._deeper(depth)
        self.at += 1
        place = 0
        while True:
            self._skip(_BETWEEN)
            if self._has("]"):
                return
            self._note((*way, place), self.at)
            self._value((*way, place), depth + 1)
            place += 1
            self._skip(_BETWEEN)
            if not self._has(","):
                self._expect("]")
                return

    def _inline_table(self, way: Steps, depth: int) -> None:
        self._deeper(depth)
        self.at += 1
        while True:
            self._skip(_BETWEEN)
            if self._has("}"):
                return
            self._pair(way, depth + 1)
            self._skip(_BETWEEN)
            if not self._has(","):
                self._expect("}")
                return

    def _deeper(self, depth: int) -> None:
        if depth > DEEPEST:
            raise self._too_much(f"Lists and tables are nested more than {DEEPEST} deep.")

    def _note(self, way: Steps, begin: int) -> None:
        if len(self.lines) > MOST_VALUES:
            raise self._too_much(f"There are more than {MOST_VALUES:,} values.")
        self.lines.setdefault(way, bisect_left(self._ends, begin) + 1)

    def _too_much(self, problem: str) -> TomlTooMuch:
        return TomlTooMuch(problem, bisect_left(self._ends, self.at) + 1)

    def _skip(self, pattern: re.Pattern[str]) -> None:
        self._take(pattern)

    def _take(self, pattern: re.Pattern[str]) -> bool:
        found = pattern.match(self.text, self.at)
        self.at = found.end() if found else self.at
        return found is not None

    def _has(self, mark: str) -> bool:
        if not self.text.startswith(mark, self.at):
            return False
        self.at += len(mark)
        return True

    def _expect(self, mark: str) -> None:
        self._skip(_BLANK)
        if not self._has(mark):
            raise _Lost
