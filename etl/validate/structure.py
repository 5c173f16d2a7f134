"""JSON files against their pydantic models: what a model refuses becomes a problem with its place in the file."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails, from_json

from etl.validate.problems import Problem

Model = TypeVar("Model", bound=BaseModel)

_LONGEST_SHOWN = 80
# They stand in a location, but in no file.
_UNION_TAGS = ("series", "animated", "movie")


def read_model(path: Path, model: type[Model]) -> tuple[Model | None, list[Problem]]:
    """What the file at `path` says, None where it breaks its contract, and its problems."""
    try:
        content = path.read_bytes()
    except OSError as error:
        return None, [unreadable(path, error)]
    try:
        return model.model_validate_json(content), []
    except ValidationError as error:
        details = error.errors(include_url=False)
        document = None if details[0]["type"] == "json_invalid" else from_json(content)
        return None, [_as_problem(path, document, detail) for detail in details]


def unreadable(path: Path, error: Exception) -> Problem:
    """The problem of a file that cannot be opened or understood at all."""
    reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
    return Problem("error", str(path), "", f"cannot be read: {reason}")


def _as_problem(path: Path, document: Any, detail: ErrorDetails) -> Problem:
    steps = [step for step in detail["loc"] if step not in _UNION_TAGS]
    place = "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in steps).removeprefix(".")
    owner = _owner(document, steps)
    found = _shown(detail["input"])
    return Problem("error", str(path), place, f"{detail['msg']}{found}{f' (in {owner})' if owner else ''}")


def _owner(document: Any, steps: Sequence[int | str]) -> str:
    """The id of the innermost object with an id on the way: people search a file for it, not for the 12th item."""
    own = str(document.get("id", "")) if isinstance(document, dict) else ""
    if not steps:
        return own
    step, *further = steps
    inner = document[step] if isinstance(document, list) or step in (document or ()) else None
    return _owner(inner, further) or own


def _shown(value: Any) -> str:
    """The refused value, where it is short enough to help."""
    shown = repr(value)
    return f", found {shown}" if isinstance(value, str | int | float) and len(shown) <= _LONGEST_SHOWN else ""
