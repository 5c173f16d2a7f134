"""Time as a thing that can be handed in, so that waiting is tested without waiting."""

from __future__ import annotations

import time
from typing import Protocol


class Clock(Protocol):
    """What tells the time and waits. Processes compare its times, so it counts from the epoch."""

    def now(self) -> float:
        """Return the seconds since the epoch (UTC)."""
        ...

    def sleep(self, duration_s: float) -> None:
        """Wait so many seconds."""
        ...


class SystemClock:
    """The clock of this machine."""

    def now(self) -> float:
        """Return the seconds since the epoch (UTC)."""
        return time.time()

    def sleep(self, duration_s: float) -> None:
        """Wait so many seconds."""
        time.sleep(duration_s)
