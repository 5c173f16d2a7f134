"""One spelling for each person: who is one person, and who only looks like another."""

from __future__ import annotations

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from transform_factory import PROPERTY

from etl.transform.people import one_spelling_each
from etl.transform.text import name_key

KEY = ["episode_key", "field"]


def told(*rows: tuple[str, str, str]) -> pl.DataFrame:
    """Names by episode and source, in the order of trust, each spelling once with all its sources."""
    schema = {"episode_key": pl.String, "source": pl.String, "value": pl.String}
    return (
        pl.DataFrame(rows, schema=schema, orient="row")
        .with_columns(field=pl.lit("writers"), name=name_key(pl.col("value")))
        .group_by([*KEY, "name"], maintain_order=True)
        .agg(pl.col("value").first(), sources=pl.col("source").unique().sort())
    )


def kept(*names: str) -> list[str]:
    frame = told(*(("tng:q", f"source{place}", name) for place, name in enumerate(names)))
    return one_spelling_each(frame, KEY, "value")["value"].to_list()


@pytest.mark.parametrize(
    ("first", "other"),
    [
        ("Richard Krzmeien", "Richard Krzemien"),
        ("Brannon Braga", "Brandon Braga"),
        ("Robert H. Wolfe", "Robert Hewitt Wolfe"),
        ("Robert Wolfe", "Robert Hewitt Wolfe"),
        ("R. H. Wolfe", "Robert Hewitt Wolfe"),
        ("R. Wolfe", "Robert Hewitt Wolfe, Jr."),
        ("Robert Wolfe III", "Robert Hewitt Wolfe"),
        ("John D. F. Black", "John Black"),
        ("D. C. Fontana", "Dorothy C. Fontana"),
        ("D.C. Fontana", "Dorothy Fontana"),
        ("Winrich Kolbe", "Winrich Kolbé-"),
        ("Gabrielle Beaumont", "Gabriele Beaumont"),
        ("Les Landau", "Les Lnadau"),
        ("Rob Bowman", "Rob Bwoman"),
        ("Søren Kragh-Jacobsen", "Soren Kragh-Jacobsen"),
        ("Judith Reeves Stevens", "Judith Reeve-Stevens"),
    ],
)
def test_another_spelling_of_an_earlier_name_is_dropped(first: str, other: str) -> None:
    assert kept(first, other) == [first]
    assert kept(other, first) == [other]


@pytest.mark.parametrize(
    "names",
    [
        ("Rick Berman", "Ira Berman"),
        ("David Livingston", "Harold Livingston"),
        ("Jeri Taylor", "Jeri Ryan"),
        ("Judith Reeves-Stevens", "Garfield Reeves-Stevens"),
        ("Robert H. Wolfe", "Robert J. Wolfe"),
        ("Robert Hewitt Wolfe", "Robert James Wolfe"),
        ("Michael Okuda", "Denise Okuda"),
        ("Ronald D. Moore", "Ronald B. Moore"),
        ("Vaughn", "Robert Vaughn"),
        ("Tom Keefe", "Tim Keefe"),
        ("Herbert J. Wright", "Herbert J. Knight"),
        ("Ann Lee", "Ian Lee"),
        ("!!!", "Rick Berman"),
    ],
)
def test_different_people_with_similar_names_stay(names: tuple[str, str]) -> None:
    assert kept(*names) == list(names)
    assert kept(*reversed(names)) == list(reversed(names))


def test_the_order_of_trust_decides_which_spelling_stays() -> None:
    assert kept("Rick Berman", "Robert Wolfe", "Brannon Braga", "Robert Hewitt Wolfe", "R. Berman") == [
        "Rick Berman",
        "Robert Wolfe",
        "Brannon Braga",
    ]


def test_a_name_near_to_a_dropped_spelling_is_dropped_too() -> None:
    assert kept("Richard Krzemien", "Richard Krzmeien", "Richard Krzmeein") == ["Richard Krzemien"]


def test_another_episode_and_another_field_are_left_alone() -> None:
    frame = told(("tng:q", "tmdb", "Robert H. Wolfe"), ("tng:r", "tmdb", "Robert Hewitt Wolfe"))
    assert one_spelling_each(frame, KEY, "value").equals(frame)
    apart = told(("tng:q", "tmdb", "Robert H. Wolfe"), ("tng:q", "stapi", "Robert Hewitt Wolfe")).with_columns(
        field=pl.Series(["writers", "story_by"])
    )
    assert one_spelling_each(apart, KEY, "value").equals(apart)


def told_apart(*rows: tuple[str, str]) -> list[str]:
    frame = told(*(("tng:q", source, name) for source, name in rows))
    return one_spelling_each(frame, KEY, "value", "sources")["value"].to_list()


def test_whoever_names_two_means_two() -> None:
    twins = [("tmdb", "Gary Richardson"), ("tmdb", "Cary Richardson")]
    assert kept(*(name for _, name in twins)) == ["Gary Richardson"]
    assert told_apart(*twins) == ["Gary Richardson", "Cary Richardson"]
    assert told_apart(*twins, ("stapi", "Gary Richardsen")) == ["Gary Richardson", "Cary Richardson"]


def test_whoever_names_two_means_two_also_where_another_told_the_first_of_them() -> None:
    rows = [("stapi", "Gary Richardson"), ("tmdb", "Gary Richardson"), ("tmdb", "Cary Richardson")]
    assert told_apart(*rows) == ["Gary Richardson", "Cary Richardson"]


def test_of_two_names_of_a_witness_the_nearest_is_another_spelling() -> None:
    near = ("stapi", "Gary Richardsen")
    assert told_apart(near, ("tmdb", "Cary Richardson"), ("tmdb", "Gary Richardson")) == [
        "Gary Richardsen",
        "Cary Richardson",
    ]
    assert told_apart(near, ("tmdb", "Gary Richardson"), ("tvmaze", "Garry Richardson")) == ["Gary Richardsen"]


def test_an_empty_frame_and_columns_of_any_name_come_back_as_they_are() -> None:
    empty = told()
    assert one_spelling_each(empty, KEY, "value").equals(empty)
    named = told(("tng:q", "a", "Rob Bowman"), ("tng:q", "b", "Rob Bwoman")).with_columns(start=pl.lit(7), last=2)
    assert one_spelling_each(named, KEY, "value").rows() == named.head(1).rows()


NAMES = st.sampled_from(
    ["Robert Hewitt Wolfe", "Robert H. Wolfe", "R. Wolfe", "Robert J. Wolfe", "Brannon Braga", "Brandon Braga",
     "Braga", "Rick Berman", "Ira Berman", "Rick Bermann", "", "?", "É", "E. É"]
) | st.text(max_size=6)  # fmt: skip
ROWS = st.lists(
    st.tuples(st.sampled_from(["tng:q", "tng:r", "tng:s"]), st.sampled_from(["tmdb", "stapi"]), NAMES), max_size=12
)


@PROPERTY
@given(ROWS, st.sampled_from([None, "sources"]))
def test_it_is_settled_keeps_order_and_is_the_same_on_any_partition(
    rows: list[tuple[str, str, str]], witnesses: str | None
) -> None:
    frame = told(*rows)
    result = one_spelling_each(frame, KEY, "value", witnesses)
    assert result.schema == frame.schema
    assert result.equals(frame.join(result, on=[*KEY, "name"], how="semi", maintain_order="left"))
    assert result.unique(KEY, keep="first", maintain_order=True).equals(
        frame.unique(KEY, keep="first", maintain_order=True)
    )
    assert witnesses or one_spelling_each(result, KEY, "value").equals(result)
    for key in frame["episode_key"].unique():
        part = one_spelling_each(frame.filter(episode_key=key), KEY, "value", witnesses)
        assert part.equals(result.filter(episode_key=key))
