"""robots.txt: read once before anything else is asked of a host, and obeyed.

A missing file allows everything; one that cannot be read, for whatever reason, forbids everything.
"""

from __future__ import annotations

import logging
import math
import re
import threading
from dataclasses import dataclass, field
from datetime import UTC, datetime
from urllib.parse import urlsplit

from protego import Protego, RequestRate

from etl.errors import Category
from etl.http.base import Base
from etl.http.breaker import CircuitBreaker
from etl.http.cache import Entry, ResponseCache
from etl.http.classify import FAULTS_OF_THE_WIRE, Asked, failure_of_exception, failure_of_status
from etl.http.clock import Clock
from etl.http.exchange import Exchange
from etl.http.health import Failure
from etl.http.payload import decode_text
from etl.http.usage import Tally
from etl.http.wire import Wire
from etl.sources import Source

AGENT = "trek-etl"
MAX_AGE_S = 24 * 3600.0
MAX_BYTES = 512 * 2**10

_LOG = logging.getLogger(__name__)
_ACCEPT = "text/plain, */*;q=0.1"
_OK = 200
_NOT_MODIFIED = 304
_CLOCK_SKEW_S = 300.0
# Where nothing came from the source, nothing is wrong with the file.
_NOT_ITS_FAULT = (Category.NETWORK, Category.TIMEOUT)
_DIRECTIVE = re.compile(r"(?m)^[ \t]*[A-Za-z][A-Za-z -]*:")
_COMMENT = re.compile(r"#.*")


class ForbiddenByRobotsError(Exception):
    """An address that robots.txt does not allow, met on the way of a redirect; `failure` says so."""

    def __init__(self, failure: Failure) -> None:
        super().__init__(failure.message)
        self.failure = failure


@dataclass(frozen=True)
class Rules:
    """What one robots.txt says to this client. Without `parsed` everything is allowed."""

    title: str
    base: Base
    parsed: Protego | None = field(default=None, compare=False)

    @property
    def delay_s(self) -> float:
        """The seconds that it wants between two requests (Crawl-delay or Request-rate), 0 if it does not care."""
        if self.parsed is None:
            return 0.0
        rate = self.parsed.request_rate(AGENT)
        return max(self.parsed.crawl_delay(AGENT) or 0.0, _spacing_s(rate) if rate else 0.0)

    def refusal(self, url: str) -> Failure | None:
        """Return why the address may not be asked, None if it may."""
        # With an authority in front a path that begins with two slashes stays a path.
        if self.parsed is None or self.parsed.can_fetch(f"https://robots{self.base.below_root(url)}", AGENT):
            return None
        path = urlsplit(url).path or "/"
        sentence = f"{self.title}'s robots.txt does not allow this client to ask for {path}, so it was not asked."
        return Failure(Category.AUTHENTICATION, sentence, is_by_rule=True)

    def check(self, url: str) -> None:
        """Raise ForeignRedirectError or ForbiddenByRobotsError if the address may not be asked."""
        self.base.check(url)
        if refusal := self.refusal(url):
            raise ForbiddenByRobotsError(refusal)


def _spacing_s(rate: RequestRate) -> float:
    try:
        return rate.seconds / rate.requests
    except OverflowError:
        return math.inf


class Robots:
    """Knows the rules of every base of one source, each read once; safe for threads."""

    def __init__(
        self,
        source: Source,
        *,
        wire: Wire,
        cache: ResponseCache,
        breaker: CircuitBreaker,
        tally: Tally,
        clock: Clock,
        is_refresh: bool,
    ) -> None:
        self._source = source
        self._wire = wire
        self._cache = cache
        self._breaker = breaker
        self._tally = tally
        self._clock = clock
        self._is_refresh = is_refresh
        self._lock = threading.Lock()
        self._locks: dict[str, threading.Lock] = {}
        self._known: dict[str, Rules | Failure] = {}

    def rules_of(self, base: Base) -> Rules | Failure:
        """Return the rules, asking for them if they are not known; a failure if they cannot be read.

        From then on the whole source is asked no faster than the slowest of its hosts allows.
        """
        if not self._source.has_robots:
            return Rules(self._source.title, base)
        with self._lock:
            lock = self._locks.setdefault(base.robots_url, threading.Lock())
        with lock:
            rules = self._known.get(base.robots_url) or self._fresh_rules_of(base)
            if rules is None:
                rules = self._breaker.attempt(
                    lambda: self._wire.exchange(lambda: self._breaker.health, base.check, MAX_BYTES),
                    lambda exchange: self._learn(base, exchange),
                )
                # What the breaker refused stays unknown: it may let the next one through.
                return self._known.get(base.robots_url, rules)
            return self._keep(rules, base)

    def cached_rules_of(self, base: Base) -> Rules:
        """Return the rules as the cache has them, of whatever age; without any, everything is allowed."""
        known = self._cached(base) if self._source.has_robots else None
        return known[1] if known else Rules(self._source.title, base)

    def foreseen_rules_of(self, base: Base) -> Rules | Failure | None:
        """Return what `rules_of` would without asking; None if it would have to ask."""
        if not self._source.has_robots:
            return Rules(self._source.title, base)
        with self._lock:
            rules = self._known.get(base.robots_url)
        rules = rules or self._fresh_rules_of(base)
        return self._too_slow(rules) or rules if isinstance(rules, Rules) else rules

    def _fresh_rules_of(self, base: Base) -> Rules | None:
        known = None if self._is_refresh else self._cached(base)
        if known is None:
            return None
        age_s = self._clock.now() - known[0].received_at.timestamp()
        return known[1] if -_CLOCK_SKEW_S <= age_s < MAX_AGE_S else None

    def _learn(self, base: Base, exchange: Exchange) -> Rules | Failure:
        """Ask for the rules and keep what comes of it; the breaker hears of the failure as it was."""
        outcome = self._ask(base, exchange, self._cached(base))
        self._keep(self._unreadable(outcome) if isinstance(outcome, Failure) else outcome, base)
        return outcome

    def _keep(self, rules: Rules | Failure, base: Base) -> Rules | Failure:
        if isinstance(rules, Rules) and base.robots_url not in self._known and rules.delay_s > 0:
            rules = self._paced(rules)
        self._known[base.robots_url] = rules
        return rules

    def _paced(self, rules: Rules) -> Rules | Failure:
        if too_slow := self._too_slow(rules):
            return too_slow
        _LOG.debug("%s: robots.txt wants %g s between two requests", self._source.name, rules.delay_s)
        self._wire.slow_down(rules.delay_s)
        return rules

    def _too_slow(self, rules: Rules) -> Failure | None:
        title, limit_s = self._source.title, self._wire.timeouts.pause_s
        if rules.delay_s <= limit_s:
            return None
        sentence = (
            f"{title}'s robots.txt wants {rules.delay_s:g} s between two requests, more than the {limit_s:g} s "
            "that a run waits, so it was not asked."
        )
        return Failure(Category.RATE_LIMIT, sentence)

    def _ask(self, base: Base, exchange: Exchange, known: tuple[Entry, Rules] | None) -> Rules | Failure:
        url = base.robots_url
        validators = known[0].validators if known else {}
        try:
            response = self._wire.get(url, {"Accept": _ACCEPT, **validators}, exchange)
        except FAULTS_OF_THE_WIRE as error:
            return failure_of_exception(self._asked(url, exchange.attempts), error)
        received_at = datetime.fromtimestamp(self._clock.now(), UTC)
        if response.status_code == _NOT_MODIFIED and known is not None:
            self._tally.add("revalidations")
            self._cache.put(known[0].confirmed(received_at, response.headers).fresh_for(MAX_AGE_S))
            return known[1]
        if response.status_code != _OK:
            failure = failure_of_status(self._asked(url, exchange.attempts), response)
            if failure.category is not Category.NOT_FOUND:
                return failure
            self._cache.put(Entry.of_refusal(url, failure.message, received_at).fresh_for(MAX_AGE_S))
            return Rules(self._source.title, base)
        entry = Entry.of(url, response.content, received_at, response.headers)
        parsed = _parsed(entry)
        if parsed is None:
            sentence = f"{self._source.title} sent something else in its place ({len(entry.body):,} bytes)."
            return Failure(Category.DATA_FORMAT, sentence, _OK)
        self._cache.put(entry.fresh_for(MAX_AGE_S))
        return Rules(self._source.title, base, parsed)

    def _cached(self, base: Base) -> tuple[Entry, Rules] | None:
        """Return what came last: the file, or the news that there is none."""
        entry, missing = self._cache.get(base.robots_url), self._cache.get_refusal(base.robots_url)
        if missing is not None and (entry is None or entry.received_at < missing.received_at):
            return missing, Rules(self._source.title, base)
        parsed = None if entry is None else _parsed(entry)
        return None if entry is None or parsed is None else (entry, Rules(self._source.title, base, parsed))

    def _unreadable(self, failure: Failure) -> Failure:
        sentence = f"{self._source.title}'s robots.txt could not be read, so nothing was asked: {failure.message}"
        category = failure.category if failure.category in _NOT_ITS_FAULT else Category.SERVICE_UNAVAILABLE
        return Failure(category, sentence, failure.status)

    def _asked(self, url: str, attempts: int) -> Asked:
        path = urlsplit(url).path
        return Asked(self._source.title, path, attempts, self._wire.has_credentials, self._wire.timeouts)


def _parsed(entry: Entry) -> Protego | None:
    """Return the rules in a body, None if it is no robots.txt: a page, something binary, text without directives."""
    text = decode_text(entry.body, entry.headers.get("Content-Type", ""))
    said = _COMMENT.sub("", text).strip()
    if said.startswith("<") or "\0" in said or (said and not _DIRECTIVE.search(said)):
        return None
    return Protego.parse(text)
