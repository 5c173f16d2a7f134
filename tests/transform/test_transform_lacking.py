"""Which episodes are worth asking for, because nobody tells who made them."""

from __future__ import annotations

import polars as pl
from hypothesis import given
from hypothesis import strategies as st
from transform_factory import PROPERTY, Row, day, known, link, links, registry, value, values

from etl.transform.lacking import rows_to_ask

WORTHS = {"directors": 0.8, "writers": 0.5}
LINKS = [link(f"EPMA{place}", f"loom:{place}", source="stapi") for place in range(1, 5)]
KNOWN = [known(f"loom:{place}", f"Story {place}", air_date=day(f"2001-01-0{place}")) for place in range(1, 5)]


def asked(*told: Row, given_links: list[Row] | None = None, known_ones: list[Row] | None = None) -> list[str]:
    rows = rows_to_ask(
        values(*told),
        links(*(LINKS if given_links is None else given_links)),
        registry(*(known_ones or KNOWN)),
        source="stapi",
        worths=WORTHS,
        running=["weft"],
    )
    assert rows.columns == ["source_id", "episode_key"]
    return rows["source_id"].to_list()


def test_an_episode_is_left_out_if_others_tell_everything_of_it() -> None:
    told = [value("loom:1", "directors", "tmdb", "[]"), value("loom:1", "writers", "catalogue", "[]")]
    assert "EPMA1" not in asked(*told)
    assert "EPMA1" in asked(told[0])


def test_what_the_source_itself_said_does_not_count() -> None:
    told = [value("loom:1", field, "stapi", "[]") for field in WORTHS]
    assert "EPMA1" in asked(*told)


def test_other_fields_do_not_count() -> None:
    assert "EPMA1" in asked(value("loom:1", "guest_stars", "tmdb", "[]"), value("loom:1", "title", "tmdb", "x"))


def test_what_lacks_most_comes_first_and_then_the_youngest() -> None:
    told = [value("loom:4", "directors", "tmdb", "[]"), value("loom:3", "writers", "tmdb", "[]")]
    assert asked(*told) == ["EPMA2", "EPMA1", "EPMA3", "EPMA4"]


def test_a_series_that_still_runs_comes_before_a_younger_one_that_has_ended() -> None:
    given_links = [link("EPMA1", "loom:1", source="stapi"), link("EPMA2", "weft:1", source="stapi")]
    known_ones = [known("loom:1", "A", air_date=day("2020-01-01")), known("weft:1", "B", air_date=day("1999-01-01"))]
    assert asked(given_links=given_links, known_ones=known_ones) == ["EPMA2", "EPMA1"]


def test_an_episode_without_a_day_comes_last() -> None:
    known_ones = [known("loom:1", "A"), known("loom:2", "B", air_date=day("1999-01-01"))]
    assert asked(given_links=LINKS[:2], known_ones=known_ones) == ["EPMA2", "EPMA1"]


def test_only_rows_of_the_source_are_asked_for_and_both_of_a_story_in_two() -> None:
    two = [link("EPMA1", "loom:1", 1, "stapi"), link("EPMA2", "loom:1", 2, "stapi"), link("7", "loom:2")]
    assert asked(given_links=two) == ["EPMA1", "EPMA2"]
    assert asked(given_links=[]) == []


@PROPERTY
@given(st.lists(st.tuples(st.integers(1, 4), st.sampled_from(["directors", "writers"])), unique=True))
def test_the_order_of_what_is_known_changes_nothing(told: list[tuple[int, str]]) -> None:
    rows = [value(f"loom:{place}", field, "tmdb", "[]") for place, field in told]
    mixed = list(reversed(rows))
    assert asked(*rows) == asked(*mixed, given_links=list(reversed(LINKS)))
    complete = {place for place, _ in told if {(place, field) for field in WORTHS} <= set(told)}
    assert len(asked(*rows)) == 4 - len(complete)


def test_the_frame_is_empty_but_typed_without_anything() -> None:
    rows = rows_to_ask(values(), links(), registry(), source="stapi", worths=WORTHS, running=[])
    assert rows.schema == pl.Schema({"source_id": pl.String, "episode_key": pl.String})
