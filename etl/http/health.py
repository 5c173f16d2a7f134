"""How a source fares, in plain values that can be kept between runs: failures, answers, the trial that is running."""

from __future__ import annotations

import math
import statistics
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Annotated

from pydantic import Field

from etl.errors import Category

FAILURES_TO_OPEN = 3
FIRST_COOL_DOWN_S = 8.0
LONGEST_COOL_DOWN_S = 300.0
ACCEPTED_FAILURE_SHARE = 0.05
_KEPT_OUTCOMES = 100

# The source itself said that the next request will fare no better.
OPENS_AT_ONCE = frozenset({Category.AUTHENTICATION, Category.QUOTA_EXCEEDED, Category.RATE_LIMIT})

# Bounds for what is read back from a file that anybody may have written.
Count = Annotated[int, Field(ge=0, lt=2**53)]
Seconds = Annotated[float, Field(ge=0.0, lt=1e11, allow_inf_nan=False)]


@dataclass(frozen=True)
class Failure:
    """Why a request gave no usable answer: one sentence for people, and the HTTP status if there was one.

    `is_by_rule` if robots.txt forbids the request.
    """

    category: Category
    message: str
    status: int | None = None
    is_by_rule: bool = False

    @property
    def is_of_the_source(self) -> bool:
        """Whether the source is unwell: what is missing or forbidden shows that it works."""
        return self.category is not Category.NOT_FOUND and not self.is_by_rule


class HealthStatus(StrEnum):
    """How a source fares, in a word."""

    HEALTHY = "healthy"
    DEGRADED = "degraded"
    UNHEALTHY = "unhealthy"


@dataclass(frozen=True)
class Health:
    """Whether a source may be asked. Times are seconds since the epoch; the cause is that of the first failure."""

    failures_in_row: Count = 0
    open_until: Seconds | None = None
    cool_down_s: Seconds = 0.0
    cause: Failure | None = None
    failing_since: Seconds | None = None

    def after_failure(self, failure: Failure, now: float, failures_to_open: int = FAILURES_TO_OPEN) -> Health:
        """Return the health after one more failure: open after so many in a row, or after one that settles it."""
        failures = self.failures_in_row + 1
        since = now if self.failing_since is None else self.failing_since
        # A trial comes after a pause, so its failure says why the source fails now.
        is_news = failure.category in OPENS_AT_ONCE or self.open_until is not None
        cause = failure if is_news or self.cause is None else self.cause
        if failures < failures_to_open and not is_news:
            return replace(self, failures_in_row=failures, cause=cause, failing_since=since)
        cool_down_s = min(self.cool_down_s * 2 or FIRST_COOL_DOWN_S, LONGEST_COOL_DOWN_S)
        return Health(failures, now + cool_down_s, cool_down_s, cause, since)

    def at(self, now: float) -> Health:
        """Return the health as a clock sees it that may have been set back: no pause lasts longer than it was to."""
        return replace(
            self,
            open_until=_no_later(self.open_until, now + min(self.cool_down_s, LONGEST_COOL_DOWN_S)),
            failing_since=_no_later(self.failing_since, now),
        )


@dataclass(frozen=True)
class Trial:
    """The one request that tries an unwell source; after `until` (seconds since the epoch) it counts as lost."""

    ticket: str
    until: Seconds


@dataclass(frozen=True)
class Vitals:
    """All that is known of a source. `recent_s` holds its last outcomes: seconds to an answer, None for a failure."""

    health: Health = Health()
    successes: Count = 0
    last_success_at: Seconds | None = None
    last_failure_at: Seconds | None = None
    recent_s: tuple[Seconds | None, ...] = ()
    trial: Trial | None = None

    @property
    def status(self) -> HealthStatus | None:
        """How it fares; None if it was never asked."""
        if self.health.open_until is not None:
            return HealthStatus.UNHEALTHY
        if self.health.failures_in_row or self.failure_share > ACCEPTED_FAILURE_SHARE:
            return HealthStatus.DEGRADED
        return HealthStatus.HEALTHY if self.successes else None

    @property
    def failure_share(self) -> float:
        """The share of failures in its last outcomes."""
        return self.recent_s.count(None) / max(len(self.recent_s), 1)

    @property
    def median_s(self) -> float | None:
        """Half of its last answers took no longer; None without any."""
        return statistics.median(self._answers_s) if self._answers_s else None

    @property
    def p95_s(self) -> float | None:
        """95 of 100 of its last answers took no longer (nearest rank); None without any."""
        answers_s = sorted(self._answers_s)
        return answers_s[math.ceil(0.95 * len(answers_s)) - 1] if answers_s else None

    def at(self, now: float, lease_s: float) -> Vitals:
        """Return the vitals as of now: without a trial that is lost, and with no time put far off by a wrong clock."""
        trial = self.trial
        if trial is not None:
            trial = Trial(trial.ticket, min(trial.until, now + lease_s)) if now < trial.until else None
        return replace(
            self,
            health=self.health.at(now),
            last_success_at=_no_later(self.last_success_at, now),
            last_failure_at=_no_later(self.last_failure_at, now),
            trial=trial,
        )

    def counting(self, failure: Failure | None, response_s: float | None, now: float) -> Vitals:
        """Return the vitals with one more outcome in the books; it does not change the health."""
        is_failure = failure is not None and failure.is_of_the_source
        if is_failure:
            return replace(self, recent_s=(*self.recent_s, None)[-_KEPT_OUTCOMES:], last_failure_at=now)
        answers = () if response_s is None else (response_s,)
        recent_s = (*self.recent_s, *answers)[-_KEPT_OUTCOMES:]
        return replace(self, recent_s=recent_s, successes=self.successes + 1, last_success_at=now)

    @property
    def _answers_s(self) -> list[float]:
        return [seconds for seconds in self.recent_s if seconds is not None]


def _no_later(at: float | None, limit: float) -> float | None:
    return None if at is None else min(at, limit)
