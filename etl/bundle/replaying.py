"""Playing a run again: its sources answer what they answered then, and nobody else is asked."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager

import polars as pl

from etl.asking import Foreseeing, Listener, OpenedClient
from etl.bundle.transcript import Asked, Closing, Transcript
from etl.errors import Category, SourceError
from etl.franchise import Franchise
from etl.http.health import Vitals
from etl.http.question import concerning
from etl.http.usage import Usage
from etl.options import Options
from etl.seams import Seams
from etl.settings import Settings
from etl.sources import Answer, Outlook, Request, Source


class Replayer:
    """Stands in the seams of a run in place of the world.

    `unknown` are the requests that the recorded run did not make, as "source: request". `transcripts` is used up.
    """

    def __init__(self, transcripts: Mapping[str, Transcript], last: Mapping[str, pl.DataFrame]) -> None:
        self._transcripts = transcripts
        self._last = last
        self.seams = Seams(self._open_client, self._read_last)
        self.unknown: list[str] = []

    @contextmanager
    def _open_client(
        self, source: Source, _settings: Settings, _options: Options, _listen: Listener
    ) -> Iterator[OpenedClient]:
        yield ReplayingClient(source, self._transcripts.get(source.name, Transcript()), self.unknown)

    def _read_last(self, _franchise: Franchise, _options: Options) -> dict[str, pl.DataFrame]:
        return dict(self._last)


class ReplayingClient:
    """A client (etl.asking.OpenedClient) that only knows what was recorded.

    The same request may have been made more than once: each time the next outcome is given, the last one again and
    again. What it has not, it says in an error, and in `unknown`.
    """

    def __init__(self, source: Source, transcript: Transcript, unknown: list[str]) -> None:
        self._source = source
        self._transcript = transcript
        self._unknown = unknown
        self._closing = transcript.closings.popleft() if transcript.closings else Closing()

    @property
    def source(self) -> Source:
        """The source that is played."""
        return self._source

    @property
    def usage(self) -> Usage:
        """What the client cost whose answers these are."""
        return self._closing.usage

    @property
    def vitals(self) -> Vitals:
        """How the source fared then."""
        return self._closing.vitals

    @property
    def foresight(self) -> Foreseeing:
        """Itself: it knows what was foreseen."""
        return self

    def outlook(self, request: Request) -> Outlook:
        """What was foreseen; a request that nobody thought of then is not to be made now."""
        return self._transcript.outlooks.get(Asked.by(request), "barred")

    def fetch(self, requests: Sequence[Request]) -> list[Answer | SourceError]:
        """The recorded outcomes, in the order of the requests."""
        return [concerning(self._next(request), request) for request in requests]

    def _next(self, request: Request) -> Answer | SourceError:
        asked = Asked.by(request)
        outcomes = self._transcript.outcomes.get(asked)
        if not outcomes:
            self._unknown.append(f"{self._source.name}: {asked}")
            return SourceError(
                self._source.name, Category.UNKNOWN, f"The bundle holds no answer to {asked}: it was not asked then."
            )
        return outcomes.popleft() if len(outcomes) > 1 else outcomes[0]
