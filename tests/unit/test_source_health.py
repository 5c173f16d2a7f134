"""How the sources fare: what a table says of it, how far back, and in which words."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import polars as pl
import pytest

from etl.asking import Asked
from etl.errors import Category, SourceError
from etl.extract.shapes import Extracted
from etl.health_words import health_lines
from etl.http.health import Failure, Health, Vitals
from etl.http.usage import Usage
from etl.source_health import KEPT_RUNS, append_history, health_columns, health_of_run
from etl.sources import TMDB
from etl.staleness import age_in_words, stale_lines
from tests.factories import AS_OF, tiny_tables

AT = datetime(2026, 11, 20, 12, 0, 3, tzinfo=UTC)
GONE = Failure(Category.NETWORK, "TMDB could not be reached.")
SICK = Vitals(
    Health(3, AT.timestamp() + 8, 8.0, GONE, AT.timestamp()),
    successes=7,
    last_success_at=AT.timestamp() - 60,
    answers_s=(0.25, 2.5),
)
WELL = Vitals(successes=1, last_success_at=AT.timestamp(), answers_s=(0.25,))


def asked(vitals: Vitals, *, errors: int = 0, answers: int = 0, status: str = "used") -> Asked:
    failures = (SourceError("tmdb", Category.NOT_FOUND, "nothing there"),) * errors
    return Asked(TMDB, Extracted("tmdb", {}, errors=failures, answers=answers), Usage(), status, vitals)


def lines(*vitals: Vitals, **of_run: Any) -> list[str]:
    rows = [{"title": f"S{place}", "error_rate": None, **health_columns(one)} for place, one in enumerate(vitals)]
    return health_lines([{**row, **of_run} for row in rows])


class TestColumns:
    def test_times_are_instants_and_words_are_lower_case(self) -> None:
        assert health_columns(SICK) == {
            "health": "unhealthy",
            "consecutive_failures": 3,
            "successes": 7,
            "response_median_s": 1.375,
            "response_p95_s": 2.5,
            "last_success_at": AT - timedelta(seconds=60),
            "failing_since": AT,
            "cool_down_until": AT + timedelta(seconds=8),
        }

    def test_of_a_source_that_was_never_asked_nothing_is_known(self) -> None:
        columns = health_columns(Vitals())
        assert {name for name, value in columns.items() if value is not None} == {"consecutive_failures", "successes"}

    @pytest.mark.parametrize(
        ("errors", "answers", "health"),
        [(0, 9, "healthy"), (1, 19, "healthy"), (1, 18, "degraded"), (1, 0, "degraded")],
    )
    def test_more_than_one_error_in_twenty_is_more_than_healthy(self, errors: int, answers: int, health: str) -> None:
        columns = health_of_run(asked(WELL, errors=errors, answers=answers))
        assert (columns["health"], columns["error_rate"]) == (health, errors / (errors + answers))

    def test_errors_make_nobody_well(self) -> None:
        assert health_of_run(asked(SICK, errors=1))["health"] == "unhealthy"
        assert health_of_run(asked(Vitals(), errors=1))["health"] is None

    def test_where_nothing_was_asked_there_is_no_error_rate(self) -> None:
        assert health_of_run(asked(WELL))["error_rate"] is None
        assert health_of_run(asked(Vitals(), errors=1, status="no-key"))["error_rate"] is None


class TestLines:
    def test_the_well_share_a_line_and_the_others_say_what_to_do(self) -> None:
        failed_once = Vitals(Health(1, cause=GONE, failing_since=AT.timestamp()))
        assert lines(WELL, SICK, Vitals(), WELL, failed_once) == [
            "HEALTHY    S0, S3",
            (
                "DEGRADED   S4: 1 failure in a row since 2026-11-20 12:00:03 UTC; it has never answered."
                " It is asked as usual; run again later to get what is missing."
            ),
            (
                "UNHEALTHY  S1: 3 failures in a row since 2026-11-20 12:00:03 UTC; last answer 2026-11-20 11:59:03 UTC;"
                " answers take 1.4 s, at worst 2.5 s (95 %). It is not asked before 2026-11-20 12:00:11 UTC; the"
                " first request after that decides. Run again then."
            ),
        ]

    def test_a_degraded_source_says_why(self) -> None:
        slow = Vitals(successes=3, last_success_at=AT.timestamp(), answers_s=(6.0,))
        assert "S0: half of its answers take more than 5 s; last answer" in lines(slow)[0]
        assert (
            "S0: 11.1% of what it was asked in this run failed, more than 5%; last"
            in (lines(slow, error_rate=1 / 9)[0])
        )

    def test_a_first_failure_that_nobody_noted_is_not_told(self) -> None:
        assert lines(Vitals(Health(2)))[0].startswith("DEGRADED   S0: 2 failures in a row; it has never answered.")

    def test_nobody_asked_is_nothing_said(self) -> None:
        assert lines(Vitals()) == []


class TestHistory:
    def runs(self, count: int) -> pl.DataFrame:
        """Runs in the order of their times, which is not that of the releases."""
        runs = [(f"r{number:03}", number + 1) for number in range(count)]
        return pl.DataFrame(list(reversed(runs)), schema=["run_id", "release"], orient="row")

    def test_it_goes_back_fifty_runs(self) -> None:
        last = pl.DataFrame({"run_id": ["r000", "r009", "r010", "r010"], "what": [1, 2, 3, 4]})
        now = pl.DataFrame({"run_id": ["r059"], "what": [5]})
        history = append_history(last, now, self.runs(60), "r059")
        assert KEPT_RUNS == 50
        assert history.rows() == [("r010", 3), ("r010", 4), ("r059", 5)]

    def test_a_run_of_long_ago_is_told_all_the_same(self) -> None:
        now = pl.DataFrame({"run_id": ["r000"], "what": [5]})
        assert append_history(now.clear(), now, self.runs(60), "r000").rows() == [("r000", 5)]


class TestStaleness:
    @pytest.mark.parametrize(
        ("age", "told"),
        [
            (timedelta(days=3, hours=23), "3 days"),
            (timedelta(hours=47), "1 day"),
            (timedelta(hours=23), "23 hours"),
            (timedelta(seconds=3600), "1 hour"),
            (timedelta(seconds=59), "0 minutes"),
            (timedelta(days=-1), "0 minutes"),
        ],
    )
    def test_an_age_has_one_unit(self, age: timedelta, told: str) -> None:
        assert age_in_words(age) == told

    def test_each_source_says_from_when_its_stale_values_are(self) -> None:
        ages = {"tng:the-naked-now": timedelta(days=2), "tas:yesteryear": timedelta(hours=5)}
        values = tiny_tables()["field_values"].with_columns(
            is_stale=pl.col("episode_key").is_in(list(ages)),
            fetched_at=pl.col("episode_key").replace_strict(
                {key: AS_OF - age for key, age in ages.items()}, default=AS_OF, return_dtype=pl.Datetime("us", "UTC")
            ),
            source=pl.col("source").replace("catalogue", "override"),
        )
        count = values.filter("is_stale", source="tmdb").height
        assert stale_lines(values, AS_OF) == [
            "override's values are 2 days old where it did not give them again: 2 values of 1 episodes and films.",
            (
                f"TMDB's values are 5 hours to 2 days old where it did not give them again:"
                f" {count} values of 2 episodes and films."
            ),
        ]

    def test_fresh_values_are_not_told(self) -> None:
        fresh = tiny_tables()["field_values"].with_columns(is_stale=pl.lit(value=False))
        assert stale_lines(fresh, AS_OF) == []
