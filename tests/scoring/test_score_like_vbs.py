"""Scores are those of VBS: its vectors, and any records beside a slow scorer that shares no line with ours."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from reference_scorer import IMPORTANCE, score
from score_kit import (
    NOW_MS,
    SOURCES,
    Record,
    assert_like_vbs,
    assert_same,
    lines_of,
    read_lines,
    record,
    score_at,
    score_text,
    scores_of,
    without,
)

from schemas.metadata_records import RECORD_FIELDS, RECORD_WEIGHTS, SCORES

FEW = settings(max_examples=25, deadline=None, derandomize=True, database=None)


def expected_of(*told: Record) -> list[Record]:
    return [score(one, SOURCES, NOW_MS) for one in told]


def test_the_vector_of_a_record_without_values(tmp_path: Path) -> None:
    """reference/vbs-behaviour.md, 29: confidence 0.9, all validations true, updated now, Memory Alpha's template."""
    template = {"memory-alpha": without(SOURCES["memory-alpha"], "performanceMetrics")}
    checks = {"synopsis": {"isValid": True}, "memoryAlphaUrl": {"isValid": True}}
    told = record(dataSource="memory-alpha", lastUpdated=NOW_MS, confidenceScore=0.9, fieldValidation=checks)
    score_text(tmp_path, lines_of(told), sources=template)
    (result,) = read_lines(tmp_path / "scores.ndjson")
    numbers = [result[name] for name in ("completeness", "accuracy", "freshness", "sourceReliability", "overall")]
    assert numbers == pytest.approx([0.0, 0.95, 1.0, 0.9125, 0.57625], abs=1e-12)
    assert result["qualityGrade"] == "poor"
    assert result["recommendations"] == ["Consider enriching metadata with additional fields from other sources"]
    assert result["missingFields"] == [name for name, weight in IMPORTANCE.items() if weight >= 0.7]
    assert result["lowConfidenceFields"] == []


def test_the_vectors_of_freshness(tmp_path: Path) -> None:
    vectors = {0: 1.0, 15: 0.5**0.5, 30: 0.5, 60: 0.25, 99.66: 0.1, 9999: 0.1, -30: 2.0}
    told = [record(lastUpdated=int(NOW_MS - days * 86_400_000)) for days in vectors]
    assert [one["freshness"] for one in scores_of(tmp_path, *told)] == pytest.approx(list(vectors.values()), abs=1e-9)


def test_the_names_of_both_sides_meet() -> None:
    assert list(RECORD_FIELDS) == list(IMPORTANCE)
    assert list(RECORD_WEIGHTS.values()) == list(IMPORTANCE.values())
    assert sum(RECORD_WEIGHTS.values()) == pytest.approx(11.0)


PRESENCE = [
    "", " ", "\t\n", "\u00a0\ufeff\u2029", "\u0085", "x", " x ", '"', '""', "[]", "\\", "null", 0, -1, 1.5, True, False,
    None, [], [None], [[]], [""], {}, {"a": None}, 10**40,
]  # fmt: skip


def test_what_counts_as_there_and_what_as_missing(tmp_path: Path) -> None:
    assert_like_vbs(tmp_path, *(record(**{name: value}) for name in IMPORTANCE for value in PRESENCE))


def test_what_counts_as_valid(tmp_path: Path) -> None:
    values = (True, False, None, 0, 0.0, -0.0, 1, "", "false", "0", '"', [], {}, "\t")
    told = [
        record(fieldValidation={"b": {"isValid": True}, 'a"\n': {"isValid": value}}, confidenceScore=confidence)
        for confidence in (0.9, 0.3)
        for value in values
    ]
    assert_like_vbs(tmp_path, *told)


def test_an_entry_that_says_nothing_is_not_valid(tmp_path: Path) -> None:
    checks = ({}, 5, True, "isValid", [], {"isvalid": True})
    told = [record(fieldValidation={"title": check, "é": {"isValid": 1}}) for check in checks]
    assert_like_vbs(tmp_path, *told)
    assert {tuple(one["lowConfidenceFields"]) for one in read_lines(tmp_path / "scores.ndjson")} == {("title",)}


def test_any_confidence(tmp_path: Path) -> None:
    told = [
        record(dataSource=source, confidenceScore=confidence, fieldValidation=checks)
        for source in SOURCES
        for confidence in (None, 0, -0.0, 0.59, 0.6, 1, 7, -0.2, -5, 1e300, 5e-324)
        for checks in (None, {}, {"title": {"isValid": True}, "b": {"isValid": False}})
    ]
    assert_like_vbs(tmp_path, *told)


def test_conflicts_are_worth_a_look(tmp_path: Path) -> None:
    values = (None, [], [None], [{"field": "title"}], "", "x", "[]", {}, {"a": 1}, 3)
    assert_like_vbs(tmp_path, *(record(conflictResolution=value) for value in values))


TIMES = [
    "2025-12-31T01:40:00.000Z", "2025-12-31T01:40:00Z", "2025-12-31T01:40:00.123456789Z", "2025-12-31T01:40Z",
    "2025-12-31T01:40:00+02:00", "2025-12-31T01:40-0330", "2025-12-31T01:40:00", "2025-12-31T01:40", "2025-12-31",
    "2025-12", "2025", "2025-12-31 01:40:00", "2025-12-31 01:40:00 +01:00", "1966-09-08", "2026-03-01T00:00:00Z",
    1_767_225_600_000, 1_767_225_599_999.9, 0, -1,
]  # fmt: skip


def test_any_way_to_write_a_time(tmp_path: Path) -> None:
    assert_like_vbs(tmp_path, *(record(lastUpdated=told) for told in TIMES))


def test_keys_that_nobody_knows_and_keys_in_escapes(tmp_path: Path) -> None:
    told = record(title="x", unknown={"title": None}, version="1.0.0")
    line = json.dumps(told).replace('"title": "x"', '"\\u0074itle": "\\u0078"')
    assert_same(scores_of(tmp_path, line), expected_of(told))


def test_a_border_is_rounded_as_vbs_rounds_it(tmp_path: Path) -> None:
    """Sums of weights that come to 0.7 of the whole, give or take the last bit, depending on the order."""
    near = [names for names in _subsets() if abs(sum(IMPORTANCE[name] for name in names) / 11 - 0.7) < 1e-9]
    assert len(near) > 100
    assert_like_vbs(tmp_path, *(record(**dict.fromkeys(names, "x")) for names in near))


def _subsets() -> Iterator[list[str]]:
    for number in range(2 ** len(IMPORTANCE)):
        yield [name for place, name in enumerate(IMPORTANCE) if number >> place & 1]


VALUES = st.one_of(
    st.none(), st.text(max_size=3), st.integers(), st.booleans(), st.lists(st.none() | st.text(max_size=1), max_size=2)
)
CHECKS = st.dictionaries(
    st.text(max_size=3), st.fixed_dictionaries({}, optional={"isValid": st.none() | st.booleans() | st.integers(-1, 1)})
)
RECORDS = st.fixed_dictionaries(
    {
        "episodeId": st.text(min_size=1, max_size=5).filter(lambda text: text.strip() and not text.isspace()),
        "dataSource": st.sampled_from(list(SOURCES)),
        "lastUpdated": st.integers(NOW_MS - 10**11, NOW_MS + 10**9),
    },
    optional={
        **dict.fromkeys(IMPORTANCE, VALUES),
        "confidenceScore": st.none() | st.floats(-2, 2),
        "fieldValidation": st.none() | CHECKS,
        "conflictResolution": st.none()
        | st.lists(st.dictionaries(st.text(max_size=2), st.text(max_size=2)), max_size=2),
        "isValidated": st.booleans(),
    },
)


@FEW
@given(st.lists(RECORDS, max_size=20))
def test_any_records_as_lines(told: list[Record]) -> None:
    with TemporaryDirectory() as folder:
        assert_like_vbs(Path(folder), *told)


def made_up(count: int) -> list[Record]:
    """Records as typed columns can hold them, with the gaps of real ones."""
    draw = random.Random(1701)  # noqa: S311 - made-up records, no secret
    return [_made_up(draw, number) for number in range(count)]


def _made_up(draw: random.Random, number: int) -> Record:
    checks = {
        name: {"isValid": draw.random() < 0.7} for name in ("title", "airDate", "synopsis") if draw.random() < 0.5
    }
    told: Record = {
        "title": draw.choice(["Haven", "", " ", None]),
        "airDate": "1987-11-30",
        "season": draw.randrange(3),
        "synopsis": draw.choice(["A wedding.", "\u3000"]),
        "guestStars": draw.choice([[], ["Majel Barrett"], [None]]),
        "connections": draw.choice([[], [{"episodeId": "tng_s3_e24", "connectionType": "character"}]]),
        "plotPoints": draw.choice([[], ["A gift box talks."]]),
        "imdbId": "tt0708724",
        "confidenceScore": draw.choice([0.0, 0.5, round(draw.random(), 4)]),
        "fieldValidation": checks,
        "conflictResolution": draw.choice([[], [{"field": "title"}]]),
    }
    kept = {name: value for name, value in told.items() if draw.random() < 0.8}
    when = f"2025-{draw.randrange(1, 13):02}-{draw.randrange(1, 29):02}T{draw.randrange(24):02}:40:00.000Z"
    return record(episodeId=f"made_s1_e{number}", dataSource=draw.choice(list(SOURCES)), lastUpdated=when, **kept)


def frame_of(told: list[Record]) -> pl.DataFrame:
    entry = pl.Struct({"isValid": pl.Boolean})
    schema = {
        "episodeId": pl.String, "dataSource": pl.String, "lastUpdated": pl.String, "confidenceScore": pl.Float64,
        "title": pl.String, "airDate": pl.String, "season": pl.Int64, "synopsis": pl.String, "imdbId": pl.String,
        "guestStars": pl.List(pl.String), "plotPoints": pl.List(pl.String),
        "connections": pl.List(pl.Struct({"episodeId": pl.String, "connectionType": pl.String})),
        "conflictResolution": pl.List(pl.Struct({"field": pl.String})),
        "fieldValidation": pl.Struct(dict.fromkeys(("title", "airDate", "synopsis"), entry)),
    }  # fmt: skip
    return pl.DataFrame([{name: one.get(name) for name in schema} for one in told], schema=schema)


def test_lines_and_parquet_come_to_the_same_in_either_form(tmp_path: Path) -> None:
    told = made_up(400)
    parquet = tmp_path / "records.parquet"
    frame_of(told).write_parquet(parquet)
    score_text(tmp_path, lines_of(*told), out="lines.ndjson")
    score_at(tmp_path, parquet, out="columns.ndjson")
    score_at(tmp_path, parquet, out="columns.parquet")
    assert_same(read_lines(tmp_path / "lines.ndjson"), expected_of(*told))
    assert_same(read_lines(tmp_path / "columns.ndjson"), expected_of(*told))
    scores = pl.read_parquet(tmp_path / "columns.parquet")
    assert scores.schema == SCORES
    assert_same(scores.to_dicts(), expected_of(*told))
