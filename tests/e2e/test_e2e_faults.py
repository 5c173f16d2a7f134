"""Whatever TMDB does: the fault is named, with advice, and what is published is whole."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from e2e_kit import FirstRun, Workplace, files_below, hashes
from fake_tmdb import (
    HARBOUR_LIGHTS,
    INVALID_KEY,
    LAST_KEEPER,
    MEBIBYTE,
    NOT_FOUND,
    OUTER_BEACON,
    TOO_MANY,
    FakeTmdb,
    Fault,
    Payload,
    body,
    changed,
    hang,
    huge,
    redirect,
    reset,
    status,
    truncated,
)

from etl.errors import Category
from etl.http.exchange import Timeouts

pytest_plugins = ["e2e_fixtures"]


def wrong_types(payload: Payload) -> None:
    """Ids as text: the kind of slip that would quietly become a number in a frame."""
    payload["id"] = str(payload["id"])


@dataclass(frozen=True)
class Case:
    fault: Fault
    category: Category
    words: str


SETTLES_IT = {
    "401": Case(status(401, INVALID_KEY), Category.AUTHENTICATION, "does not accept the key"),
    "402": Case(status(402), Category.QUOTA_EXCEEDED, "says that the quota is used up"),
    "429": Case(status(429, TOO_MANY, Retry_After="90"), Category.RATE_LIMIT, "wants fewer requests"),
}
"""After one such answer the source is not asked again."""

HTML = "<html>Please log in</html>"
ONE_BY_ONE = {
    "404": Case(status(404, NOT_FOUND), Category.NOT_FOUND, "has nothing at /3/"),
    "500": Case(status(500), Category.SERVICE_UNAVAILABLE, "has a fault of its own"),
    "hang": Case(hang, Category.TIMEOUT, "was silent for 0.2 s"),
    "reset": Case(reset, Category.NETWORK, "closed the connection"),
    "truncated": Case(truncated, Category.DATA_FORMAT, "broke off at"),
    "garbage": Case(body('{"id": 9101, '), Category.DATA_FORMAT, "something that is not a JSON object or array"),
    "html": Case(body(HTML, "text/html"), Category.DATA_FORMAT, "an HTML page instead of data"),
    "types": Case(changed(wrong_types), Category.DATA_FORMAT, "breaks the contract: id"),
    "redirect": Case(redirect("http://elsewhere.example/3/"), Category.DATA_FORMAT, "redirects to another place"),
}
THREE_AT_A_TIME = [("404", "500", "hang"), ("reset", "truncated", "garbage"), ("html", "types", "redirect")]
EVERYWHERE = "/"
ERRORS = "select concerns, category, message from errors"
VALUES = "select episode_key, title, air_date, synopsis, runtime_min, guest_stars, tmdb_id from episodes"


@pytest.fixture(autouse=True)
def short_patience(monkeypatch: pytest.MonkeyPatch) -> None:
    """A hang is a hang after 0.2 s."""
    monkeypatch.setattr("etl.http.opening.Timeouts", partial(Timeouts, connect_s=0.5, read_s=0.2, total_s=5.0))


@pytest.mark.parametrize("name", SETTLES_IT)
def test_a_refusal_is_named_with_advice_and_the_catalogue_is_published(
    place: Workplace, tmdb: FakeTmdb, name: str
) -> None:
    case = SETTLES_IT[name]
    place.use(tmdb)
    tmdb.break_at(EVERYWHERE, case.fault)
    ran = place.generate()
    assert ran.code == 0, ran.said
    assert place.query("select distinct category, advice from errors") == [(case.category.value, case.category.advice)]
    assert (case.words in ran.out, case.category.advice in ran.out) == (True, True), ran.out
    assert place.query("select count(*), count(synopsis) from episodes") == [(9, 0)]


@pytest.mark.parametrize("names", THREE_AT_A_TIME, ids="-".join)
def test_every_fault_is_named_with_advice_and_the_catalogue_is_published(
    place: Workplace, tmdb: FakeTmdb, names: tuple[str, str, str]
) -> None:
    """One fault for each of the three requests."""
    cases = [ONE_BY_ONE[name] for name in names]
    place.use(tmdb)
    for path, case in zip((HARBOUR_LIGHTS, OUTER_BEACON, LAST_KEEPER), cases, strict=True):
        tmdb.break_at(path, case.fault)
    ran = place.generate()
    assert ran.code == 0, ran.said
    errors = {concerns: (category, message) for concerns, category, message in place.query(ERRORS)}
    for concerns, case in zip(("hl", "ob", "film:keep"), cases, strict=True):
        category, message = errors[concerns]
        assert category == case.category
        assert case.words in message
        assert case.category.advice in ran.out
    assert place.query("select count(*), count(synopsis) from episodes") == [(9, 0)]
    assert [path for path in files_below(place.out) if path.stat().st_size == 0] == []


@pytest.mark.parametrize("name", ["401", "429"])
def test_a_later_run_keeps_the_values_of_the_failed_source(
    place: Workplace, tmdb: FakeTmdb, first_run: FirstRun, name: str
) -> None:
    case = SETTLES_IT[name]
    place.begin_with(first_run)
    place.use(tmdb)
    tmdb.break_at(EVERYWHERE, case.fault)
    ran = place.generate()
    assert ran.code == 0, ran.said
    assert place.query(VALUES) == first_run.query(VALUES)
    assert place.query("select distinct is_stale from episodes") == [(True,)]
    assert f"({case.category})" in ran.out
    assert "10 episodes keep values of an earlier run" in ran.out


def test_a_fault_at_one_series_costs_the_others_nothing_and_ends_a_strict_run_with_2(
    place: Workplace, tmdb: FakeTmdb
) -> None:
    place.use(tmdb)
    tmdb.break_at(HARBOUR_LIGHTS, status(500))
    ran = place.generate("--strict")
    assert ran.code == 2, ran.said
    counts = place.query("select series, count(*), count(synopsis) from episodes group by all order by all")
    assert counts == [("hl", 6, 0), ("ob", 4, 4)]
    assert place.query("select concerns from errors") == [("hl",)]
    assert place.json("run.json")["sources"]["tmdb"]["status"] == "partial"


def test_one_wrong_row_is_refused_and_the_others_are_used(place: Workplace, tmdb: FakeTmdb) -> None:
    place.use(tmdb)
    tmdb.world.season(9101, 1)["episodes"][2]["overview"] = ["not", "a", "text"]
    ran = place.generate()
    rejects = place.query("select source, source_id, stage, reason, payload from rejects")
    assert [row[:3] for row in rejects] == [("tmdb", "70103", "extract")]
    assert rejects[0][3].startswith("overview:")
    assert json.loads(rejects[0][4])["name"] == "Fog Signal"
    assert place.query("select count(synopsis) from episodes where series = 'hl'") == [(4,)]
    assert "1 rows were refused" in ran.out


def test_an_unknown_key_is_noted_as_drift(place: Workplace, tmdb: FakeTmdb) -> None:
    place.use(tmdb)
    tmdb.world.shows[9102]["mood"] = "calm"
    place.generate()
    assert place.json("run.json")["drift"] == {"tmdb": ["series.mood"]}


def test_a_huge_body_is_refused_early(place: Workplace, tmdb: FakeTmdb) -> None:
    place.use(tmdb)
    tmdb.break_at(HARBOUR_LIGHTS, huge(300 * MEBIBYTE))
    ran = place.generate()
    assert ran.code == 0, ran.said
    assert "sent more than 64 MiB" in ran.out
    assert place.query("select category, concerns from errors") == [("data-format", "hl")]
    assert 0 < tmdb.bytes_sent < 100 * MEBIBYTE


def test_strict_ends_well_where_nothing_failed(warm: Workplace) -> None:
    ran = warm.generate("--strict")
    assert ran.code == 0, ran.said


@pytest.mark.parametrize("options", [("--quiet",), ("--log-format", "json")])
def test_a_loss_is_named_however_quiet_the_run_is(place: Workplace, tmdb: FakeTmdb, options: tuple[str, ...]) -> None:
    place.use(tmdb)
    tmdb.break_at(EVERYWHERE, status(401, INVALID_KEY))
    ran = place.generate(*options)
    assert ran.code == 0, ran.said
    assert "TMDB does not accept the key" in ran.said


def test_a_retry_mends_a_passing_fault(place: Workplace, tmdb: FakeTmdb) -> None:
    place.use(tmdb)
    tmdb.break_at(HARBOUR_LIGHTS, reset, times=1)
    ran = place.generate("--max-retries", "1")
    assert ran.code == 0, ran.said
    assert place.query("select requests, retries, errors from sources where source = 'tmdb'") == [(4, 1, 0)]


def test_a_run_below_the_quality_gate_leaves_the_last_release_untouched(warm: Workplace) -> None:
    before = everything(warm.out)
    ran = warm.generate("--quality-threshold", "0.95")
    assert ran.code == 2, ran.said
    assert "below the threshold 0.95, so nothing was published" in ran.err
    assert everything(warm.out) == before


def test_a_first_run_that_has_nothing_publishes_nothing(place: Workplace, tmdb: FakeTmdb) -> None:
    place.use(tmdb)
    tmdb.break_at(EVERYWHERE, status(500))
    ran = place.generate("--source", "tmdb")
    assert ran.code == 4
    assert "No source gave an episode" in ran.err
    assert "TMDB has a fault of its own" in ran.err
    assert [path.name for path in files_below(place.out) if path.name != ".lock"] == []


def everything(out: Path) -> tuple[dict[str, str], Any]:
    """The bytes of what is published, and which release it is."""
    return hashes(out), (out / ".current").readlink()
