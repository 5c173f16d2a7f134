"""Double-length stories without a catalogue: one row here, two rows there."""

from __future__ import annotations

from transform_factory import Row, day, pins, registry, row, rows

from etl.transform.identify import identify

DAY = day("1993-01-03")


def ends(*told: Row) -> list[tuple[str, str, int | None]]:
    found = identify(rows(*told), registry(), pins())
    return sorted(found.links.select("source_id", "episode_key", "part").rows())


def test_two_rows_of_one_day_are_the_parts_of_a_whole_elsewhere() -> None:
    whole = row("a", "Emissary", source="stapi", row_parts=2, air_date=DAY)
    first, second = (row(f"b{part}", f"Emissary ({part})", number=part, air_date=DAY) for part in (1, 2))
    key = "tng:emissary"
    assert ends(whole, first, second) == [("a", key, None), ("b1", key, 1), ("b2", key, 2)]


def test_a_whole_that_comes_after_its_halves_is_one_story_with_them() -> None:
    first, second = (row(f"a{n}", f"Emissary ({n})", source="stapi", number=n, air_date=DAY) for n in (1, 2))
    key = "tng:emissary"
    assert ends(first, second, row("b", "Emissary", air_date=DAY)) == [("a1", key, 1), ("a2", key, 2), ("b", key, None)]


def test_a_title_joined_of_both_parts_is_the_whole() -> None:
    joined = row("a", "Emissary (1) / Emissary (2)", air_date=DAY)
    whole = row("b", "Emissary", source="stapi", row_parts=2, air_date=DAY)
    assert ends(joined, whole) == [("a", "tng:emissary", None), ("b", "tng:emissary", None)]


def test_parts_of_different_days_are_two_episodes() -> None:
    first = row("a", "Descent (1)", number=1, air_date=DAY)
    second = row("b", "Descent (2)", number=2, air_date=day("1993-01-10"))
    assert ends(first, second) == [("a", "tng:descent-1", None), ("b", "tng:descent-2", None)]
