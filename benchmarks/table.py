"""The table of what was measured: plain text, every number beside its bound or its other side."""

from __future__ import annotations

import os
import platform
from collections.abc import Sequence
from dataclasses import astuple, dataclass
from importlib.metadata import version

_HEADER = ("what", "measured", "against", "ratio")


@dataclass(frozen=True)
class Row:
    """One line: what was measured, how much, against what, and the two divided (or what the comparison came to)."""

    what: str
    measured: str
    against: str
    ratio: str


def compared(what: str, measured: float, against: float, unit: str, name: str) -> Row:
    """Make the line of two numbers of one unit; `name` says what the second is."""
    return Row(what, amount(measured, unit), f"{amount(against, unit)} ({name})", ratio(measured, against))


def ratio(measured: float, against: float) -> str:
    """Divide with three digits that count; a bound of zero has no ratio."""
    return "–" if against == 0 else _digits(measured / against)


def amount(value: float, unit: str) -> str:
    """Write a number and its unit for people: whole counts with separators, the rest with three digits that count."""
    if float(value).is_integer():
        return f"{int(value):,} {unit}".rstrip()
    return f"{_digits(value)} {unit}".rstrip()


def _digits(value: float) -> str:
    if value == 0:
        return "0"
    magnitude = abs(value)
    decimals = 0 if magnitude >= 100 else 1 if magnitude >= 10 else 2 if magnitude >= 1 else 3
    text = f"{value:,.{decimals}f}"
    return f"{value:.1g}" if float(text.replace(",", "")) == 0 else text


def render(rows: Sequence[Row]) -> str:
    """Align the lines in columns; the ratio stands right."""
    cells = [_HEADER, *(astuple(row) for row in rows)]
    widths = [max(len(line[column]) for line in cells) for column in range(len(_HEADER))]
    rule = "-" * (sum(widths) + 2 * (len(_HEADER) - 1))
    lines = [_line(line, widths) for line in cells]
    return "\n".join([lines[0], rule, *lines[1:]])


def _line(cells: Sequence[str], widths: Sequence[int]) -> str:
    *left, last = [cell.ljust(width) for cell, width in zip(cells, widths, strict=True)]
    return "  ".join([*left, last.strip().rjust(widths[-1])])


def surroundings() -> str:
    """Say on what it was measured, in one line."""
    versions = ", ".join(f"{name} {version(name)}" for name in ("polars", "duckdb"))
    return f"{os.cpu_count()} CPUs, Python {platform.python_version()}, {versions}, {platform.system()}"
