"""The contract of `trek-etl score`: records in the shape of VBS's EpisodeMetadata in, one score a record out.

VBS's names are those of its own types and of its scorer's result (reference/vbs-behaviour.md, 11.2 and 14).
"""

from __future__ import annotations

import polars as pl

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
        "row": pl.UInt32,
        "episode_id": pl.String,
        "source": pl.String,
        "updated_at": pl.Datetime("ms", "UTC"),
        "confidence": pl.Float64,
        "checked_fields": pl.List(pl.String),
        "invalid_fields": pl.List(pl.String),
        "has_unknown_check": pl.Boolean,
        "has_conflicts": pl.Boolean,
        "unusable": pl.String,
    }
)
"""What scoring needs of a record beside the weighted fields, which keep the type that they came with.

`row` counts records from 0. `unusable` names, by VBS's name, the first field that is there and cannot be read.
`has_unknown_check` says that fieldValidation has a field whose entry is null.
"""

SCORES = pl.Schema(
    {
        "episodeId": pl.String,
        "overall": pl.Float64,
        "completeness": pl.Float64,
        "accuracy": pl.Float64,
        "freshness": pl.Float64,
        "sourceReliability": pl.Float64,
        "qualityGrade": pl.String,
        "recommendations": pl.List(pl.String),
        "missingFields": pl.List(pl.String),
        "lowConfidenceFields": pl.List(pl.String),
    }
)
"""One row a scored record, in the order of the records."""
