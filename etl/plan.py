"""What a run would ask before a byte is sent: requests a source, what the cache knows, the shortest possible time.

A pure core: what is cached, what follows an answer and what the bucket allows are given as functions.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from etl.sources import Outlook, Request


@dataclass(frozen=True)
class Wanted:
    """What one source is to be asked, and what is known of it beforehand.

    `outlook` says what becomes of a request, `remembered` what the cache has for it, of whatever age (None for
    nothing), `next_requests` what an answer asks for next, and `further_requests` how many may follow a request, the
    n-th of its list, whose answer is not known. `robots_to_read` counts the robots.txt that must be read before some
    requests, `shortest_s` gives the seconds until the last of so many can be sent. `remark` is shown beside.
    """

    source: str
    first: Sequence[Request]
    outlook: Callable[[Request], Outlook]
    remembered: Callable[[Request], Any | None]
    next_requests: Callable[[Request, Any], Sequence[Request]]
    further_requests: Callable[[Request, int], int]
    robots_to_read: Callable[[Sequence[Request]], int]
    shortest_s: Callable[[Sequence[Request], int], float]
    remark: str = ""


@dataclass(frozen=True)
class PlannedSource:
    """One line of a plan.

    `cached` requests the cache answers, `barred` ones are not made: offline, no key, or robots.txt forbids them.
    `least` are sure to be sent, `about` with those that only an old answer or the number of episodes speaks for;
    `robots` are requests for robots.txt, which come on top. Times are seconds.
    """

    source: str
    cached: int
    barred: int
    least: int
    about: int
    robots: int
    least_s: float
    about_s: float
    remark: str = ""

    @property
    def requests(self) -> int:
        """All that the run needs of the source, as far as can be told."""
        return self.cached + self.barred + self.about


@dataclass(frozen=True)
class Plan:
    """All sources of a run; they are asked side by side, so the slowest sets the time."""

    sources: tuple[PlannedSource, ...]

    @property
    def total(self) -> PlannedSource:
        """The sum of all lines, its times those of the slowest."""
        lines = self.sources
        counts = ("cached", "barred", "least", "about", "robots")
        return PlannedSource(
            "Total",
            **{name: sum(getattr(line, name) for line in lines) for name in counts},
            least_s=max((line.least_s for line in lines), default=0.0),
            about_s=max((line.about_s for line in lines), default=0.0),
        )


def plan_requests(wanted: Sequence[Wanted]) -> Plan:
    """Count what each source would be asked; requests that are alike are sent once, a fresh answer costs nothing."""
    return Plan(tuple(_planned(one) for one in wanted))


@dataclass(frozen=True)
class _Step:
    """A request on the way through a list: the n-th of it, and whether it is sure that it will be made."""

    request: Request
    place: int
    is_sure: bool

    @property
    def key(self) -> tuple[object, ...]:
        return self.request.host, self.request.path, tuple(sorted(self.request.params.items()))


def _planned(wanted: Wanted) -> PlannedSource:
    waiting = deque(_Step(request, 1, is_sure=True) for request in wanted.first)
    seen: set[object] = set()
    made: list[tuple[_Step, Outlook]] = []
    guessed = 0
    while waiting:
        step = waiting.popleft()
        if step.key in seen:
            continue
        seen.add(step.key)
        outlook = wanted.outlook(step.request)
        made.append((step, outlook))
        if outlook == "barred":
            continue
        payload = wanted.remembered(step.request)
        if payload is None:
            guessed += wanted.further_requests(step.request, step.place)
            continue
        is_sure = step.is_sure and outlook == "cached"
        more = wanted.next_requests(step.request, payload)
        waiting.extend(_Step(request, step.place + 1, is_sure) for request in more)
    return _counted(wanted, made, guessed)


def _counted(wanted: Wanted, made: Sequence[tuple[_Step, Outlook]], guessed: int) -> PlannedSource:
    sure = [step.request for step, outlook in made if outlook == "sent" and step.is_sure]
    likely = [step.request for step, outlook in made if outlook == "sent"]
    robots = wanted.robots_to_read(likely)
    about = len(likely) + guessed
    return PlannedSource(
        wanted.source,
        cached=sum(outlook == "cached" for _, outlook in made),
        barred=sum(outlook == "barred" for _, outlook in made),
        least=len(sure),
        about=about,
        robots=robots,
        least_s=wanted.shortest_s(sure, len(sure) + wanted.robots_to_read(sure)),
        about_s=wanted.shortest_s(likely, about + robots),
        remark=wanted.remark,
    )


_HEADING = ("Source", "Requests", "In the cache", "Not asked", "To send", "robots.txt", "Shortest time")


def render_plan(plan: Plan) -> str:
    """The plan as a table for people, and what its words mean."""
    rows = [_HEADING, *(_cells(line) for line in (*plan.sources, plan.total))]
    widths = [max(len(row[place]) for row in rows) for place in range(len(_HEADING))]
    table = ["  ".join([row[0].ljust(widths[0]), *map(str.rjust, row[1:], widths[1:])]).rstrip() for row in rows]
    remarks = [f"{line.source}: {line.remark}" for line in plan.sources if line.remark]
    return "\n".join([*table, "", *remarks, "Nothing was sent and nothing was written."]) + "\n"


def _cells(line: PlannedSource) -> tuple[str, ...]:
    sent = str(line.least) if line.least == line.about else f"at least {line.least}, about {line.about}"
    least_s, about_s = _seconds(line.least_s), _seconds(line.about_s)
    counts = (line.cached, line.barred)
    requests = f"about {line.requests}" if line.least != line.about else str(line.requests)
    shortest = least_s if least_s == about_s else f"at least {least_s}, about {about_s}"
    return (line.source, requests, *map(str, counts), sent, str(line.robots), shortest)


def _seconds(seconds: float) -> str:
    minutes, rest = divmod(round(seconds, 1), 60.0)
    return f"{int(minutes)} min {rest:.1f} s" if minutes else f"{rest:.1f} s"
