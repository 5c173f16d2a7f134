"""How a source fares in a word, and in lines for people; who reads a release needs nothing of the network for that."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from enum import StrEnum
from typing import Any

SLOW_S = 5.0
ACCEPTED_ERROR_RATE = 0.05


class HealthStatus(StrEnum):
    """How a source fares, in a word."""

    HEALTHY = "healthy"
    DEGRADED = "degraded"
    UNHEALTHY = "unhealthy"


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
