"""Writing TOML: a text of anybody's as a TOML string on one line."""

from __future__ import annotations

import json


def toml_string(text: str) -> str:
    """`text` as a basic string of TOML, whatever it contains; half a surrogate pair becomes a question mark."""
    whole = text.encode("utf-8", "replace").decode("utf-8")
    return json.dumps(whole, ensure_ascii=False).replace("\x7f", "\\u007f")
