"""Where a new episode stands among the known ones of its season."""

from __future__ import annotations

import polars as pl
import pytest
from transform_factory import Row, known, link, links, registry, row, rows

from etl.transform.link_places import places_of

KNOWN = registry(
    *(known(f"tng:{place}", str(place), episode=place) for place in (1, 2, 3, 4)), known("tng:s2", "S2", season=2)
).with_columns(place=pl.col("episode").cast(pl.Float64))


def places(*told: Row, **linked_to: str) -> dict[str, float | None]:
    found = places_of(rows(*told), KNOWN, links(*(link(source_id, key) for source_id, key in linked_to.items())))
    assert found.schema == {"source_id": pl.String, "place": pl.Float64}
    return dict(found.iter_rows())


def numbered(*numbers: int, **fields: int) -> list[Row]:
    return [row(f"r{number}", None, number=number, **fields) for number in numbers]


def test_a_row_stands_between_its_linked_neighbours_whatever_its_number() -> None:
    found = places(*numbered(11, 12, 13), r11="tng:2", r13="tng:3")
    assert found == {"r11": 2.0, "r12": 2.5, "r13": 3.0}


def test_several_between_two_neighbours_stand_evenly() -> None:
    found = places(*numbered(1, 2, 3, 9), r1="tng:1", r9="tng:4")
    assert found == {"r1": 1.0, "r2": 2.0, "r3": 3.0, "r9": 4.0}


def test_at_the_ends_of_a_season_a_row_is_as_far_off_as_its_number() -> None:
    assert places(*numbered(1, 3, 6), r3="tng:2") == {"r1": 0.0, "r3": 2.0, "r6": 5.0}


def test_without_a_linked_row_the_number_is_the_place() -> None:
    assert places(*numbered(4, 7)) == {"r4": 4.0, "r7": 7.0}


def test_seasons_and_series_do_not_meet() -> None:
    found = places(
        *numbered(1, 2), row("s2", None, season=2, number=2), row("ent", None, series="ent", number=3), r1="tng:3"
    )
    assert found == {"r1": 3.0, "r2": 4.0, "s2": 2.0, "ent": 3.0}


def test_an_episode_of_another_season_says_nothing_of_this_one() -> None:
    assert places(*numbered(1, 2), r1="tng:s2") == {"r1": 1.0, "r2": 2.0}


def test_rows_without_a_number_have_no_place() -> None:
    assert places(row("1", None, number=None)) == {}


@pytest.mark.parametrize("order", [1, -1])
def test_the_order_of_rows_does_not_matter(order: int) -> None:
    told = numbered(1, 2, 3)[::order]
    assert places(*told, r1="tng:1", r3="tng:4") == {"r1": 1.0, "r2": 2.5, "r3": 4.0}
