"""Writing Markdown: foreign text that stays text, and blocks of TOML to paste."""

from __future__ import annotations

import re
from collections.abc import Iterator


def escaped(text: str) -> str:
    """Foreign text as it is, for a reader of Markdown: it makes no heading, link, image or HTML."""
    return re.sub(r"([\\`*_\[\]#|<>&~$]|:(?=//)|!(?=\[))", r"\\\1", one_line(text))


def one_line(text: str) -> str:
    """`text` without line breaks and control characters, single spaces between its words."""
    return " ".join("".join(sign if sign.isprintable() else " " for sign in text).split())


def toml_block(name: str, *lines: str) -> Iterator[str]:
    """The lines of a fenced block below a list item, with one TOML table `[[name]]` to paste."""
    yield from ("", "  ```toml", f"  [[{name}]]", *(f"  {line}" for line in lines), "  ```", "")
