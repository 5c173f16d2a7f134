"""Making the client of a source: session, cache, bucket and breaker, put together in one place."""

from __future__ import annotations

import math
from datetime import datetime
from pathlib import Path

from etl.http.base import HOST_FIELD
from etl.http.breaker import CircuitBreaker
from etl.http.bucket import TokenBucket
from etl.http.cache import ResponseCache
from etl.http.client import OnAnswer, SourceClient
from etl.http.clock import Clock, SystemClock
from etl.http.credentials import Credentials
from etl.http.exchange import Timeouts
from etl.http.health import FAILURES_TO_OPEN
from etl.http.robots import Robots
from etl.http.state import StateFile, state_key
from etl.http.usage import Tally
from etl.http.vitals_store import VitalsInFile
from etl.http.wire import Wire
from etl.sources import Source


def open_client(
    source: Source,
    *,
    base_url: str,
    credentials: Credentials | None,
    cache_path: Path,
    state_path: Path,
    contact: str,
    concurrency: int,
    max_retries: int,
    is_offline: bool,
    is_refresh: bool,
    as_of: datetime | None = None,
    rate: float | None = None,
    clock: Clock | None = None,
    on_answer: OnAnswer | None = None,
    timeouts: Timeouts | None = None,
    failures_to_open: int = FAILURES_TO_OPEN,
) -> SourceClient:
    """Make the client of a source.

    `base_url` is what request paths are relative to; if it has a {host}, each request names one, and no credentials
    are sent to a place of a request's choosing. `cache_path` is the SQLite file of the answers, `state_path` that of
    the token bucket and the health; `contact` goes into the User-Agent; `rate` is requests a second in place of the
    source's own. `is_offline` opens no socket; `is_refresh` asks the source whatever the age of the cached answer.
    Offline, the age of cached answers is measured at `as_of` if it is given. After `failures_to_open` failures in a row
    the source is left alone for a while.
    """
    clock = clock or SystemClock()
    timeouts = timeouts or Timeouts()
    secret = credentials.secret if credentials else ""
    rate = rate or source.rate
    credentials = None if HOST_FIELD in base_url else credentials
    secrets = (secret,) if secret else ()
    # Who asks for less than the source allows wants that in the first minute, too.
    burst = max(1, math.floor(source.burst * min(1.0, rate / source.rate)))
    longest_wait_s = 2 * timeouts.pause_s
    state = StateFile(state_path)
    bucket = TokenBucket(
        state,
        state_key(source.name, secret),
        rate=rate,
        burst=burst,
        clock=clock,
        max_wait_s=longest_wait_s,
        max_pause_s=timeouts.pause_s,
    )
    tally = Tally()
    wire = Wire(
        credentials,
        bucket=bucket,
        tally=tally,
        clock=clock,
        timeouts=timeouts,
        contact=contact,
        max_retries=max_retries,
        concurrency=concurrency,
    )
    cache = ResponseCache(cache_path)
    breaker = CircuitBreaker(
        source.title,
        clock,
        # Another server is not unwell because this one is, nor is the source for another key.
        VitalsInFile(state, state_key(source.name, secret, base_url)),
        failures_to_open=failures_to_open,
        # Twice, because robots.txt may want a slower pace than the bucket's own.
        lease_s=timeouts.total_s + 2 * longest_wait_s,
        patience_s=timeouts.read_s,
        secrets=secrets,
    )
    return SourceClient(
        source,
        base_url=base_url,
        wire=wire,
        cache=cache,
        breaker=breaker,
        robots=Robots(source, wire=wire, cache=cache, breaker=breaker, tally=tally, clock=clock, is_refresh=is_refresh),
        tally=tally,
        clock=clock,
        concurrency=concurrency,
        is_offline=is_offline,
        is_refresh=is_refresh,
        as_of=as_of,
        secrets=secrets,
        on_answer=on_answer,
    )
