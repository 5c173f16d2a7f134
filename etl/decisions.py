"""Reading what people decided: decisions.toml and files of corrections, every fault named with its place."""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Hashable, Iterable
from difflib import get_close_matches
from pathlib import Path
from typing import TypeVar

from pydantic import BaseModel, ValidationError

from etl.errors import InputError
from etl.franchise import MERGE_ORDER
from schemas.decisions import Decisions, Overrides

KNOWN_SOURCES = tuple(name for name in MERGE_ORDER if name != "override")
_MENDS = {"missing": "Add it.", "extra_forbidden": "Remove it, or correct its name."}

Model = TypeVar("Model", bound=BaseModel)


def read_decisions(file: Path) -> Decisions:
    """Read decisions.toml; nothing is decided where there is no such file. InputError for anything else."""
    if not file.exists():
        return Decisions()
    decisions = _read(file, Decisions)
    _refuse_repeated(file, "link", [(one.source, one.id) for one in decisions.link])
    _refuse_repeated(file, "value", [(one.episode, one.field) for one in decisions.value])
    _refuse_unknown_sources(file, "link", [one.source for one in decisions.link])
    _refuse_unknown_sources(file, "value", [one.source for one in decisions.value])
    _refuse_repeated(file, "accept", [(one.what, one.subject) for one in decisions.accept])
    _refuse_unknown_sources(file, "accept", [getattr(one, "source", None) for one in decisions.accept])
    return decisions


def read_overrides(file: Path) -> Overrides:
    """Read a file of corrections, which must be there. Raises InputError."""
    overrides = _read(file, Overrides)
    _refuse_repeated(file, "override", [(one.episode, one.field) for one in overrides.override])
    expected = [one.expects.source if one.expects else None for one in overrides.override]
    _refuse_unknown_sources(file, "override", expected, below="expects.source")
    return overrides


def _read(file: Path, model: type[Model]) -> Model:
    try:
        return model.model_validate_json(_parse(file))
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        given = "" if first["type"] in _MENDS else f" (given: {_shortened(repr(first['input']))})"
        raise InputError(
            f"{first['msg'].removeprefix('Value error, ')}{given}.",
            mend=_MENDS.get(first["type"], "Correct it."),
            file=file,
            where=re.sub(r"\.(\d+)", r"[\1]", ".".join(map(str, _place(first["loc"])))),
        ) from None


def _place(steps: tuple[int | str, ...]) -> tuple[int | str, ...]:
    """Where in the file; Pydantic puts the kind of an [[accept]] behind its place, where no file has it."""
    return steps[:2] + steps[3:] if steps[:1] == ("accept",) else steps


def _parse(file: Path) -> str:
    """The file as JSON, because only there does strict mode take an array for a tuple and yet no "5" for a 5."""
    try:
        return json.dumps(tomllib.loads(file.read_text(encoding="utf-8")), default=str)
    except OSError as error:
        problem = f"The file cannot be read ({error.strerror})."
        raise InputError(problem, mend="Check the path and its permissions.", file=file) from error
    except (ValueError, RecursionError) as error:
        raise InputError(f"This is no TOML in UTF-8: {error}.", mend="Correct this place.", file=file) from error


def _refuse_repeated(file: Path, name: str, keys: Iterable[Hashable]) -> None:
    first: dict[Hashable, int] = {}
    for place, key in enumerate(keys):
        if key in first:
            problem = f"It decides the same as {name}[{first[key]}]."
            raise InputError(problem, mend="Keep one of them.", file=file, where=f"{name}[{place}]")
        first[key] = place


def _refuse_unknown_sources(file: Path, name: str, sources: Iterable[str | None], below: str = "source") -> None:
    for place, source in enumerate(sources):
        if source is not None and source not in KNOWN_SOURCES:
            near = get_close_matches(source, KNOWN_SOURCES, n=1)
            mend = f"Did you mean {near[0]}?" if near else f"Known are {', '.join(KNOWN_SOURCES)}."
            raise InputError(f"{source!r} is no source.", mend=mend, file=file, where=f"{name}[{place}].{below}")


def _shortened(text: str, length: int = 80) -> str:
    return text if len(text) <= length else f"{text[:length]}..."
