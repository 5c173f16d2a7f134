"""Time as a thing that can be handed in, so that waiting is tested without waiting."""

from __future__ import annotations

import time
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
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


def skew_s(received_at: datetime, headers: Mapping[str, str]) -> float | None:
    """By how many seconds the clock that said `received_at` is ahead of the sender's, by the headers Date and Age.

    A copy on the way is as old as its Age says (RFC 9111, 4.2.3). None if there is no Date that can be read.
    """
    age = headers.get("Age", "").strip()
    try:
        sent_at = parsedate_to_datetime(headers.get("Date", ""))
        sent_at = sent_at if sent_at.tzinfo else sent_at.replace(tzinfo=UTC)
        return (received_at - sent_at).total_seconds() - (int(age) if age.isascii() and age.isdecimal() else 0)
    except (ValueError, OverflowError):
        return None
