"""The books: every row is somewhere, every failure is told, and the same run is told in the same words."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from etl.asking import Asked
from etl.bookkeeping import (
    account_for_rows,
    book_run,
    describe_run,
    errors_table,
    mean_quality,
    run_id_of,
    series_history,
    sources_table,
    threshold_of,
)
from etl.errors import Category, ContractBroken, SourceError
from etl.extract.shapes import Extracted, Reject, rejects_frame
from etl.franchise import Franchise, QualityPolicy
from etl.http.usage import Usage
from etl.options import Options
from etl.rows import Rows
from etl.sources import SOURCES as KNOWN_SOURCES
from etl.transform.identify import Identified
from etl.validate import Problem
from schemas.columns import polars_schema
from schemas.runs import ERRORS, RUN_SERIES, SOURCE_HISTORY, SOURCES
from tests.factories import FIRST_RUN_ID, RUN_ID, empty_tables, tiny_tables

OPTIONS = Options(out=Path("outputs"), as_of=datetime(2026, 11, 1, 12, 30, tzinfo=UTC), franchise="star_trek")
FRANCHISE = Franchise(code="loom", name="Loom of Suns", quality=QualityPolicy(threshold=0.7))
TIMEOUT = SourceError("tmdb", Category.TIMEOUT, "hangs", "https://example.org/tv/1", concerns="tng")


def asked(*, rejects: int = 0, errors: tuple[SourceError, ...] = (), answers: int = 0, **more: Any) -> Asked:
    extracted = Extracted(
        "tmdb", {}, rejects_frame("tmdb", [Reject("1", "bad", {})] * rejects), errors=errors, answers=answers, **more
    )
    return Asked(KNOWN_SOURCES["tmdb"], extracted, Usage(requests=3, tokens=4, waited_s=1.23456), "used")


def of(name: str, count: int) -> pl.DataFrame:
    return pl.DataFrame({"source": ["tmdb"] * count}, schema={"source": pl.String}).with_row_index(name)


def books(*, episodes: int, movies: int = 0, links: int = 0, rejects: int = 0, review: int = 0) -> tuple[Rows, Any]:
    nothing = pl.DataFrame()
    rows = Rows(of("n", episodes), of("n", movies), nothing, nothing, nothing, nothing, nothing)
    return rows, Identified(links=of("n", links), review=of("n", review), rejects=of("n", rejects), registry=nothing)


class TestAccounts:
    def test_every_row_is_linked_rejected_or_waits(self) -> None:
        rows, identified = books(episodes=6, movies=2, links=3, rejects=1, review=2)
        table = account_for_rows([asked(rejects=2)], rows, identified)
        assert table.row(0, named=True) == {"source": "tmdb", "rows": 10, "linked": 5, "rejected": 3, "in_review": 2}

    def test_a_source_that_gave_nothing_has_zeros(self) -> None:
        table = account_for_rows([asked()], *books(episodes=0))
        assert table.row(0, named=True) == {"source": "tmdb", "rows": 0, "linked": 0, "rejected": 0, "in_review": 0}

    @pytest.mark.parametrize("links", [2, 4])
    def test_a_row_that_is_lost_or_counted_twice_breaks_the_run(self, links: int) -> None:
        with pytest.raises(ContractBroken, match="Rows were lost or counted twice"):
            account_for_rows([asked()], *books(episodes=3, links=links))


class TestTables:
    accounts = pl.DataFrame({"source": ["tmdb"], "rows": [3], "linked": [2], "rejected": [1], "in_review": [0]})

    def test_sources_keeps_its_contract(self) -> None:
        table = sources_table([asked()], self.accounts, tiny_tables()["field_values"])
        assert table.schema == polars_schema(SOURCES)

    def test_a_source_says_what_it_cost(self) -> None:
        row = sources_table([asked(errors=(TIMEOUT,))], self.accounts, empty_tables()["field_values"]).row(
            0, named=True
        )
        assert (row["requests"], row["tokens"], row["errors"], row["waited_s"], row["rows"]) == (3, 4, 1, 1.235, 3)

    def test_what_was_kept_is_counted_by_episode(self) -> None:
        values = tiny_tables()["field_values"].with_columns(
            is_stale=pl.col("episode_key").is_in(["tng:the-naked-now", "film:twok"]) & (pl.col("source") == "tmdb")
        )
        assert sources_table([asked()], self.accounts, values)["carried"].to_list() == [2]

    def test_an_error_says_what_to_do(self) -> None:
        row = errors_table([asked(errors=(TIMEOUT,))], "r1").row(0, named=True)
        assert (row["run_id"], row["category"], row["concerns"], row["is_retryable"]) == ("r1", "timeout", "tng", True)
        assert row["advice"] == Category.TIMEOUT.advice

    def test_no_errors_are_an_empty_table_of_the_contract(self) -> None:
        assert errors_table([asked()], "r1").schema == polars_schema(ERRORS)

    def test_the_history_goes_on(self) -> None:
        later = replace(OPTIONS, as_of=datetime(2026, 12, 1, tzinfo=UTC), franchise="star_trek")
        runs = self.books(later, [asked()], release=3, compared_with=RUN_ID)["runs"]
        assert runs["run_id"].to_list() == [FIRST_RUN_ID, RUN_ID, "20261201T000000Z"]
        assert runs["release"].to_list() == [1, 2, 3]
        assert runs["compared_with"].to_list() == [None, FIRST_RUN_ID, RUN_ID]

    def test_errors_and_sources_have_a_history_too(self) -> None:
        later = replace(OPTIONS, as_of=datetime(2026, 12, 1, tzinfo=UTC), franchise="star_trek")
        failing = asked(errors=(TIMEOUT,), answers=1)
        books = self.books(later, [failing], release=3, compared_with=RUN_ID)
        assert books["errors"].select("run_id", "concerns").rows() == [
            ("20261101T123000Z", "tas"),
            ("20261201T000000Z", "tng"),
        ]
        assert books["sources"].select("source", "errors", "error_rate", "health").rows() == [("tmdb", 1, 0.5, None)]
        history = books["source_history"]
        assert history.schema == polars_schema(SOURCE_HISTORY)
        assert history.select("run_id", "as_of", "source", "errors", "error_rate").rows()[-2:] == [
            ("20261101T123000Z", OPTIONS.as_of, "catalogue", 0, None),
            ("20261201T000000Z", later.as_of, "tmdb", 1, 0.5),
        ]
        assert history.height == 5

    def test_a_replay_takes_the_place_of_its_own_run(self) -> None:
        books = self.books(OPTIONS, [asked()], release=2, compared_with=FIRST_RUN_ID)
        assert books["runs"]["run_id"].to_list() == [FIRST_RUN_ID, RUN_ID]
        assert books["runs"]["franchise"].to_list() == ["star_trek", "loom"]
        assert books["errors"].is_empty()
        assert books["source_history"].select("run_id", "source").rows() == [
            (FIRST_RUN_ID, "tmdb"),
            (FIRST_RUN_ID, "catalogue"),
            (RUN_ID, "tmdb"),
        ]

    def books(self, options: Options, of: list[Asked], **place: Any) -> dict[str, pl.DataFrame]:
        return book_run(FRANCHISE, options, of, self.accounts, tiny_tables(), tiny_tables(), **place)


class TestSeriesHistory:
    later = replace(OPTIONS, as_of=datetime(2026, 12, 1, tzinfo=UTC))

    def test_each_series_gets_its_means_behind_what_the_last_release_knew(self) -> None:
        episodes = tiny_tables()["episodes"].with_columns(quality_completeness=pl.int_range(pl.len()) / 10)
        last = tiny_tables()["run_series"]
        history = series_history(self.later, episodes, last)
        assert history.head(4).equals(last)
        assert history.schema == polars_schema(RUN_SERIES)
        assert [row[:4] for row in history.rows()[4:]] == [
            ("20261201T000000Z", self.later.as_of, "tas", 2),
            ("20261201T000000Z", self.later.as_of, "tng", 2),
        ]
        assert history["quality_overall"].to_list()[4:] == pytest.approx([0.635, 0.875])
        assert history["quality_completeness"].to_list()[4:] == pytest.approx([0.25, 0.05])

    def test_a_replay_takes_the_place_of_its_own_run(self) -> None:
        history = series_history(OPTIONS, tiny_tables()["episodes"].filter(series="tng"), tiny_tables()["run_series"])
        assert history.select("run_id", "series").rows() == [
            ("20261001T000000Z", "tas"),
            ("20261001T000000Z", "tng"),
            ("20261101T123000Z", "tng"),
        ]

    def test_a_series_that_is_not_published_any_more_stays_in_the_history(self) -> None:
        books = book_run(
            FRANCHISE,
            self.later,
            [asked()],
            TestTables.accounts,
            empty_tables(),
            tiny_tables(),
            release=3,
            compared_with=RUN_ID,
        )
        assert books["run_series"].equals(tiny_tables()["run_series"])


class TestRunJson:
    problems: tuple[Problem, ...] = ()
    lapsed = pl.DataFrame({"decision": ["link tmdb 1 = a:b"]})

    def test_it_names_decisions_that_say_nothing_any_more(self) -> None:
        assert self.described()["lapsed_decisions"] == ["link tmdb 1 = a:b"]

    def described(self, *of_sources: Asked, **tables: pl.DataFrame) -> dict[str, Any]:
        gated = pl.DataFrame(
            {"series": ["tng", "tng", "ds9"], "season": [2, 1, 1], "numbered_by": ["parts", "aired", "parts"]}
        )
        known = {**tiny_tables(), "gated": gated, "lapsed": self.lapsed}
        return describe_run(FRANCHISE, OPTIONS, of_sources, {**known, **tables}, self.problems)

    def test_it_counts_what_was_found_in_the_database(self) -> None:
        self.problems = (
            Problem("error", "episodes.duckdb", "public_id: x", "wrong"),
            *(Problem("warning", "episodes.duckdb", f"year_range: {number}", "odd") for number in range(2)),
        )
        run = self.described()
        assert run["validation"] == {"duplicateIds": 0, "validationErrors": 1, "validationWarnings": 2}
        assert run["quality"]["totalValidationIssues"] == 3

    def test_it_counts_ids_that_stand_more_than_once(self) -> None:
        movies = tiny_tables()["movies"]
        assert self.described(movies=pl.concat([movies, movies]))["validation"]["duplicateIds"] == 1

    def test_it_says_when_and_how(self) -> None:
        run = self.described()
        assert (run["run_id"], run["as_of"], run["mode"]) == ("20261101T123000Z", "2026-11-01T12:30:00Z", "full")

    def test_it_says_which_release_it_is_and_what_changed(self) -> None:
        run = self.described()
        assert run["release"] == 2
        assert run["changes"] == {"compared_with": FIRST_RUN_ID, "removed": 1, "renumbered": 1}

    def test_it_counts_what_changed_by_episode_and_leaves_out_single_rows(self) -> None:
        changes = tiny_tables()["changes"]
        fields = changes.with_columns(field=pl.lit("number_tmdb"))
        rows = fields.with_columns(kind=pl.lit("row_gone"))
        counted = self.described(changes=pl.concat([changes, fields, rows]))["changes"]
        assert counted == {"compared_with": FIRST_RUN_ID, "removed": 1, "renumbered": 1}

    def test_it_counts_what_is_published(self) -> None:
        assert self.described()["counts"] == {"eras": 2, "items": 3, "episodes": 4, "movies": 1, "series": 2}

    def test_it_says_what_is_above_the_threshold(self) -> None:
        quality = self.described()["quality"]
        assert (quality["qualityThresholdPercent"], quality["averageQualityScorePercent"]) == (70.0, 75.5)
        assert (quality["itemsAboveThreshold"], quality["itemsBelowThreshold"]) == (2, 2)

    def test_it_names_seasons_that_the_scheme_could_not_number(self) -> None:
        assert self.described()["numbering"] == {"scheme": "aired", "seasons_numbered_as_aired": ["ds9_s1", "tng_s2"]}

    def test_it_says_how_much_failed(self) -> None:
        run = self.described(asked(errors=(TIMEOUT,), answers=3))
        assert run["errors"] == {"total": 1, "errorRatePercent": 25.0}

    def test_it_says_how_much_of_each_source_failed(self) -> None:
        rates = {name: row["error_rate_percent"] for name, row in self.described()["sources"].items()}
        assert rates == {"tmdb": 25.0, "catalogue": None}

    def test_nothing_in_it_differs_in_a_replay(self) -> None:
        sick = tiny_tables()["sources"].with_columns(
            health=pl.lit("unhealthy"), requests=pl.lit(9, pl.Int64), response_median_s=pl.lit(9.0)
        )
        assert self.described(sources=sick) == self.described()

    def test_nothing_asked_is_nothing_failed(self) -> None:
        assert self.described()["errors"] == {"total": 0, "errorRatePercent": 0.0}

    def test_it_names_the_drift_of_the_sources_that_have_some(self) -> None:
        assert self.described(asked(drift=("episode.recap",)))["drift"] == {"tmdb": ["episode.recap"]}
        assert self.described(asked())["drift"] == {}

    def test_it_names_what_a_source_that_answered_left_out(self) -> None:
        assert self.described()["gaps"] == {"tmdb": ["titles of tas 1 (0 of 2)"]}

    def test_a_source_that_did_not_answer_left_nothing_out(self) -> None:
        silent = tiny_tables()["sources"].with_columns(rows=pl.lit(0, pl.Int64))
        assert self.described(sources=silent)["gaps"] == {}

    def test_an_incremental_run_says_so(self) -> None:
        tables = {
            **tiny_tables(),
            "gated": pl.DataFrame(schema={"series": pl.String, "season": pl.Int64, "numbered_by": pl.String}),
            "lapsed": self.lapsed,
        }
        run = describe_run(FRANCHISE, replace(OPTIONS, is_incremental=True), [], tables, [])
        assert run["mode"] == "incremental"


def test_the_threshold_is_the_options_before_the_franchises() -> None:
    assert threshold_of(FRANCHISE, OPTIONS) == 0.7
    assert threshold_of(FRANCHISE, replace(OPTIONS, threshold=0.0)) == 0.0


def test_the_mean_quality_of_nothing_is_none() -> None:
    assert mean_quality(empty_tables()["episodes"]) == 0.0


def test_a_run_is_known_by_the_time_that_ages_are_measured_at() -> None:
    assert run_id_of(OPTIONS) == "20261101T123000Z"
