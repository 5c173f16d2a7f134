"""What is asked of a source, once for all requests that are alike, and what is known of it already."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from etl.errors import SourceError
from etl.http.cache import Entry
from etl.sources import Answer, Request


@dataclass(frozen=True)
class Question:
    """Requests that are alike: one URL, asked for by one or more."""

    url: str
    requests: tuple[Request, ...]

    @property
    def max_age_s(self) -> float:
        """The strictest of the ages that they allow."""
        return min(request.max_age_s for request in self.requests)

    def problem_with(self, payload: Any) -> str | None:
        """Return what the first that is not content with the payload says, None if all are."""
        return next(filter(None, (request.problem_with(payload) for request in self.requests)), None)


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
