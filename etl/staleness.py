"""How old the values are that a source did not give again, in words."""

from __future__ import annotations

from datetime import datetime, timedelta

import polars as pl

from etl.sources import SOURCES

_UNITS = ((timedelta(days=1), "day"), (timedelta(hours=1), "hour"), (timedelta(minutes=1), "minute"))


def stale_lines(field_values: pl.DataFrame, as_of: datetime) -> list[str]:
    """One line for each source with stale values in the table `field_values`: how old at `as_of`, and how many."""
    aged = (
        field_values.filter("is_stale")
        .group_by("source")
        .agg(
            values=pl.len(),
            stories=pl.col("episode_key").n_unique(),
            oldest_at=pl.col("fetched_at").min(),
            newest_at=pl.col("fetched_at").max(),
        )
        .sort("source")
    )
    return [
        f"{SOURCES[row['source']].title if row['source'] in SOURCES else row['source']}'s values are"
        f" {_between(as_of - row['newest_at'], as_of - row['oldest_at'])} old where it did not give them again:"
        f" {row['values']} values of {row['stories']} episodes and films."
        for row in aged.iter_rows(named=True)
    ]


def age_in_words(age: timedelta) -> str:
    """An age in the largest unit of which it is at least one: "3 days"; what is younger counts in minutes."""
    age = max(age, timedelta())
    unit, name = next((pair for pair in _UNITS if age >= pair[0]), _UNITS[-1])
    count = age // unit
    return f"{count} {name}{'' if count == 1 else 's'}"


def _between(youngest: timedelta, oldest: timedelta) -> str:
    least, most = age_in_words(youngest), age_in_words(oldest)
    return most if least == most else f"{least} to {most}"
