"""A parsed file of a person's, that still knows on which line each of its values stands."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from etl.errors import InputError

Steps = tuple[str | int, ...]
"""The way to a value: keys of tables and numbers in lists."""
Model = TypeVar("Model", bound=BaseModel)

_MENDS = {"missing": "Add it.", "extra_forbidden": "Remove it, or correct its name."}
_LONGEST_SHOWN = 80


@dataclass(frozen=True)
class Document:
    """What a file says (`data`, plain values), the lines on which its values begin, and its whole text."""

    file: Path
    data: Any
    lines: Mapping[Steps, int]
    text: str

    def line_of(self, steps: Sequence[str | int]) -> int:
        """The line of a value, or of the nearest one around it: of what is missing, the entry that lacks it."""
        ways = (tuple(steps[:length]) for length in range(len(steps), -1, -1))
        return next((self.lines[way] for way in ways if way in self.lines), 1)

    def fault(self, steps: Sequence[str | int], problem: str, mend: str) -> InputError:
        """The error that something is wrong at this place."""
        return InputError(problem, mend=mend, file=self.file, line=self.line_of(steps), where=in_words(steps))

    def validated(self, model: type[Model], context: Mapping[str, Any] | None = None) -> Model:
        """What the file says, held against `model`. Raises InputError for the first fault: others often follow from it.

        It goes through JSON, because only there does strict mode take a list for a tuple and yet no "5" for a 5.
        """
        try:
            return model.model_validate_json(json.dumps(self.data, default=str), context=context)
        except ValidationError as error:
            first = error.errors(include_url=False)[0]
            raise self.fault(_steps_of(first), _problem(first), _MENDS.get(first["type"], "Correct it.")) from None


def in_words(steps: Sequence[str | int]) -> str:
    """A place as people write it: link[1].episode."""
    return re.sub(r"\.\[", "[", ".".join(f"[{step}]" if isinstance(step, int) else step for step in steps))


def shown(value: object) -> str:
    """A value in an error, short."""
    text = repr(value)
    return text if len(text) <= _LONGEST_SHOWN else f"{text[:_LONGEST_SHOWN]}..."


def _problem(error: ErrorDetails) -> str:
    given = "" if error["type"] in _MENDS else f" (given: {shown(error['input'])})"
    return f"{error['msg'].removeprefix('Value error, ')}{given}."


def _steps_of(error: ErrorDetails) -> Steps:
    """Where in the file; Pydantic puts the kind of an [[accept]] behind its place, where no file has it."""
    steps = tuple(step for step in error["loc"] if step != "[key]")
    return steps[:2] + steps[3:] if steps[:1] == ("accept",) else steps
