"""Every column of every table says what it is, with an example that keeps its own contract."""

from __future__ import annotations

import pandera.polars as pa
import polars as pl
import pytest

from schemas.checks import broken_rules
from schemas.columns import DAY, FLAG, INSTANT, INTEGER, NUMBER, TEXT, TEXTS, column, polars_schema, table, title_of
from schemas.episodes import WEIGHTS
from schemas.examples import example_of
from schemas.tables import TABLES

NUMBERS_THAT_NEED_NO_UNIT = ("stardate_from", "stardate_to")


@pytest.mark.parametrize("name", TABLES)
def test_every_column_has_title_description_and_example(name: str) -> None:
    for column_name, described in TABLES[name].columns.items():
        assert described.title, (name, column_name)
        assert described.description, (name, column_name)
        assert (described.metadata or {}).get("example"), f"{name}.{column_name} needs an example"


@pytest.mark.parametrize("name", TABLES)
def test_the_examples_of_a_table_are_a_row_that_keeps_its_contract(name: str) -> None:
    contract = TABLES[name]
    row = {column_name: example_of(described) for column_name, described in contract.columns.items()}
    frame = pl.DataFrame([row], schema=polars_schema(contract))
    assert broken_rules(contract, frame) == []
    assert frame.row(0, named=True) == row, "an example is not what it says"


def test_measures_have_a_unit_and_weights_stand_with_their_fields() -> None:
    for name, contract in TABLES.items():
        for column_name, described in contract.columns.items():
            is_measure = described.dtype.type == NUMBER and column_name not in NUMBERS_THAT_NEED_NO_UNIT
            assert not is_measure or (described.metadata or {}).get("unit"), (name, column_name)
    told = {
        name: (described.metadata or {})["weight"]
        for name, described in TABLES["episodes"].columns.items()
        if "weight" in (described.metadata or {})
    }
    assert told == WEIGHTS
    assert sum(WEIGHTS.values()) == pytest.approx(11.0)


@pytest.mark.parametrize(
    ("name", "title"),
    [
        ("title", "Title"),
        ("tmdb_id", "TMDB id"),
        ("imdb_id", "IMDb id"),
        ("memory_alpha_url", "Memory Alpha URL"),
        ("runtime_min", "Runtime"),
        ("waited_s", "Waited"),
    ],
)
def test_a_title_is_made_from_the_name(name: str, title: str) -> None:
    assert title_of(name) == title


def test_a_given_title_stays() -> None:
    contract = table("things", "Things.", {"x": column(TEXT, "A thing", title="The thing"), "y_id": column(TEXT, "y")})
    assert [described.title for described in contract.columns.values()] == ["The thing", "Y id"]


def with_example(data_type: pl.DataType, example: str) -> pa.Column:
    return column(data_type, "Something", example=example)


@pytest.mark.parametrize(
    ("data_type", "text"),
    [(INTEGER, "many"), (NUMBER, "1,5"), (DAY, "1987-02-30"), (INSTANT, "noon"), (TEXTS, "[broken")],
)
def test_an_example_of_another_type_is_no_example(data_type: pl.DataType, text: str) -> None:
    with pytest.raises(ValueError, match=r".+"):
        example_of(with_example(data_type, text))


def test_a_flag_is_true_or_false() -> None:
    assert example_of(with_example(FLAG, "false")) is False
    with pytest.raises(ValueError, match="'yes' is neither true nor false"):
        example_of(with_example(FLAG, "yes"))
