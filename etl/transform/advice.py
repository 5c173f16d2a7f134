"""What a score says to do: recommendations, missing fields, fields of low confidence.

Borders and sentences are VBS's (reference/vbs-behaviour.md, 14), so that an app that shows them shows the same.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import polars as pl

from etl.transform.named_flags import names_of_kind_where, names_where

COMPLETE_ENOUGH = 0.7
ACCURATE_ENOUGH = 0.8
FRESH_ENOUGH = 0.6
RELIABLE_ENOUGH = 0.7
IMPORTANT = 0.7
CONFIDENT_ENOUGH = 0.6


def recommendations(titles: Sequence[str]) -> pl.Expr:
    """What to do about a record, as a list; empty where all is well. source_title is one of `titles`.

    In: the four quality_* parts, has_conflicts, source_title (the source's name for people).
    """
    flags = [
        pl.col("quality_completeness") < COMPLETE_ENOUGH,
        pl.col("quality_accuracy") < ACCURATE_ENOUGH,
        pl.col("quality_freshness") < FRESH_ENOUGH,
        pl.col("quality_reliability") < RELIABLE_ENOUGH,
        pl.col("has_conflicts"),
    ]
    places = {title: place for place, title in enumerate(dict.fromkeys(titles))}
    place = pl.col("source_title").replace_strict(places, return_dtype=pl.UInt32)
    return names_of_kind_where([_sentences(title) for title in places], place, flags)


def _sentences(title: str) -> tuple[str, ...]:
    return (
        "Consider enriching metadata with additional fields from other sources",
        "Validate metadata accuracy against multiple sources",
        "Update metadata from source to get latest information",
        f"Consider using alternative sources with higher reliability than {title}",
        "Review conflict resolution decisions for accuracy",
    )


def missing_fields(
    schema: Mapping[str, pl.DataType], names: Mapping[str, str], weights: Mapping[str, float]
) -> pl.Expr:
    """The important fields that are null or empty text, by their `names` for people, as a list.

    VBS does not call blank text or an empty list missing, although completeness counts them as such.
    """
    important = {name: column for name, column in names.items() if weights[column] >= IMPORTANT}
    return names_where(list(important), [_is_missing(column, schema[column]) for column in important.values()])


def _is_missing(name: str, data_type: pl.DataType) -> pl.Expr:
    is_null = pl.col(name).is_null()
    return is_null | (pl.col(name) == "") if data_type == pl.String else is_null


def low_confidence_fields() -> pl.Expr:
    """The checked fields that are not valid; all that were checked where somebody gave a low confidence; as a list.

    In: confidence, checked_fields, invalid_fields.
    """
    is_low = (pl.col("confidence") < CONFIDENT_ENOUGH) & (pl.col("confidence") != 0)
    return pl.when(is_low).then("checked_fields").otherwise("invalid_fields").fill_null([])
