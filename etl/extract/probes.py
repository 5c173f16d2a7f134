"""One cheap request a source, by which it shows how it fares."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from etl.extract import stapi, tmdb, trekcore, tvmaze, wiki_api
from etl.extract.shapes import Scope
from etl.franchise import Franchise, Series
from etl.sources import Request


def probe_of(source: str, franchise: Franchise, scope: Scope) -> Request | None:
    """The request for a source by name; None where nothing of `scope` has an id there, so that it is not asked."""
    series = next(iter(scope.pinned(source)), None)
    film = next((film for film in scope.films if source in film.ids), None)
    if series is not None:
        request = _OF_A_SERIES[source](franchise, series)
    elif film is not None and source == tmdb.SOURCE:
        request = _document("/movie", film.ids[source])
    else:
        return None
    return replace(request, concerns="health")


def _document(folder: str, source_id: str) -> Request:
    """Ask for a document that says its own number."""
    number = int(source_id)

    def problem(payload: Any) -> str | None:
        got = payload.get("id") if isinstance(payload, dict) else None
        return None if got == number else f"asked for {number}, got {got!r}"

    return Request(f"{folder}/{number}", problem_with=problem)


def _of_memory_alpha(_franchise: Franchise, _series: Series) -> Request:
    params = {"action": "query", "meta": "siteinfo", "format": "json", "formatversion": "2", "maxlag": "5"}
    return Request("", params, problem_with=wiki_api.problem_with)


def _of_stapi(_franchise: Franchise, _series: Series) -> Request:
    def problem(payload: Any) -> str | None:
        has_rows = isinstance(payload, dict) and isinstance(payload.get("episodes"), list)
        return None if has_rows else "this is no page of episodes"

    return Request("/episode/search", {"pageNumber": "0", "pageSize": "1"}, problem_with=problem)


_OF_A_SERIES: Mapping[str, Callable[[Franchise, Series], Request]] = {
    wiki_api.SOURCE: _of_memory_alpha,
    stapi.SOURCE: _of_stapi,
    tmdb.SOURCE: lambda _, series: _document("/tv", series.ids[tmdb.SOURCE]),
    # Its lists are all it has. The run that follows finds this one in the cache.
    trekcore.SOURCE: lambda franchise, series: trekcore.first_requests(franchise, Scope((series,), ()))[0],
    tvmaze.SOURCE: lambda _, series: _document("/shows", series.ids[tvmaze.SOURCE]),
}
