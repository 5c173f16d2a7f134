"""Foreign text for the eyes of people: nothing in it gives orders to a terminal or hides what really stands there."""

from __future__ import annotations

import re
from collections.abc import Callable

# Control characters, line ends that only some readers know, marks that turn the direction of what is read, letters
# without width, and tags. Kept are the newline, the tab and the return, and the joiner that emoji are made with.
HIDDEN = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\xad\u061c\u180e\u200b\u200c\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff"
    "\ufff9-\ufffb\U000e0000-\U000e0fff]"
)
_LONE_SURROGATE = re.compile("[\ud800-\udfff]")
_BEYOND_FOUR_DIGITS = 0xFFFF


def one_line(text: str) -> str:
    """The text on one line with single blanks; what cannot be printed becomes one."""
    return " ".join("".join(sign if sign.isprintable() else " " for sign in text).split())


def visible(text: str) -> str:
    r"""The text as it is, but for what cannot be seen, which is written out: \x1b, \u202e."""
    return _LONE_SURROGATE.sub(_python_escape, HIDDEN.sub(_python_escape, text.replace("\r", "\\r")))


def escape_hidden(text: str, escape: Callable[[str], str]) -> str:
    """The text with every hidden character in the spelling that `escape` gives."""
    return HIDDEN.sub(lambda found: escape(found[0]), text)


def utf16_escape(sign: str) -> str:
    r"""The spelling of a character in JSON and TypeScript: \u202e, two of them beyond the first plane."""
    data = sign.encode("utf-16-be", "surrogatepass")
    return "".join(f"\\u{data[at : at + 2].hex()}" for at in range(0, len(data), 2))


def toml_escape(sign: str) -> str:
    r"""The spelling of a character in TOML: \u202e, or \U000e0041."""
    code = ord(sign)
    return f"\\u{code:04x}" if code <= _BEYOND_FOUR_DIGITS else f"\\U{code:08x}"


def _python_escape(found: re.Match[str]) -> str:
    return ascii(found[0])[1:-1]
