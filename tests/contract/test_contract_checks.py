from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import pandera.polars as pa
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

from schemas import checks
from schemas.checks import SchemaMismatch, broken_rules, check
from schemas.columns import (
    INTEGER,
    NUMBER,
    TEXT,
    TEXTS,
    between,
    column,
    empty,
    matches,
    not_blank,
    one_of,
    polars_schema,
    table,
)
from schemas.tables import TABLES
from tests.factories import changed, tiny_tables


def reasons(data_type: pl.DataType, rule: pa.Check, values: list[object]) -> list[str | None]:
    """What `rule` says of each value of a column x; None where it is content."""
    contract = table("things", "Things.", {"x": column(data_type, "X.", checks=[rule])})
    frame = pl.DataFrame({"x": values}, schema=polars_schema(contract))
    checked = check(contract, frame)
    told = dict(checked.rejects.rows())
    return [told.get(value) for value in values]


PLACES = table(
    "places",
    "Places.",
    {
        "planet": column(TEXT, "Planet.", is_nullable=False, checks=[not_blank("is blank")]),
        "quadrant": column(TEXT, "Quadrant.", checks=[one_of(("alpha", "beta"), "is no quadrant")]),
        "moons": column(INTEGER, "Moons.", checks=[between(0, 99, "are too many or too few")]),
    },
    key=("planet", "quadrant"),
)


def places(*rows: tuple[object, ...]) -> pl.DataFrame:
    return pl.DataFrame(list(rows), schema=polars_schema(PLACES), orient="row")


def test_between_keeps_its_bounds_and_refuses_infinity() -> None:
    values = [0.0, 1.0, 0.5, None, -0.001, 1.001, float("inf"), float("-inf")]
    wrong = "x is off"
    assert reasons(NUMBER, between(0.0, 1.0, "is off"), values) == [None] * 4 + [wrong] * 4


def test_nan_counts_as_missing() -> None:
    contract = table("things", "Things.", {"x": column(NUMBER, "X.", is_nullable=False)})
    frame = pl.DataFrame({"x": [1.0, float("nan")]})
    assert check(contract, frame).rejects["broken_rules"].to_list() == ["x is missing"]


def test_matches_holds_for_the_whole_text() -> None:
    values = ["tt1234567", None, "tt1234567x", "xtt1234567", "tt1", "", "tt1234567\n"]
    assert reasons(TEXT, matches(r"tt\d{7,}", "is no id"), values) == [None] * 2 + ["x is no id"] * 5


def test_an_alternative_in_a_pattern_cannot_reach_outside() -> None:
    assert reasons(TEXT, matches("a|b", "is off"), ["a", "b", "ab", "ax", "xb"]) == [None] * 2 + ["x is off"] * 3


def test_one_of_knows_its_values_only() -> None:
    values = ["good", None, "Good", "", "superb"]
    assert reasons(TEXT, one_of(("good", "poor"), "is no grade"), values) == [None] * 2 + ["x is no grade"] * 3


def test_not_blank_looks_behind_white_space() -> None:
    values = ["a", None, " a ", "", "  ", "\t\n"]
    assert reasons(TEXT, not_blank("is blank"), values) == [None] * 3 + ["x is blank"] * 3


def test_a_good_frame_passes_whole() -> None:
    frame = places(("vulcan", "alpha", 0), ("vulcan", "beta", None))
    checked = check(PLACES, frame)
    assert_frame_equal(checked.valid, frame)
    assert checked.rejects.is_empty()
    assert checked.rejects.columns == [*frame.columns, "broken_rules"]
    assert broken_rules(PLACES, frame) == []


def test_a_bad_row_is_kept_whole_with_all_its_reasons() -> None:
    frame = places(("vulcan", "alpha", 0), (" ", "gamma", 100), (None, "beta", 1))
    checked = check(PLACES, frame)
    assert checked.valid.rows() == [("vulcan", "alpha", 0)]
    assert checked.rejects.rows() == [
        (" ", "gamma", 100, "planet is blank; quadrant is no quadrant; moons are too many or too few"),
        (None, "beta", 1, "planet is missing"),
    ]
    assert broken_rules(PLACES, frame)[1] == "table places: beta: planet is missing"


def test_rows_with_the_same_key_are_all_refused() -> None:
    frame = places(("vulcan", "alpha", 0), ("vulcan", "alpha", 1), ("vulcan", "beta", 0))
    checked = check(PLACES, frame)
    assert checked.valid.rows() == [("vulcan", "beta", 0)]
    assert all("are not unique together" in reason for reason in checked.rejects["broken_rules"])
    assert checked.rejects.height == 2


def test_a_value_of_a_unique_column_that_occurs_twice_is_refused() -> None:
    contract = table("things", "Things.", {"x": column(TEXT, "X.", is_unique=True)})
    checked = check(contract, pl.DataFrame({"x": ["a", "b", "a"]}))
    assert checked.valid["x"].to_list() == ["b"]
    assert checked.rejects.rows() == [("a", "x is not unique"), ("a", "x is not unique")]


@pytest.mark.parametrize(
    ("frame", "message"),
    [
        (places().drop("moons"), r"table places: missing columns \['moons'\]"),
        (places().with_columns(colour=pl.lit("red")), r"table places: unknown columns \['colour'\]"),
        (places().with_columns(pl.col("moons").cast(pl.Float64)), "table places: moons is Float64, not Int64"),
        (places().select("quadrant", "planet", "moons"), "table places: the columns stand in another order"),
        (places().drop("moons").with_columns(moon=1), r"missing columns \['moons'\]; unknown columns \['moon'\]"),
    ],
)
def test_a_frame_of_another_form_blames_no_row(frame: pl.DataFrame, message: str) -> None:
    with pytest.raises(SchemaMismatch, match=message):
        check(PLACES, frame)
    assert len(broken_rules(PLACES, frame)) == 1


def test_a_check_that_fails_itself_is_no_pass() -> None:
    def fail(_: object) -> pl.LazyFrame:
        raise RuntimeError("broken check")

    contract = table("things", "Things.", {"x": column(TEXT, "X.", checks=[pa.Check(fail, error="is off")])})
    with pytest.raises(SchemaMismatch, match="check failed as a whole"):
        check(contract, pl.DataFrame({"x": ["a"]}))


def test_an_empty_frame_keeps_every_contract() -> None:
    for name, contract in TABLES.items():
        frame = empty(contract)
        assert frame.schema == polars_schema(contract)
        assert broken_rules(contract, frame) == [], name


def test_the_tiny_release_keeps_every_contract() -> None:
    tables = tiny_tables()
    assert list(tables) == list(TABLES)
    for name, contract in TABLES.items():
        assert broken_rules(contract, tables[name]) == [], name


@pytest.mark.parametrize(
    ("values", "reason"),
    [
        ({"title": None}, "title is missing"),
        ({"title": "\t"}, "title is blank"),
        ({"episode_id": "tas-1-2"}, "episode_id is no episode id"),
        ({"parts": 0}, "parts is no number of parts"),
        ({"season": 100}, "season is no season number"),
        ({"episode": -1}, "episode is no episode number"),
        ({"runtime_min": 0}, "runtime_min is no running time"),
        ({"imdb_id": "tt12"}, "imdb_id is no IMDb id"),
        ({"memory_alpha_url": "javascript:alert(1)"}, "memory_alpha_url is no web address"),
        ({"quality_overall": float("inf")}, "quality_overall lies outside of 0 to 1"),
        ({"quality_freshness": float("nan")}, "quality_freshness is missing"),
        ({"grade": "superb"}, "grade is no grade"),
        ({"has_title": None}, "has_title is missing"),
        ({"sources": None}, "sources is missing"),
    ],
)
def test_the_contract_of_episodes(values: dict[str, object], reason: str) -> None:
    episodes = changed(tiny_tables(), "episodes", "tas:yesteryear", **values)["episodes"]
    broken = broken_rules(TABLES["episodes"], episodes)
    assert len(broken) == 1
    assert reason in broken[0]


def test_the_key_of_an_episode_has_one_form() -> None:
    episodes = tiny_tables()["episodes"]
    for key in ("tas:Yesteryear", "tas_yesteryear", "tas:", "tas:a--b", "tas:a-"):
        wrong = episodes.head(1).with_columns(episode_key=pl.lit(key))
        assert broken_rules(TABLES["episodes"], wrong), key


def test_lists_and_days_are_told_by_their_type() -> None:
    contract = table("things", "Things.", {"x": column(TEXTS, "X.")})
    assert broken_rules(contract, pl.DataFrame({"x": [["a"], None, []]})) == []
    assert broken_rules(contract, pl.DataFrame({"x": [date(2020, 1, 1)]})) == [
        "table things: x is Date, not List(String)"
    ]


EVERY_RULE = table(
    "things",
    "A column for every rule and for every way to miss a value.",
    {
        "name": column(TEXT, "Name.", is_nullable=False, checks=[not_blank("is blank"), matches("[a-b ]+", "is off")]),
        "place": column(INTEGER, "Place.", is_unique=True, checks=[between(0, 2, "is off")]),
        "share": column(NUMBER, "Share.", is_nullable=False, checks=[between(0.0, 1.0, "is off")]),
        "guess": column(NUMBER, "Guess.", checks=[between(0.0, 1.0, "is off")]),
        "grade": column(TEXT, "Grade.", checks=[one_of(("good", "poor"), "is off")]),
        "people": column(TEXTS, "People.", is_nullable=False),
    },
    key=("name", "grade"),
)


def mostly(good: Sequence[object], *bad: object) -> st.SearchStrategy[object]:
    """Values of which one in a few breaks a rule, so that whole frames keep the contract and break it."""
    return st.integers(0, 19).flatmap(lambda chance: st.sampled_from(bad if chance == 0 else good))


SHARE = [0.0, 0.5, 1.0]
THINGS = st.lists(
    st.tuples(
        mostly(["a", "b", "ab", "a b", "ba"], " ", "", "c", None),
        mostly([0, 1, 2], 3, None),
        mostly(SHARE, 1.5, float("nan"), float("inf"), None),
        mostly([*SHARE, None], 1.5, float("nan"), float("-inf")),
        mostly(["good", "poor", None], "fair"),
        mostly([["x"], ["y", "x"]], None),
    ),
    max_size=3,
)


@settings(max_examples=100, deadline=None)
@given(THINGS)
def test_the_rules_asked_at_once_hold_where_pandera_says_that_they_hold(rows: list[tuple[object, ...]]) -> None:
    frame = pl.DataFrame(rows, schema=polars_schema(EVERY_RULE), orient="row")
    try:
        EVERY_RULE.validate(frame, lazy=True)
        is_kept = True
    except pa.errors.SchemaErrors:
        is_kept = False
    assert checks._is_kept(EVERY_RULE, frame) is is_kept
    assert check(EVERY_RULE, frame).rejects.is_empty() is is_kept


def test_a_rule_that_does_not_fit_its_column_is_no_pass() -> None:
    contract = table("things", "Things.", {"x": column(INTEGER, "X.", checks=[not_blank("is blank")])})
    with pytest.raises(SchemaMismatch, match="check failed as a whole"):
        check(contract, pl.DataFrame({"x": [1]}))
