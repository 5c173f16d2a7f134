"""What the cache says to a question: an answer, fresh or old, or the news that the source had nothing."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

from etl.errors import Category
from etl.http.cache import ResponseCache
from etl.http.clock import Clock
from etl.http.health import Failure
from etl.http.question import Known, Question

_NOT_FOUND = 404
_REFUSAL_MAX_AGE_S = 6 * 3600.0
# An answer from the future is a clock that was wrong then or is wrong now; small steps are usual.
_CLOCK_SKEW_S = 300.0


@dataclass(frozen=True)
class Recalled:
    """A cached answer: whether it is young enough, and whether it is enough, so that the source need not be asked."""

    known: Known
    is_fresh: bool
    is_enough: bool


class Memory:
    """The cache as one client sees it; offline the age of answers is measured at `as_of` if it is given.

    What is overdue (`Request.is_overdue`) is not enough, however young, unless it came in this run: then it is all that
    the source has to say today.
    """

    def __init__(
        self, cache: ResponseCache, clock: Clock, *, is_offline: bool, is_refresh: bool, as_of: datetime | None
    ) -> None:
        self._cache = cache
        self._clock = clock
        self._began_at = clock.now()
        self._is_offline = is_offline
        self._is_refresh = is_refresh
        self._as_of = as_of

    def recall(self, question: Question) -> Recalled | None:
        """Return the cached answer, unless it could not be used if it came today."""
        entry = self._cache.get(question.url)
        if entry is None:
            return None
        try:
            payload = question.read(entry.body, entry.headers)
        except ValueError:
            return None
        if question.problem_with(payload):
            return None
        age_s = self._now() - entry.received_at.timestamp()
        # Offline, what came after `as_of` is as fresh as can be: a replay of an old run must not see it otherwise.
        is_fresh = age_s < question.max_age_s and (self._is_offline or age_s >= -_CLOCK_SKEW_S)
        known = Known(entry, payload)
        is_enough = self._is_offline or (is_fresh and not self._is_refresh and not self._is_overdue(question, known))
        return Recalled(known, is_fresh, is_enough)

    def refusal(self, question: Question) -> Failure | None:
        """Return that the source had nothing there, if it said so a short while ago: asking again would be rude."""
        refusal = None if self._is_refresh else self._cache.get_refusal(question.url)
        if refusal is None:
            return None
        age_s = self._now() - refusal.received_at.timestamp()
        if not -_CLOCK_SKEW_S <= age_s < refusal_max_age_s(question):
            return None
        return Failure(Category.NOT_FOUND, refusal.body.decode(), _NOT_FOUND)

    def _is_overdue(self, question: Question, known: Known) -> bool:
        is_of_this_run = known.entry.received_at.timestamp() >= self._began_at
        today = datetime.fromtimestamp(self._clock.now(), UTC).date()
        return not is_of_this_run and question.is_overdue(known.payload, today)

    def _now(self) -> float:
        """The time that cached answers are held against: offline, nothing depends on when the run takes place."""
        return self._as_of.timestamp() if self._is_offline and self._as_of else self._clock.now()


def refusal_max_age_s(question: Question) -> float:
    """For how long the news holds that the source had nothing there."""
    return min(question.max_age_s, _REFUSAL_MAX_AGE_S)
