"""A requests session for one source: identified, and without anything from the environment."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from importlib.metadata import PackageNotFoundError, version

from requests import Response, Session

from etl.http.adapter import SourceAdapter
from etl.http.bucket import TokenBucket
from etl.http.clock import Clock
from etl.http.credentials import Credentials
from etl.http.exchange import MAX_BODY_BYTES, Exchange, Timeouts, exchange_running
from etl.http.health import Health
from etl.http.payload import ACCEPT
from etl.http.usage import Tally

_MAX_REDIRECTS = 5


class Wire:
    """Sends GET requests to one source within its rate and the given timeouts; safe for threads."""

    def __init__(
        self,
        credentials: Credentials | None,
        *,
        bucket: TokenBucket,
        tally: Tally,
        clock: Clock,
        timeouts: Timeouts,
        contact: str,
        max_retries: int,
        concurrency: int,
    ) -> None:
        self.timeouts = timeouts
        self.has_credentials = credentials is not None
        self._bucket = bucket
        self._tally = tally
        self._clock = clock
        self._concurrency = concurrency
        self._session = Session()
        # No ~/.netrc, no proxy and no certificate of the environment: what is sent depends on the settings alone.
        self._session.trust_env = False
        self._session.max_redirects = _MAX_REDIRECTS
        self._session.headers.update(
            {"User-Agent": user_agent(contact), "Accept": ACCEPT["json"], "Accept-Encoding": "gzip, deflate"}
        )
        adapter = SourceAdapter(credentials, max_retries=max_retries, concurrency=concurrency)
        for scheme in ("https://", "http://"):
            self._session.mount(scheme, adapter)

    def exchange(
        self, health: Callable[[], Health], check: Callable[[str], None], max_body_bytes: int = MAX_BODY_BYTES
    ) -> Exchange:
        """Return the record of a request that begins now.

        `health` tells how the source fares meanwhile, `check` raises for every address that must not be asked.
        """
        return Exchange(
            self._bucket,
            self._tally,
            self._clock,
            self.timeouts,
            health,
            check=check,
            max_body_bytes=max_body_bytes,
        )

    def slow_down(self, interval_s: float) -> None:
        """Send at most one request in so many seconds from now on."""
        # Every thread may have to stand in the queue behind all others.
        self._bucket.slow_down(interval_s, max_wait_s=interval_s * (self._concurrency + 1))

    def shortest_s(self, count: int, interval_s: float) -> float:
        """Seconds until the last of so many requests can go out at the soonest, `interval_s` apart at least."""
        return self._bucket.shortest_s(count, interval_s)

    def get(self, url: str, headers: Mapping[str, str], exchange: Exchange) -> Response:
        """Return the response with its whole body, whatever its status. Raises what classify knows to explain."""
        with exchange_running(exchange):
            return self._session.get(url, headers=dict(headers))

    def close(self) -> None:
        """Close all connections and the bucket."""
        self._session.close()
        self._bucket.close()


def user_agent(contact: str) -> str:
    """Return how we introduce ourselves; a contact is cut down to what a header may hold."""
    try:
        number = version("trek-etl")
    except PackageNotFoundError:
        number = "0"
    return f"trek-etl/{number} (+{re.sub('[^ -~]+', ' ', contact).strip()})"
