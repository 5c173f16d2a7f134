"""From the bytes of a body to what a caller gets: JSON parsed, text decoded."""

from __future__ import annotations

import codecs
import json
import re
from collections.abc import Mapping
from typing import Any, Literal, NoReturn

Kind = Literal["json", "text"]

ACCEPT: Mapping[Kind, str] = {
    "json": "application/json",
    "text": "text/html, application/xhtml+xml;q=0.9, text/plain;q=0.8, */*;q=0.1",
}
"""What a request of each kind says that it can read."""

_CHARSET = re.compile(r"""(?i);\s*charset\s*=\s*["']?([^\s;"']+)""")
# What calls itself Latin-1 or ASCII is Windows-1252 in truth, with its quotation marks; so every browser reads it.
_READ_AS_WINDOWS = frozenset({"iso8859-1", "ascii"})


def read_payload(kind: Kind, body: bytes, headers: Mapping[str, str]) -> Any:
    """Return the JSON or the text that a body holds. Raises ValueError if it holds none."""
    if kind == "json":
        return parse_payload(body)
    text = decode_text(body, headers.get("Content-Type", ""))
    if not text.strip():
        message = "it is empty"
        raise ValueError(message)
    return text


def parse_payload(body: bytes) -> Any:
    """Return the JSON object or array that a body holds. Raises ValueError if it holds anything else."""
    try:
        payload = json.loads(body, parse_constant=_refuse_constant)
    except RecursionError as error:
        message = "it is nested too deeply"
        raise ValueError(message) from error
    if not isinstance(payload, dict | list):
        message = f"it is a bare {type(payload).__name__}"
        raise ValueError(message)
    return payload


def decode_text(body: bytes, content_type: str) -> str:
    """Return a body as text: in the charset of its Content-Type, else in UTF-8; what is neither becomes U+FFFD."""
    named = _CHARSET.search(content_type)
    try:
        name = codecs.lookup(named[1]).name if named else "utf-8"
        text = body.decode("cp1252" if name in _READ_AS_WINDOWS else name, "replace")
    except (LookupError, ValueError):  # no such charset, or one that is not for text
        text = body.decode("utf-8", "replace")
    return text.removeprefix("\ufeff")


def _refuse_constant(name: str) -> NoReturn:
    message = f"it holds {name}, which JSON does not have"
    raise ValueError(message)
