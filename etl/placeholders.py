"""Whether a source still has a placeholder where a title is due."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date

from schemas.placeholder_titles import PLACEHOLDER_TITLE

_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")


def has_overdue_title(rows: Iterable[tuple[object, object]], day: date) -> bool:
    """Whether a title among these titles and air dates (ISO 8601), as a source gives them, is overdue on this day.

    That is a placeholder of an episode that was aired before. What is no text is not looked at.
    """
    return any(_is_overdue(title, air_date, day) for title, air_date in rows)


def _is_overdue(title: object, air_date: object, day: date) -> bool:
    if not isinstance(title, str) or not isinstance(air_date, str) or not _DAY.fullmatch(air_date):
        return False
    return air_date < day.isoformat() and re.search(PLACEHOLDER_TITLE, title.strip()) is not None
