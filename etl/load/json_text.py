"""The one way a value becomes JSON text, so that the same values are the same bytes everywhere."""

from __future__ import annotations

import json
import re
from typing import Any

from etl.errors import ContractBroken
from etl.plain_text import escape_hidden, utf16_escape

_LONE_SURROGATE = re.compile("[\ud800-\udfff]")


def to_json(value: Any) -> str:
    """JSON of plain values: two spaces of indent, letters as they are, one final newline, keys in their own order.

    What a reviewer of a change could not see (marks that turn its direction, control characters) is escaped.

    Floats keep every digit (a stardate must stay exact); a share goes through `share` first.
    Raises ContractBroken for what JSON cannot say: NaN, infinity, a date that nobody turned into text.
    """
    try:
        text = json.dumps(value, ensure_ascii=False, allow_nan=False, indent=2)
    except (TypeError, ValueError) as error:
        raise ContractBroken(f"What would be exported cannot be written as JSON: {error}.") from error
    return escape_lone_surrogates(escape_hidden(text, utf16_escape)) + "\n"


def escape_lone_surrogates(text: str) -> str:
    r"""`text` with halves of a pair as \udXXX: JSON and TypeScript read it back, and UTF-8 can carry it."""
    return _LONE_SURROGATE.sub(lambda found: f"\\u{ord(found[0]):04x}", text)


def share(value: float | None) -> float | None:
    """A quality or a share as exports show it: six decimals, so that the last bits of a sum never show."""
    return None if value is None else round(value, 6)
