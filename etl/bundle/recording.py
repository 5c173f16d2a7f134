"""Listening to a run: every answer, error and outlook that its clients give, and the release that it begins with."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager

import polars as pl

from etl.asking import Foreseeing, Listener, OpenedClient
from etl.bundle.transcript import line_of_closing, line_of_outcome, line_of_outlook
from etl.errors import Category, SourceError
from etl.franchise import Franchise
from etl.http.health import Vitals
from etl.http.usage import Usage
from etl.options import Options
from etl.seams import WORLD, Seams
from etl.settings import Settings
from etl.sources import SOURCES, Answer, Outlook, Request, Source


class Recorder:
    """Stands in the seams of a run and writes down what passes; `real` are the seams that it passes on to.

    `lines` are what each source said (etl/bundle/transcript.py), `last` the tables of the last release.
    """

    def __init__(self, real: Seams = WORLD) -> None:
        self._real = real
        self.seams = Seams(self._open_client, self._read_last)
        # Sources are asked at the same time, but each writes into a list of its own.
        self.lines: Mapping[str, list[str]] = {name: [] for name in SOURCES}
        self.last: Mapping[str, pl.DataFrame] = {}

    @contextmanager
    def _open_client(
        self, source: Source, settings: Settings, options: Options, listen: Listener
    ) -> Iterator[OpenedClient]:
        lines = self.lines[source.name]
        with self._real.open_client(source, settings, options, listen) as client:
            yield RecordingClient(client, lines.append)
            lines.append(line_of_closing(client.usage, client.vitals))

    def _read_last(self, franchise: Franchise, options: Options) -> dict[str, pl.DataFrame]:
        last = self._real.read_last(franchise, options)
        self.last = dict(last)
        return last


class RecordingClient:
    """A client (etl.asking.OpenedClient) that asks another, and writes down each answer before it is passed on."""

    def __init__(self, client: OpenedClient, write: Callable[[str], None]) -> None:
        self._client = client
        self._write = write

    @property
    def source(self) -> Source:
        """The source that is asked."""
        return self._client.source

    @property
    def usage(self) -> Usage:
        """What it has cost so far."""
        return self._client.usage

    @property
    def vitals(self) -> Vitals:
        """How the source fares, over runs."""
        return self._client.vitals

    @property
    def foresight(self) -> Foreseeing:
        """Itself: what is foreseen is written down, too."""
        return self

    def outlook(self, request: Request) -> Outlook:
        """What would become of a request."""
        outlook = self._client.foresight.outlook(request)
        self._write(line_of_outlook(request, outlook))
        return outlook

    def fetch(self, requests: Sequence[Request]) -> list[Answer | SourceError]:
        """What the other client answers. One answer that cannot be written down is an error, here as in the replay."""
        return [
            self._written(request, outcome)
            for request, outcome in zip(requests, self._client.fetch(requests), strict=True)
        ]

    def _written(self, request: Request, outcome: Answer | SourceError) -> Answer | SourceError:
        try:
            line = line_of_outcome(request, outcome)
        except RecursionError:
            outcome = SourceError(
                self.source.name,
                Category.DATA_FORMAT,
                "The answer is nested too deeply to be recorded.",
                concerns=request.concerns,
            )
            line = line_of_outcome(request, outcome)
        self._write(line)
        return outcome
