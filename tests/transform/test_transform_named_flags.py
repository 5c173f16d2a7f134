"""Lists of names out of flags."""

from __future__ import annotations

import polars as pl
from hypothesis import given
from hypothesis import strategies as st
from transform_factory import PROPERTY

from etl.transform.named_flags import names_of_kind_where, names_where


@PROPERTY
@given(
    st.integers(1, 23).flatmap(
        lambda width: st.lists(
            st.lists(st.sampled_from([True, False, None]), min_size=width, max_size=width), max_size=5
        )
    )
)
def test_the_names_of_the_true_flags_in_order(rows: list[list[bool | None]]) -> None:
    names = [f"n{place}" for place in range(len(rows[0]) if rows else 3)]
    frame = pl.DataFrame(
        {name: [row[place] for row in rows] for place, name in enumerate(names)},
        schema=dict.fromkeys(names, pl.Boolean),
    )
    told = frame.with_row_index("row").with_columns(names=names_where(names, [pl.col(name) for name in names]))
    assert told.schema["names"] == pl.List(pl.String)
    assert told["names"].to_list() == [[name for name, flag in zip(names, row, strict=True) if flag] for row in rows]


def test_names_may_differ_from_row_to_row() -> None:
    frame = pl.DataFrame({"kind": [1, 0, 1], "x": [True, True, False], "y": [True, False, None]})
    names = names_of_kind_where([("a", "b"), ("c", "d")], pl.col("kind"), [pl.col("x"), pl.col("y")])
    assert frame.select(names=names)["names"].to_list() == [["c", "d"], ["a"], []]


def test_where_there_are_no_names_every_list_is_empty() -> None:
    told = pl.DataFrame({"row": [1, 2]}).with_columns(names=names_where([], []))
    assert told["names"].to_list() == [[], []]
