"""How a release follows the last one: who answered in full, which release it is, what is not kept."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from etl.asking import Asked
from etl.errors import Category, SourceError
from etl.extract.shapes import Extracted, Scope
from etl.franchise import Franchise, Series
from etl.history import History, answered_of, book_history, let_go
from etl.http.usage import Usage
from etl.options import Options
from etl.sources import SOURCES
from etl.transform.identify import Identified
from etl.transform.superseded import SUPERSEDED
from schemas.checks import broken_rules
from schemas.columns import empty
from schemas.conformed import EPISODE_ROWS, REGISTRY
from schemas.decisions import AcceptRowsLost, Decisions
from schemas.provenance import REVIEW
from schemas.tables import TABLES
from tests.factories import FIRST_RUN_ID, RUN_ID, added, changed, empty_tables, tiny_tables, without

SERIES = tuple(
    Series(code=code, name=code, kind="series", is_ended=True, ids={"tmdb": number, "stapi": number})
    for code, number in (("tng", "655"), ("tas", "1992"))
)
SCOPE = Scope(SERIES, ())
FRANCHISE = Franchise(code="loom", name="Loom of Suns", series=SERIES)
LATER = Options(out=Path("outputs"), as_of=datetime(2026, 12, 1, tzinfo=UTC), franchise="loom")
NOTHING_GONE = pl.DataFrame(schema=SUPERSEDED)
NO_ROWS = pl.DataFrame(schema=EPISODE_ROWS)


def asked(source: str = "tmdb", status: str = "used", *failed: str, answers: int = 1) -> Asked:
    errors = tuple(SourceError(source, Category.TIMEOUT, "hangs", concerns=concerns) for concerns in failed)
    return Asked(SOURCES[source], Extracted(source, {}, errors=errors, answers=answers), Usage(), status)


@pytest.mark.parametrize(
    ("one", "expected"),
    [
        (asked(), ["tng", "tas"]),
        (asked("tmdb", "partial", "tas"), ["tng"]),
        (asked("tmdb", "partial", "tas, tng"), []),
        (asked("stapi", "partial", "all"), []),
        (asked("tmdb", "partial", "film:twok"), ["tng", "tas"]),
        (asked("tmdb", "not-asked", answers=0), []),
        (asked("tvmaze"), []),
        (asked("catalogue", answers=0), ["tng", "tas"]),
        (asked("catalogue", "not-asked", answers=0), []),
    ],
)
def test_who_answered_in_full_for_which_series(one: Asked, expected: list[str]) -> None:
    found = answered_of([one], SCOPE)
    assert found.rows() == [(one.source.name, code, None) for code in expected]


def test_of_one_season_only_that_was_answered() -> None:
    assert answered_of([asked()], replace(SCOPE, season=2))["season"].to_list() == [2, 2]


def history(tables: dict[str, pl.DataFrame], last: dict[str, pl.DataFrame], **how: Any) -> History:
    options = replace(LATER, **how.pop("options", {}))
    now = {**tables, "lapsed": pl.DataFrame(schema={"decision": pl.String})}
    decisions = how.pop("decisions", Decisions())
    made = book_history(FRANCHISE, options, SCOPE, how.pop("asked", []), NO_ROWS, decisions, NOTHING_GONE, now, last)
    broken = [broken_rules(TABLES[name], frame) for name, frame in made.tables.items() if name in TABLES]
    assert broken == [[]] * 5
    return made


def test_a_first_release_is_number_one_and_compared_with_nothing() -> None:
    made = history(tiny_tables(), empty_tables())
    assert (made.release, made.compared_with) == (1, None)
    assert {name: made.tables[name].height for name in ("changes", "stopped", "redirects", "tombstones")} == {
        "changes": 0,
        "stopped": 0,
        "redirects": 0,
        "tombstones": 0,
    }
    assert made.tables["public_ids"]["since_release"].to_list() == [1] * 5


def test_the_next_release_is_compared_with_the_newest() -> None:
    retitled = changed(tiny_tables(), "episodes", "tas:yesteryear", title="Tomorrow")
    made = history(retitled, tiny_tables())
    assert (made.release, made.compared_with) == (3, RUN_ID)
    assert made.tables["changes"].select("kind", "subject").rows() == [("retitled", "tas:yesteryear")]
    assert made.tables["redirects"].equals(tiny_tables()["redirects"])
    assert made.tables["tombstones"].equals(tiny_tables()["tombstones"])


SAME_TIME = {"as_of": datetime(2026, 11, 1, 12, 30, tzinfo=UTC)}


def test_a_replay_that_changes_nothing_stays_the_same_release() -> None:
    made = history(tiny_tables(), tiny_tables(), options=SAME_TIME)
    assert (made.release, made.compared_with) == (2, FIRST_RUN_ID)
    assert made.tables["stopped"].is_empty()
    for name in ("changes", "redirects", "tombstones", "source_rows"):
        assert made.tables[name].equals(tiny_tables()[name].sort(tiny_tables()[name].columns[:2])), name
    ids = tiny_tables()["public_ids"].sort("id", "since_release")
    assert made.tables["public_ids"].equals(ids)


def test_a_replay_that_changes_something_is_a_new_release() -> None:
    renamed = changed(tiny_tables(), "episodes", "tas:yesteryear", title="Tomorrow")
    made = history(renamed, tiny_tables(), options=SAME_TIME)
    assert (made.release, made.compared_with) == (3, RUN_ID)
    assert made.tables["changes"]["kind"].to_list() == ["retitled"]


def test_an_episode_that_is_gone_stops_unless_all_is_accepted() -> None:
    fewer = without(tiny_tables(), "episodes", "tas:yesteryear")
    assert history(fewer, tiny_tables()).tables["stopped"]["kind"].to_list() == ["removed"]
    made = history(fewer, tiny_tables(), options={"is_accepting_changes": True})
    assert made.tables["stopped"].is_empty()
    assert set(made.tables["tombstones"]["episode_key"]) == {"tas:lost", "tas:yesteryear"}
    gone = made.tables["redirects"].filter(old_id="tas_s1_e02").row(0, named=True)
    assert (gone["since_release"], gone["until_release"], gone["new_id"]) == (1, 2, None)
    assert gone["accepted"] == "--accept-changes"


def test_a_franchise_sets_its_own_limits() -> None:
    limits = FRANCHISE.guard.model_copy(update={"min_rows_share": 0.0})
    lost = {"asked": [asked()]}
    assert history(tiny_tables(), tiny_tables(), **lost).tables["stopped"].height == 2
    franchise = FRANCHISE.model_copy(update={"guard": limits})
    now = {**tiny_tables(), "lapsed": pl.DataFrame(schema={"decision": pl.String})}
    made = book_history(franchise, LATER, SCOPE, [asked()], NO_ROWS, Decisions(), NOTHING_GONE, now, tiny_tables())
    assert made.tables["stopped"].is_empty()


ACCEPTS_LOSS = Decisions(
    accept=(AcceptRowsLost(what="rows_lost", source="tmdb", series="tng", expects=0, reason="it closed"),)
)


def test_a_decision_that_accepts_nothing_is_told_but_not_by_a_run_of_one_series() -> None:
    idle = "accept rows_lost tmdb tng: nothing of the kind happened in this run; remove the decision."
    made = history(tiny_tables(), tiny_tables(), decisions=ACCEPTS_LOSS)
    assert made.tables["lapsed"]["decision"].to_list() == [idle]
    narrow = history(tiny_tables(), tiny_tables(), decisions=ACCEPTS_LOSS, options={"series": ("tas",)})
    assert narrow.tables["lapsed"].is_empty()
    made = history(tiny_tables(), tiny_tables(), decisions=ACCEPTS_LOSS, asked=[asked()])
    assert made.tables["lapsed"].is_empty()
    assert made.tables["stopped"].select("subject", "series").rows() == [("tmdb", "tas")]


# What is not kept


def identified(**links: str) -> Identified:
    """This run's links: the last release's, but for those that are named (source id = key)."""
    last = tiny_tables()["links"]
    keys = pl.col("source_id").replace_strict(links, default=pl.col("episode_key"))
    known = pl.DataFrame([{"episode_key": key} for key in last["episode_key"]], schema=REGISTRY)
    return Identified(last.with_columns(episode_key=keys), empty(REVIEW), tiny_tables()["rejects"], known)


def test_an_episode_whose_rows_are_anothers_is_forgotten_everywhere() -> None:
    gone = let_go(identified(tng_s1_e02="tng:encounter-at-farpoint"), [], SCOPE, tiny_tables())
    assert gone.superseded.select("episode_key", "replaced_by").rows() == [
        ("tng:the-naked-now", "tng:encounter-at-farpoint")
    ]
    tables = {name: gone.known[name] for name in ("episodes", "links", "numbering", "field_values")}
    for frame in (*tables.values(), gone.identified.registry):
        assert "tng:the-naked-now" not in frame["episode_key"].to_list()
        assert "tas:yesteryear" in frame["episode_key"].to_list()


def test_values_of_a_source_whose_rows_moved_are_not_of_the_episode_any_more() -> None:
    last = added(
        tiny_tables(),
        "links",
        source="tvmaze",
        source_id="7",
        episode_key="tng:the-naked-now",
        method="title",
        score=1.0,
        evidence="e",
    )
    gone = let_go(identified(tng_s1_e02="tng:encounter-at-farpoint"), [], SCOPE, last)
    assert gone.superseded.is_empty()
    left = gone.known["field_values"].filter(episode_key="tng:the-naked-now")
    assert set(left["source"]) == {"catalogue"}


@pytest.mark.parametrize(("scope", "goes"), [(SCOPE, True), (replace(SCOPE, season=1), False)])
def test_a_catalogue_that_was_read_whole_keeps_no_episode_that_it_lacks(scope: Scope, *, goes: bool) -> None:
    last = added(
        tiny_tables(),
        "links",
        source="catalogue",
        source_id="tng:the-naked-now",
        episode_key="tng:the-naked-now",
        method="registered",
        score=1.0,
        evidence="e",
    )
    moved = identified(tng_s1_e02="tng:encounter-at-farpoint")
    assert let_go(moved, [asked("catalogue")], scope, last).superseded.height == goes
    assert let_go(moved, [asked("catalogue", "not-asked")], scope, last).superseded.is_empty()
