"""How the sources fare, as columns of tables and as a history over runs."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import polars as pl

from etl.asking import Asked
from etl.health_words import ACCEPTED_ERROR_RATE, HealthStatus
from etl.http.health import Vitals
from schemas.columns import polars_schema
from schemas.runs import SOURCE_HISTORY

KEPT_RUNS = 50


def health_of_run(one: Asked) -> dict[str, Any]:
    """What the table `sources` says of the health of a source that was asked."""
    columns = health_columns(one.vitals)
    has_failed_often = one.error_rate is not None and one.error_rate > ACCEPTED_ERROR_RATE
    if has_failed_often and columns["health"] == HealthStatus.HEALTHY:
        columns["health"] = HealthStatus.DEGRADED.value
    return {**columns, "error_rate": one.error_rate}


def health_columns(vitals: Vitals) -> dict[str, Any]:
    """What is known of a source, under the names of the table `sources`."""
    health = vitals.health
    return {
        "health": vitals.status.value if vitals.status else None,
        "consecutive_failures": health.failures_in_row,
        "successes": vitals.successes,
        "response_median_s": vitals.median_s,
        "response_p95_s": vitals.p95_s,
        "last_success_at": _instant(vitals.last_success_at),
        "failing_since": _instant(health.failing_since),
        "cool_down_until": _instant(health.open_until),
    }


def append_history(last: pl.DataFrame, now: pl.DataFrame, runs: pl.DataFrame, run_id: str) -> pl.DataFrame:
    """Append what is told of this run to what is known of the newest KEPT_RUNS releases in the table `runs`.

    `last` and `now` have a column run_id; a replay takes the place of its own run.
    """
    recent = runs.sort("release").tail(KEPT_RUNS)["run_id"]
    kept = last.filter(pl.col("run_id").is_in(recent.implode()), pl.col("run_id") != run_id)
    return pl.concat([kept, now])


def history_of(sources: pl.DataFrame, run_id: str, as_of: datetime) -> pl.DataFrame:
    """The rows of the table `source_history` that the table `sources` gives."""
    schema = polars_schema(SOURCE_HISTORY)
    return sources.with_columns(run_id=pl.lit(run_id), as_of=pl.lit(as_of)).select(*schema).cast(schema)


def _instant(at: float | None) -> datetime | None:
    return None if at is None else datetime.fromtimestamp(at, UTC)
