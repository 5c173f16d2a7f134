"""How the sources fare, as columns of tables, as a history over runs, and as lines for people."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

import polars as pl

from etl.asking import Asked
from etl.http.health import SLOW_S, HealthStatus, Vitals
from schemas.columns import polars_schema
from schemas.runs import SOURCE_HISTORY

KEPT_RUNS = 50
ACCEPTED_ERROR_RATE = 0.05


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
    """Append what is told of this run to what is known of the last KEPT_RUNS `runs` (the table, oldest first).

    `last` and `now` have a column run_id; a replay takes the place of its own run.
    """
    recent = runs.tail(KEPT_RUNS)["run_id"]
    kept = last.filter(pl.col("run_id").is_in(recent.implode()), pl.col("run_id") != run_id)
    return pl.concat([kept, now])


def history_of(sources: pl.DataFrame, run_id: str, as_of: datetime) -> pl.DataFrame:
    """The rows of the table `source_history` that the table `sources` gives."""
    schema = polars_schema(SOURCE_HISTORY)
    return sources.with_columns(run_id=pl.lit(run_id), as_of=pl.lit(as_of)).select(*schema).cast(schema)


def health_lines(sources: Iterable[Mapping[str, Any]]) -> list[str]:
    """What the rows of the table `sources` say of their health, in lines; nothing of sources that were never asked."""
    known = [row for row in sources if row["health"]]
    well = [row["title"] for row in known if row["health"] == HealthStatus.HEALTHY]
    lines = [_line(HealthStatus.HEALTHY, ", ".join(well))] if well else []
    for status in (HealthStatus.DEGRADED, HealthStatus.UNHEALTHY):
        lines += [_line(status, _in_words(row)) for row in known if row["health"] == status]
    return lines


def _line(status: HealthStatus, text: str) -> str:
    return f"{status.value.upper():<9}  {text}"


def _in_words(row: Mapping[str, Any]) -> str:
    """What is wrong with a source, how it was before, and what to do."""
    told = [
        _trouble(row),
        f"last answer {_told(row['last_success_at'])}" if row["last_success_at"] else "it has never answered",
        _pace(row),
    ]
    if row["cool_down_until"]:
        until = _told(row["cool_down_until"])
        what_to_do = f"It is not asked before {until}; the first request after that decides. Run again then."
    else:
        what_to_do = "It is asked as usual; run again later to get what is missing."
    return f"{row['title']}: {'; '.join(filter(None, told))}. {what_to_do}"


def _trouble(row: Mapping[str, Any]) -> str:
    count, rate = row["consecutive_failures"], row["error_rate"]
    if count:
        since = f" since {_told(row['failing_since'])}" if row["failing_since"] else ""
        return f"{count} {'failure' if count == 1 else 'failures'} in a row{since}"
    if rate is not None and rate > ACCEPTED_ERROR_RATE:
        return f"{rate:.1%} of what it was asked in this run failed, more than {ACCEPTED_ERROR_RATE:.0%}"
    return f"half of its answers take more than {SLOW_S:g} s"


def _pace(row: Mapping[str, Any]) -> str:
    if row["response_median_s"] is None:
        return ""
    return f"answers take {_seconds(row['response_median_s'])}, at worst {_seconds(row['response_p95_s'])} (95 %)"


def _seconds(seconds: float) -> str:
    return f"{seconds * 1000:.0f} ms" if seconds < 1 else f"{seconds:.1f} s"


def _told(at: datetime) -> str:
    return f"{at:%Y-%m-%d %H:%M:%S} UTC"


def _instant(at: float | None) -> datetime | None:
    return None if at is None else datetime.fromtimestamp(at, UTC)
