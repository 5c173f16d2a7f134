"""Writing TOML: a text of anybody's as a TOML string on one line, or as a comment."""

from __future__ import annotations

import json
import re

_BEYOND_BASIC = 0xFFFF
# Beside what TOML forbids: marks that turn the direction of what a reader sees, line ends of other tools, blanks of no
# width. A person pastes these texts and must see what stands there.
_HIDDEN = re.compile(
    "[\x7f-\x9f\xad\u061c\u200b-\u200f\u2028-\u202f\u2060-\u206f\ufeff\ufff9-\ufffb\U000e0000-\U000e0fff]"
)


def toml_string(text: str) -> str:
    """`text` as a basic string of TOML, whatever it contains; half a surrogate pair becomes a question mark."""
    whole = text.encode("utf-8", "replace").decode("utf-8")
    return _HIDDEN.sub(_escaped, json.dumps(whole, ensure_ascii=False))


def toml_comment(text: str) -> str:
    """`text` as one line of comment: what is not printable becomes a blank."""
    return f"# {' '.join(''.join(sign if sign.isprintable() else ' ' for sign in text).split())}".rstrip()


def _escaped(found: re.Match[str]) -> str:
    code = ord(found[0])
    return f"\\u{code:04x}" if code <= _BEYOND_BASIC else f"\\U{code:08x}"
