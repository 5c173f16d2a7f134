"""The plan of a run: what `generate` would ask, told by its clients and extractors, with every socket shut."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial
from typing import Any

import polars as pl

from etl import policies
from etl.asking import EXTRACTORS, client_of, is_wanted, lacks_key
from etl.before import last_release, still_to_ask
from etl.corrections import read_given
from etl.decisions import read_decisions
from etl.extract import catalogue, memory_alpha, stapi, tmdb, trekcore, tvmaze
from etl.extract.shapes import Scope
from etl.franchise import Franchise, load_franchise
from etl.http.client import SourceClient
from etl.known_names import known_names
from etl.options import Options
from etl.plan import Plan, Wanted, plan_requests
from etl.settings import Settings
from etl.sources import SOURCES, Request, Source


def _nothing_next(_franchise: Franchise, _scope: Scope, _request: Request, _payload: Any) -> list[Request]:
    return []


def _nothing_further(_franchise: Franchise, _request: Request, _place: int, _episodes: Mapping[str, int]) -> int:
    return 0


@dataclass(frozen=True)
class Rounds:
    """How a source is asked: first, then what an answer asks for, and how much that may be while it is not known."""

    first: Callable[[Franchise, Scope], list[Request]]
    next: Callable[[Franchise, Scope, Request, Any], list[Request]] = _nothing_next
    further: Callable[[Franchise, Request, int, Mapping[str, int]], int] = _nothing_further


ROUNDS = {
    "tmdb": Rounds(tmdb.first_requests, tmdb.next_requests),
    "memory_alpha": Rounds(memory_alpha.first_requests, memory_alpha.next_requests, memory_alpha.further_requests),
    "stapi": Rounds(stapi.first_requests, stapi.next_requests, stapi.further_requests),
    "trekcore": Rounds(trekcore.first_requests),
    "tvmaze": Rounds(tvmaze.first_requests),
}
"""Of every source in EXTRACTORS."""


def plan_run(options: Options, settings: Settings) -> Plan:
    """What `generate` with these options would ask of whom. Opens no socket, and writes nothing into `options.out`.

    Raises InputError for what `generate` would refuse: options, franchise file, decisions, corrections, last release.
    """
    franchise = load_franchise(options.franchise, has_catalogue=options.has_catalogue)
    read_decisions(options.decisions)
    given = read_given(options.overrides, options.patch)
    last = last_release(franchise, options)
    given.understood(known_names(franchise, last, options.numbering))
    scope = still_to_ask(policies.scope_of(franchise, options), options, last)
    episodes = _episodes_by_series(franchise, last)
    with ExitStack() as opened:
        clients = {
            name: opened.enter_context(client_of(SOURCES[name], settings, options))
            for name in EXTRACTORS
            if is_wanted(name, options)
        }
        return plan_requests(
            [
                _wanted(franchise, scope, client, episodes, _remark(franchise, client, scope, options, settings))
                for client in clients.values()
            ]
        )


def _wanted(
    franchise: Franchise, scope: Scope, client: SourceClient, episodes: Mapping[str, int], remark: str
) -> Wanted:
    rounds, foresight = ROUNDS[client.source.name], client.foresight
    return Wanted(
        source=client.source.title,
        first=rounds.first(franchise, scope),
        outlook=foresight.outlook,
        remembered=foresight.remembered,
        next_requests=partial(rounds.next, franchise, scope),
        further_requests=lambda request, place: rounds.further(franchise, request, place, episodes),
        robots_to_read=foresight.robots_to_read,
        shortest_s=foresight.shortest_s,
        remark=remark,
    )


def _episodes_by_series(franchise: Franchise, last: Mapping[str, pl.DataFrame]) -> dict[str, int]:
    """How many episodes a series has: as the catalogue says, or else the last release."""
    known = catalogue.extract(franchise, Scope(franchise.series, ())).frames["episodes"]
    return {**Counter(last["episodes"]["series"]), **Counter(known["series"])}


def _remark(franchise: Franchise, client: SourceClient, scope: Scope, options: Options, settings: Settings) -> str:
    source: Source = client.source
    if options.is_offline:
        return ""
    if lacks_key(source, settings):
        return f"no key is set ({source.name.upper()}_API_KEY), so only the cache is used."
    first = ROUNDS[source.name].first(franchise, scope)
    if any(client.foresight.is_forbidden(request) for request in first):
        return "its robots.txt, as it was read last, forbids what is not asked."
    if first and source.name == "stapi" and franchise.sources.stapi.people_budget:
        return (
            f"up to {franchise.sources.stapi.people_budget} more, for episodes whose people no other source names:"
            " that is seen when all have answered."
        )
    return ""
