"""How a source fares, in plain values that can be kept between runs: failures, answers, the trial that is running."""

from __future__ import annotations

import math
import statistics
from dataclasses import dataclass, replace
from typing import Annotated

from pydantic import Field

from etl.errors import Category
from etl.health_words import SLOW_S, HealthStatus

FAILURES_TO_OPEN = 3
FIRST_COOL_DOWN_S = 8.0
LONGEST_COOL_DOWN_S = 300.0
_KEPT_ANSWERS = 100

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
    """All that is known of a source. `answers_s` are the seconds that its last answers took, the newest last."""

    health: Health = Health()
    successes: Count = 0
    last_success_at: Seconds | None = None
    last_failure_at: Seconds | None = None
    answers_s: tuple[Seconds, ...] = ()
    trial: Trial | None = None

    @property
    def status(self) -> HealthStatus | None:
        """How it fares; None if it was never asked. One answer heals everything but slowness."""
        if self.health.open_until is not None:
            return HealthStatus.UNHEALTHY
        if self.health.failures_in_row or (self.median_s or 0.0) > SLOW_S:
            return HealthStatus.DEGRADED
        return HealthStatus.HEALTHY if self.successes else None

    @property
    def median_s(self) -> float | None:
        """Half of its last answers took no longer; None without any."""
        return statistics.median(self.answers_s) if self.answers_s else None

    @property
    def p95_s(self) -> float | None:
        """95 of 100 of its last answers took no longer (nearest rank); None without any."""
        ranked_s = sorted(self.answers_s)
        return ranked_s[math.ceil(0.95 * len(ranked_s)) - 1] if ranked_s else None

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
        if failure is not None and failure.is_of_the_source:
            return replace(self, last_failure_at=now)
        answers_s = self.answers_s if response_s is None else (*self.answers_s, response_s)[-_KEPT_ANSWERS:]
        return replace(self, answers_s=answers_s, successes=self.successes + 1, last_success_at=now)


def _no_later(at: float | None, limit: float) -> float | None:
    return None if at is None else min(at, limit)
