"""Parquet files as different writers write them come to the same scores, or are refused whole."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import duckdb
import polars as pl
import pytest
from reference_scorer import score
from score_kit import (
    NOW_MS,
    SOURCES,
    assert_same,
    assert_same_in_this_thread,
    read_lines,
    record,
    score_at,
    scores_of,
    without,
)

from etl.errors import InputError


def scores_of_columns(folder: Path, **columns: pl.Series) -> list[dict[str, Any]]:
    """The scores of a file with these columns, beside those that a record needs."""
    height = len(next(iter(columns.values())))
    needed = {name: pl.Series([value] * height) for name, value in record().items()}
    pl.DataFrame({**needed, **columns}).write_parquet(folder / "records.parquet")
    score_at(folder, folder / "records.parquet")
    assert_same_in_this_thread(folder, folder / "records.parquet")
    return read_lines(folder / "scores.ndjson")


AN_HOUR_AGO = datetime(2025, 12, 31, 23, 0)  # noqa: DTZ001 - a column without a zone


@pytest.mark.parametrize(
    "told",
    [
        pl.Series([AN_HOUR_AGO], dtype=pl.Datetime("ns")),
        pl.Series([AN_HOUR_AGO], dtype=pl.Datetime("us")),
        pl.Series([AN_HOUR_AGO.replace(tzinfo=UTC)], dtype=pl.Datetime("ms", "UTC")),
        pl.Series([AN_HOUR_AGO]).dt.replace_time_zone("UTC").dt.convert_time_zone("Asia/Tokyo"),
        pl.Series([NOW_MS - 3_600_000], dtype=pl.Int64),
        pl.Series([NOW_MS - 3_600_000.0], dtype=pl.Float64),
        pl.Series(["2025-12-31T23:00:00Z"]),
    ],
    ids=lambda told: str(told.dtype),
)
def test_a_time_may_have_any_type_of_time(tmp_path: Path, told: pl.Series) -> None:
    (result,) = scores_of_columns(tmp_path, lastUpdated=told)
    assert result["freshness"] == pytest.approx(0.5 ** (1 / 24 / 30), abs=1e-9)


def test_a_day_is_its_first_moment(tmp_path: Path) -> None:
    (result,) = scores_of_columns(tmp_path, lastUpdated=pl.Series([date(2025, 12, 2)]))
    assert result["freshness"] == 0.5


def test_values_of_any_type_are_there_or_not(tmp_path: Path) -> None:
    columns = {
        "title": pl.Series(["a", "", " ", None], dtype=pl.Enum(["a", "", " "])),
        "director": pl.Series(["a", "", " ", None], dtype=pl.Categorical),
        "season": pl.Series([0, 1, None, 2], dtype=pl.UInt8),
        "airDate": pl.Series([date(1987, 1, 1), None, date(1987, 1, 1), None]),
        "tmdbId": pl.Series([float("nan"), 1.0, None, 2.0]),
        "episode": pl.Series([False, True, None, True]),
        "writer": pl.Series([["x"], [], [None], None], dtype=pl.List(pl.String)),
        "guestStars": pl.Series([["x", None]] * 3 + [None], dtype=pl.Array(pl.String, 2)),
        "plotPoints": pl.Series([None] * 4, dtype=pl.Null),
        "synopsis": pl.Series([{"en": "x"}, {"en": None}, None, {"en": ""}]),
        "anything": pl.Series([1, 2, 3, 4]),
    }
    told = [record(**{name: column[place] for name, column in columns.items()}) for place in range(4)]
    told = [{name: list(v) if isinstance(v, pl.Series) else v for name, v in one.items()} for one in told]
    assert_same(scores_of_columns(tmp_path, **columns), [score(one, SOURCES, NOW_MS) for one in told])


@pytest.mark.parametrize("is_valid", [True, False, None, 0, 2, float("nan"), "", "x", [], ["x"]], ids=repr)
@pytest.mark.parametrize("as_map", [True, False])
def test_checks_may_be_a_struct_or_a_map_of_any_type(tmp_path: Path, is_valid: Any, *, as_map: bool) -> None:
    inner = pl.Series([is_valid]).dtype
    kind = pl.Struct({"isValid": inner, "error": pl.String})
    checks = {"title": {"isValid": is_valid, "error": None}}
    of = pl.Map(pl.String, kind) if as_map else pl.Struct({"title": kind, "synopsis": kind})
    column = pl.Series([{**checks} if as_map else {**checks, "synopsis": None}, None], dtype=of)
    results = scores_of_columns(tmp_path, fieldValidation=column)
    told = [record(fieldValidation={"title": {"isValid": is_valid}}), record()]
    assert_same(results, [score(one, SOURCES, NOW_MS) for one in told])


def test_many_checks_are_told_in_their_order(tmp_path: Path) -> None:
    names = [f"f{place}" for place in range(25)]
    column = pl.Series([{name: {"isValid": place % 3 != 0} for place, name in enumerate(names)}])
    (result,) = scores_of_columns(tmp_path, fieldValidation=column)
    assert result["lowConfidenceFields"] == names[::3]


@pytest.mark.parametrize("checks", [pl.Series([None]), pl.Series([{"title": None}])], ids=["null", "null entries"])
def test_checks_may_be_null_throughout(tmp_path: Path, checks: pl.Series) -> None:
    (result,) = scores_of_columns(tmp_path, fieldValidation=checks)
    assert (result["accuracy"], result["lowConfidenceFields"]) == (0.5, [])


@pytest.mark.parametrize(
    ("told", "accuracy", "low"),
    [
        (pl.Series([float("nan")]), 0.75, []),
        (pl.Series([float("inf")]), 1.0, []),
        (pl.Series([1], dtype=pl.Int8), 1.0, []),
        (pl.Series([None]), 0.75, []),
        (pl.Series([0.5], dtype=pl.Float32), 0.75, ["title"]),
    ],
)
def test_a_confidence_may_have_any_type_of_number(
    tmp_path: Path, told: pl.Series, accuracy: float, low: list[str]
) -> None:
    (result,) = scores_of_columns(
        tmp_path, confidenceScore=told, fieldValidation=pl.Series([{"title": {"isValid": True}}])
    )
    assert (result["accuracy"], result["lowConfidenceFields"]) == (accuracy, low)


@pytest.mark.parametrize(
    ("conflicts", "is_told"),
    [
        (pl.Series([[{"field": "title"}]]), True),
        (pl.Series([[]], dtype=pl.List(pl.String)), False),
        (pl.Series(["x"]), True),
        (pl.Series([""]), False),
        (pl.Series([{"field": "title"}]), False),
    ],
    ids=str,
)
def test_conflicts_may_have_any_type(tmp_path: Path, conflicts: pl.Series, *, is_told: bool) -> None:
    (result,) = scores_of_columns(tmp_path, conflictResolution=conflicts)
    assert ("Review conflict resolution decisions for accuracy" in result["recommendations"]) is is_told


def test_what_duckdb_makes_of_lines_comes_to_the_same(tmp_path: Path) -> None:
    told = [
        record(title="x", fieldValidation={"title": {"isValid": False}}, conflictResolution=[{"field": "title"}]),
        record(guestStars=["a"], fieldValidation={"synopsis": {"isValid": True}}, confidenceScore=0.3),
    ]
    expected = scores_of(tmp_path, *told)
    duckdb.sql(f"copy (from read_json('{tmp_path}/records.ndjson')) to '{tmp_path}/made.parquet'")
    score_at(tmp_path, tmp_path / "made.parquet")
    assert_same(read_lines(tmp_path / "scores.ndjson"), expected)


@pytest.mark.parametrize(
    ("columns", "problem"),
    [
        ({"episodeId": None}, "episodeId: There is no such column."),
        ({"lastUpdated": None}, "lastUpdated: There is no such column."),
        ({"episodeId": [["a"]]}, "episodeId: The column has the type List"),
        ({"dataSource": [1.5]}, "dataSource: The column has the type Float64 and should be text."),
        ({"lastUpdated": [True]}, "lastUpdated: The column has the type Boolean and should be text, a time, or"),
        ({"confidenceScore": ["0.9"]}, "confidenceScore: The column has the type String and should be a number."),
        ({"fieldValidation": ["{}"]}, "fieldValidation: The column has the type String and should be a struct of"),
        ({"fieldValidation": [{"title": True}]}, "fieldValidation: The column has the type Struct"),
        ({"fieldValidation": [{"title": {"valid": True}}]}, "fieldValidation: The column has the type Struct"),
        ({"fieldValidation": [["title"]]}, "fieldValidation: The column has the type List"),
    ],
)
def test_columns_that_cannot_hold_records_are_named(tmp_path: Path, columns: dict[str, Any], problem: str) -> None:
    told = {name: [value] for name, value in record().items()} | columns
    file = tmp_path / "records.parquet"
    pl.DataFrame({name: values for name, values in told.items() if values is not None}).write_parquet(file)
    with pytest.raises(InputError) as refused:
        score_at(tmp_path, file)
    assert str(refused.value).startswith(f"{file}: {problem}")


def test_a_number_may_be_an_id(tmp_path: Path) -> None:
    (result,) = scores_of(tmp_path, record(episodeId=37064))
    assert [result] == scores_of_columns(tmp_path, episodeId=pl.Series([37064]))
    assert result["episodeId"] == "37064"


def test_a_damaged_file_is_refused_and_leaves_nothing(tmp_path: Path) -> None:
    file = tmp_path / "records.parquet"
    pl.DataFrame([without(record(episodeId=f"e{n}", title=str(n * n)), "") for n in range(5000)]).write_parquet(file)
    whole = file.read_bytes()
    for name, damaged in (("cut", whole[:1000]), ("zeros", whole[:4] + bytes(2000) + whole[2004:])):
        other = tmp_path / f"{name}.parquet"
        other.write_bytes(damaged)
        with pytest.raises(
            InputError, match=f"{name}.parquet: (This is no Parquet file|It could not be scored to its end)"
        ):
            score_at(tmp_path, other)
    assert not [path for path in tmp_path.iterdir() if "partial" in path.name or "scores" in path.name]
