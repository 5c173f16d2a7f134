"""How a release follows the last one: who is let go, what changed, who accepts it, what old ids lead to."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import polars as pl

from etl.asking import Asked
from etl.bookkeeping import run_id_of
from etl.extract.shapes import Scope
from etl.formula import formula_of
from etl.franchise import Franchise
from etl.options import Options
from etl.transform.changes import Published, compare, in_order, published
from etl.transform.guard import Judged, Limits, idle_decisions, judge
from etl.transform.identify import Identified
from etl.transform.public_ids import Release, book_public_ids, find_redirects
from etl.transform.quality_falls import quality_falls
from etl.transform.source_rows import ANSWERED, lost_rows, remember_rows
from etl.transform.superseded import find_superseded, lost_witnesses, moved_rows
from etl.transform.tombstones import book_tombstones
from schemas.columns import empty
from schemas.decisions import Decisions
from schemas.history import CHANGES

KEY = "episode_key"
Tables = Mapping[str, pl.DataFrame]


@dataclass(frozen=True)
class LetGo:
    """`known` is the last release without what is not kept, `superseded` (SUPERSEDED) names the episodes among it."""

    identified: Identified
    known: dict[str, pl.DataFrame]
    superseded: pl.DataFrame


def let_go(identified: Identified, asked: Sequence[Asked], scope: Scope, last: Tables) -> LetGo:
    """Find out which episodes and values of the last release are not kept, because their rows are another's now."""
    read_whole = [one.source.name for one in asked if one.is_wanted and one.source.is_compilation]
    moved = moved_rows(last["links"], identified.links, identified.rejects)
    superseded = find_superseded(last["links"], identified.links, moved, read_whole if scope.season is None else [])
    known = {
        name: frame.join(superseded, on=KEY, how="anti") if name in ("episodes", "links", "numbering") else frame
        for name, frame in last.items()
    }
    witnesses = lost_witnesses(last["links"], moved)
    values = last["field_values"].join(superseded, on=KEY, how="anti")
    known["field_values"] = values.join(witnesses, on=["source", KEY], how="anti")
    registry = identified.registry.join(superseded, on=KEY, how="anti")
    return LetGo(replace(identified, registry=registry), known, superseded)


@dataclass(frozen=True)
class History:
    """Which release this is, the run that made the one before, and the tables of what changed.

    Among the tables, `stopped` (CHANGES) holds the changes that must not be published.
    """

    release: int
    compared_with: str | None
    tables: dict[str, pl.DataFrame]


def book_history(
    franchise: Franchise,
    options: Options,
    scope: Scope,
    asked: Sequence[Asked],
    rows: pl.DataFrame,
    decisions: Decisions,
    superseded: pl.DataFrame,
    tables: Tables,
    last: Tables,
) -> History:
    """Compare what is about to be published (`tables`) with the last release, and hold it against the guard.

    `rows` (EPISODE_ROWS) are what the sources gave within `scope`. A replay of the run that made the last release, if
    it changes nothing, stays that release, with the changes that it had.
    """
    before, compared_with = _last_run(last)
    answered = answered_of(asked, scope)
    source_rows = remember_rows(rows, last["source_rows"], answered)
    then, now = published(last), published({**tables, "tombstones": last["tombstones"]})
    tombstones = book_tombstones(
        then, now, superseded, last_run_id=before.run_id if before else "", removed_at=options.as_of
    )
    now = replace(now, tombstones=tombstones)
    share = formula_of(franchise.quality).shares["quality_freshness"]
    falls = quality_falls(last["episodes"], tables["episodes"], franchise.quality.max_fall, share)
    found = in_order([compare(then, now), lost_rows(source_rows, last["source_rows"], answered), falls])
    release = Release(1, run_id_of(options), options.numbering)
    judged = Judged(empty(CHANGES), empty(CHANGES))
    if before and before.run_id == release.run_id and found.is_empty():
        release, judged = replace(release, number=before.number), replace(judged, changes=last["changes"])
    elif before:
        release, compared_with = replace(release, number=before.number + 1), before.run_id
        judged = _judge(franchise, options, decisions, found, then)
    public_ids = book_public_ids(last["public_ids"], now, judged.changes, release=release, before=before)
    booked = {
        "changes": judged.changes,
        "stopped": judged.stopped,
        "public_ids": public_ids,
        "redirects": find_redirects(public_ids, tombstones),
        "tombstones": tombstones,
        "source_rows": source_rows,
        "lapsed": pl.concat([tables["lapsed"], _idle(options, decisions, judged.changes)]),
    }
    return History(release.number, compared_with, booked)


def answered_of(asked: Sequence[Asked], scope: Scope) -> pl.DataFrame:
    """Which source answered in full for which series of `scope` (contract ANSWERED).

    A request that failed is not held against the source: what it said before is kept. Not asked are series without an
    id of the source; the catalogue is read and knows them all.
    """
    rows = [
        (one.source.name, series.code, scope.season)
        for one in asked
        if one.is_wanted and (one.extracted.answers or one.source.is_compilation)
        for series in scope.series
        if one.source.is_compilation or one.source.name in series.ids
        if not {series.code, "all"} & _concerned(one)
    ]
    return pl.DataFrame(rows, schema=ANSWERED, orient="row")


def _concerned(one: Asked) -> set[str]:
    return {name for error in one.extracted.errors for name in error.concerns.split(", ")}


def _last_run(last: Tables) -> tuple[Release | None, str | None]:
    """The last release, and the run with which it was compared; None where there is none."""
    if last["runs"].is_empty():
        return None, None
    newest = last["runs"].sort("release").row(-1, named=True)
    return Release(newest["release"], newest["run_id"], newest["numbering"]), newest["compared_with"]


def _judge(
    franchise: Franchise, options: Options, decisions: Decisions, found: pl.DataFrame, then: Published
) -> Judged:
    limits = Limits(titles=then.episodes.height + then.movies.height, **franchise.guard.model_dump())
    return judge(found, limits, decisions.accept, options.as_of.date(), accepts_all=options.is_accepting_changes)


def _idle(options: Options, decisions: Decisions, changes: pl.DataFrame) -> pl.DataFrame:
    """Which decisions accepted nothing; a run of one series sees no changes of the others, and says nothing of them."""
    idle = [] if options.series else idle_decisions(decisions.accept, changes, options.as_of.date())
    return pl.DataFrame({"decision": idle}, schema={"decision": pl.String})
