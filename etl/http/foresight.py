"""What would become of a request if it were made now: nothing is sent, counted or waited for."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from etl.http.base import Base
from etl.http.health import Failure
from etl.http.memory import Memory
from etl.http.question import Place, Question
from etl.http.robots import Robots, Rules
from etl.http.wire import Wire
from etl.sources import Outlook, Request, Source


class Foresight:
    """Knows what a client knows before it asks its source."""

    def __init__(
        self, source: Source, base_url: str, *, memory: Memory, robots: Robots, wire: Wire, is_offline: bool
    ) -> None:
        self._source = source
        self._base_url = base_url
        self._memory = memory
        self._robots = robots
        self._wire = wire
        self._is_offline = is_offline

    def outlook(self, request: Request) -> Outlook:
        """Say what `fetch` would do with a request."""
        question = self._question(request)
        recalled = self._memory.recall(question)
        if (recalled and recalled.is_enough) or self._memory.refusal(question):
            return "cached"
        if self._is_offline or question.place.base is None:
            return "barred"
        rules = self._robots.foreseen_rules_of(question.place.base)
        return "barred" if isinstance(rules, Failure) or (rules and rules.refusal(question.url)) else "sent"

    def remembered(self, request: Request) -> Any | None:
        """Return the payload that the cache has for a request, of whatever age; None if there is none to be used."""
        recalled = self._memory.recall(self._question(request))
        return recalled.known.payload if recalled else None

    def is_forbidden(self, request: Request) -> bool:
        """Whether the robots.txt that is known forbids a request."""
        question = self._question(request)
        rules = self._robots.foreseen_rules_of(question.place.base) if question.place.base else None
        return isinstance(rules, Rules) and rules.refusal(question.url) is not None

    def robots_to_read(self, requests: Sequence[Request]) -> int:
        """How many robots.txt must be read before these requests can be sent."""
        return sum(self._robots.foreseen_rules_of(base) is None for base in self._bases(requests))

    def shortest_s(self, requests: Sequence[Request], count: int) -> float:
        """Seconds until the last of `count` requests can go out: what the rate leaves, with what is owed already.

        Where the robots.txt of these requests' hosts are known, their Crawl-delay counts.
        """
        rules = [self._robots.foreseen_rules_of(base) for base in self._bases(requests)]
        delay_s = max((one.delay_s for one in rules if isinstance(one, Rules)), default=0.0)
        return self._wire.shortest_s(count, delay_s)

    def _question(self, request: Request) -> Question:
        return Question(Place.of(request, self._source, self._base_url), (request,))

    def _bases(self, requests: Sequence[Request]) -> list[Base]:
        bases = (self._question(request).place.base for request in requests)
        return list(dict.fromkeys(base for base in bases if base))
