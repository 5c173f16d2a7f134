"""One request's life on the wire: the attempts it may make, the time it may take and the pauses it may be told."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from dataclasses import dataclass
from types import TracebackType
from typing import Self

from urllib3 import Timeout
from urllib3.exceptions import HTTPError

from etl.http.bucket import TokenBucket
from etl.http.clock import Clock
from etl.http.health import Health
from etl.http.usage import Tally

MAX_BODY_BYTES = 64 * 2**20
# A second silence says that the source hangs; waiting for it four times would cost a minute.
_SILENCE_RETRIES = 1


class DeadlineExceededError(HTTPError):
    """The whole answer was not there in the time that one request may take; urllib3 does not retry it."""


@dataclass(frozen=True)
class Timeouts:
    """How long a request may take, in seconds.

    `connect_s` for a connection, `read_s` for the next bytes, `total_s` for all its attempts with their bodies
    (waiting for a token not counted), `pause_s` for all the pauses together that the source may tell it to make.
    """

    connect_s: float = 5.0
    read_s: float = 10.0
    total_s: float = 30.0
    pause_s: float = 60.0


class Exchange:
    """What the adapter, the pool, the connection and the retry rule need to know of the request they are working on.

    `check` raises for an address that must not be asked, be it by a redirect.
    """

    def __init__(
        self,
        bucket: TokenBucket,
        tally: Tally,
        clock: Clock,
        timeouts: Timeouts,
        health: Callable[[], Health],
        *,
        check: Callable[[str], None],
        max_body_bytes: int = MAX_BODY_BYTES,
    ) -> None:
        self.attempts = 0
        self.response_s: float | None = None
        self.check = check
        self.max_body_bytes = max_body_bytes
        self.clock = clock
        self.timeouts = timeouts
        self._bucket = bucket
        self._tally = tally
        self._health = health
        self._pauses_left_s = timeouts.pause_s
        self._silences_left = _SILENCE_RETRIES
        # Sockets live in real time, whatever clock a test hands in.
        self._ends_at = time.monotonic() + timeouts.total_s
        self._attempt_began_at = 0.0

    @property
    def remaining_s(self) -> float:
        """Seconds that are left of `total_s`."""
        return self._ends_at - time.monotonic()

    def begin_attempt(self) -> Timeout:
        """Pay the token for one attempt and return its timeouts. Raises WaitTooLongError, DeadlineExceededError."""
        began_at = time.monotonic()
        self._tally.add("waited_s", self._bucket.acquire())
        self._ends_at += time.monotonic() - began_at
        self._tally.add("tokens")
        remaining_s = self.remaining_s
        if remaining_s <= 0:
            raise DeadlineExceededError
        self.attempts += 1
        self._attempt_began_at = time.monotonic()
        self._tally.add("requests")
        return Timeout(connect=min(self.timeouts.connect_s, remaining_s), read=min(self.timeouts.read_s, remaining_s))

    def take_back_token(self) -> None:
        """Put the token of an attempt back that reached nobody: a rate of the source's is no reason to wait for it."""
        self._bucket.give_back()
        self._tally.add("tokens", -1)

    def is_worth_a_retry(self, *, is_silence: bool) -> bool:
        """Whether to go on after a failed attempt: not if other requests have shown that the source is down.

        Silence from a source that has not said a word in this run is taken at face value.
        """
        health = self._health()
        if not is_silence:
            return health.open_until is None
        self._silences_left -= 1
        has_ever_answered = self._tally.read().bytes_received > 0
        return self._silences_left >= 0 and health.failures_in_row == 0 and has_ever_answered

    def pause(self, pause_s: float) -> bool:
        """Pause the source for everybody; false if this request has no patience left for such a pause."""
        self._bucket.penalize(pause_s)
        self._pauses_left_s -= pause_s
        return self._pauses_left_s >= 0

    def count_retry(self) -> None:
        """Note that one more attempt follows a failed one."""
        self._tally.add("retries")

    def note_answer(self) -> None:
        """Note that the whole answer is there; `response_s` is how long its attempt took, waits for tokens left out."""
        self.response_s = time.monotonic() - self._attempt_began_at

    def count_bytes(self, size: int) -> None:
        """Note how many bytes of a body came over the wire."""
        self._tally.add("bytes_received", size)


_CURRENT: ContextVar[Exchange] = ContextVar("exchange")


@contextmanager
def exchange_running(exchange: Exchange) -> Iterator[None]:
    """Make this the exchange that everything below requests works for, in this thread."""
    token = _CURRENT.set(exchange)
    try:
        yield
    finally:
        _CURRENT.reset(token)


def current_exchange() -> Exchange:
    """Return the exchange of this thread."""
    return _CURRENT.get()


class Watchdog:
    """Cuts a socket off when the time is up: a read timeout never comes while a server sends a byte now and then."""

    def __init__(self, sock: socket.socket, limit_s: float) -> None:
        self.has_bitten = False
        self._socket = sock
        self._timer = threading.Timer(max(limit_s, 0.0), self._bite)
        self._timer.daemon = True

    def __enter__(self) -> Self:
        self._timer.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._timer.cancel()

    def _bite(self) -> None:
        self.has_bitten = True
        # The plain socket's method even under TLS: the TLS one would pull the session from under the reading thread.
        with suppress(OSError):
            socket.socket.shutdown(self._socket, socket.SHUT_RDWR)
