"""A circuit breaker: a source that keeps failing is left alone for a while, then one request tries it again."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TypeVar

from etl.errors import Category
from etl.http.clock import Clock

FAILURES_TO_OPEN = 3
FIRST_COOL_DOWN_S = 8.0
LONGEST_COOL_DOWN_S = 300.0

# The source itself said that the next request will fare no better.
_OPENS_AT_ONCE = frozenset({Category.AUTHENTICATION, Category.QUOTA_EXCEEDED, Category.RATE_LIMIT})

_T = TypeVar("_T")


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


_UNFORESEEN = Failure(Category.UNKNOWN, "the request was broken off")


@dataclass(frozen=True)
class Health:
    """How a source fares: a plain value that can be kept between runs. `open_until` is seconds since the epoch."""

    failures_in_row: int = 0
    open_until: float | None = None
    cool_down_s: float = 0.0
    cause: Failure | None = None

    def after_failure(self, failure: Failure, now: float) -> Health:
        """Return the health after one more failure: open after three in a row, or after one that settles it."""
        failures = self.failures_in_row + 1
        cause = self.cause or failure
        if failures < FAILURES_TO_OPEN and failure.category not in _OPENS_AT_ONCE and self.open_until is None:
            return replace(self, failures_in_row=failures, cause=cause)
        if failure.category in _OPENS_AT_ONCE:
            cause = failure
        cool_down_s = min(self.cool_down_s * 2 or FIRST_COOL_DOWN_S, LONGEST_COOL_DOWN_S)
        return Health(failures, now + cool_down_s, cool_down_s, cause)


@dataclass(frozen=True)
class Admission:
    """The leave to ask the source; `is_trial` if the answer decides whether it is well again."""

    is_trial: bool = False


class CircuitBreaker:
    """Says for one source whether it may be asked now, and learns from what came of it. Safe for threads."""

    def __init__(self, title: str, clock: Clock, health: Health | None = None) -> None:
        self._title = title
        self._clock = clock
        self._health = health or Health()
        self._is_trial_running = False
        self._lock = threading.Lock()

    @property
    def health(self) -> Health:
        """How the source fares now."""
        with self._lock:
            return self._health

    def admit(self) -> Admission | Failure:
        """Return the leave to ask, or why there is none; every admission must be followed by one `record`."""
        with self._lock:
            if self._health.open_until is None:
                return Admission()
            if self._is_trial_running or self._clock.now() < self._health.open_until:
                return self._refusal(self._health)
            self._is_trial_running = True
            return Admission(is_trial=True)

    def attempt(self, work: Callable[[], _T | Failure]) -> _T | Failure:
        """Do the work if the source may be asked, and learn from what comes of it; or return why it may not."""
        admission = self.admit()
        if isinstance(admission, Failure):
            return admission
        failure: Failure | None = _UNFORESEEN
        try:
            outcome = work()
            failure = outcome if isinstance(outcome, Failure) else None
        finally:
            self.record(admission, failure)
        return outcome

    def record(self, admission: Admission, failure: Failure | None) -> None:
        """Learn what came of an admitted request; `failure` is None if it gave a usable answer."""
        with self._lock:
            if admission.is_trial:
                self._is_trial_running = False
            elif self._health.open_until is not None:
                return  # it was on its way before the source was given up, and proves nothing new
            if failure is None or not failure.is_of_the_source:
                self._health = Health()
            else:
                self._health = self._health.after_failure(failure, self._clock.now())

    def _refusal(self, health: Health) -> Failure:
        cause = health.cause
        if cause is None:
            return Failure(Category.SERVICE_UNAVAILABLE, f"{self._title} was not asked: it failed before.")
        category = cause.category if cause.category in _OPENS_AT_ONCE else Category.SERVICE_UNAVAILABLE
        return Failure(category, f"{self._title} was not asked, because it failed before: {cause.message}")
