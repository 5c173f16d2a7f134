from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from etl.check_files import check_files
from etl.checking import quality_fell, refuse_failures
from etl.checks_told import checks_in_run, failures_in_words
from etl.errors import ContractBroken
from etl.validate.checks import FOUND
from etl.validate.failures import told_failures
from tests.factories import frame, tiny_tables

PATH = Path("outputs/episodes.duckdb")
TODAY = date(2026, 11, 20)


def failure(key: str, severity: str = "warn", check: str = "year_range", **said: Any) -> dict[str, Any]:
    known = {"is_waived": False, "is_new": False, "first_seen_run": "run1"}
    return {"check_name": check, "severity": severity, "key": key, "reason": "ends too soon", **known, **said}


def waiver(key: str, until: date = TODAY, failures: int = 1) -> dict[str, Any]:
    return {"check_name": "year_range", "key": key, "reason": "a loop", "until": until, "failures": failures}


def tables(failures: list[dict[str, Any]], waivers: list[dict[str, Any]] | None = None) -> dict[str, pl.DataFrame]:
    booked = {"check_failures": frame("check_failures", failures), "waivers": frame("waivers", waivers or [])}
    return {**tiny_tables(), **booked}


def found(*failures: dict[str, Any], is_contract: bool = False) -> pl.DataFrame:
    rows = [{name: {**one, "is_contract": is_contract}[name] for name in FOUND} for one in failures]
    return pl.DataFrame(rows, schema=FOUND)


def told(of: pl.DataFrame, booked: dict[str, pl.DataFrame]) -> list[tuple[str, str, str]]:
    return [(one.severity, one.where, one.message) for one in told_failures(of, booked, PATH)]


RULE = "No story ends in an earlier in-universe year than it begins."


@pytest.mark.parametrize(
    ("booked", "severity", "since"),
    [
        (failure("a", "info"), "notice", ""),
        (failure("a", "warn"), "warning", ""),
        (failure("a", "warn", is_new=True), "warning", " NEW in this release."),
        (failure("a", "error"), "warning", " Known since run run1."),
        (failure("a", "error", is_new=True, is_waived=True), "warning", " Known since run run1."),
        (failure("a", "error", is_new=True), "error", " NEW in this release."),
    ],
)
def test_a_failure_is_as_grave_as_the_release_says(booked: dict[str, Any], severity: str, since: str) -> None:
    assert told(found(booked), tables([booked])) == [(severity, "year_range: a", f"ends too soon. {RULE}{since}")]


def test_a_failure_that_the_release_does_not_know_is_as_grave_as_its_check_says() -> None:
    assert told(found(failure("a", "error")), tables([])) == [("error", "year_range: a", f"ends too soon. {RULE}")]


def test_a_waived_failure_is_a_notice_of_its_waiver() -> None:
    waived = failure("a", is_waived=True)
    assert told(found(waived, failure("b")), tables([waived, failure("b")], [waiver("a")])) == [
        ("warning", "year_range: b", f"ends too soon. {RULE}"),
        ("notice", "waiver: year_range: a", "waived until 2026-11-20: a loop (1 failures pass)"),
    ]


def test_a_breach_of_the_contract_is_an_error_whatever_the_release_says() -> None:
    breach = failure("a", "error", "public_id")
    forged = [failure("a", "error", "public_id", is_waived=True)], [{**waiver("a"), "check_name": "public_id"}]
    assert told(found(breach, is_contract=True), tables(*forged))[0] == (
        "error",
        "public_id: a",
        "ends too soon. Public ids are made from series, season and number.",
    )


def test_a_failure_that_is_booked_and_not_found_is_an_error() -> None:
    assert told(found(), tables([failure("a")])) == [
        ("error", "check_failures: year_range: a", "is not found any more")
    ]
    assert told_failures(found(), tables([]), PATH) == []


def test_new_failures_and_known_errors_are_named_and_known_warnings_counted() -> None:
    failures = [
        failure("a", "warn", is_new=True),
        failure("b", "error"),
        failure("c", "warn"),
        failure("d", "warn", is_waived=True),
        failure("e", "info", is_new=True),
        failure("f", "error", is_new=True, is_waived=True),
    ]
    assert failures_in_words(frame("check_failures", failures)) == [
        "NEW warn: year_range a ends too soon",
        "Known error, since run run1: year_range b ends too soon",
        "1 known warnings of the checks: table check_failures.",
    ]
    assert failures_in_words(frame("check_failures", [])) == []
    assert checks_in_run(tables(failures, [waiver("d")])) == {
        "failures": {"info": 1, "warn": 2, "error": 1},
        "new": 2,
        "waived": 2,
        "waivers": [{"check": "year_range", "key": "d", "until": "2026-11-20", "failures": 1}],
    }


def test_many_failures_are_cut_short() -> None:
    many = [failure(f"k{number}", "warn", is_new=True) for number in range(7)]
    lines = failures_in_words(frame("check_failures", many))
    assert len(lines) == 6
    assert lines[-1] == "and 2 more: table check_failures"


def test_a_release_with_known_failures_and_waivers_in_force_is_not_refused() -> None:
    known = tables([failure("a", "error"), failure("b", is_new=True)], [waiver("a")])
    refuse_failures(known, TODAY)


def test_new_errors_and_waivers_that_are_over_are_refused_with_what_to_do() -> None:
    failures = [failure("a", "error", is_new=True), failure("b"), failure("c", "error", is_new=True)]
    way_on = "If this is right, run again with --accept-changes, or put a waiver into waivers.toml:"
    with pytest.raises(ContractBroken) as caught:
        refuse_failures(tables(failures, [waiver("b", date(2026, 11, 19))]), TODAY)
    assert str(caught.value).splitlines() == [
        "Nothing was published:",
        "The waiver of year_range b held until 2026-11-19; mend what it lets pass, renew it, or take it out.",
        "  year_range b ends too soon",
        f"year_range fails where the last release did not: {RULE}",
        "  year_range a ends too soon",
        "  year_range c ends too soon",
        f"{check_files()['year_range'].mend} {way_on}",
        "  [[waiver]]",
        '  check = "year_range"',
        '  key = "a"',
        '  reason = "say why"',
        "  until = 2000-01-01  # choose the last day on which it holds",
    ]


def test_the_fall_of_several_series_is_one_sentence() -> None:
    row = {"kind": "quality", "field": "quality_overall"}
    falls = [
        {**row, "subject": series, "series": series, "old": old, "new": new}
        for series, old, new in (("tos", "0.8", "0.7"), ("tng", "0.9", "0.812"))
    ]
    said = str(quality_fell(frame("changes", falls), "All of it: there", 0.05)).splitlines()
    assert said[0] == (
        "The average quality of a series fell by more than 0.05, growing older left aside"
        " (that of tng from 0.9 to 0.812, that of tos from 0.8 to 0.7), so nothing was published."
    )
    assert said[1] == "All of it: there"
