"""Which changes stop the publication, and who may let them pass."""

from __future__ import annotations

from datetime import date
from typing import Any

import polars as pl
import pytest
from release_kit import change, changes

from etl.franchise import GuardPolicy
from etl.transform.guard import Judged, Limits, idle_decisions, judge
from schemas.checks import broken_rules
from schemas.decisions import (
    AcceptDecision,
    AcceptQuality,
    AcceptRemoved,
    AcceptRenumbered,
    AcceptRetitled,
    AcceptRowsLost,
)
from schemas.history import CHANGES

TODAY = date(2026, 11, 20)


def lost(old: int, new: int, source: str = "tmdb", series: str = "tng") -> dict[str, Any]:
    return {**change("rows_lost", source, "rows", old, new), "series": series}


def renumbered(name: str, old: int, new: int) -> dict[str, Any]:
    return change("renumbered", f"tng:{name}", old=f"tng_s1_e{old:02}", new=f"tng_s1_e{new:02}")


def reassigned(number: int, old: str, new: str) -> dict[str, Any]:
    made = change("reassigned", f"tng_s1_e{number:02}", "episode_key", f"tng:{old}", f"tng:{new}")
    return {**made, "series": "tng"}


def retitled(*names: str, series: str = "tng") -> list[dict[str, Any]]:
    return [change("retitled", f"{series}:{name}", "title", name, f"{name}!") for name in names]


SWAP = [reassigned(1, "a", "b"), reassigned(2, "b", "a"), renumbered("a", 1, 2), renumbered("b", 2, 1)]


def judged(
    *rows: dict[str, Any], decisions: tuple[AcceptDecision, ...] = (), titles: int = 1000, **limits: Any
) -> Judged:
    accepts_all = limits.pop("accepts_all", False)
    policy = {**GuardPolicy().model_dump(), **limits}
    made = judge(changes(*rows), Limits(titles=titles, **policy), decisions, TODAY, accepts_all=accepts_all)
    assert broken_rules(CHANGES, made.changes) == []
    assert made.changes.drop("accepted").equals(changes(*rows).drop("accepted"))
    return made


def stopped(*rows: dict[str, Any], **how: Any) -> list[tuple[str, str]]:
    return judged(*rows, **how).stopped.select("kind", "subject").rows()


@pytest.mark.parametrize(
    ("old", "new", "stops"),
    [(100, 94, True), (100, 95, False), (100, 99, False), (10, 9, False), (10, 8, True), (2, 0, True), (1, 0, False)],
)
def test_a_source_must_give_95_percent_but_a_single_row_may_go(old: int, new: int, *, stops: bool) -> None:
    assert stopped(lost(old, new)) == [("rows_lost", "tmdb")] * stops


def test_a_franchise_may_set_other_limits() -> None:
    assert stopped(lost(10, 9), min_rows_lost=1) == [("rows_lost", "tmdb")]
    assert stopped(lost(100, 51), min_rows_share=0.5) == []
    assert stopped(*retitled("a"), min_renamed=1, max_renamed_share=0.0) == [("retitled", "tng:a")]
    assert stopped(renumbered("a", 1, 2), max_renumbered=1) == []
    assert stopped(renumbered("a", 1, 2), renumbered("b", 2, 3), max_renumbered=1) == [
        ("renumbered", "tng:a"),
        ("renumbered", "tng:b"),
    ]


def test_an_episode_or_film_that_would_go_always_stops() -> None:
    assert stopped(change("removed", "tng:a"), change("removed", "film:keep")) == [
        ("removed", "tng:a"),
        ("removed", "film:keep"),
    ]


def test_a_public_id_that_moves_stops() -> None:
    assert stopped(renumbered("a", 1, 2)) == [("renumbered", "tng:a")]
    assert [subject for _, subject in stopped(*SWAP)] == ["tng_s1_e01", "tng_s1_e02", "tng:a", "tng:b"]


def test_an_id_that_means_another_episode_stops_however_many_may_be_renumbered() -> None:
    assert stopped(*SWAP, max_renumbered=99) == [("reassigned", "tng_s1_e01"), ("reassigned", "tng_s1_e02")]


def test_numbers_of_other_schemes_stop_nothing() -> None:
    assert stopped(change("renumbered", "tng:a", "number_tmdb", "1x01", "1x02")) == []


@pytest.mark.parametrize(
    ("count", "titles", "stops"), [(2, 10, False), (3, 149, True), (3, 150, False), (21, 1000, True)]
)
def test_titles_stop_in_mass_only(count: int, titles: int, *, stops: bool) -> None:
    names = [f"a{number}" for number in range(count)]
    assert len(stopped(*retitled(*names), titles=titles)) == count * stops


def test_what_is_new_or_merely_corrected_stops_nothing() -> None:
    made = judged(change("added", "tng:a"), change("changed", "tng:b", "air_date"), change("row_gone", "tmdb", "7"))
    assert made.stopped.is_empty()
    assert made.changes["accepted"].is_null().all()


def test_everything_can_be_accepted_and_only_what_had_to_be_says_so() -> None:
    made = judged(*SWAP, *retitled("c"), lost(100, 50), accepts_all=True)
    assert made.stopped.is_empty()
    assert made.changes["accepted"].to_list() == ["--accept-changes"] * 4 + [None, "--accept-changes"]


def rows_lost(expects: int, source: str = "tmdb", series: str = "tng", **more: Any) -> AcceptRowsLost:
    return AcceptRowsLost(what="rows_lost", source=source, series=series, expects=expects, reason="merged", **more)


def number_is(key: str, public_id: str) -> AcceptRenumbered:
    return AcceptRenumbered(what="renumbered", episode=key, expects=public_id, reason="a new count")


def removed(key: str, expects: str) -> AcceptRemoved:
    return AcceptRemoved(what="removed", episode=key, expects=expects, reason="twice")


def titles(series: str, expects: int) -> AcceptRetitled:
    return AcceptRetitled(what="retitled", series=series, expects=expects, reason="translated")


@pytest.mark.parametrize(
    ("row", "decision", "passes"),
    [
        (lost(10, 5), rows_lost(5), True),
        (lost(10, 6), rows_lost(5), True),
        (lost(10, 4), rows_lost(5), False),
        (lost(10, 5), rows_lost(5, "stapi"), False),
        (lost(10, 5), rows_lost(5, series="ld"), False),
        (lost(10, 5), rows_lost(5, until=TODAY), True),
        (lost(10, 5), rows_lost(5, until=date(2026, 11, 19)), False),
        (change("removed", "tng:a", new="tng:b"), removed("tng:a", "tng:b"), True),
        (change("removed", "tng:a", new="tng:b"), removed("tng:a", "tng:c"), False),
        (change("removed", "tng:a", new="tng:b"), removed("tng:a", "none"), False),
        (change("removed", "tng:a"), removed("tng:a", "none"), True),
        (renumbered("a", 1, 2), number_is("tng:a", "tng_s1_e02"), True),
        (renumbered("a", 1, 3), number_is("tng:a", "tng_s1_e02"), False),
        (renumbered("b", 1, 2), number_is("tng:a", "tng_s1_e02"), False),
        (reassigned(2, "b", "a"), number_is("tng:a", "tng_s1_e02"), True),
        (reassigned(2, "a", "b"), number_is("tng:a", "tng_s1_e02"), False),
    ],
)
def test_a_decision_lets_pass_what_it_names_and_nothing_else(
    row: dict[str, Any], decision: AcceptDecision, *, passes: bool
) -> None:
    made = judged(row, decisions=(decision,))
    assert made.stopped.is_empty() == passes
    assert made.changes["accepted"].to_list() == [f"decision: {decision.reason}" if passes else None]


def test_a_swap_needs_a_decision_for_both_episodes() -> None:
    both = number_is("tng:a", "tng_s1_e02"), number_is("tng:b", "tng_s1_e01")
    assert stopped(*SWAP, decisions=both) == []
    assert stopped(*SWAP, decisions=both[:1]) == [("reassigned", "tng_s1_e01"), ("renumbered", "tng:b")]


def test_titles_are_accepted_up_to_a_number_a_series() -> None:
    rows = [*retitled("a", "b", "c"), *retitled("a", "b", "c", series="ld")]
    assert stopped(*rows, titles=10, decisions=(titles("tng", 3), titles("ld", 9))) == []
    assert {subject[:3] for _, subject in stopped(*rows, titles=10, decisions=(titles("tng", 3),))} == {"ld:"}
    assert len(stopped(*rows, titles=10, decisions=(titles("tng", 2), titles("ld", 2)))) == 6


def test_what_is_accepted_does_not_count_towards_the_limit() -> None:
    rows = [*retitled("a", "b", "c"), *retitled("a", series="ld")]
    assert stopped(*rows, titles=10, decisions=(titles("tng", 3),)) == []


def test_idle_decisions_are_told_with_the_reason() -> None:
    decisions = (
        rows_lost(5),
        rows_lost(5, "stapi"),
        rows_lost(1, series="ld", until=date(2026, 11, 19)),
        number_is("tng:a", "tng_s1_e02"),
        number_is("tng:b", "tng_s1_e09"),
    )
    rows = changes(lost(10, 5), lost(9, 1, series="ld"), *SWAP)
    assert idle_decisions(decisions, rows, TODAY) == [
        "accept rows_lost stapi tng: nothing of the kind happened in this run; remove the decision.",
        "accept rows_lost tmdb ld: it held until 2026-11-19; remove the decision.",
        "accept renumbered tng:b: not applied, because something else than tng_s1_e09 came of it.",
    ]
    assert idle_decisions((), rows, TODAY) == []


def test_nothing_is_judged_where_nothing_changed() -> None:
    made = judged(decisions=(rows_lost(5),))
    assert (made.changes.height, made.stopped.height) == (0, 0)
    assert isinstance(made.changes.schema["accepted"], pl.String)


def fell(series: str, new: str) -> dict[str, Any]:
    return {**change("quality", series, "quality_overall", "0.85", new), "series": series}


def test_a_series_of_lower_quality_stops_the_release_until_its_new_average_is_accepted() -> None:
    accepted = AcceptQuality(what="quality", series="tng", expects=0.78, reason="fewer guests")
    assert stopped(fell("tng", "0.781"), fell("tos", "0.79")) == [("quality", "tng"), ("quality", "tos")]
    made = judged(fell("tng", "0.781"), fell("tos", "0.79"), decisions=(accepted,))
    assert made.stopped["subject"].to_list() == ["tos"]
    assert made.changes.filter(subject="tng")["accepted"].to_list() == ["decision: fewer guests"]
    assert stopped(fell("tng", "0.779"), decisions=(accepted,)) == [("quality", "tng")]
    assert idle_decisions([accepted], changes(fell("tng", "0.78")), TODAY) == []
    assert idle_decisions([accepted], changes(fell("tng", "0.779")), TODAY) == [
        "accept quality tng: not applied, because something else than 0.78 came of it."
    ]
