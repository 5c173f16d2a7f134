"""A token bucket for one source, shared by every thread and process of this machine through a small SQLite file.

The algorithm is GCRA: one number, the theoretical arrival time, says how far the tokens are promised ahead.
Any window of W seconds lets at most burst + rate * W requests through.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial

from etl.http.clock import Clock
from etl.http.state import StateFile

_TABLE = """
CREATE TABLE IF NOT EXISTS bucket (
    key TEXT PRIMARY KEY, arrival_at REAL NOT NULL, paused_until REAL NOT NULL,
    generation INTEGER NOT NULL, seen_at REAL NOT NULL
) WITHOUT ROWID
"""
_READ = "SELECT arrival_at, paused_until, generation, seen_at FROM bucket WHERE key = ?"
_WRITE = "INSERT OR REPLACE INTO bucket VALUES (?, ?, ?, ?, ?)"


class WaitTooLongError(Exception):
    """A token would come only after more seconds than the bucket may be waited for."""

    def __init__(self, wait_s: float, limit_s: float) -> None:
        super().__init__(f"the next request would have to wait {wait_s:.0f} s, the limit is {limit_s:.0f} s")
        self.wait_s = wait_s
        self.limit_s = limit_s


@dataclass(frozen=True)
class _State:
    """What the file holds of one bucket; times are seconds since the epoch."""

    arrival_at: float
    paused_until: float
    generation: int
    seen_at: float

    def at(self, now: float) -> _State:
        """Return the state as of now; a clock that was set back takes the promised times back with it."""
        shift = max(0.0, self.seen_at - now)
        return _State(self.arrival_at - shift, self.paused_until - shift, self.generation, now)


@dataclass(frozen=True)
class _Pace:
    """How fast tokens come: one every `interval_s` seconds, as many at once as fit into `depth_s`."""

    interval_s: float
    depth_s: float

    def starts_at(self, state: _State) -> float:
        """When the request goes out that was promised last."""
        return max(state.arrival_at - self.depth_s, state.paused_until)


_FULL = _State(arrival_at=0.0, paused_until=0.0, generation=0, seen_at=0.0)


class TokenBucket:
    """Hands out `rate` tokens a second, `burst` of them at once, and lets a penalty pause everybody.

    `max_wait_s` limits one wait, `max_pause_s` one penalty.
    """

    def __init__(
        self,
        file: StateFile,
        key: str,
        *,
        rate: float,
        burst: int,
        clock: Clock,
        max_wait_s: float = 120.0,
        max_pause_s: float = 60.0,
    ) -> None:
        if rate <= 0 or burst < 1:
            message = f"A token bucket needs a rate above 0 and a burst of 1 or more, not {rate} and {burst}."
            raise ValueError(message)
        self._file = file
        self._key = key
        self._pace = _Pace(interval_s=1.0 / rate, depth_s=burst / rate)
        self._last_at = 0.0
        self._clock = clock
        self._max_wait_s = max_wait_s
        self._max_pause_s = max_pause_s

    def acquire(self) -> float:
        """Wait for one token and return the seconds waited. Raises WaitTooLongError, and then takes none."""
        waited_s = 0.0
        while True:
            pace = self._pace  # it may change meanwhile
            reserved = self._update(partial(self._reserved, pace, waited_s))
            starts_at = pace.starts_at(reserved)
            wait_s = starts_at - reserved.seen_at
            if wait_s <= 0:
                self._last_at = max(self._last_at, reserved.seen_at)
                return waited_s
            self._clock.sleep(wait_s)
            waited_s += wait_s
            # A penalty during the wait voids every reservation; otherwise all waiters would fire when it ends.
            if self._update(lambda state: state).generation == reserved.generation:
                self._last_at = max(self._last_at, starts_at)
                return waited_s

    def give_back(self) -> None:
        """Put back a token whose request never left this machine; not during a pause, which voids what was taken."""

        def returned(state: _State) -> _State:
            is_paused = state.paused_until > state.seen_at
            return state if is_paused else replace(state, arrival_at=state.arrival_at - self._pace.interval_s)

        self._update(returned)

    def penalize(self, pause_s: float) -> None:
        """Let nobody send for so many seconds (at most the limit), and after that no burst but the plain rate."""
        pause_s = min(max(pause_s, 0.0), self._max_pause_s)

        def paused(state: _State) -> _State:
            until = max(state.paused_until, state.seen_at + pause_s)
            arrival_at = until + self._pace.depth_s - self._pace.interval_s
            return replace(state, arrival_at=arrival_at, paused_until=until, generation=state.generation + 1)

        self._update(paused)

    def slow_down(self, interval_s: float, *, max_wait_s: float) -> None:
        """Hand out one token at a time, and none sooner than so many seconds after the one before; never speed up.

        That holds for this process, which will wait for a token at least as long as `max_wait_s`.
        """

        def slowed(state: _State) -> _State:
            interval = max(interval_s, self._pace.interval_s)
            self._pace = _Pace(interval, depth_s=interval)
            self._max_wait_s = max(max_wait_s, self._max_wait_s)
            # Whoever waits reserves again, at the new pace: what was promised ahead is void, but not a penalty.
            promised_at = min(state.arrival_at, max(state.seen_at + interval, state.paused_until))
            arrival_at = max(promised_at, self._last_at + interval)
            return replace(state, arrival_at=arrival_at, generation=state.generation + 1)

        self._update(slowed)

    def shortest_s(self, count: int, interval_s: float = 0.0) -> float:
        """Return the seconds until the last of so many tokens is there, with what is promised already; takes none.

        `interval_s` is what somebody else wants between two requests.
        """
        slow = max(interval_s, self._pace.interval_s)
        pace = self._pace if slow == self._pace.interval_s else _Pace(slow, depth_s=slow)
        state = self._update(lambda state: state)
        promised = replace(state, arrival_at=max(state.arrival_at, state.seen_at) + count * pace.interval_s)
        return max(0.0, pace.starts_at(promised) - state.seen_at) if count else 0.0

    def close(self) -> None:
        """Close the file; whoever uses it next opens it again."""
        self._file.close()

    def _reserved(self, pace: _Pace, waited_s: float, state: _State) -> _State:
        reserved = replace(state, arrival_at=max(state.arrival_at, state.seen_at) + pace.interval_s)
        wait_s = waited_s + pace.starts_at(reserved) - state.seen_at
        if wait_s > self._max_wait_s:
            raise WaitTooLongError(wait_s, self._max_wait_s)
        return reserved

    def _update(self, change: Callable[[_State], _State]) -> _State:
        def updated(connection: sqlite3.Connection) -> _State:
            connection.execute(_TABLE)
            row = connection.execute(_READ, (self._key,)).fetchone()
            # The time is read in the transaction, so that it only grows from one to the next.
            state = (_State(*row) if row else _FULL).at(self._clock.now())
            changed = change(state)
            if changed != state:
                values = (changed.arrival_at, changed.paused_until, changed.generation, changed.seen_at)
                connection.execute(_WRITE, (self._key, *values))
            return changed

        return self._file.transact(updated)
