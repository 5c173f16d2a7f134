"""The raw contract of TVmaze: the list of a show's episodes, specials among them.

Checked strictly, row by row, as that of TMDB is (see raw_tmdb).
"""

from __future__ import annotations

from typing import Annotated

import polars as pl
from pydantic import BaseModel, ConfigDict, Field

from schemas.columns import FLAG, INSTANT, INTEGER, TEXT
from schemas.raw_tmdb import Name, Number, Text, Whole

EPISODE_FRAME = pl.Schema(
    {
        "show_id": INTEGER,
        "id": INTEGER,
        "url": TEXT,
        "name": TEXT,
        "season": INTEGER,
        "number": INTEGER,
        "type": TEXT,
        "airdate": TEXT,
        "airtime": TEXT,
        "airstamp": TEXT,
        "runtime": INTEGER,
        "summary": TEXT,
        "summary_text": TEXT,
        "source_url": TEXT,
        "fetched_at": INSTANT,
        "is_stale": FLAG,
    }
)
"""`show_id` is the show that was asked for; `summary_text` is what the HTML of `summary` reads as."""

REGULAR = "regular"
SeasonOrYear = Annotated[int, Field(ge=0, le=3000)]


class Episode(BaseModel):
    """A row of the list. A special has no number; rows of 2016 have no type either."""

    model_config = ConfigDict(strict=True, extra="ignore")

    id: Whole
    url: Name | None = None
    name: Name
    season: SeasonOrYear
    number: Number | None
    type: Name | None = None
    airdate: Name | None
    airtime: Name | None = None
    airstamp: Name | None = None
    runtime: Whole | None
    summary: Text | None

    @property
    def is_special(self) -> bool:
        """Whether it stands outside of the numbered episodes."""
        return self.number is None or self.type not in (None, REGULAR)


KNOWN_EPISODE_KEYS = frozenset(Episode.model_fields) | {"rating", "image", "_links"}
