"""Corrections as a TOML file that a person can read, and that reads back as the same corrections."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Any

from pydantic import BaseModel

from etl.toml_text import toml_comment, toml_string
from schemas.corrections import Overrides

_LISTS = ("override", "season", "era", "add", "remove")


def overrides_toml(overrides: Overrides, head: Sequence[str], notes: Sequence[str]) -> str:
    """The text of the file; `head` and `notes` become comments at its beginning and its end."""
    blocks = ["\n".join(toml_comment(line) for line in head)]
    for name in _LISTS:
        blocks += [_block(name, one) for one in getattr(overrides, name)]
    if notes:
        blocks.append("\n".join(toml_comment(line) for line in notes))
    return "\n\n".join(block for block in blocks if block) + "\n"


def _block(name: str, one: BaseModel) -> str:
    # By hand and not with model_dump, which would make other types of values of no declared type.
    fields = {field: getattr(one, field) for field in _in_order(type(one))}
    said = {field: value for field, value in fields.items() if value is not None and value is not False}
    return "\n".join([f"[[{name}]]", *(f"{field} = {_value(value)}" for field, value in said.items())])


def _in_order(model: type[BaseModel]) -> Iterator[str]:
    """What is corrected, then its value, then why: the declarations stand in another order."""
    first, last = ("episode", "season", "era"), ("reason", "author", "is_fallback")
    yield from (field for field in first if field in model.model_fields)
    yield from (field for field in model.model_fields if field not in first + last)
    yield from (field for field in last if field in model.model_fields)


def _value(value: Any) -> str:
    match value:
        case str():
            text = toml_string(value)
        case bool():
            text = "true" if value else "false"
        case date():
            text = value.isoformat()
        case BaseModel():
            text = _value({field: getattr(value, field) for field in type(value).model_fields})
        case Mapping():
            pairs = (f"{field} = {_value(inner)}" for field, inner in value.items() if inner is not None)
            text = f"{{ {', '.join(pairs)} }}"
        case Sequence():
            text = f"[{', '.join(_value(inner) for inner in value)}]"
        case _:
            text = repr(value)
    return text
