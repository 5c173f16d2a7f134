"""When a failed attempt is tried again, and who waits: the bucket after a told pause, the thread after a fault."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from types import TracebackType
from typing import Self

from urllib3.connectionpool import ConnectionPool
from urllib3.exceptions import (
    ConnectTimeoutError,
    MaxRetryError,
    NameResolutionError,
    NewConnectionError,
    ReadTimeoutError,
    ResponseError,
)
from urllib3.response import BaseHTTPResponse
from urllib3.util.retry import Retry

from etl.http.exchange import current_exchange

TOO_MANY_REQUESTS = 429
_RETRIED_STATUSES = frozenset({TOO_MANY_REQUESTS, 500, 502, 503, 504})
_SECONDS = re.compile(r"\s*([0-9]{1,9})\s*")


def retry_after_s(value: str | None, now: float) -> float | None:
    """Return the seconds that a Retry-After header asks for at the time `now`, or None if it makes no sense."""
    if value is None:
        return None
    if seconds := _SECONDS.fullmatch(value):
        return float(seconds[1])
    try:
        until = parsedate_to_datetime(value)
    except ValueError:
        return None
    if until.tzinfo is None:
        until = until.replace(tzinfo=UTC)
    return max(0.0, (until - datetime.fromtimestamp(now, UTC)).total_seconds())


class PausingRetry(Retry):
    """urllib3's retry rule, with told pauses shared through the bucket and an early end where waiting is vain."""

    @classmethod
    def times(cls, max_retries: int) -> PausingRetry:
        """Make the rule that retries a GET or HEAD so many times."""
        return cls(
            total=max_retries,
            allowed_methods=frozenset({"GET", "HEAD"}),
            status_forcelist=_RETRIED_STATUSES,
            backoff_factor=0.5,
            backoff_jitter=0.5,
            backoff_max=8.0,
            raise_on_status=False,
        )

    def get_retry_after(self, response: BaseHTTPResponse) -> float | None:
        """Return the seconds that the response asks to wait, None if it does not or not in a way that makes sense."""
        return retry_after_s(response.headers.get("Retry-After"), current_exchange().clock.now())

    def increment(
        self,
        method: str | None = None,
        url: str | None = None,
        response: BaseHTTPResponse | None = None,
        error: Exception | None = None,
        _pool: ConnectionPool | None = None,
        _stacktrace: TracebackType | None = None,
    ) -> Self:
        """Return the rule for the next attempt. Raises MaxRetryError if there is none."""
        exchange = current_exchange()
        if isinstance(error, NameResolutionError):
            exchange.take_back_token()
        is_worth_it = exchange.is_worth_a_retry(is_silence=_is_silence(error))
        if response is not None and (pause_s := self._told_pause_s(response)):
            is_worth_it = exchange.pause(pause_s) and is_worth_it
        following = super().increment(method, url, response, error, _pool, _stacktrace)
        if not is_worth_it and _pool is not None:
            raise MaxRetryError(_pool, url or "", error or ResponseError("given up early")) from error
        exchange.count_retry()
        return following

    def sleep(self, response: BaseHTTPResponse | None = None) -> None:
        """Wait before the next attempt, unless the bucket will do so because the source told a pause."""
        if response is not None and self._told_pause_s(response):
            return
        current_exchange().clock.sleep(self.get_backoff_time())

    def _told_pause_s(self, response: BaseHTTPResponse) -> float | None:
        told_s = self.get_retry_after(response)
        if told_s or response.status != TOO_MANY_REQUESTS:
            return told_s
        # A 429 that does not say for how long: 1, 2, 4 seconds.
        return float(2 ** len([past for past in self.history if past.status == TOO_MANY_REQUESTS]))


def _is_silence(error: Exception | None) -> bool:
    """Whether nobody answered: no such name, no connection, or no word. urllib3 has one family for all of them."""
    return isinstance(error, ConnectTimeoutError | ReadTimeoutError | NewConnectionError)
