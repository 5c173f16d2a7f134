"""The one cheap request by which a source shows how it fares."""

from __future__ import annotations

from typing import Any

import pytest

from etl.extract.probes import probe_of
from etl.extract.shapes import Scope
from etl.franchise import Film, Franchise, Series

IDS = {"tmdb": "9101", "tvmaze": "9301", "memory_alpha": "LOOM", "stapi": "SEMA1", "trekcore": "loom"}
LATER = Series(code="weft", name="Weft", kind="series", is_ended=False, ids={**IDS, "tmdb": "1"})
LOOM = Series(code="loom", name="Loom of Suns", kind="series", is_ended=True, ids=IDS)
UNKNOWN = Series(code="none", name="None", kind="series", is_ended=True)
SHUTTLE = Film(code="shuttle", title="The Shuttle", ids={"tmdb": "9201"})
LOOMS = Franchise(code="looms", name="Looms", series=(LOOM,))
LIST = '<table class="sortable"><tr><td class="col1">1x01</td><td class="col2">Warp</td></tr></table>'


@pytest.mark.parametrize(
    ("source", "place", "good", "bad"),
    [
        ("tmdb", "/tv/9101", {"id": 9101}, {"id": 1}),
        ("tvmaze", "/shows/9301", {"id": 9301}, [9301]),
        ("memory_alpha", "", {"batchcomplete": True, "query": {"general": {}}}, {"error": {"code": "maxlag"}}),
        ("stapi", "/episode/search", {"page": {}, "episodes": []}, {"episodes": None}),
        ("trekcore", "/episodes/index.html", LIST, "<html></html>"),
    ],
)
def test_the_first_pinned_series_is_asked_for(source: str, place: str, good: Any, bad: Any) -> None:
    request = probe_of(source, LOOMS, Scope((UNKNOWN, LOOM, LATER), (SHUTTLE,)))
    assert request is not None
    assert (request.path, request.concerns) == (place, "health")
    assert request.problem_with(good) is None
    assert request.problem_with(bad)


def test_where_only_films_are_wanted_a_film_is_asked_for() -> None:
    request = probe_of("tmdb", LOOMS, Scope((), (SHUTTLE,)))
    assert request is not None
    assert request.path == "/movie/9201"
    assert request.problem_with({"id": "9201"}) == "asked for 9201, got '9201'"


def test_the_host_of_the_series_is_asked() -> None:
    request = probe_of("trekcore", LOOMS, Scope((LOOM,), ()))
    assert request is not None
    assert (request.host, request.kind) == ("loom", "text")


@pytest.mark.parametrize("source", list(IDS))
def test_without_an_id_there_is_nothing_to_ask(source: str) -> None:
    assert probe_of(source, LOOMS, Scope((UNKNOWN,), ())) is None


def test_of_the_others_no_film_is_asked_for() -> None:
    film = Film(code="shuttle", title="The Shuttle", ids={"tvmaze": "7"})
    assert probe_of("tvmaze", LOOMS, Scope((), (film,))) is None
