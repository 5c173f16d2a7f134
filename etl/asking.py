"""Asking the sources, side by side: one client and one extractor each, none held up by another."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager
from dataclasses import dataclass, field, replace
from typing import Protocol

from etl.errors import Category, SourceError
from etl.extract import catalogue, memory_alpha, stapi, tmdb, trekcore, tvmaze
from etl.extract.shapes import Extracted, Scope
from etl.franchise import Franchise
from etl.http.client import SourceClient
from etl.http.credentials import Credentials, tmdb_credentials
from etl.http.exchange import Timeouts
from etl.http.health import FAILURES_TO_OPEN, Vitals
from etl.http.opening import open_client
from etl.http.usage import Usage
from etl.options import Options
from etl.settings import Settings
from etl.sources import SOURCES, Answer, Client, Outlook, Request, Source

Extractor = Callable[[Franchise, Client, Scope], Extracted]
Listener = Callable[[str], None]


class Foreseeing(Protocol):
    """Who knows what would become of a request."""

    def outlook(self, request: Request) -> Outlook:
        """What `fetch` would do with it."""
        ...


class OpenedClient(Client, Protocol):
    """What a run wants of a client; etl/http has the real one, etl/bundle those that record and replay."""

    @property
    def usage(self) -> Usage:
        """What it has cost so far."""
        ...

    @property
    def vitals(self) -> Vitals:
        """How the source fares, over runs."""
        ...

    @property
    def foresight(self) -> Foreseeing:
        """What would become of a request."""
        ...


OpenClient = Callable[[Source, Settings, Options, Listener], AbstractContextManager[OpenedClient]]
"""Opens the client of a source as a run wants it."""

EXTRACTORS: dict[str, Extractor] = {
    "tmdb": tmdb.extract,
    "memory_alpha": memory_alpha.extract,
    "stapi": stapi.extract,
    "trekcore": trekcore.extract,
    "tvmaze": tvmaze.extract,
}
"""The sources that are asked over the network; the catalogue is read from files."""


@dataclass(frozen=True)
class Asked:
    """What a source gave, what that cost, how it went (a status of the table `sources`), and how the source fares.

    The catalogue is always read, as the registry of keys; `is_wanted` is false if its values are not to be used.
    """

    source: Source
    extracted: Extracted
    usage: Usage
    status: str
    vitals: Vitals = field(default_factory=Vitals)

    @property
    def error_rate(self) -> float | None:
        """The share of errors among all that it was asked, be it answered from the cache; None if that was nothing."""
        failed = len(self.extracted.errors)
        asked = failed + self.extracted.answers
        return failed / asked if asked and self.status != "no-key" else None

    @property
    def is_wanted(self) -> bool:
        """Whether the values of this source are to be used."""
        return self.status != "not-asked"


def ask_sources(
    franchise: Franchise,
    scope: Scope,
    settings: Settings,
    options: Options,
    listen: Listener,
    open_client: OpenClient | None = None,
) -> list[Asked]:
    """Run the extractors of the wanted sources at the same time; `listen` hears of every answer that comes in.

    `open_client` makes their clients, in place of `client_of`.
    A source's fault never raises; it stands in the errors of what was extracted.
    """

    def ask(name: str) -> Asked:
        source = SOURCES[name]
        with (open_client or client_of)(source, settings, options, listen) as client:
            return _ask(client, franchise, scope, settings, options)

    wanted = [name for name in EXTRACTORS if is_wanted(name, options)]
    with ThreadPoolExecutor(max_workers=len(EXTRACTORS), thread_name_prefix="source") as threads:
        return [*threads.map(ask, wanted), _read_catalogue(franchise, scope, options)]


def is_wanted(name: str, options: Options) -> bool:
    """Whether a run uses a source."""
    return not options.sources or name in options.sources


def _read_catalogue(franchise: Franchise, scope: Scope, options: Options) -> Asked:
    status = "used" if franchise.catalogue and is_wanted("catalogue", options) else "not-asked"
    return Asked(SOURCES["catalogue"], catalogue.extract(franchise, scope), Usage(), status)


def _ask(client: OpenedClient, franchise: Franchise, scope: Scope, settings: Settings, options: Options) -> Asked:
    source = client.source
    extracted = EXTRACTORS[source.name](franchise, client, scope)
    usage, vitals = client.usage, client.vitals
    if lacks_key(source, settings) and not options.is_offline:
        return Asked(source, _without_key(extracted), usage, "stale" if extracted.rows else "no-key")
    return Asked(source, extracted, usage, status_of(extracted), vitals)


def ask_one(name: str, request: Request, settings: Settings, options: Options) -> Answer | SourceError:
    """Ask one source one thing, within its rate and through the cache."""
    with client_of(SOURCES[name], settings, options) as client:
        return client.fetch([request])[0]


def check_one(
    source: Source, request: Request, settings: Settings, options: Options, timeouts: Timeouts
) -> tuple[Answer | SourceError, Vitals]:
    """Ask one source one thing, to see how it fares: after one failure it is left alone for a while, by all runs."""
    with client_of(source, settings, options, timeouts=timeouts, failures_to_open=1) as client:
        return client.fetch([request])[0], client.vitals


def _credentials(source: Source, settings: Settings) -> Credentials | None:
    if source.name == "tmdb" and settings.tmdb_api_key:
        return tmdb_credentials(settings.tmdb_api_key.get_secret_value())
    return None


def lacks_key(source: Source, settings: Settings) -> bool:
    """Whether a source wants a key and none is set, so that only the cache can answer for it."""
    return source.needs_key and _credentials(source, settings) is None


def _nobody_listens(_text: str) -> None:
    pass


def client_of(
    source: Source,
    settings: Settings,
    options: Options,
    listen: Listener = _nobody_listens,
    *,
    timeouts: Timeouts | None = None,
    failures_to_open: int = FAILURES_TO_OPEN,
) -> SourceClient:
    """Open the client of a source as a run wants it; whoever opens it closes it."""
    credentials = _credentials(source, settings)
    return open_client(
        source,
        base_url=settings.base_url_of(source),
        credentials=credentials,
        cache_path=settings.cache_path,
        state_path=settings.state_path,
        contact=settings.trek_etl_contact,
        # More at a time than the burst would only queue for tokens, each for a source that may be dead by then.
        concurrency=min(settings.concurrency, source.burst),
        max_retries=options.max_retries,
        # Without a key the cache may still know; asking in vain would only cost the source a refusal.
        is_offline=options.is_offline or lacks_key(source, settings),
        is_refresh=options.is_refresh,
        as_of=options.as_of,
        rate=settings.rate_of(source),
        on_answer=lambda request, outcome: listen(_in_words(source, request, outcome)),
        timeouts=timeouts,
        failures_to_open=failures_to_open,
    )


def _in_words(source: Source, request: Request, outcome: Answer | SourceError) -> str:
    if isinstance(outcome, SourceError):
        return f"{source.title}: {request.concerns}: {outcome.category}"
    return f"{source.title}: {request.concerns}{' (cache)' if outcome.is_from_cache else ''}"


def _without_key(extracted: Extracted) -> Extracted:
    """One error that says what is missing, instead of one for every request that could not be made."""
    missing = SourceError(
        source=extracted.source,
        category=Category.AUTHENTICATION,
        message=f"No key is set ({extracted.source.upper()}_API_KEY), so the source was not asked.",
        concerns=", ".join(dict.fromkeys(error.concerns for error in extracted.errors)),
    )
    return replace(extracted, errors=(missing,))


def status_of(extracted: Extracted) -> str:
    """How a source did: a status of the table `sources`."""
    if not extracted.errors:
        return "used" if extracted.answers else "not-asked"
    if not extracted.rows:
        return "failed"
    is_stale = all(frame["is_stale"].all() for frame in extracted.frames.values() if frame.height)
    return "stale" if is_stale else "partial"
