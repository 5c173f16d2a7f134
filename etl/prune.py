"""Which corrections of a file say nothing to a release, and the file's text without those that may simply go."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import polars as pl

from etl.errors import InputError
from etl.inputs.document import Document, Steps
from etl.transform.correct import without_target
from etl.transform.decide import OVERRIDE
from etl.transform.lapsed import stale_overrides
from schemas.corrections import Overrides

_ENTRY = 2
"""An entry of the file is reached in two steps: the name of its list and its number."""


@dataclass(frozen=True)
class Idle:
    """A correction that says nothing: where it stands, a sentence, and whether it may simply go."""

    steps: Steps
    told: str
    is_needless: bool = False


def find_idle(overrides: Overrides, tables: Mapping[str, pl.DataFrame]) -> list[Idle]:
    """Find the corrections that say nothing to a release (its tables), in the order of the file's lists."""
    lapses = stale_overrides(overrides, tables["field_values"])
    return [
        *(Idle(("override", lapse.number), lapse.told, lapse.is_needless) for lapse in lapses),
        *_without_target(overrides, tables),
        *_known_additions(overrides, tables),
    ]


def _without_target(overrides: Overrides, tables: Mapping[str, pl.DataFrame]) -> list[Idle]:
    found = []
    for name in ("season", "era"):
        for number, one in enumerate(getattr(overrides, name)):
            alone = Overrides().model_copy(update={name: (one,)})
            found += [Idle((name, number), told) for told in without_target(alone, tables["seasons"], tables["eras"])]
    return found


def _known_additions(overrides: Overrides, tables: Mapping[str, pl.DataFrame]) -> list[Idle]:
    others = tables["field_values"].filter(pl.col("source") != OVERRIDE)
    known = set(others["episode_key"].unique())
    return [
        Idle(("add", number), f"add {one.episode}: a source knows it now; remove the addition.", is_needless=True)
        for number, one in enumerate(overrides.add)
        if one.episode in known
    ]


def without_entries(document: Document, entries: Sequence[Steps]) -> tuple[str, str]:
    """The text of a TOML file without these entries, and what was cut out, with the comments directly above.

    Raises InputError for an entry that is not written as a block of its own.
    """
    # By line feeds alone, as TOML counts: other marks may stand in texts.
    lines = re.findall(r"[^\n]*\n|[^\n]+", document.text)
    starts = sorted(line for steps, line in document.lines.items() if _is_entry(steps))
    cut: set[int] = set()
    for steps in entries:
        begin = document.line_of(steps)
        if not lines[begin - 1].lstrip().startswith("[["):
            mend = "Write it as a block of its own, or remove it by hand."
            raise document.fault(steps, "It is no block that begins with [[...]].", mend)
        end = next((line for line in starts if line > begin), len(lines) + 1)
        first, last = _with_comments(lines, begin), _with_comments(lines, end)
        cut |= set(range(first, last))
    kept = "".join(line for number, line in enumerate(lines, start=1) if number not in cut)
    gone = "".join(line for number, line in enumerate(lines, start=1) if number in cut)
    return kept, gone


def _is_entry(steps: Steps) -> bool:
    return len(steps) == _ENTRY and isinstance(steps[1], int)


def _with_comments(lines: Sequence[str], begin: int) -> int:
    """The first line of the comment that stands directly above a line."""
    while begin > 1 and lines[begin - 2].lstrip().startswith("#"):
        begin -= 1
    return begin


def refuse_other_forms(document: Document) -> None:
    """Raise InputError for a file that is no TOML: it is another program's."""
    if document.file.suffix.lower() == ".json":
        raise InputError(
            "Only TOML is pruned; this file is another program's.",
            mend="Turn it into TOML with trek-etl adopt first.",
            file=document.file,
        )
