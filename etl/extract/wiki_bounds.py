"""How much a page of the wiki may hold before its parser is let loose on it."""

from __future__ import annotations

import re

# The longest pages of episodes have some 150,000 characters.
LONGEST_PAGE = 400_000
# Every one becomes a node of its own, and each node is looked at several times.
_MOST_MARKS = 20_000
_LINE_MARK = re.compile(r"(?:^|\n)[*:#;]")


def crowd_in(text: str) -> str:
    """What there is too much of in a page, "" if its size is that of a page."""
    if len(text) > LONGEST_PAGE:
        return f"the page is too long ({len(text):,} characters)"
    marks = text.count("''") + sum(1 for _ in _LINE_MARK.finditer(text))
    return f"the page has too many marks ({marks:,})" if marks > _MOST_MARKS else ""
