"""A wiki's data modules: `return { ["key"] = "value", ... }`, read strictly and never run.

Only flat tables of texts and numbers are data; whatever else Lua can say (variables, calls, nested tables) is refused.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

_SKIPPED = re.compile(r"(?:\s+|--\[(=*)\[.*?\]\1\]|--(?!\[=*\[)[^\n]*)*", re.DOTALL)
_NAME = re.compile(r"[A-Za-z_]\w*", re.ASCII)
_NUMBER = re.compile(r"-?\d+(?:\.\d+)?")
_PLAIN = {'"': re.compile(r'[^"\\\n]*'), "'": re.compile(r"[^'\\\n]*")}
_LONG = re.compile(r"\[(=*)\[\n?(.*?)\]\1\]", re.DOTALL)
_ESCAPE = re.compile(r"\\(?:(\d{1,3})|x([0-9A-Fa-f]{2})|u\{([0-9A-Fa-f]{1,6})\}|(z\s*)|(.))", re.DOTALL)
_ESCAPED = {"n": "\n", "t": "\t", "r": "\r", "a": "\a", "b": "\b", "f": "\f", "v": "\v"}
_LITERAL = frozenset("\\\"'\n")
_LAST_BYTE = 0xFF
_LAST_CODE_POINT = 0x10FFFF
_SURROGATES = range(0xD800, 0xE000)


class LuaError(ValueError):
    """A module that is not a flat table of texts; the message says where it stops being one."""


def read_table(source: str) -> dict[str, str]:
    """Read the table that a module returns, keys and values as text; of a key that stands twice the last value counts.

    Raises LuaError for anything but a flat table, and nothing else.
    """
    return _Reader(source).module()


@dataclass
class _Reader:
    source: str
    at: int = 0

    def module(self) -> dict[str, str]:
        self._skip()
        if self._word() != "return":
            raise self._error("`return` is missing")
        self._expect("{")
        table = dict(self._entries())
        if self._has(";"):
            self._expect(";")
        self._skip()
        if self.at < len(self.source):
            raise self._error("something follows the table")
        return table

    def _entries(self) -> list[tuple[str, str]]:
        entries: list[tuple[str, str]] = []
        while not self._has("}"):
            entries.append(self._entry())
            if self._has(",") or self._has(";"):
                self.at += 1
            elif not self._has("}"):
                raise self._error("a comma is missing")
        self._expect("}")
        return entries

    def _entry(self) -> tuple[str, str]:
        if self._has("["):
            self._expect("[")
            key = self._value()
            self._expect("]")
        else:
            key = self._word()
            if not key:
                raise self._error("a key is missing")
        self._expect("=")
        return key, self._value()

    def _value(self) -> str:
        self._skip()
        mark = self.source[self.at : self.at + 1]
        if mark in _PLAIN:
            return self._quoted(mark)
        match = _LONG.match(self.source, self.at) or _NUMBER.match(self.source, self.at)
        if match is None:
            raise self._error("neither a text nor a number")
        self.at = match.end()
        return match[2] if match.re is _LONG else match[0]

    def _quoted(self, mark: str) -> str:
        self.at += 1
        parts: list[str] = []
        while True:
            plain = _PLAIN[mark].match(self.source, self.at)
            if plain:
                parts.append(plain[0])
                self.at = plain.end()
            match self.source[self.at : self.at + 1]:
                case "\\":
                    parts.append(self._escape())
                case end if end == mark:
                    self.at += 1
                    return self._joined(parts)
                case _:
                    raise self._error("a text does not end")

    def _escape(self) -> str:
        match = _ESCAPE.match(self.source, self.at)
        if match is None:
            raise self._error("a text does not end")
        decimal, byte, point, blank, letter = match.groups()
        self.at = match.end()
        if blank:
            return ""
        if point:
            return self._character(int(point, 16))
        if decimal or byte:
            code = int(decimal) if decimal else int(byte, 16)
            if code > _LAST_BYTE:
                raise self._error("an escape beyond a byte")
            # A byte of UTF-8 waits as half of a surrogate pair until its neighbours are there.
            return bytes([code]).decode("ascii", "surrogateescape")
        if letter in _LITERAL:
            return str(letter)
        if letter not in _ESCAPED:
            raise self._error(f"an unknown escape \\{letter}")
        return _ESCAPED[letter]

    def _character(self, code: int) -> str:
        if code > _LAST_CODE_POINT or code in _SURROGATES:
            raise self._error("no such character")
        return chr(code)

    def _word(self) -> str:
        self._skip()
        match = _NAME.match(self.source, self.at)
        if match is None:
            return ""
        self.at = match.end()
        return match[0]

    def _has(self, mark: str) -> bool:
        self._skip()
        return self.source.startswith(mark, self.at)

    def _expect(self, mark: str) -> None:
        if not self._has(mark):
            raise self._error(f"`{mark}` is missing")
        self.at += len(mark)

    def _skip(self) -> None:
        match = _SKIPPED.match(self.source, self.at)
        self.at = match.end() if match else self.at

    def _error(self, problem: str) -> LuaError:
        line = self.source.count("\n", 0, self.at) + 1
        return LuaError(f"line {line}: {problem}")

    def _joined(self, parts: list[str]) -> str:
        """Put bytes that were escaped one by one together; what is no UTF-8 becomes the replacement character."""
        try:
            return "".join(parts).encode("utf-8", "surrogateescape").decode("utf-8", "replace")
        except UnicodeEncodeError:
            raise self._error("a text holds half of a character") from None
