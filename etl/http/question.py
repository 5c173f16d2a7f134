"""What is asked of a source, once for all requests that are alike, and what is known of it already."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

import requests

from etl.errors import SourceError
from etl.http.base import Base
from etl.http.cache import Entry
from etl.http.payload import Kind, read_payload
from etl.sources import Answer, Request, Source


@dataclass(frozen=True)
class Place:
    """What an answer is known by: its URL below a base, and what it is read as.

    A request that fits no host of its source has no base; `flaw` then says why it cannot be asked.
    """

    url: str
    kind: Kind
    base: Base | None
    flaw: str = ""

    @classmethod
    def of(cls, request: Request, source: Source, base_url: str) -> Place:
        """Say where a request goes; `base_url` may have a {host} in it."""
        try:
            base = Base.of(source, base_url, request.host)
        except ValueError as error:
            return cls(Base(base_url.rstrip("/")).address_of(request.path), request.kind, None, str(error))
        address = base.address_of(request.path)
        url = requests.Request("GET", address, params=sorted(request.params.items())).prepare().url
        return cls(url or address, request.kind, base)


@dataclass(frozen=True)
class Question:
    """Requests that are alike: one place, asked for by one or more."""

    place: Place
    requests: tuple[Request, ...]

    @property
    def url(self) -> str:
        """Its address."""
        return self.place.url

    @property
    def max_age_s(self) -> float:
        """The strictest of the ages that they allow."""
        return min(request.max_age_s for request in self.requests)

    def read(self, body: bytes, headers: Mapping[str, str]) -> Any:
        """Return the payload in a body. Raises ValueError if there is none."""
        return read_payload(self.place.kind, body, headers)

    def problem_with(self, payload: Any) -> str | None:
        """Return what the first that is not content with the payload says, None if all are."""
        return next(filter(None, (request.problem_with(payload) for request in self.requests)), None)

    def is_overdue(self, payload: Any, day: date) -> bool:
        """Whether one of them wants a cached payload to be asked for again by this day, however young it is."""
        return any(request.is_overdue(payload, day) for request in self.requests)


@dataclass(frozen=True)
class Known:
    """A cached entry and the payload in it."""

    entry: Entry
    payload: Any


def concerning(outcome: Answer | SourceError, request: Request) -> Answer | SourceError:
    """Say in an error which request of those that are alike it belongs to."""
    if isinstance(outcome, SourceError):
        return replace(outcome, concerns=request.concerns)
    if outcome.error is not None:
        return replace(outcome, error=replace(outcome.error, concerns=request.concerns))
    return outcome
