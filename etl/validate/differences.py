"""Where two documents differ first, in words: a file against what the database makes of it."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import zip_longest
from pathlib import Path
from typing import Any

from etl.validate.problems import Problem

_ABSENT = object()
_LONGEST_SHOWN = 60
_MOST_DIFFERENCES = 5


def compare_documents(path: Path, found: Any, expected: Any, other: str) -> list[Problem]:
    """The first differences between the document of `path` and the one of `other`, each with its place."""
    told: list[Problem] = []
    for place, has, should in _differences(found, expected, "", ""):
        if len(told) == _MOST_DIFFERENCES:
            told.append(Problem("error", str(path), "", f"differs from {other} in more places"))
            break
        told.append(Problem("error", str(path), place, f"is {shown(has)}, but {other} says {shown(should)}"))
    return told


def shown(value: Any) -> str:
    """A value in few letters; what is not there at all is nothing."""
    if value is _ABSENT:
        return "nothing"
    text = repr(value)
    return text if len(text) <= _LONGEST_SHOWN else f"{text[:_LONGEST_SHOWN]}…"


def _differences(found: Any, expected: Any, place: str, owner: str) -> Iterator[tuple[str, Any, Any]]:
    """`owner` is the id of the innermost object with one: people search a file for it, not for the 12th item."""
    if found == expected:
        return
    if isinstance(found, dict) and isinstance(expected, dict):
        own = str(expected.get("id", owner))
        for key in dict.fromkeys([*expected, *found]):
            inner = f"{place}.{key}".removeprefix(".")
            yield from _differences(found.get(key, _ABSENT), expected.get(key, _ABSENT), inner, own)
    elif isinstance(found, list) and isinstance(expected, list):
        pairs = zip_longest(found, expected, fillvalue=_ABSENT)
        for index, (has, should) in enumerate(pairs):
            yield from _differences(has, should, f"{place}[{index}]", owner)
    else:
        yield (f"{place} (in {owner})" if owner else place), found, expected
