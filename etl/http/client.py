"""The one way to talk to a source: fresh cache, then live, then stale cache, then an error that says why."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import replace
from datetime import UTC, datetime
from types import TracebackType
from typing import Self
from urllib.parse import urlsplit

from requests import Response

from etl.errors import Category, SourceError
from etl.http.base import Base
from etl.http.breaker import CircuitBreaker
from etl.http.cache import Entry, ResponseCache
from etl.http.classify import (
    FAULTS_OF_THE_WIRE,
    Asked,
    failure_of_body,
    failure_of_contract,
    failure_of_exception,
    failure_of_status,
)
from etl.http.clock import Clock, skew_s
from etl.http.exchange import Exchange
from etl.http.foresight import Foresight
from etl.http.health import Failure, Vitals
from etl.http.memory import Memory, refusal_max_age_s
from etl.http.payload import ACCEPT
from etl.http.question import Known, Place, Question, concerning
from etl.http.robots import ForbiddenByRobotsError, Robots
from etl.http.scrub import scrub
from etl.http.usage import Tally, Usage
from etl.http.wire import Wire
from etl.sources import Answer, Request, Source

_LOG = logging.getLogger(__name__)
_OK = 200
_NOT_MODIFIED = 304
_OFFLINE = Failure(Category.NETWORK, "This run is offline, and the answer is not in the cache.")

OnAnswer = Callable[[Request, Answer | SourceError], None]


class SourceClient:
    """Asks one source, within its rate, and remembers what it said (implements etl.sources.Client).

    `foresight` says what would become of a request; `clock_skew_s` is by how much the clock here was ahead of the
    source's in its last live answer, None without one.
    """

    def __init__(
        self,
        source: Source,
        *,
        base_url: str,
        wire: Wire,
        cache: ResponseCache,
        breaker: CircuitBreaker,
        robots: Robots,
        tally: Tally,
        clock: Clock,
        concurrency: int,
        is_offline: bool = False,
        is_refresh: bool = False,
        secrets: Sequence[str] = (),
        as_of: datetime | None = None,
        on_answer: OnAnswer | None = None,
    ) -> None:
        self._source = source
        self._base_url = base_url
        self._wire = wire
        self._cache = cache
        self._memory = Memory(cache, clock, is_offline=is_offline, is_refresh=is_refresh, as_of=as_of)
        self._breaker = breaker
        self._robots = robots
        self._tally = tally
        self._clock = clock
        self._is_offline = is_offline
        self.clock_skew_s: float | None = None
        self.foresight = Foresight(
            source, base_url, memory=self._memory, robots=robots, wire=wire, is_offline=is_offline
        )
        self._secrets = tuple(secrets)
        self._on_answer = on_answer or _nobody_listens
        self._threads = ThreadPoolExecutor(max_workers=concurrency, thread_name_prefix=f"http-{source.name}")

    @property
    def source(self) -> Source:
        """The source that is asked."""
        return self._source

    @property
    def usage(self) -> Usage:
        """What it has cost so far."""
        return self._tally.read()

    @property
    def vitals(self) -> Vitals:
        """How the source fares; offline nothing is known of that."""
        return Vitals() if self._is_offline else self._breaker.vitals

    def fetch(self, requests: Sequence[Request]) -> list[Answer | SourceError]:
        """Return one answer or error a request, in their order. A fault of the source's is never raised.

        Equal requests are sent once, and must content each of them (see Question). `on_answer` is called in the
        caller's thread, once a request, in the order in which the answers come in.
        """
        places = [Place.of(request, self._source, self._base_url) for request in requests]
        alike: dict[Place, list[Request]] = {}
        for place, request in zip(places, requests, strict=True):
            alike.setdefault(place, []).append(request)
        running = {
            self._threads.submit(self._outcome, Question(place, tuple(group))): place for place, group in alike.items()
        }
        outcomes: dict[Place, Answer | SourceError] = {}
        try:
            for future in as_completed(running):
                place = running[future]
                outcomes[place] = future.result()
                for request in alike[place]:
                    self._on_answer(request, concerning(outcomes[place], request))
        finally:
            for future in running:
                future.cancel()
        return [concerning(outcomes[place], request) for place, request in zip(places, requests, strict=True)]

    def is_fresh(self, request: Request) -> bool:
        """Whether the cache alone answers a request, so that no socket is opened for it."""
        return self.foresight.outlook(request) == "cached"

    def close(self) -> None:
        """Wait for what is under way, then close connections, cache and bucket."""
        self._threads.shutdown(wait=True, cancel_futures=True)
        self._wire.close()
        self._cache.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _outcome(self, question: Question) -> Answer | SourceError:
        base = question.place.base
        if base is None:
            return self._error(question.url, Failure(Category.DATA_FORMAT, question.place.flaw))
        recalled = self._memory.recall(question)
        if recalled is not None and recalled.is_enough:
            self._tally.add("cache_hits")
            return self._cached_answer(recalled.known, is_stale=not recalled.is_fresh)
        known = recalled.known if recalled else None
        refusal = self._memory.refusal(question)
        if refusal is not None:
            self._tally.add("cache_hits")
        elif self._is_offline:
            refusal = self._robots.cached_rules_of(base).refusal(question.url) or _OFFLINE
        outcome = refusal or self._live(question, base, known)
        if not isinstance(outcome, Failure):
            return outcome
        error = self._error(question.url, outcome)
        if known is None:
            return error
        return replace(self._cached_answer(known, is_stale=True), error=error)

    def _live(self, question: Question, base: Base, known: Known | None) -> Answer | Failure:
        rules = self._robots.rules_of(base)
        if isinstance(rules, Failure):
            return rules
        if refusal := rules.refusal(question.url):
            return refusal
        return self._breaker.attempt(
            lambda: self._wire.exchange(lambda: self._breaker.health, rules.check),
            lambda exchange: self._ask(question, exchange, known),
        )

    def _ask(self, question: Question, exchange: Exchange, known: Known | None) -> Answer | Failure:
        url = question.url
        headers = {"Accept": ACCEPT[question.place.kind], **(known.entry.validators if known else {})}
        try:
            response = self._wire.get(url, headers, exchange)
        except ForbiddenByRobotsError as error:
            return error.failure
        except FAULTS_OF_THE_WIRE as error:
            return failure_of_exception(self._asked(url, exchange.attempts), error)
        return self._judged(question, known, response, self._asked(url, exchange.attempts))

    def _judged(self, question: Question, known: Known | None, response: Response, asked: Asked) -> Answer | Failure:
        url = question.url
        received_at = datetime.fromtimestamp(self._clock.now(), UTC)
        self.clock_skew_s = skew_s(received_at, response.headers)
        if response.status_code == _NOT_MODIFIED and known is not None:
            self._tally.add("revalidations")
            confirmed = Known(known.entry.confirmed(received_at, response.headers), known.payload)
            self._cache.put(confirmed.entry.fresh_for(question.max_age_s))
            return self._cached_answer(confirmed, is_stale=False)
        if response.status_code != _OK:
            failure = failure_of_status(asked, response)
            if failure.category is Category.NOT_FOUND:
                refusal = Entry.of_refusal(url, failure.message, received_at)
                self._cache.put(refusal.fresh_for(refusal_max_age_s(question)))
            return failure
        try:
            payload = question.read(response.content, response.headers)
        except ValueError:
            return failure_of_body(asked, response, question.place.kind)
        if problem := question.problem_with(payload):
            return failure_of_contract(asked, problem)
        entry = Entry.of(url, response.content, received_at, response.headers)
        self._cache.put(entry.fresh_for(question.max_age_s))
        return Answer(payload, url=scrub(url, self._secrets), fetched_at=received_at)

    def _cached_answer(self, known: Known, *, is_stale: bool) -> Answer:
        if is_stale:
            self._tally.add("stale_answers")
        return Answer(
            known.payload,
            url=scrub(known.entry.url, self._secrets),
            fetched_at=known.entry.received_at,
            is_from_cache=True,
            is_stale=is_stale,
        )

    def _error(self, url: str, failure: Failure) -> SourceError:
        self._tally.add("failures")
        message, clean_url = scrub(failure.message, self._secrets), scrub(url, self._secrets)
        _LOG.debug("%s: %s: %s (%s)", self._source.name, failure.category, message, clean_url)
        return SourceError(self._source.name, failure.category, message, clean_url, failure.status)

    def _asked(self, url: str, attempts: int) -> Asked:
        path = urlsplit(url).path
        return Asked(self._source.title, path, attempts, self._wire.has_credentials, self._wire.timeouts)


def _nobody_listens(_request: Request, _outcome: Answer | SourceError) -> None:
    pass
