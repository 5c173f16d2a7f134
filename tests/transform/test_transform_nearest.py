"""The nearest known episode, as a hint."""

from __future__ import annotations

import pytest
from transform_factory import known, registry, row, rows

from etl.transform.nearest import nearest_episode
from schemas.conformed import EPISODE_ROWS

KNOWN = registry(
    known("tng:haven", "Haven"),
    known("tng:encounter-at-farpoint", "Encounter at Farpoint", "The Farpoint Encounter"),
    known("ent:anomaly", "Anomaly"),
)


def hint(title: str | None, series: str = "tng") -> tuple[str | None, float]:
    near = nearest_episode(rows(row("1", title, series=series)), KNOWN)
    return near.select("candidate", "score").row(0)


def test_the_same_title_is_as_near_as_can_be() -> None:
    assert hint("HAVEN!") == ("tng:haven", 1.0)


def test_one_letter_of_six_makes_a_little_less() -> None:
    assert hint("Havens") == ("tng:haven", pytest.approx(10 / 11))


def test_an_alias_counts() -> None:
    assert hint("The Farpoint Encounters") == ("tng:encounter-at-farpoint", pytest.approx(40 / 41))


def test_a_part_does_not_count() -> None:
    assert hint("Haven, Part II") == ("tng:haven", 1.0)


def test_only_episodes_of_the_same_series_are_near() -> None:
    assert hint("Haven", series="ent") == ("ent:anomaly", pytest.approx(4 / 12))


@pytest.mark.parametrize(("title", "series"), [("Haven", "ds9"), (None, "tng"), ("?!", "tng")])
def test_what_cannot_be_compared_has_no_candidate(title: str | None, series: str) -> None:
    assert hint(title, series) == (None, 0.0)


def test_every_row_stays_as_it_is() -> None:
    told = rows(row("1", "Haven"), row("2", "Anomaly", series="ent"), row("3", None))
    near = nearest_episode(told, KNOWN)
    assert near.drop("candidate", "score").sort("source_id").equals(told)
    assert dict(zip(near["source_id"], near["candidate"], strict=True)) == {
        "1": "tng:haven",
        "2": "ent:anomaly",
        "3": None,
    }


def test_no_rows_get_the_columns_too() -> None:
    near = nearest_episode(rows(), KNOWN)
    assert near.is_empty()
    assert list(near.columns) == [*EPISODE_ROWS, "candidate", "score"]
