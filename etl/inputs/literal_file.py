"""A .json or .ts file of a person's as a Document."""

from __future__ import annotations

import re
from pathlib import Path

from etl.errors import InputError
from etl.inputs.document import Document
from etl.inputs.literal import LiteralError, LiteralReader
from etl.inputs.text import MEBIBYTE, read_text

MOST_BYTES = 16 * MEBIBYTE
_IMPORT = re.compile(r"import\s+(?:type\s+)?\{[\w\s,$]*\}\s*from\s*(?:'[^'\n]*'|\"[^\"\n]*\")\s*;?", re.ASCII)
_EXPORT = re.compile(r"export\s+(?:const|default)\b", re.ASCII)
_NAME = re.compile(r"[A-Za-z_$][\w$]*", re.ASCII)
_TYPE = re.compile(r":[\w\s$<>,|[\].]*", re.ASCII)
_END = re.compile(r"(?:satisfies\s+[\w$<>,|[\].]+)?\s*;?", re.ASCII)


def read_json(file: Path, what: str = "file") -> Document:
    """Read and parse a JSON file. Raises InputError with the line where it is none, or more than anybody writes."""
    reader = LiteralReader(read_text(file, MOST_BYTES, what), "json")
    try:
        data = reader.value()
        reader.end()
    except LiteralError as error:
        raise _refused(file, "no JSON", error) from None
    return Document(file, data, reader.lines, reader.source)


def read_typescript(file: Path, what: str = "file") -> Document:
    """Read the one value that a TypeScript module exports, without running anything. Raises InputError."""
    reader = LiteralReader(read_text(file, MOST_BYTES, what), "typescript")
    try:
        _to_the_value(reader)
        data = reader.value()
        reader.skip()
        reader.take(_END)
        reader.end()
    except LiteralError as error:
        raise _refused(file, "no module with one literal", error) from None
    return Document(file, data, reader.lines, reader.source)


def _to_the_value(reader: LiteralReader) -> None:
    reader.skip()
    while reader.take(_IMPORT):
        reader.skip()
    opening = reader.take(_EXPORT)
    if opening is None:
        raise reader.error("`export const` or `export default` is missing")
    if opening[0].endswith("const"):
        reader.skip()
        if not reader.take(_NAME):
            raise reader.error("the name of what is exported is missing")
        reader.skip()
        reader.take(_TYPE)
        if not reader.has("="):
            raise reader.error("`=` is missing")


def _refused(file: Path, what: str, error: LiteralError) -> InputError:
    return InputError(f"This is {what}: {error}.", mend="Correct this place.", file=file, line=error.line)
