"""The columns that say how good a row is, for episodes and films alike (DESIGN.md, Quality)."""

from __future__ import annotations

import pandera.polars as pa

from schemas.columns import FLAG, NUMBER, TEXT, between, column, one_of

GRADES = ("excellent", "good", "acceptable", "poor", "insufficient")

SHARES = {
    "quality_completeness": 0.4,
    "quality_accuracy": 0.3,
    "quality_freshness": 0.2,
    "quality_reliability": 0.1,
}
"""What each part counts in quality_overall (DESIGN.md, Quality)."""

_SHARE = between(0.0, 1.0, "lies outside of 0 to 1")


def scores() -> dict[str, pa.Column]:
    """The four parts of quality, what they come to, the grade, and whether some value is old."""
    return {
        "quality_overall": column(
            NUMBER,
            "0.4 completeness + 0.3 accuracy + 0.2 freshness + 0.1 reliability",
            is_nullable=False,
            checks=[_SHARE],
            unit="share",
            example="0.87",
        ),
        "quality_completeness": column(
            NUMBER,
            "Weighted share of the fields that have a value",
            is_nullable=False,
            checks=[_SHARE],
            unit="share",
            example="0.91",
        ),
        "quality_accuracy": column(
            NUMBER,
            "Confidence in the sources, share of valid fields, and agreement of independent witnesses where there are two",
            is_nullable=False,
            checks=[_SHARE],
            unit="share",
            example="0.88",
        ),
        "quality_freshness": column(
            NUMBER,
            "0.5 to the power of age by half-life, at least 0.1",
            is_nullable=False,
            checks=[_SHARE],
            unit="share",
            example="0.98",
        ),
        "quality_reliability": column(
            NUMBER,
            "How reliable the sources of the values are",
            is_nullable=False,
            checks=[_SHARE],
            unit="share",
            example="0.9",
        ),
        "grade": column(
            TEXT,
            "excellent from 0.90, good from 0.75, acceptable from 0.60, poor from 0.40, insufficient below",
            is_nullable=False,
            checks=[one_of(GRADES, "is no grade")],
            example="good",
        ),
        "is_stale": column(
            FLAG,
            "Some value is older than it should be, because a source failed or the episode fell below the gate",
            is_nullable=False,
            example="false",
        ),
    }
