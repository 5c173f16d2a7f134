from __future__ import annotations

from datetime import date
from typing import Any

import polars as pl
import pytest

from etl.transform.failures import count_waived, judge_failures, new_errors
from schemas.checking import CHECK_FAILURES, WAIVERS
from schemas.checks import broken_rules
from schemas.columns import empty
from tests.factories import frame

TODAY = date(2026, 11, 20)
KNOWN: dict[str, Any] = {
    "check_name": "year_range",
    "severity": "error",
    "key": "tng:a",
    "reason": "r",
    "is_waived": False,
    "is_new": True,
    "first_seen_run": "run1",
}


def found(*keys: str, severity: str = "error") -> pl.DataFrame:
    rows = [{"check_name": "year_range", "severity": severity, "key": key, "reason": "r"} for key in keys]
    return pl.DataFrame(rows)


def waiver(key: str, until: date) -> dict[str, Any]:
    return {"check_name": "year_range", "key": key, "reason": "looked at", "until": until, "failures": 0}


def judged(
    of: pl.DataFrame,
    *,
    last: pl.DataFrame | None = None,
    last_run: str | None = "run1",
    run: str = "run2",
    waived: pl.DataFrame | None = None,
    accepts_all: bool = False,
) -> pl.DataFrame:
    failures = judge_failures(
        of,
        frame("check_failures", [KNOWN]) if last is None else last,
        empty(WAIVERS) if waived is None else waived,
        run_id=run,
        last_run_id=last_run,
        as_of=TODAY,
        accepts_all=accepts_all,
    )
    assert broken_rules(CHECK_FAILURES, failures) == []
    return failures


def keys(failures: pl.DataFrame) -> list[str]:
    return failures["key"].to_list()


def test_what_the_last_release_had_is_known_and_the_rest_is_new() -> None:
    failures = judged(found("tng:a", "tng:b"))
    assert failures.select("key", "is_new", "first_seen_run", "is_waived").rows() == [
        ("tng:a", False, "run1", False),
        ("tng:b", True, "run2", False),
    ]
    assert keys(new_errors(failures)) == ["tng:b"]


def test_in_a_first_release_nothing_is_new() -> None:
    failures = judged(found("tng:a"), last=empty(CHECK_FAILURES), last_run=None)
    assert failures.select("is_new", "first_seen_run").rows() == [(False, "run2")]
    assert new_errors(failures).is_empty()


def test_a_replay_of_the_last_run_finds_as_new_what_that_run_did() -> None:
    again = judged(found("tng:a"), run="run1")
    assert again["is_new"].to_list() == [True]
    old = frame("check_failures", [{**KNOWN, "is_new": False}])
    assert judged(found("tng:a"), last=old, run="run1")["is_new"].to_list() == [False]


@pytest.mark.parametrize(("until", "is_waived"), [(TODAY, True), (date(2026, 11, 19), False), (date(2027, 1, 1), True)])
def test_a_waiver_holds_up_to_its_last_day(until: date, is_waived: bool) -> None:
    waived = frame("waivers", [waiver("tng:b", until)])
    failures = judged(found("tng:a", "tng:b"), waived=waived)
    assert failures["is_waived"].to_list() == [False, is_waived]
    assert keys(new_errors(failures)) == ([] if is_waived else ["tng:b"])
    assert count_waived(waived, failures)["failures"].to_list() == [1]


def test_a_waiver_is_for_one_key_of_one_check() -> None:
    other = {**waiver("tng:b", TODAY), "check_name": "item_order"}
    waived = frame("waivers", [waiver("tng:c", TODAY), other])
    failures = judged(found("tng:b"), waived=waived)
    assert failures["is_waived"].to_list() == [False]
    assert count_waived(waived, failures)["failures"].to_list() == [0, 0]


def test_a_key_that_fails_for_two_reasons_is_waived_whole() -> None:
    two = pl.concat([found("tng:b"), found("tng:b").with_columns(reason=pl.lit("s"))])
    waived = frame("waivers", [waiver("tng:b", TODAY)])
    failures = judged(two, waived=waived)
    assert failures["is_waived"].to_list() == [True, True]
    assert count_waived(waived, failures)["failures"].to_list() == [2]


def test_a_new_warning_stops_nothing() -> None:
    assert new_errors(judged(found("tng:b", severity="warn"))).is_empty()


def test_whoever_accepts_all_lets_new_errors_pass_and_nothing_else() -> None:
    of = pl.concat([found("tng:a", "tng:b"), found("tng:c", severity="warn")])
    failures = judged(of, accepts_all=True)
    assert failures["is_waived"].to_list() == [False, True, False]
    assert new_errors(failures).is_empty()
