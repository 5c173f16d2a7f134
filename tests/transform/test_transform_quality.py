"""The numbers of quality, recomputed by hand (DESIGN.md, Quality; reference/vbs-behaviour.md, 14 and 29)."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from transform_factory import PROPERTY, value, values

from etl.transform.quality import (
    GRADES_FROM,
    LOWEST_GRADE,
    SHARES,
    add_accuracy,
    add_completeness,
    add_freshness,
    add_grade,
    add_overall,
    add_presence,
    add_reliability,
    trust_of_values,
    whole_days,
)
from schemas.episodes import MERGED_FIELDS, WEIGHTS
from schemas.scores import GRADES

DESIGN_WEIGHTS = {
    "title": 1.0,
    "air_date": 1.0,
    "season": 1.0,
    "episode": 1.0,
    "synopsis": 0.9,
    "directors": 0.8,
    "writers": 0.8,
    "plot_points": 0.8,
    "production_codes": 0.7,
    "guest_stars": 0.7,
    "tmdb_id": 0.6,
    "imdb_id": 0.6,
    "connections": 0.6,
    "memory_alpha_url": 0.5,
}


def numbers(**columns: float | None) -> pl.DataFrame:
    """One row of floats."""
    return pl.DataFrame({name: [number] for name, number in columns.items()}, schema=dict.fromkeys(columns, pl.Float64))


def accuracy_of(confidence: float | None, valid_share: float | None, agreement: float | None) -> float:
    told = numbers(confidence=confidence, valid_share=valid_share, agreement=agreement)
    return float(add_accuracy(told)["quality_accuracy"].item())


def freshness_of(age_days: float | None, half_life_days: float = 30.0) -> float:
    return float(add_freshness(numbers(age_days=age_days, half_life_days=half_life_days))["quality_freshness"].item())


def reliability_of(confidence: float, *others: float | None) -> float:
    told = dict(zip(("uptime", "accuracy", "success_share"), others, strict=True))
    return float(add_reliability(numbers(confidence=confidence, **told))["quality_reliability"].item())


def grade_of(overall: float) -> str:
    return str(add_grade(numbers(quality_overall=overall))["grade"].item())


# Weights and shares


def test_the_weights_are_those_of_the_design_and_sum_up_to_eleven() -> None:
    assert WEIGHTS == DESIGN_WEIGHTS
    assert sum(WEIGHTS.values()) == pytest.approx(11.0, abs=1e-12)


def test_the_shares_are_those_of_the_design() -> None:
    assert SHARES == {
        "quality_completeness": 0.4,
        "quality_accuracy": 0.3,
        "quality_freshness": 0.2,
        "quality_reliability": 0.1,
    }


def test_every_grade_of_the_contract_can_be_reached() -> None:
    assert (*GRADES_FROM, LOWEST_GRADE) == GRADES


# Presence and completeness


def test_presence_means_a_value_that_is_neither_null_nor_blank_nor_empty() -> None:
    told = pl.DataFrame(
        {"text": ["a", " \t", "", None], "list": [["a"], [], [None], None], "number": [1, 0, -1, None]},
        schema={"text": pl.String, "list": pl.List(pl.String), "number": pl.Int64},
    )
    there = add_presence(told, {"text": 1.0, "list": 1.0, "number": 1.0})
    assert there.select("has_text", "has_list", "has_number").rows() == [
        (True, True, True),
        (False, False, True),
        (False, True, True),
        (False, False, False),
    ]


def completeness_of(*present: str) -> float:
    flags = pl.DataFrame({f"has_{name}": [name in present] for name in WEIGHTS})
    return float(add_completeness(flags, WEIGHTS)["quality_completeness"].item())


def test_nothing_is_complete_to_nothing_and_everything_to_one() -> None:
    assert completeness_of() == 0.0
    assert completeness_of(*WEIGHTS) == pytest.approx(1.0, abs=1e-12)


@pytest.mark.parametrize(("name", "weight"), DESIGN_WEIGHTS.items())
def test_a_field_counts_by_its_weight(name: str, weight: float) -> None:
    assert completeness_of(name) == pytest.approx(weight / 11.0, abs=1e-12)


def test_every_weighted_field_is_merged_or_a_number() -> None:
    assert set(WEIGHTS) - set(MERGED_FIELDS) == {"season", "episode"}


# Accuracy


@pytest.mark.parametrize(
    ("confidence", "valid_share", "agreement", "accuracy"),
    [
        (0.9, 1.0, None, 0.95),
        (0.9, None, None, 0.9),
        (0.8, 0.5, None, 0.65),
        (0.8, None, 0.4, 0.6),
        (0.8, 0.5, 1.0, 0.825),
        (0.8, 0.0, 0.0, 0.2),
        (None, None, None, 0.5),
        (None, 1.0, None, 0.75),
        (0.0, None, None, 0.5),
        (1.4, None, None, 1.0),
        (-3.0, None, None, 0.0),
        (float("nan"), 1.0, None, 0.75),
        (0.2, -1.0, None, 0.0),
    ],
)
def test_accuracy_averages_what_is_known(
    confidence: float | None, valid_share: float | None, agreement: float | None, accuracy: float
) -> None:
    assert accuracy_of(confidence, valid_share, agreement) == pytest.approx(accuracy, abs=1e-12)


# Freshness


@pytest.mark.parametrize(
    ("age", "freshness"),
    [
        (0.0, 1.0),
        (15.0, 0.5**0.5),
        (30.0, 0.5),
        (60.0, 0.25),
        (99.0, 0.5**3.3),
        (99.66, 0.1),
        (100.0, 0.1),
        (10_000.0, 0.1),
        (-30.0, 2.0),
        (-15.0, 2.0**0.5),
    ],
)
def test_freshness_halves_every_half_life_down_to_a_tenth(age: float, freshness: float) -> None:
    assert freshness_of(age) == pytest.approx(freshness, abs=1e-4 if age == 99.66 else 1e-12)


def test_the_floor_is_reached_between_99_65_and_99_66_days() -> None:
    assert freshness_of(99.65) > 0.1
    assert freshness_of(99.66) == 0.1


def test_an_ended_series_grows_old_by_its_own_half_life() -> None:
    assert freshness_of(730.0, 730.0) == pytest.approx(0.5, abs=1e-12)
    assert freshness_of(30.0, 730.0) == pytest.approx(0.5 ** (30 / 730), abs=1e-12)


@PROPERTY
@given(st.floats(0, 1e4), st.floats(0, 1e4), st.floats(1, 1e4))
def test_older_is_never_fresher(age: float, more: float, half_life: float) -> None:
    assert 0.1 <= freshness_of(age + more, half_life) <= freshness_of(age, half_life) <= 1.0


def test_a_formula_may_be_set_otherwise() -> None:
    told = numbers(quality_completeness=1.0, quality_accuracy=0.0, quality_freshness=0.0, quality_reliability=0.0)
    assert add_overall(told, {"quality_completeness": 0.7, "quality_accuracy": 0.3})["quality_overall"].item() == 0.7
    assert add_grade(numbers(quality_overall=0.7), {"excellent": 0.7, "poor": 0.1})["grade"].item() == "excellent"
    assert add_freshness(numbers(age_days=900.0, half_life_days=30.0), 0.25)["quality_freshness"].item() == 0.25


@pytest.mark.parametrize(("text", "is_there"), [("\u00a0\ufeff\u2029", False), ("\u0085", True), (" x ", True)])
def test_blank_is_what_ecmascript_trims_away(text: str, is_there: bool) -> None:
    assert add_presence(pl.DataFrame({"text": [text]}), {"text": 1.0})["has_text"].item() is is_there


# Reliability


@pytest.mark.parametrize(
    ("confidence", "others", "reliability"),
    [
        (0.9, (0.95, 0.9, None), 0.9125),
        (0.5, (1.0, 0.5, None), 0.625),
        (0.85, (0.99, 0.92, 0.5), 0.71),
        (0.9, (None, None, None), 0.9),
        (0.9, (None, 0.7, None), 0.8),
        (0.9, (None, None, 0.0), 0.45),
        (1.8, (None, None, None), 1.0),
        (-1.0, (None, None, None), 0.0),
    ],
)
def test_reliability_averages_one_after_the_other(
    confidence: float, others: tuple[float | None, float | None, float | None], reliability: float
) -> None:
    assert reliability_of(confidence, *others) == pytest.approx(reliability, abs=1e-12)


# Overall and grade


def test_overall_is_made_of_four_shares() -> None:
    told = numbers(quality_completeness=0.5, quality_accuracy=0.8, quality_freshness=0.25, quality_reliability=0.9)
    assert add_overall(told)["quality_overall"].item() == pytest.approx(0.2 + 0.24 + 0.05 + 0.09, abs=1e-12)


@pytest.mark.parametrize(
    ("overall", "grade"),
    [
        (1.0, "excellent"),
        (0.9, "excellent"),
        (0.8999999999, "good"),
        (0.75, "good"),
        (0.7499999999, "acceptable"),
        (0.6, "acceptable"),
        (0.5999999999, "poor"),
        (0.4, "poor"),
        (0.3999999999, "insufficient"),
        (0.0, "insufficient"),
    ],
)
def test_a_grade_begins_exactly_at_its_border(overall: float, grade: str) -> None:
    assert grade_of(overall) == grade


def test_the_vector_of_vbs() -> None:
    told: dict[str, Any] = {
        **{f"has_{name}": [False] for name in WEIGHTS},
        "confidence": [0.9],
        "valid_share": [1.0],
        "agreement": [None],
        "age_days": [0.0],
        "half_life_days": [30.0],
    }
    frame = pl.DataFrame(told, schema_overrides={"agreement": pl.Float64}).hstack(
        add_reliability(numbers(confidence=0.9, uptime=0.95, accuracy=0.9, success_share=None)).select(
            "quality_reliability"
        )
    )
    scored = frame.pipe(add_completeness, WEIGHTS).pipe(add_accuracy).pipe(add_freshness).pipe(add_overall)
    assert {name: scored[name].item() for name in (*SHARES, "quality_overall")} == pytest.approx(
        {
            "quality_completeness": 0.0,
            "quality_accuracy": 0.95,
            "quality_freshness": 1.0,
            "quality_reliability": 0.9125,
            "quality_overall": 0.57625,
        },
        abs=1e-12,
    )
    assert add_grade(scored)["grade"].item() == "poor"


# Trust in the values of an episode


# The reliability of tmdb is 0.9, that of the catalogue 0.6: averaged one after the other.
TRUST = pl.DataFrame(
    {"source": ["tmdb", "catalogue"], "confidence": [0.8, 0.5], "uptime": [0.8, 0.5], "accuracy": [1.0, 0.7]}
)
NOBODY_ASKED = pl.DataFrame(schema={"episode_key": pl.String, "success_share": pl.Float64})


def chosen(field: str, source: str, key: str = "tng:haven") -> dict[str, Any]:
    return value(key, field, source, "x", is_chosen=True)


def test_trust_is_weighed_by_the_chosen_fields() -> None:
    told = values(
        chosen("title", "tmdb"),
        chosen("tmdb_id", "tmdb"),
        chosen("memory_alpha_url", "catalogue"),
        value("tng:haven", "synopsis", "catalogue", "not chosen"),
        chosen("runtime_min", "catalogue"),
        chosen("title", "catalogue", "tng:justice"),
    )
    trusted = trust_of_values(told, TRUST, NOBODY_ASKED, WEIGHTS).sort("episode_key")
    assert list(trusted.columns) == ["episode_key", "confidence", "quality_reliability"]
    assert trusted.rows() == [
        ("tng:haven", pytest.approx((1.6 * 0.8 + 0.5 * 0.5) / 2.1), pytest.approx((1.6 * 0.9 + 0.5 * 0.6) / 2.1)),
        ("tng:justice", 0.5, 0.6),
    ]


def test_trust_falls_with_the_share_of_sources_that_failed_for_the_episode() -> None:
    told = values(chosen("title", "tmdb"), chosen("title", "tmdb", "tng:justice"))
    success = pl.DataFrame({"episode_key": ["tng:haven"], "success_share": [0.5]})
    trusted = trust_of_values(told, TRUST, success, WEIGHTS).sort("episode_key")
    assert trusted.rows() == [
        ("tng:haven", 0.8, pytest.approx((0.9 + 0.5) / 2)),
        ("tng:justice", 0.8, pytest.approx(0.9)),
    ]


def test_fields_without_weight_prove_no_trust() -> None:
    assert trust_of_values(values(chosen("runtime_min", "tmdb")), TRUST, NOBODY_ASKED, WEIGHTS).is_empty()


def test_all_sources_of_a_union_count() -> None:
    told = values(chosen("directors", "tmdb"), chosen("directors", "catalogue"))
    assert trust_of_values(told, TRUST, NOBODY_ASKED, WEIGHTS)["confidence"].item() == pytest.approx(0.65)


# Age


@pytest.mark.parametrize(
    ("since", "until", "days"),
    [
        ("2026-10-01T23:59:59", "2026-10-01T00:00:00", 0.0),
        ("2026-10-01T23:59:59", "2026-10-02T00:00:00", 1.0),
        ("2026-10-01T00:00:00", "2026-10-31T23:00:00", 30.0),
        ("2026-10-02T00:00:00", "2026-10-01T00:00:00", -1.0),
    ],
)
def test_age_is_counted_in_days_of_the_calendar(since: str, until: str, days: float) -> None:
    told = pl.DataFrame({"since": [_utc(since)], "until": [_utc(until)]})
    assert told.select(whole_days(pl.col("since"), pl.col("until"))).item() == days


def _utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)
