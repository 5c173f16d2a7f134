"""Foreign text inside of Markdown: it makes no heading, link, image or HTML, and calls nobody."""

from __future__ import annotations

import re
from collections.abc import Iterator

from etl.plain_text import one_line

_LONGEST = 2000
_MARKS = re.compile(r"([\\`*_\[\]#|<>&~$]|:(?=//)|!(?=\[)|(?<=www)\.)", re.IGNORECASE)
# A site that shows the page makes links of @name and #5 after it has read the escapes: a comment between does not show.
_CALLS = re.compile(r"@(?=\w)|\\#(?=\d)")


def escaped(text: str) -> str:
    """The text as it is for a reader of the page, on one line, cut where it is too long for one."""
    line = one_line(text)
    shown = line if len(line) <= _LONGEST else f"{line[:_LONGEST]} ... ({len(line):,} characters)"
    return _CALLS.sub(lambda found: f"{found[0]}<!-- -->", _MARKS.sub(r"\\\1", shown))


def link(url: str) -> str:
    """An address as a link; whatever is none as text."""
    return f"<{url}>" if re.fullmatch(r"https?://[^\s<>\\`]{1,2000}", url) and url.isprintable() else escaped(url)


def toml_block(name: str, *lines: str) -> Iterator[str]:
    """The lines of a fenced block below a list item, with one TOML table `[[name]]` to paste."""
    yield from ("", "  ```toml", f"  [[{name}]]", *(f"  {line}" for line in lines), "  ```", "")
