from __future__ import annotations

from typing import Any

import polars as pl
import pytest

from etl.transform.quality_falls import quality_falls
from schemas.checks import broken_rules
from schemas.columns import polars_schema
from schemas.episodes import EPISODES
from schemas.tables import TABLES

SHARE = 0.2


def episodes(*rows: tuple[str, float, float]) -> pl.DataFrame:
    """Episodes by key, overall quality and freshness."""
    told: list[dict[str, Any]] = [
        {"episode_key": key, "series": key.partition(":")[0], "quality_overall": overall, "quality_freshness": fresh}
        for key, overall, fresh in rows
    ]
    return pl.DataFrame(told, schema=polars_schema(EPISODES))


BEFORE = episodes(("tng:a", 0.9, 1.0), ("tng:b", 0.8, 1.0), ("tos:a", 0.8, 0.5))


def falls(*now: tuple[str, float, float], max_fall: float = 0.05) -> list[tuple[str, str, str]]:
    found = quality_falls(BEFORE, episodes(*now), max_fall, SHARE)
    assert broken_rules(TABLES["changes"], found) == []
    assert set(found["kind"]) <= {"quality"}
    return found.select("series", "old", "new").rows()


def test_a_series_that_fell_by_too_much_is_named_with_both_averages() -> None:
    assert falls(("tng:a", 0.84, 1.0), ("tng:b", 0.7399, 1.0), ("tos:a", 0.7, 0.5)) == [
        ("tng", "0.85", "0.789"),
        ("tos", "0.8", "0.7"),
    ]


@pytest.mark.parametrize(("now", "is_named"), [(0.75, False), (0.7499, True), (0.95, False)])
def test_as_much_as_may_be_is_no_fall(now: float, is_named: bool) -> None:
    assert bool(falls(("tos:a", now, 0.5))) is is_named


def test_growing_older_is_no_fall() -> None:
    aged = 0.8 - SHARE * 0.4
    assert falls(("tos:a", aged, 0.1)) == []
    assert falls(("tos:a", aged - 0.06, 0.1)) == [("tos", "0.8", "0.74")]


def test_being_looked_at_again_hides_no_fall() -> None:
    assert falls(("tos:a", 0.8, 1.0)) == [("tos", "0.8", "0.7")]


def test_new_episodes_and_gone_ones_are_no_fall() -> None:
    assert falls(("tos:a", 0.8, 0.5), ("tos:new", 0.1, 0.1), ("tng:b", 0.8, 1.0)) == []
    assert falls() == []


def test_a_first_release_has_no_fall() -> None:
    assert quality_falls(episodes(), BEFORE, 0.0, SHARE).is_empty()
