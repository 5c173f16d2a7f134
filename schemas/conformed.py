"""The contract of rows in the project's own words: what every source's rows look like after conforming.

One row a row of a source. Numbers are the source's own; `row_parts` says how many numbers the row takes, null where the
source does not say (a row 1x01/02 is number 1 with row_parts 2). A special has season 0. `title_key` and `part` are how titles are compared:
"The Menagerie, Part II" is ("menagerie...", 2). Fields to merge have the names and types of the published columns.
"""

from __future__ import annotations

import polars as pl

from schemas.columns import DAY, FLAG, INSTANT, INTEGER, NUMBER, TEXT, TEXTS, polars_schema
from schemas.episodes import EPISODES, MERGED_FIELDS, MOVIE_FIELDS

_MERGED = {name: data_type for name, data_type in polars_schema(EPISODES).items() if name in MERGED_FIELDS}

_PROVENANCE = {"source_url": TEXT, "fetched_at": INSTANT, "is_stale": FLAG}

EPISODE_ROWS = pl.Schema(
    {
        "source": TEXT,
        "source_id": TEXT,
        "series": TEXT,
        "season": INTEGER,
        "number": INTEGER,
        "row_parts": INTEGER,
        "title_key": TEXT,
        "part": INTEGER,
        **_MERGED,
        **_PROVENANCE,
    }
)

MOVIE_ROWS = pl.Schema(
    {
        "source": TEXT,
        "source_id": TEXT,
        "movie_key": TEXT,
        "release_date": DAY,
        **{name: data_type for name, data_type in _MERGED.items() if name in MOVIE_FIELDS},
        **_PROVENANCE,
    }
)

REGISTRY = pl.Schema(
    {
        "episode_key": TEXT,
        "series": TEXT,
        "season": INTEGER,
        "episode": INTEGER,
        "parts": INTEGER,
        "title": TEXT,
        "title_keys": TEXTS,
        "part": INTEGER,
        "air_date": DAY,
        "production_codes": TEXTS,
    }
)
"""The known episodes. `season` and `episode` count as aired; `title_keys` holds the title and its aliases."""

PINS = pl.Schema(
    {
        "source": TEXT,
        "source_id": TEXT,
        "episode_key": TEXT,
        "part": INTEGER,
        "method": TEXT,
        "score": NUMBER,
        "evidence": TEXT,
    }
)
"""Which id of a source is which episode: from the catalogue, and from the last release with how it was found there."""

SEASON_NOTES = pl.Schema({"series": TEXT, "season": INTEGER, "notes": TEXT})
"""What a source says of a season."""
