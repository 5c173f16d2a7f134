"""The contract of `trek-etl score`: records in the shape of VBS's EpisodeMetadata in, one score a record out.

VBS's names are those of its own types and of its scorer's result (reference/vbs-behaviour.md, 11.2 and 14).
"""

from __future__ import annotations

import polars as pl

from schemas.columns import FLAG, NUMBER, TEXT, TEXTS
from schemas.episodes import WEIGHTS

RECORD_FIELDS: dict[str, str] = {
    "title": "title",
    "airDate": "air_date",
    "season": "season",
    "episode": "episode",
    "synopsis": "synopsis",
    "productionCode": "production_codes",
    "director": "directors",
    "writer": "writers",
    "tmdbId": "tmdb_id",
    "imdbId": "imdb_id",
    "memoryAlphaUrl": "memory_alpha_url",
    "guestStars": "guest_stars",
    "plotPoints": "plot_points",
    "connections": "connections",
}
"""VBS's name of every weighted field and ours, in the order in which VBS adds the weights up."""

RECORD_WEIGHTS: dict[str, float] = {name: WEIGHTS[name] for name in RECORD_FIELDS.values()}

NEEDED = ("episodeId", "dataSource", "lastUpdated")
"""Without these a record has no score."""

OPTIONAL = ("confidenceScore", "fieldValidation", "conflictResolution")

RECORD_FACTS = pl.Schema(
    {
        "row": pl.UInt32(),
        "episode_id": TEXT,
        "source": TEXT,
        "updated_at": pl.Datetime("ms", "UTC"),
        "confidence": NUMBER,
        "checked_fields": TEXTS,
        "invalid_fields": TEXTS,
        "has_unknown_check": FLAG,
        "has_conflicts": FLAG,
        "is_record": FLAG,
        "unusable": TEXT,
    }
)
"""What scoring needs of a record beside the weighted fields, which keep the type that they came with.

`row` is the record's line or row, from 0. `is_record` is false for a line that is no object, or has a key twice. `unusable` names, by VBS's name, the first field that is there and cannot be read.
`has_unknown_check` says that fieldValidation has a field whose entry is null.
"""

SCORES = pl.Schema(
    {
        "episodeId": TEXT,
        "overall": NUMBER,
        "completeness": NUMBER,
        "accuracy": NUMBER,
        "freshness": NUMBER,
        "sourceReliability": NUMBER,
        "qualityGrade": TEXT,
        "recommendations": TEXTS,
        "missingFields": TEXTS,
        "lowConfidenceFields": TEXTS,
    }
)
"""One row a scored record, in the order of the records."""
