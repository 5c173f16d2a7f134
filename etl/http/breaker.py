"""A circuit breaker: a source that keeps failing is left alone for a while, then one request tries it again."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from secrets import token_hex
from typing import Protocol, TypeVar

from etl.errors import Category
from etl.http.clock import Clock
from etl.http.health import FAILURES_TO_OPEN, OPENS_AT_ONCE, Failure, Health, Trial, Vitals
from etl.http.scrub import scrub
from etl.http.vitals_store import VitalsInMemory, VitalsStore

# Longer than a request may take with its wait for a token (etl.http.exchange.Timeouts).
LEASE_S = 270.0
# As long as a source may be silent: whoever waits for a trial waits no longer than for an answer.
PATIENCE_S = 10.0
_LOOK_AGAIN_S = 0.05

_UNFORESEEN = Failure(Category.UNKNOWN, "the request was broken off")
# What these say of a source holds for a person who reads it, too; any other failure means that it has a fault.
_TOLD_AS_THEY_ARE = OPENS_AT_ONCE | {Category.NETWORK, Category.TIMEOUT}

_T = TypeVar("_T")
_TimedT = TypeVar("_TimedT", bound="Timed")


class Timed(Protocol):
    """What knows how many seconds a source took to answer; None if it did not."""

    response_s: float | None


@dataclass(frozen=True)
class Admission:
    """The leave to ask the source; `is_trial` if the answer decides whether it is well again."""

    is_trial: bool = False
    ticket: str = field(default="", compare=False)


class CircuitBreaker:
    """Says for one source whether it may be asked now, and learns from what came of it.

    All who use one store, be it from other threads or processes, see one health, and let one trial through at a time;
    a trial that has not come back after `lease_s` seconds is given up. Others wait for it at most `patience_s` seconds.
    `secrets` are taken out of what is kept.
    """

    def __init__(
        self,
        title: str,
        clock: Clock,
        store: VitalsStore | None = None,
        *,
        failures_to_open: int = FAILURES_TO_OPEN,
        lease_s: float = LEASE_S,
        patience_s: float = PATIENCE_S,
        secrets: Sequence[str] = (),
    ) -> None:
        self._title = title
        self._clock = clock
        self._store = store or VitalsInMemory()
        self._failures_to_open = failures_to_open
        self._lease_s = lease_s
        self._patience_s = patience_s
        self._give_up_at = math.inf
        self._secrets = tuple(secrets)

    @property
    def vitals(self) -> Vitals:
        """All that is known of the source now."""
        return self._store.update(self._as_of_now)

    @property
    def health(self) -> Health:
        """How the source fares now."""
        return self.vitals.health

    def admit(self) -> Admission | Failure:
        """Return the leave to ask, or why there is none; every admission should be followed by one `record`."""
        admission, vitals = self._admit()
        return admission or self._refusal(vitals)

    def attempt(self, begin: Callable[[], _TimedT], work: Callable[[_TimedT], _T | Failure]) -> _T | Failure:
        """Do the work if the source may be asked, and learn from what comes of it; or return why it may not.

        `work` gets what `begin` returns, which afterwards tells how long the source took to answer.
        While another request tries the source, this one waits for what comes of it, though not for ever.
        """
        admission = self._admit_after_trial()
        if isinstance(admission, Failure):
            return admission
        failure: Failure | None = _UNFORESEEN
        timed = begin()
        try:
            outcome = work(timed)
            failure = outcome if isinstance(outcome, Failure) else None
        finally:
            self.record(admission, failure, timed.response_s)
        return outcome

    def record(self, admission: Admission, failure: Failure | None, response_s: float | None = None) -> None:
        """Learn what came of an admitted request; `failure` is None if it gave a usable answer."""
        if failure is not None:
            failure = replace(failure, message=scrub(failure.message, self._secrets))

        def recorded(kept: Vitals) -> Vitals:
            now = self._clock.now()
            vitals = kept.at(now, self._lease_s).counting(failure, response_s, now)
            if not _decides(admission, vitals):
                return vitals
            if failure is None or not failure.is_of_the_source:
                return replace(vitals, health=Health(), trial=None)
            health = vitals.health.after_failure(failure, now, self._failures_to_open)
            return replace(vitals, health=health, trial=None)

        self._store.update(recorded)

    def _admit(self) -> tuple[Admission | None, Vitals]:
        ticket = token_hex(8)

        def admitted(kept: Vitals) -> Vitals:
            now = self._clock.now()
            vitals = kept.at(now, self._lease_s)
            open_until = vitals.health.open_until
            if open_until is None or vitals.trial or now < open_until:
                return vitals
            return replace(vitals, trial=Trial(ticket, now + self._lease_s))

        vitals = self._store.update(admitted)
        if vitals.health.open_until is None:
            return Admission(), vitals
        is_trial = vitals.trial is not None and vitals.trial.ticket == ticket
        return (Admission(is_trial=True, ticket=ticket) if is_trial else None), vitals

    def _admit_after_trial(self) -> Admission | Failure:
        while True:
            admission, vitals = self._admit()
            if admission or not vitals.trial:
                self._give_up_at = math.inf
                return admission or self._refusal(vitals)
            # All who wait, wait together: one after the other they would add up to minutes.
            now = self._clock.now()
            self._give_up_at = min(self._give_up_at, now + self._patience_s)
            if now >= self._give_up_at:
                return self._refusal(vitals)
            self._clock.sleep(min(_LOOK_AGAIN_S, self._give_up_at - now))

    def _as_of_now(self, kept: Vitals) -> Vitals:
        return kept.at(self._clock.now(), self._lease_s)

    def _refusal(self, vitals: Vitals) -> Failure:
        health = vitals.health
        cause = health.cause
        category = cause.category if cause and cause.category in _TOLD_AS_THEY_ARE else Category.SERVICE_UNAVAILABLE
        sentences = [
            f"{self._title} was not asked, because it failed before: {cause.message}"
            if cause
            else f"{self._title} was not asked: it failed before.",
            f"The first failure was at {_told(health.failing_since)}." if health.failing_since is not None else "",
            "One request is trying it now." if vitals.trial else f"It is left alone until {_told(health.open_until)}.",
        ]
        return Failure(category, " ".join(filter(None, sentences)))


def _decides(admission: Admission, vitals: Vitals) -> bool:
    """A trial decides unless it was given up; any other request that comes back to a closed door proves nothing new."""
    if admission.is_trial:
        return vitals.trial is not None and vitals.trial.ticket == admission.ticket
    return vitals.health.open_until is None


def _told(at: float | None) -> str:
    return f"{datetime.fromtimestamp(at or 0.0, UTC):%Y-%m-%d %H:%M:%S} UTC"
