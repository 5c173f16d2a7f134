"""Writing TOML: a text of anybody's as a TOML string on one line, or as a comment."""

from __future__ import annotations

import json

from etl.plain_text import escape_hidden, one_line, toml_escape


def toml_string(text: str) -> str:
    """`text` as a basic string of TOML, whatever it contains; half a surrogate pair becomes a question mark.

    A person pastes it and must see what stands there, so hidden characters are escaped.
    """
    whole = text.encode("utf-8", "replace").decode("utf-8")
    return escape_hidden(json.dumps(whole, ensure_ascii=False), toml_escape)


def toml_comment(text: str) -> str:
    """`text` as one line of comment."""
    return f"# {one_line(text)}".rstrip()
