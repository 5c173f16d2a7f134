"""How the page writes numbers, shares, days and names."""

from __future__ import annotations

import math
import re
from datetime import date, datetime

from etl.sources import SOURCES

_LEVELS = 10
_SPELLED = {
    **{source.name: source.title for source in SOURCES.values()},
    "imdb": "IMDb",
    "url": "page",
    "min": "minutes",
}
_WORD = re.compile("|".join([*map(re.escape, _SPELLED), "[^_]+"]))
_NOTHING = "–"


def whole(count: float, digits: int = 0) -> str:
    """A number with its thousands apart: 12,345."""
    return f"{count:,.{digits}f}"


def counted(count: int, one: str, many: str) -> str:
    """A count with its noun: 1 film, 14 films."""
    return f"{whole(count)} {one if count == 1 else many}"


def percent(share: float | None, digits: int = 0) -> str:
    """A share as per cent, cut and not rounded: only all is 100, and only nothing is 0; a dash where there is none."""
    if share is None or math.isnan(share):
        return _NOTHING
    # A share that was rounded to four digits must not lose its last one to the binary fraction.
    scaled = math.floor(round(share * 100 * 10**digits, 6))
    if share > 0 and scaled == 0:
        return f"<{1 / 10**digits:.{digits}f}"
    return f"{scaled / 10**digits:.{digits}f}"


def score(value: float | None) -> str:
    """A quality with three decimals; a dash where there is none."""
    return _NOTHING if value is None or math.isnan(value) else f"{value:.3f}"


def change(value: float, digits: int) -> str:
    """A difference with its sign, cut to so many digits."""
    return f"{value:+,.{digits}f}".replace("-", "−") if round(abs(value), digits) else "±0"


def level(share: float | None) -> int:
    """The shade of a share from 0 to 10: 0 only for nothing, 10 only for all."""
    if not share:
        return 0
    return _LEVELS if share >= 1 else 1 + min(math.floor(share * (_LEVELS - 1)), _LEVELS - 2)


def near_level(share: float) -> int:
    """The shade of a share that is mostly near to all: 0 from 90 per cent down."""
    return level(max(0.0, round(share * _LEVELS - _LEVELS + 1, 6)))


def day(moment: date | None) -> str:
    """A day as 1987-09-28; a dash where there is none. Of a moment, the day in its own time zone."""
    return _NOTHING if moment is None else moment.isoformat()[:10]


def minute(moment: datetime) -> str:
    """A moment in UTC as 2026-11-20 09:00 UTC."""
    return f"{moment:%Y-%m-%d %H:%M} UTC"


def label(name: str) -> str:
    """A column or scheme in words for people: memory_alpha_url is Memory Alpha page."""
    return " ".join(_SPELLED.get(word, word) for word in _WORD.findall(name))


def franchise_title(code: str) -> str:
    """The code of a franchise as its title; the tables hold no other name of it."""
    return code.replace("_", " ").title()


def short_name(name: str, franchise: str) -> str:
    """The name of a series without the franchise's, which stands in the page's heading."""
    return name.removeprefix(f"{franchise}: ")
