"""A day that cannot be read is kept with its reason; one that is not said is not missed."""

from __future__ import annotations

import json

import polars as pl
import pytest
from transform_factory import day, row, rows

from etl.transform.unreadable import unreadable_days


def test_what_is_said_and_cannot_be_read_is_kept() -> None:
    told = rows(row("1", "Haven", number=11), row("2", "Justice", air_date=day("1987-11-09")))
    (kept,) = unreadable_days(told, pl.Series(["Noctober 30, 1987", "November 9, 1987"])).iter_rows(named=True)
    assert (kept["source"], kept["source_id"], kept["stage"]) == ("tmdb", "1", "conform")
    assert kept["reason"] == "its air date Noctober 30, 1987 cannot be read, so the row is used without one"
    assert json.loads(kept["payload"]) == {
        "series": "tng",
        "season": 1,
        "number": 11,
        "title": "Haven",
        "air_date": "Noctober 30, 1987",
    }


@pytest.mark.parametrize("said", [None, "", "  ", "TBA", "unknown", "-"])
def test_a_day_that_is_not_said_is_no_reject(said: str | None) -> None:
    assert unreadable_days(rows(row("1", "Haven")), pl.Series([said], dtype=pl.String)).is_empty()
