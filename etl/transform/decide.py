"""What people decided, replayed: links, refusals, the source to believe, corrections.

A person's word ends a dispute. It is never applied in silence to something else than it was said of: where its
expectation no longer holds, it is told and not applied.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import polars as pl

from etl.transform.merge import candidates
from schemas.columns import polars_schema
from schemas.conformed import PINS
from schemas.corrections import Overrides
from schemas.decisions import NOBODY, Decisions, LinkDecision
from schemas.given_values import FIELD_COLUMNS, field_type
from schemas.provenance import FIELD_VALUES, REJECTS

KEY = "episode_key"
OVERRIDE = "override"
ROW = ["source", "source_id"]
FIELD = [KEY, "field"]
_FORCED = {**dict.fromkeys((*FIELD, "source", "told"), pl.String)}


def decided_pins(decisions: Decisions) -> pl.DataFrame:
    """The links that were decided, as pins (contract PINS); they go before all other pins."""
    return pl.DataFrame(
        [
            {
                "source": one.source,
                "source_id": one.id,
                KEY: one.episode,
                "part": one.part,
                "method": "decision",
                "score": 1.0,
                "evidence": one.reason,
            }
            for one in decisions.link
            if one.episode != NOBODY
        ],
        schema=PINS,
    )


def refused_rows(rows: pl.DataFrame, decisions: Decisions) -> pl.DataFrame:
    """Those of `rows` (EPISODEROWS) that a person said are no episode: contract REJECTS."""
    refused = pl.DataFrame(
        [{"source": one.source, "source_id": one.id, "told": one.reason} for one in _refusals(decisions)],
        schema=dict.fromkeys((*ROW, "told"), pl.String),
    )
    return (
        rows.join(refused, on=ROW, how="inner", validate="m:1")
        .select(
            *ROW,
            stage=pl.lit("identify"),
            reason=pl.format("decision: {}", "told"),
            payload=pl.struct("series", "season", "number", "title", "air_date").struct.json_encode(),
        )
        .cast(polars_schema(REJECTS))
    )


def _refusals(decisions: Decisions) -> list[LinkDecision]:
    return [one for one in decisions.link if one.episode == NOBODY]


def override_values(overrides: Overrides, as_of: datetime) -> pl.DataFrame:
    """The corrections as values of a source "override" (contract FIELD_VALUES), written as every source's are."""
    return as_values([(one.episode, one.field, one.value) for one in overrides.override], OVERRIDE, as_of)


def as_values(entries: Sequence[tuple[str, str, object]], source: str, as_of: datetime | None) -> pl.DataFrame:
    """Values of one source as `merge.candidates` writes them, so that they compare with the others."""
    parts = [pl.DataFrame(schema=polars_schema(FIELD_VALUES))]
    for field in dict.fromkeys(field for _, field, _ in entries):
        told = [(key, value) for key, name, value in entries if name == field]
        rows = pl.DataFrame(
            {
                KEY: [key for key, _ in told],
                field: pl.Series([value for _, value in told], dtype=field_type(field)),
            },
            schema_overrides={KEY: pl.String},
        ).with_columns(
            source=pl.lit(source),
            source_url=pl.lit(None, pl.String),
            fetched_at=pl.lit(as_of, pl.Datetime("us", "UTC")),
            is_stale=pl.lit(value=False),
        )
        parts.append(candidates(rows, {field: str((FIELD_COLUMNS[field].metadata or {}).get("merges", "equal"))}))
    return pl.concat(parts)


def holding_overrides(overrides: Overrides, values: pl.DataFrame) -> Overrides:
    """Leave out the corrections whose expectation no longer holds, and fallbacks for what a source says.

    `values` are the sources' (FIELD_VALUES).
    """
    lapsed = set(lapsed_overrides(overrides, values).select(FIELD).rows())
    lapsed |= set(needless_fallbacks(overrides, values).rows())
    held = tuple(one for one in overrides.override if (one.episode, one.field) not in lapsed)
    return overrides.model_copy(update={"override": held})


def needless_fallbacks(overrides: Overrides, values: pl.DataFrame) -> pl.DataFrame:
    """The corrections for want of a source that have a source now: columns episode_key, field."""
    waiting = pl.DataFrame(
        [(one.episode, one.field) for one in overrides.override if one.is_fallback],
        schema=dict.fromkeys(FIELD, pl.String),
        orient="row",
    )
    return waiting.join(values, on=FIELD, how="semi")


def prefer_decided(values: pl.DataFrame, decisions: Decisions, overrides: Overrides | None = None) -> pl.DataFrame:
    """After `merge.choose`: believe the decided source, and corrections above all, whatever the policy chose.

    In and out: FIELD_VALUES. A decision about a source that says nothing, or whose expectation no longer holds,
    changes nothing.
    """
    lapsed = set(lapsed_decisions(decisions, values).select(FIELD).rows())
    corrections = overrides.override if overrides else ()
    forced = {
        (one.episode, one.field): (one.source, f"decision: {one.reason}")
        for one in decisions.value
        if (one.episode, one.field) not in lapsed
    }
    forced |= {(one.episode, one.field): (OVERRIDE, f"override: {one.told}") for one in corrections}
    said = pl.DataFrame([(*place, *told) for place, told in forced.items()], schema=_FORCED, orient="row")
    said = said.join(values, on=[*FIELD, "source"], how="semi").rename({"source": "believed"})
    is_decided = pl.col("believed").is_not_null()
    return (
        values.join(said, on=FIELD, how="left", validate="m:1", maintain_order="left")
        .with_columns(
            is_chosen=pl.when(is_decided).then(pl.col("source") == pl.col("believed")).otherwise("is_chosen"),
            rule=pl.when(is_decided).then("told").otherwise("rule"),
        )
        .select(values.columns)
    )


def open_conflicts(conflicts: pl.DataFrame, values: pl.DataFrame) -> pl.DataFrame:
    """Leave out the conflicts (CONFLICTS) that were decided or corrected; `values` as `prefer_decided` left them."""
    is_ended = pl.col("rule").str.contains("^(?:decision|override): ")
    return conflicts.join(values.filter(pl.col("is_chosen") & is_ended), on=FIELD, how="anti")


def lapsed_overrides(overrides: Overrides, values: pl.DataFrame) -> pl.DataFrame:
    """Columns episode_key, field, and what the source of the expectation says now, in words."""
    entries = [(one.episode, one.field, one.expects.value) for one in overrides.override if one.expects]
    sources = {(one.episode, one.field): one.expects.source for one in overrides.override if one.expects}
    expected = as_values(entries, OVERRIDE, None).select(*FIELD, wanted="value")
    named = pl.DataFrame([(*place, name) for place, name in sources.items()], schema=[*FIELD, "source"], orient="row")
    named = named.cast(dict.fromkeys((*FIELD, "source"), pl.String))
    return (
        expected.join(named, on=FIELD, validate="1:1")
        .join(values.select(*FIELD, "source", "value"), on=[*FIELD, "source"], how="left", validate="1:1")
        .filter(pl.col("value").ne_missing(pl.col("wanted")))
        .select(
            *FIELD,
            told=pl.when(pl.col("value").is_null())
            .then(pl.lit("says nothing of it now"))
            .otherwise(pl.format("says {} now", "value")),
        )
    )


def lapsed_decisions(decisions: Decisions, values: pl.DataFrame) -> pl.DataFrame:
    """Columns episode_key, field, and what the policy chooses now instead of the value that was expected."""
    entries = [(one.episode, one.field, one.expects) for one in decisions.value if one.expects is not None]
    expected = as_values(entries, OVERRIDE, None).select(*FIELD, wanted="value")
    chosen = values.filter("is_chosen").join(expected, on=FIELD, validate="m:1")
    return (
        chosen.group_by(FIELD)
        .agg(is_there=(pl.col("value") == pl.col("wanted")).any(), now=pl.col("value").sort().first())
        .filter(~pl.col("is_there"))
        .select(*FIELD, "now")
    )
