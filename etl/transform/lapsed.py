"""Which decisions no longer say anything: their row, their episode or their conflict is gone."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from etl.transform.decide import (
    FIELD,
    KEY,
    OVERRIDE,
    ROW,
    as_values,
    lapsed_decisions,
    lapsed_overrides,
    needless_fallbacks,
)
from schemas.corrections import Override, Overrides
from schemas.decisions import NOBODY, Decisions


def stale_decisions(
    decisions: Decisions,
    overrides: Overrides,
    *,
    rows: pl.DataFrame,
    links: pl.DataFrame,
    values: pl.DataFrame,
    conflicts: pl.DataFrame,
) -> list[str]:
    """Tell which decisions no longer say anything, one sentence each, in the order of the files.

    `rows` and `links` are this run's, `values` those that `merge.choose` decided, corrections among them, and
    `conflicts` those found before any decision. A source that gave no row in this run is not judged by its silence.
    """
    return [
        *_stale_links(decisions, rows, links),
        *_stale_values(decisions, values, conflicts),
        *(lapse.told for lapse in stale_overrides(overrides, values)),
    ]


def _stale_links(decisions: Decisions, rows: pl.DataFrame, links: pl.DataFrame) -> list[str]:
    sources = set(rows["source"].unique())
    asked = pl.DataFrame(
        [(one.source, one.id) for one in decisions.link], schema=dict.fromkeys(ROW, pl.String), orient="row"
    )
    given = set(asked.join(rows, on=ROW, how="semi").rows())
    linked = {(source, row): key for source, row, key in links.join(asked, on=ROW, how="semi").select(*ROW, KEY).rows()}
    told = []
    for one in decisions.link:
        name, is_link = f"link {one.source} {one.id} = {one.episode}", one.episode != NOBODY
        if one.source in sources and (one.source, one.id) not in given:
            told.append(f"{name}: the source no longer gives this row; remove the decision.")
        elif is_link and (one.source, one.id) in given and linked.get((one.source, one.id)) != one.episode:
            told.append(f"{name}: not followed, because there is no such episode, or another row of the source is it.")
    return told


def _stale_values(decisions: Decisions, values: pl.DataFrame, conflicts: pl.DataFrame) -> list[str]:
    asked = pl.DataFrame(
        [(one.episode, one.field) for one in decisions.value], schema=dict.fromkeys(FIELD, pl.String), orient="row"
    )
    known = set(values.join(asked, on=KEY, how="semi")[KEY].unique())
    said = set(values.join(asked, on=FIELD, how="semi").select(*FIELD, "source").rows())
    disputed = set(conflicts.join(asked, on=FIELD, how="semi").select(FIELD).rows())
    lapsed = {(key, field): text for key, field, text in lapsed_decisions(decisions, values).rows()}
    told = []
    for one in decisions.value:
        name, place = f"value {one.episode} {one.field} = {one.source}", (one.episode, one.field)
        if one.episode not in known:
            told.append(f"{name}: nothing is known of this episode any more; remove the decision.")
        elif (*place, one.source) not in said:
            told.append(f"{name}: the source says nothing of it, so the decision changes nothing.")
        elif place in lapsed:
            told.append(
                f"{name}: not applied, because it was decided when another value than {lapsed[place]!r} was chosen."
            )
        elif place not in disputed:
            told.append(f"{name}: its conflict is gone, the witnesses agree; remove the decision.")
    return told


@dataclass(frozen=True)
class Lapse:
    """A correction that says nothing: its number among the overrides, a sentence, and whether it may simply go."""

    number: int
    told: str
    is_needless: bool = False


def stale_overrides(overrides: Overrides, values: pl.DataFrame) -> list[Lapse]:
    """Find the corrections that no longer say anything; `values` are FIELD_VALUES, corrections among them or not."""
    asked = pl.DataFrame(
        [(one.episode, one.field) for one in overrides.override], schema=dict.fromkeys(FIELD, pl.String), orient="row"
    )
    others = values.filter(pl.col("source") != OVERRIDE)
    known = {*others.join(asked, on=KEY, how="semi")[KEY].unique(), *(one.episode for one in overrides.add)}
    lapsed = {(key, field): text for key, field, text in lapsed_overrides(overrides, others).rows()}
    needless = set(_needless(overrides, others).rows())
    fallbacks = set(needless_fallbacks(overrides, others).rows())
    told = []
    for number, one in enumerate(overrides.override):
        name, place = f"override {one.episode} {one.field}", (one.episode, one.field)
        if one.episode not in known:
            told.append(Lapse(number, f"{name}: no source knows this episode any more; remove the correction."))
        elif place in lapsed:
            told.append(Lapse(number, f"{name}: not applied, because {_expected(one)} {lapsed[place]}."))
        elif place in needless:
            text = f"{name}: all sources say the same now; remove the correction."
            told.append(Lapse(number, text, is_needless=True))
        elif place in fallbacks:
            text = f"{name}: not applied, because a source says it now; remove the correction."
            told.append(Lapse(number, text, is_needless=True))
    return told


def _expected(one: Override) -> str:
    return one.expects.source if one.expects else ""


def _needless(overrides: Overrides, others: pl.DataFrame) -> pl.DataFrame:
    """The corrections that every source which speaks agrees with: columns episode_key, field."""
    corrected = as_values([(one.episode, one.field, one.value) for one in overrides.override], OVERRIDE, None)
    return (
        others.join(corrected.select(*FIELD, wanted="normalised"), on=FIELD, validate="m:1")
        .group_by(FIELD)
        .agg(is_same=(pl.col("normalised") == pl.col("wanted")).all())
        .filter("is_same")
        .select(FIELD)
    )
