"""A TOML file of a person's as a Document."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

from etl.errors import InputError
from etl.inputs.document import Document
from etl.inputs.text import MEBIBYTE, read_text
from etl.inputs.toml_lines import TomlTooMuch, lines_of

MOST_BYTES = 4 * MEBIBYTE
_PLACE = re.compile(r" \(at (?:line (\d+), column \d+|end of document)\)$")


def read_toml(file: Path, what: str = "file") -> Document:
    """Read and parse the file. Raises InputError with the line where it is no TOML, or more than anybody writes."""
    text = read_text(file, MOST_BYTES, what)
    try:
        lines = lines_of(text)
        return Document(file, tomllib.loads(text), lines, text)
    except TomlTooMuch as error:
        raise InputError(str(error), mend="Write less in one place.", file=file, line=error.line) from None
    except (ValueError, RecursionError) as error:
        raise _no_toml(error, text, file) from None


def _no_toml(error: Exception, text: str, file: Path) -> InputError:
    found = _PLACE.search(str(error))
    line = int(found[1]) if found and found[1] else text.count("\n") + 1 if found else None
    problem = f"This is no TOML: {_PLACE.sub('', str(error))}."
    return InputError(problem, mend="Correct this place.", file=file, line=line)
