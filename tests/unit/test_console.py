"""What a person reads at the end of a run: what happened, what is missing, what to do next."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from io import StringIO
from pathlib import Path

import polars as pl
import pytest
from rich.console import Console

from etl.console import show_cache_stats, show_reports, show_summary, told
from etl.errors import Category
from etl.http.cache_contents import CacheStats, KeptAnswers
from etl.options import Outcome
from tests.factories import AS_OF, RUN_ID, added, changed, empty_tables, tiny_tables

Tables = dict[str, pl.DataFrame]


def paper(*, is_terminal: bool = False) -> tuple[Console, StringIO]:
    text = StringIO()
    return Console(file=text, width=120, force_terminal=is_terminal, color_system=None), text


def summary(
    tables: Tables, out: str = "outputs", lapsed: tuple[str, ...] = (), gaps: dict[str, list[str]] | None = None
) -> str:
    counts = {
        "episodes": tables["episodes"].height,
        "movies": tables["movies"].height,
        "series": tables["series"].height,
    }
    console, text = paper()
    run = {
        "run_id": RUN_ID,
        "as_of": f"{AS_OF:%Y-%m-%dT%H:%M:%SZ}",
        "counts": counts,
        "lapsed_decisions": list(lapsed),
        "gaps": gaps or {},
    }
    show_summary(console, Outcome(Path(out), run, tables))
    return text.getvalue()


def quiet_tables(**tables: pl.DataFrame) -> Tables:
    """The tiny release with nothing to complain of."""
    calm = tiny_tables()
    for name in ("errors", "review", "rejects", "conflicts", "changes"):
        calm[name] = calm[name].clear()
    calm["episodes"] = calm["episodes"].with_columns(is_stale=pl.lit(value=False))
    return {**calm, **tables}


def failed(tables: Tables, status: str, category: Category, message: str, concerns: str = "tng") -> Tables:
    tables = changed(tables, "sources", "tmdb", status=status, errors=1)
    return added(
        tables,
        "errors",
        run_id=RUN_ID,
        source="tmdb",
        category=category.value,
        message=message,
        concerns=concerns,
        url="",
        is_retryable=category.is_retryable,
        advice=category.advice,
    )


def line_with(text: str, word: str) -> str:
    return next(line for line in text.splitlines() if word in line)


class TestGaps:
    def test_what_a_source_left_out_is_named(self) -> None:
        text = summary(quiet_tables(), gaps={"tmdb": ["episodes of tng 2 (0 of 22)", "dates of ds9 1 (0 of 19)"]})
        line = "! TMDB answered, but lacks episodes of tng 2 (0 of 22), dates of ds9 1 (0 of 19)."
        assert line in text.splitlines()

    def test_many_gaps_are_cut(self) -> None:
        many = [f"titles of tng {season} (0 of 26)" for season in range(1, 13)]
        line = line_with(summary(quiet_tables(), gaps={"tmdb": many}), "answered, but lacks")
        assert line.endswith("titles of tng 10 (0 of 26) and 2 more (run.json).")

    def test_no_gaps_are_no_line(self) -> None:
        assert "answered, but lacks" not in summary(quiet_tables())


class TestUsed:
    def test_it_says_how_much_there_is_and_where(self) -> None:
        assert summary(quiet_tables()).startswith("4 episodes and 1 films of 2 series are in outputs\n")

    def test_every_source_is_listed_with_what_it_gave(self) -> None:
        text = summary(quiet_tables())
        assert line_with(text, "TMDB").split() == ["TMDB", "used", "3", "0", "6", "5", "1", "2", "0"]
        assert line_with(text, "catalogue").split()[-7:] == ["0", "0", "5", "5", "0", "0", "0"]

    def test_it_says_how_good_the_episodes_are_best_grade_first(self) -> None:
        assert line_with(summary(quiet_tables()), "Quality").split("average: ")[1].strip() == (
            "1 excellent, 1 good, 2 acceptable"
        )

    def test_it_says_what_is_missing_most_first(self) -> None:
        missing = line_with(summary(quiet_tables()), "Missing")
        numbers = [int(word.strip("(),of ")) for word in missing.replace(",", " ").split() if word.isdigit()]
        assert numbers == sorted(numbers, reverse=True)
        assert "(of 4)" in missing

    def test_where_nothing_is_missing_it_says_so(self) -> None:
        tables = quiet_tables()
        full = tables["episodes"].with_columns(
            pl.lit(value=True).alias(name) for name in tables["episodes"].columns if name.startswith("has_")
        )
        assert "nothing (of 4)" in summary({**tables, "episodes": full})

    def test_the_only_next_step_is_to_look_at_it(self) -> None:
        text = summary(quiet_tables())
        assert (
            text.split("Next\n")[1].strip()
            == "• See the page: outputs/report.html; the reports: trek-etl report outputs"
        )

    def test_nothing_is_said_of_errors(self) -> None:
        assert "!" not in summary(quiet_tables())

    def test_a_release_of_several_sources_is_not_called_the_catalogues(self) -> None:
        assert "catalogue alone" not in summary(quiet_tables())

    def test_a_release_without_an_episode_can_be_shown(self) -> None:
        assert "0.000 on average" in summary(empty_tables())

    @pytest.mark.parametrize("out", ["a[bold]b", "a[/b]", "[red]"])
    def test_a_folder_is_shown_as_it_is_written(self, out: str) -> None:
        assert f"are in {out}\n" in summary(quiet_tables(), out)


class TestNextSteps:
    def test_a_decision_that_says_nothing_any_more_is_named(self) -> None:
        assert "  • A decision says nothing any more: link tmdb 1 = a:b" in summary(
            quiet_tables(), lapsed=("link tmdb 1 = a:b",)
        )

    def test_what_waits_for_a_person_is_counted(self) -> None:
        text = summary(quiet_tables(review=tiny_tables()["review"]))
        assert "1 rows wait for a person: table review in outputs/episodes.duckdb." in text

    def test_it_says_where_the_changes_stand(self) -> None:
        text = summary(quiet_tables(changes=tiny_tables()["changes"]))
        assert "What changed since the last release stands in outputs/changes.md." in text

    def test_what_sources_dispute_is_counted(self) -> None:
        text = summary(quiet_tables(conflicts=tiny_tables()["conflicts"]))
        assert "1 fields are told differently by different sources: table conflicts." in text

    def test_what_was_refused_is_counted(self) -> None:
        text = summary(quiet_tables(rejects=tiny_tables()["rejects"]))
        assert "2 rows were refused, each with its reason: table rejects." in text


class TestNoKey:
    def told(self) -> str:
        tables = quiet_tables(field_values=tiny_tables()["field_values"].filter(source="catalogue"))
        tables = changed(tables, "sources", "tmdb", rows=0)
        return summary(failed(tables, "no-key", Category.AUTHENTICATION, "No key is set (TMDB_API_KEY)."))

    def test_it_says_how_to_get_one(self) -> None:
        assert "Get a free TMDB key" in self.told()
        assert "put TMDB_API_KEY into .env" in self.told()

    def test_the_source_stands_as_without_a_key(self) -> None:
        assert line_with(self.told(), "TMDB ").split()[1] == "no-key"

    def test_it_says_that_the_catalogue_is_all_there_is(self) -> None:
        assert "made of the bundled catalogue alone" in " ".join(self.told().split())

    def test_the_error_is_told_with_what_to_do(self) -> None:
        assert line_with(self.told(), "!") == (
            f"! TMDB: No key is set (TMDB_API_KEY). (authentication) {Category.AUTHENTICATION.advice} Concerned: tng."
        )


class TestFailed:
    def test_the_source_stands_as_failed(self) -> None:
        text = summary(failed(quiet_tables(), "failed", Category.TIMEOUT, "It hangs."))
        assert line_with(text, "TMDB ").split()[1] == "failed"

    def test_failures_of_one_kind_are_told_together(self) -> None:
        tables = failed(quiet_tables(), "failed", Category.TIMEOUT, "It hangs.")
        tables = failed(tables, "failed", Category.TIMEOUT, "It hangs still.", "ds9, film:tmp")
        lines = [line for line in summary(tables).splitlines() if line.startswith("!")]
        assert lines == [f"! TMDB: It hangs. (timeout) {Category.TIMEOUT.advice} Concerned: tng, ds9, film:tmp."]

    def test_failures_of_two_kinds_are_told_apart(self) -> None:
        tables = failed(quiet_tables(), "failed", Category.TIMEOUT, "It hangs.")
        tables = failed(tables, "failed", Category.NOT_FOUND, "It is gone.")
        assert [line[:14] for line in summary(tables).splitlines() if line.startswith("!")] == [
            "! TMDB: It han",
            "! TMDB: It is ",
        ]

    def test_many_that_are_concerned_are_counted(self) -> None:
        concerns = ", ".join([*(f"s{number}" for number in range(9)), "film:a", "film:b"])
        text = summary(failed(quiet_tables(), "failed", Category.TIMEOUT, "It hangs.", concerns))
        assert line_with(text, "!").endswith("Concerned: 9 series and 2 films.")

    def test_what_is_concerned_twice_is_named_once(self) -> None:
        text = summary(failed(quiet_tables(), "failed", Category.TIMEOUT, "It hangs.", "all, all, tng"))
        assert line_with(text, "!").endswith("Concerned: all, tng.")

    def test_episodes_whose_people_are_missing_are_counted_apart(self) -> None:
        concerns = ", ".join(["tng", *(f"episode:EPMA{number}" for number in range(12))])
        text = summary(failed(quiet_tables(), "failed", Category.TIMEOUT, "It hangs.", concerns))
        assert line_with(text, "!").endswith("Concerned: 1 series and 0 films and the people of 12 episodes.")

    def test_a_failure_that_concerns_nothing_names_nothing(self) -> None:
        text = summary(failed(quiet_tables(), "failed", Category.TIMEOUT, "It hangs.", ""))
        assert line_with(text, "!").endswith(Category.TIMEOUT.advice)

    def test_what_failed_in_earlier_runs_is_not_told_again(self) -> None:
        tables = failed(quiet_tables(), "failed", Category.TIMEOUT, "It hangs.")
        tables["errors"] = tables["errors"].with_columns(run_id=pl.lit("20261001T000000Z"))
        assert "It hangs." not in summary(tables)

    def test_a_message_is_shown_as_it_is_written(self) -> None:
        text = summary(failed(quiet_tables(), "failed", Category.UNKNOWN, "It said [/b] and [red]no[/red]."))
        assert "It said [/b] and [red]no[/red]." in text


class TestStale:
    def test_it_says_how_many_episodes_keep_old_values(self) -> None:
        text = summary(tiny_tables())
        assert "1 episodes keep values of an earlier run, because no source gave them again in this run." in text

    def test_the_source_stands_as_stale(self) -> None:
        text = summary(changed(tiny_tables(), "sources", "tmdb", status="stale"))
        assert line_with(text, "TMDB ").split()[1] == "stale"

    def test_it_says_how_old_the_kept_values_are(self) -> None:
        tables = quiet_tables()
        values = tables["field_values"].with_columns(
            is_stale=pl.col("source") == "catalogue", fetched_at=pl.lit(AS_OF - timedelta(days=3, hours=5))
        )
        assert (
            "Catalogue's values are 3 days old where it did not give them again: 2 values of 1 episodes and films.\n"
        ) in summary({**tables, "field_values": values})

    def test_where_nothing_is_old_nothing_is_said_of_age(self) -> None:
        assert " old where " not in summary(quiet_tables())


class TestHealth:
    def test_who_is_well_stands_in_one_line(self) -> None:
        tables = changed(quiet_tables(), "sources", "catalogue", health="healthy")
        assert "\nHEALTHY    TMDB, Bundled catalogue\n" in summary(tables)

    def test_who_is_not_has_a_line_with_what_to_do(self) -> None:
        tables = changed(
            quiet_tables(),
            "sources",
            "tmdb",
            health="unhealthy",
            consecutive_failures=3,
            failing_since=AS_OF,
            cool_down_until=AS_OF + timedelta(seconds=8),
        )
        assert line_with(summary(tables), "UNHEALTHY") == (
            "UNHEALTHY  TMDB: 3 failures in a row since 2026-11-01 12:30:00 UTC; last answer 2026-11-01 12:30:00 UTC; "
            "answers take 250 ms, at worst 1.5 s (95 %). "
            "It is not asked before 2026-11-01 12:30:08 UTC; the first request after that decides. Run again then."
        )


class TestProgress:
    def test_without_a_terminal_nothing_is_shown(self) -> None:
        console, text = paper()
        with told(console) as listen:
            listen("TMDB: tng")
        assert text.getvalue() == ""

    def test_on_a_terminal_the_latest_word_is_shown(self) -> None:
        console, text = paper(is_terminal=True)
        with told(console) as listen:
            listen("TMDB: tng")
        assert "Asking the sources" in text.getvalue() or "TMDB: tng" in text.getvalue()


class TestReports:
    def shown(self, frame: pl.DataFrame, name: str = "top_writers") -> str:
        console, text = paper()
        show_reports(console, {name: frame})
        return text.getvalue()

    def test_each_has_its_name_and_columns(self) -> None:
        text = self.shown(pl.DataFrame({"writer": ["Bo Scribe"], "episodes": [3]}))
        assert text.split() == ["top", "writers", "writer", "episodes", "Bo", "Scribe", "3"]

    def test_an_unknown_value_is_blank_and_a_share_has_three_digits(self) -> None:
        text = self.shown(pl.DataFrame({"a": ["x"], "b": [None], "share": [0.12345]}))
        assert text.split()[-2:] == ["x", "0.123"]

    def test_a_long_one_is_cut_and_says_so(self) -> None:
        text = self.shown(pl.DataFrame({"n": range(30)}), "numbers")
        assert "... and 5 more rows in report_numbers" in text

    def test_one_of_the_longest_length_is_whole(self) -> None:
        assert "more rows" not in self.shown(pl.DataFrame({"n": range(25)}))

    @pytest.mark.parametrize("value", ["[/b]", "Episode [red]", "[1]"])
    def test_a_value_is_shown_as_it_is_written(self, value: str) -> None:
        assert value in self.shown(pl.DataFrame({"title": [value]}))


class TestCacheStats:
    def shown(self, **by_source: KeptAnswers) -> str:
        console, text = paper()
        show_cache_stats(console, Path("a[b]/responses.sqlite"), CacheStats(4096 if by_source else 0, by_source))
        return text.getvalue()

    def test_an_empty_one_is_one_line(self) -> None:
        assert self.shown() == "0 answers, 0 bytes, in a[b]/responses.sqlite\n"

    def test_it_has_a_line_a_source(self) -> None:
        oldest, newest = datetime(2026, 10, 1, 8, 5, tzinfo=UTC), datetime(2026, 11, 1, 9, 6, tzinfo=UTC)
        text = self.shown(
            **{"memory_alpha": KeptAnswers(3, 2, 9000, oldest, newest), "[b].org": KeptAnswers(1, 0, 7, oldest, oldest)}
        )
        first, _, *lines = [line.split() for line in text.splitlines()]
        assert first[:4] == ["4", "answers,", "4096", "bytes,"]
        assert lines == [
            ["Memory", "Alpha", "3", "2", "9000", "2026-10-01", "08:05", "2026-11-01", "09:06"],
            ["[b].org", "1", "0", "7", "2026-10-01", "08:05", "2026-10-01", "08:05"],
        ]
