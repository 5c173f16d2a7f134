"""The check-up before a run: whom it asks, and what it says of those that it does not ask."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from etl.checkup import Checkup, check_sources, checkup_lines
from etl.cli import run
from etl.errors import Category, InputError, SourceError
from etl.http.health import Failure, Health, Vitals
from etl.options import Options
from etl.settings import load_settings
from etl.sources import STAPI, TMDB, TVMAZE

NOBODY = "http://127.0.0.1:9/3"
AT = 1_800_000_000.0
SICK = Checkup(
    STAPI,
    Vitals(Health(1, AT + 8, 8.0, Failure(Category.TIMEOUT, "."), AT)),
    SourceError("stapi", Category.TIMEOUT, "STAPI was silent for 5 s after 1 attempt."),
)
WELL = Checkup(TVMAZE, Vitals(successes=1, last_success_at=AT, answers_s=(0.1,)))


def checked(key: str | None = None, **options: Any) -> list[Checkup]:
    settings = load_settings(tmdb_api_key=key, tmdb_base_url=NOBODY)
    given = {"sources": ("tmdb", "catalogue"), "max_retries": 0, **options}
    return check_sources(settings, Options(Path("outputs"), datetime.now(UTC), "star_trek", **given))


def test_a_source_that_cannot_be_reached_is_unhealthy_after_one_request() -> None:
    (checkup,) = checked("a-key", series=("tng",))
    assert checkup.source is TMDB
    assert checkup.error is not None
    assert (checkup.error.category, checkup.error.concerns) == (Category.NETWORK, "health")
    assert checkup.vitals.health.failures_in_row == 1
    assert checkup_lines([checkup])[0].startswith("UNHEALTHY  TMDB: 1 failure in a row since ")


def test_a_key_that_is_not_there_is_asked_for() -> None:
    assert checkup_lines(checked()) == [
        (
            "NOT ASKED  TMDB: no key is set (TMDB_API_KEY). "
            "The source does not let us in. Check its key; README.md says how to get one."
        )
    ]


def test_offline_nobody_is_asked() -> None:
    assert checkup_lines(checked("a-key", is_offline=True)) == ["NOT ASKED  TMDB: this run is offline."]


def test_a_source_that_has_nothing_of_what_is_wanted_is_not_asked() -> None:
    (checkup,) = checked(sources=("trekcore",), series=("ld",))
    assert checkup_lines([checkup]) == ["NOT ASKED  TrekCore: nothing that is wanted has an id there."]


def test_what_is_wrong_with_the_options_is_said_as_by_the_run() -> None:
    with pytest.raises(InputError, match="'xyz' is no series of Star Trek"):
        checked(series=("xyz",))


def test_the_well_stand_together_and_the_unwell_say_why() -> None:
    assert checkup_lines([SICK, WELL]) == [
        "HEALTHY    TVmaze",
        (
            "UNHEALTHY  STAPI: 1 failure in a row since 2027-01-15 08:00:00 UTC; it has never answered. "
            "It is not asked before 2027-01-15 08:00:08 UTC; the first request after that decides. Run again then."
        ),
        (
            "! STAPI: STAPI was silent for 5 s after 1 attempt. (timeout) "
            "The source is slow or hangs; run again later: what was fetched so far is in the cache."
        ),
    ]


class TestTold:
    @pytest.fixture(autouse=True)
    def no_run(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """The check-up is told before the run begins, and the run ends at once."""

        def stop(*_: object) -> None:
            raise InputError("stopped.", mend="")

        monkeypatch.setattr("etl.commands.generate", stop)
        monkeypatch.setattr("etl.commands.check_sources", lambda *_: [SICK, WELL])

    @pytest.mark.parametrize(
        ("options", "first_words"),
        [
            ((), ["HEALTHY", "UNHEALTHY", "!"]),
            (("--quiet",), ["UNHEALTHY", "!"]),
            (("--log-format", "json"), ['{"event":', '{"event":']),
        ],
    )
    def test_it_is_told_on_stderr_as_loud_as_asked_for(
        self, options: tuple[str, ...], first_words: list[str], capsys: pytest.CaptureFixture[str]
    ) -> None:
        run(["generate", "--health-check", *options])
        told = capsys.readouterr()
        assert [line.split()[0] for line in told.err.splitlines()] == [*first_words, "Error:"]
        assert told.out == ""

    def test_nobody_is_asked_without_being_told_to(self, capsys: pytest.CaptureFixture[str]) -> None:
        run(["generate"])
        assert "HEALTHY" not in capsys.readouterr().err
