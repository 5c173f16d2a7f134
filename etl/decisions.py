"""Reading what people decided: decisions.toml and files of corrections, every fault named with its place."""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from difflib import get_close_matches
from pathlib import Path

from etl.franchise import MERGE_ORDER
from etl.inputs.document import Document, Steps
from etl.inputs.toml_file import read_toml
from schemas.corrections import Overrides
from schemas.decisions import Decisions

KNOWN_SOURCES = tuple(name for name in MERGE_ORDER if name != "override")


def read_decisions(file: Path) -> Decisions:
    """Read decisions.toml; nothing is decided where there is no such file. InputError for anything else."""
    if not file.exists():
        return Decisions()
    document = read_toml(file)
    decisions = document.validated(Decisions)
    refuse_repeated(document, "link", [(one.source, one.id) for one in decisions.link])
    refuse_repeated(document, "value", [(one.episode, one.field) for one in decisions.value])
    _refuse_unknown_sources(document, "link", [one.source for one in decisions.link])
    _refuse_unknown_sources(document, "value", [one.source for one in decisions.value])
    refuse_repeated(document, "accept", [(one.what, one.subject) for one in decisions.accept])
    _refuse_unknown_sources(document, "accept", [getattr(one, "source", None) for one in decisions.accept])
    return decisions


def refuse_repeated(document: Document, name: str, keys: Iterable[Hashable]) -> None:
    """Raise InputError where two entries of the list `name` have the same key."""
    first: dict[Hashable, int] = {}
    for place, key in enumerate(keys):
        if key in first:
            line = document.line_of((name, first[key]))
            problem = f"It decides the same as {name}[{first[key]}] on line {line}."
            raise document.fault((name, place), problem, "Keep one of them.")
        first[key] = place


def checked_overrides(document: Document) -> Overrides:
    """What a file of corrections says. Raises InputError."""
    overrides = document.validated(Overrides)
    refuse_repeated(document, "override", [(one.episode, one.field) for one in overrides.override])
    refuse_repeated(document, "season", [(one.season, one.field) for one in overrides.season])
    refuse_repeated(document, "era", [(one.era, one.field) for one in overrides.era])
    refuse_repeated(document, "add", [one.episode for one in overrides.add])
    removed = [one.episode for one in overrides.remove]
    refuse_repeated(document, "remove", removed)
    for place, one in enumerate(overrides.add):
        if one.episode in removed:
            raise document.fault(("add", place), f"{one.episode} is removed in the same file.", "Keep one of them.")
    expected = [one.expects.source if one.expects else None for one in overrides.override]
    _refuse_unknown_sources(document, "override", expected, below=("expects", "source"))
    return overrides


def _refuse_unknown_sources(
    document: Document, name: str, sources: Iterable[str | None], below: Steps = ("source",)
) -> None:
    for place, source in enumerate(sources):
        if source is not None and source not in KNOWN_SOURCES:
            near = get_close_matches(source, KNOWN_SOURCES, n=1)
            mend = f"Did you mean {near[0]}?" if near else f"Known are {', '.join(KNOWN_SOURCES)}."
            raise document.fault((name, place, *below), f"{source!r} is no source.", mend)
