"""What talking to a source has cost: counted while it happens, read as one frozen record."""

from __future__ import annotations

import threading
from dataclasses import dataclass, fields


@dataclass(frozen=True)
class Usage:
    """The bill of one client.

    `requests` are attempts on the wire (retries, redirects and revalidations included), `tokens` what they took from
    the bucket, `revalidations` the stale answers that the source confirmed (304), `failures` the requests without a
    usable live answer, whether or not a stale one stood in; `bytes_received` are body bytes before decompression,
    `waited_s` the seconds that threads spent waiting for a token, added up.
    """

    requests: int = 0
    cache_hits: int = 0
    revalidations: int = 0
    stale_answers: int = 0
    tokens: int = 0
    retries: int = 0
    failures: int = 0
    bytes_received: int = 0
    waited_s: float = 0.0

    def __add__(self, other: Usage) -> Usage:
        """The bill of two clients."""
        return Usage(*(getattr(self, one.name) + getattr(other, one.name) for one in fields(self)))


class Tally:
    """The same counters while they run, for any number of threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._counts: dict[str, float] = {counter.name: 0.0 for counter in fields(Usage)}

    def add(self, counter: str, amount: float = 1) -> None:
        """Raise the counter of this name (a field of Usage; KeyError otherwise) by an amount."""
        with self._lock:
            self._counts[counter] += amount

    def read(self) -> Usage:
        """Return how the counters stand now."""
        with self._lock:
            counts = dict(self._counts)
        waited_s = counts.pop("waited_s")
        return Usage(waited_s=waited_s, **{name: int(count) for name, count in counts.items()})
