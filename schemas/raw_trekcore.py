"""The raw contract of TrekCore: what a row of an episode list must hold before it is used (reference: TrekCore).

The page is HTML, so every value is text. Number and title make a row; the other columns may be missing.
"""

from __future__ import annotations

import re
from typing import Annotated

import polars as pl
from pydantic import AfterValidator, BaseModel, ConfigDict

from schemas.columns import FLAG, INSTANT, TEXT
from schemas.raw_tmdb import Name

EPISODE_FRAME = pl.Schema(
    {
        "host": TEXT,
        "number": TEXT,
        "title": TEXT,
        "link": TEXT,
        "production_code": TEXT,
        "air_date": TEXT,
        "stardate": TEXT,
        "source_url": TEXT,
        "fetched_at": INSTANT,
        "is_stale": FLAG,
    }
)

# Season, first number, and the last one where a row takes several: "4x20", "1x01/02". Read by Python and by polars.
NUMBER = r"^([0-9]{1,2})[xX×]([0-9]{1,3})(?:\s*[/–-]\s*([0-9]{1,3}))?$"
_MOST_PARTS = 9

COLUMNS = {"col1": "number", "col2": "title", "col3": "production_code", "col4": "air_date", "col5": "stardate"}
"""The class of a cell, and what stands in it."""


def season_of(number: str) -> int | None:
    """The season of a number such as "4x20"; None where it is no number."""
    found = re.search(NUMBER, number)
    return int(found[1]) if found else None


def _numbered(text: str) -> str:
    found = re.search(NUMBER, text)
    if not found:
        raise ValueError('is no number such as "4x20" or "1x01/02"')
    first, last = int(found[2]), int(found[3] or found[2])
    if not first <= last < first + _MOST_PARTS:
        raise ValueError(f"goes from {first} to {last}")
    return text


class Episode(BaseModel):
    """A row of a season's table; a blank cell counts as missing."""

    model_config = ConfigDict(strict=True, extra="ignore")

    number: Annotated[Name, AfterValidator(_numbered)]
    title: Name
    link: Name | None = None
    production_code: Name | None = None
    air_date: Name | None = None
    stardate: Name | None = None
