"""The guard: which changes are too large or too dangerous to publish unless a person says that they are right.

A number that moves is the worst of them: an app that remembers "seen: tng_s4_e07" would mean another episode.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import polars as pl

from schemas.columns import polars_schema
from schemas.decisions import NOBODY, AcceptDecision
from schemas.history import CHANGES, PUBLIC_ID, QUALITY, REASSIGNED, REMOVED, RENUMBERED, RETITLED, ROWS_LOST

ACCEPTED_ALL = "--accept-changes"
_DECISIONS = pl.Schema(
    {"what": pl.String(), "about": pl.String(), "expects": pl.String(), "allowed": pl.Float64(), "reason": pl.String()}
)


@dataclass(frozen=True)
class Limits:
    """How much may change without anybody being asked; `titles` is how many the last release has.

    A source that answered must give `min_rows_share` of its rows of a series; fewer than `min_rows_lost` lost rows
    never count, because single rows come and go. Titles may change up to `max_renamed_share`, fewer than `min_renamed`
    never count. `max_renumbered` public ids may change, as long as none of them means another episode then.
    """

    titles: int
    min_rows_share: float
    min_rows_lost: int
    max_renamed_share: float
    min_renamed: int
    max_renumbered: int


@dataclass(frozen=True)
class Judged:
    """All `changes` (CHANGES) with who accepted them, and those that stop the publication."""

    changes: pl.DataFrame
    stopped: pl.DataFrame


def judge(
    changes: pl.DataFrame, limits: Limits, decisions: Sequence[AcceptDecision], as_of: date, *, accepts_all: bool
) -> Judged:
    """Hold `changes` (CHANGES, nothing accepted yet) against the limits, and look who accepts what goes beyond them.

    A decision accepts what it names if its expectation holds and `as_of` is not later than its `until`. What is
    accepted does not count towards a limit.
    """
    holding = [one for one in decisions if not _is_over(one, as_of)]
    decided = _decided(changes.with_row_index("place"), holding)
    risky = decided.filter(_is_too_much(limits))
    unanswered = risky.filter(pl.col("told").is_null())
    stopped = unanswered.filter(_exceeds_its_limit(limits))
    answers = pl.concat(
        [
            risky.drop_nulls("told").select("place", "told"),
            stopped.select("place", told=pl.lit(ACCEPTED_ALL)).filter(pl.lit(accepts_all)),
        ]
    )
    columns = list(polars_schema(CHANGES))
    answered = (
        decided.drop("told")
        .join(answers, on="place", how="left", validate="1:1", maintain_order="left")
        .with_columns(accepted="told")
    )
    return Judged(answered.select(columns), stopped.select(columns).filter(pl.lit(not accepts_all)))


def idle_decisions(decisions: Sequence[AcceptDecision], changes: pl.DataFrame, as_of: date) -> list[str]:
    """Tell which decisions accepted nothing in this run, one sentence each; `changes` is what was compared."""
    met = _decided(changes, decisions).drop_nulls("reason").select("what", "about", "told")
    named = set(met.select("what", "about").rows())
    used = set(met.drop_nulls("told").select("what", "about").rows())
    sentences = []
    for one in decisions:
        name, subject = f"accept {one.what} {one.subject}", (one.what, one.subject)
        if _is_over(one, as_of):
            sentences.append(f"{name}: it held until {one.until}; remove the decision.")
        elif subject not in named:
            sentences.append(f"{name}: nothing of the kind happened in this run; remove the decision.")
        elif subject not in used:
            sentences.append(f"{name}: not applied, because something else than {one.expects} came of it.")
    return sentences


def _is_over(one: AcceptDecision, as_of: date) -> bool:
    return one.until is not None and as_of > one.until


def _is_too_much(limits: Limits) -> pl.Expr:
    """Whether a change is of a kind that is watched, and large enough to be looked at by itself."""
    before, now = pl.col("old").cast(pl.Int64, strict=False), pl.col("new").cast(pl.Int64, strict=False)
    is_loss = (before - now >= limits.min_rows_lost) & (now < limits.min_rows_share * before)
    is_watched = pl.col("kind").is_in([REMOVED, REASSIGNED, RETITLED, QUALITY])
    is_public = (pl.col("kind") == RENUMBERED) & (pl.col("field") == PUBLIC_ID)
    return is_watched | is_public | ((pl.col("kind") == ROWS_LOST) & is_loss.fill_null(value=False))


def _exceeds_its_limit(limits: Limits) -> pl.Expr:
    """Whether there are more changes of the kind than its limit; the others stop by being there."""
    count = pl.len().over("kind")
    is_mass = (count >= limits.min_renamed) & (count > limits.max_renamed_share * limits.titles)
    return (
        pl.when(kind=RETITLED).then(is_mass).when(kind=RENUMBERED).then(count > limits.max_renumbered).otherwise(True)
    )


def _decided(changes: pl.DataFrame, decisions: Sequence[AcceptDecision]) -> pl.DataFrame:
    """Add `what` and `about`, which is how a decision calls the change, the `reason` of one, and `told` if it holds."""
    renamed = pl.len().over("kind", "series")
    holds = (
        pl.when(pl.col("kind").is_in([ROWS_LOST, QUALITY]))
        .then(pl.col("new").cast(pl.Float64, strict=False) >= pl.col("allowed"))
        .when(kind=REMOVED)
        .then(pl.col("new").fill_null(NOBODY) == pl.col("expects"))
        .when(kind=RETITLED)
        .then(renamed <= pl.col("allowed"))
        .when(kind=REASSIGNED)
        .then(pl.col("subject") == pl.col("expects"))
        .otherwise(pl.col("new") == pl.col("expects"))
    )
    return (
        changes.with_columns(what=_what(), about=_about())
        .join(_as_frame(decisions), on=["what", "about"], how="left", validate="m:1", maintain_order="left")
        .with_columns(told=pl.when(holds).then(pl.format("decision: {}", "reason")))
    )


def _what() -> pl.Expr:
    """The name under which a decision accepts the change: who takes an id over is renumbered to it."""
    is_other_scheme = (pl.col("kind") == RENUMBERED) & (pl.col("field") != PUBLIC_ID)
    return pl.when(kind=REASSIGNED).then(pl.lit(RENUMBERED)).when(~is_other_scheme).then("kind")


def _about() -> pl.Expr:
    return (
        pl.when(kind=ROWS_LOST)
        .then(pl.format("{} {}", "subject", "series"))
        .when(kind=RETITLED)
        .then("series")
        .when(kind=REASSIGNED)
        .then("new")
        .otherwise("subject")
    )


def _as_frame(decisions: Sequence[AcceptDecision]) -> pl.DataFrame:
    rows = [
        {
            "what": one.what,
            "about": one.subject,
            "expects": str(one.expects),
            "allowed": None if isinstance(one.expects, str) else float(one.expects),
            "reason": one.reason,
        }
        for one in decisions
    ]
    return pl.DataFrame(rows, schema=_DECISIONS)
