"""What a run would ask before a byte is sent: requests a source, what the cache knows, the shortest possible time."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from etl.sources import Request


@dataclass(frozen=True)
class Wanted:
    """What one source is to be asked first, how fast it may be (requests a second, at once), and what is cached."""

    source: str
    rate: float
    burst: int
    requests: Sequence[Request]
    is_fresh: Callable[[Request], bool]


@dataclass(frozen=True)
class PlannedSource:
    """One line of a plan: `to_send` of `requests`, the others are `fresh` in the cache."""

    source: str
    requests: int
    fresh: int
    to_send: int
    shortest_s: float


@dataclass(frozen=True)
class Plan:
    """All sources of a run; they are asked side by side, so the slowest sets the time."""

    sources: tuple[PlannedSource, ...]

    @property
    def to_send(self) -> int:
        """How many requests would go over the wire."""
        return sum(line.to_send for line in self.sources)

    @property
    def shortest_s(self) -> float:
        """The time below which the run cannot be, under the limits of the sources."""
        return max((line.shortest_s for line in self.sources), default=0.0)


def plan_requests(wanted: Sequence[Wanted]) -> Plan:
    """Count what each source would be asked; requests that are alike are sent once, a fresh answer costs nothing."""
    return Plan(tuple(_planned(one) for one in wanted))


def _planned(wanted: Wanted) -> PlannedSource:
    alike = {(one.host, one.path, tuple(sorted(one.params.items()))): one for one in wanted.requests}
    fresh = sum(wanted.is_fresh(request) for request in alike.values())
    to_send = len(alike) - fresh
    waiting = max(0, to_send - wanted.burst)
    return PlannedSource(wanted.source, len(alike), fresh, to_send, waiting / wanted.rate if waiting else 0.0)


def render_plan(plan: Plan) -> str:
    """The plan as a table for people."""
    heading = ("Source", "Requests", "Fresh in cache", "To send", "Shortest time")
    lines = [
        (line.source, str(line.requests), str(line.fresh), str(line.to_send), _seconds(line.shortest_s))
        for line in plan.sources
    ]
    total = (
        "Total",
        str(sum(line.requests for line in plan.sources)),
        str(sum(line.fresh for line in plan.sources)),
        str(plan.to_send),
        _seconds(plan.shortest_s),
    )
    table = [heading, *lines, total]
    widths = [max(len(row[place]) for row in table) for place in range(len(heading))]
    rows = ["  ".join([row[0].ljust(widths[0]), *map(str.rjust, row[1:], widths[1:])]).rstrip() for row in table]
    note = "First requests only: what is asked next depends on the answers. Nothing was sent."
    return "\n".join([*rows, "", note]) + "\n"


def _seconds(seconds: float) -> str:
    minutes, rest = divmod(round(seconds, 1), 60.0)
    return f"{int(minutes)} min {rest:.1f} s" if minutes else f"{rest:.1f} s"
