"""What an extractor says that it will ask is what it asks: first, and after each answer."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import pytest
from stapi_kit import LOOM, pages_of, rows_of

from etl.asking import EXTRACTORS
from etl.errors import SourceError
from etl.extract import memory_alpha, stapi, tmdb
from etl.extract.shapes import Scope
from etl.franchise import Film, Franchise, Season, Series
from etl.planning import ROUNDS
from etl.sources import SOURCES, Answer, Request, Source

IDS = {"tmdb": "9101", "memory_alpha": "LOOM", "stapi": LOOM, "trekcore": "loom", "tvmaze": "91"}
SERIES = Series(code="loom", name="Loom", kind="series", is_ended=False, ids=IDS, seasons=(Season(number=1),))
STRANGER = Series(code="weft", name="Weft", kind="series", is_ended=True)
FILM = Film(code="knot", title="Knot", ids={"tmdb": "9201"})
FRANCHISE = Franchise(code="loom", name="Loom", series=(SERIES, STRANGER), films=(FILM,))
SCOPE = Scope(FRANCHISE.series, FRANCHISE.films)

Reply = Callable[[Request], Any]


@dataclass
class Recorder:
    """Answers each request with what a function makes of it, and remembers who asked for what."""

    name: str
    reply: Reply
    waves: list[list[Request]] = field(default_factory=list)

    @property
    def source(self) -> Source:
        return SOURCES[self.name]

    def fetch(self, requests: Sequence[Request]) -> list[Answer | SourceError]:
        self.waves.append(list(requests))
        return [Answer(self.reply(one), "https://x.example", datetime(2026, 1, 1, tzinfo=UTC)) for one in requests]


def show(request: Request) -> Any:
    if request.path.startswith("/movie/"):
        return {"id": 9201, "title": "Knot", "overview": "", "release_date": "2001-01-01"}
    return {"id": 9101, "name": "Loom", "number_of_seasons": 4}


def wiki(request: Request) -> Any:
    more = {"": {"gcmcontinue": "b", "continue": "-||"}, "b": {"gcmcontinue": "c", "continue": "-||"}}
    continuation = more.get(request.params.get("gcmcontinue", ""), {}) if "gcmtitle" in request.params else {}
    return {"continue": continuation} if continuation else {}


def search(request: Request) -> Any:
    return pages_of(rows_of(250))[request.params["pageNumber"]]


REPLIES: Mapping[str, Reply] = {
    "tmdb": show,
    "memory_alpha": wiki,
    "stapi": search,
    "trekcore": lambda _: "<table class='sortable'></table>",
    "tvmaze": lambda _: [],
}
AFTERWARDS = {"tmdb": 1, "memory_alpha": 2, "stapi": 2, "trekcore": 0, "tvmaze": 0}


@pytest.mark.parametrize("name", EXTRACTORS)
def test_it_asks_what_it_says_and_nothing_else(name: str) -> None:
    client = Recorder(name, REPLIES[name])
    EXTRACTORS[name](FRANCHISE, client, SCOPE)
    wave = ROUNDS[name].first(FRANCHISE, SCOPE)
    foreseen, answered = [], []
    while wave:
        foreseen += wave
        answered.append(wave)
        wave = [more for one in wave for more in ROUNDS[name].next(FRANCHISE, SCOPE, one, REPLIES[name](one))]
        wave = [one for one in wave if one not in foreseen]
    assert foreseen == [request for asked in client.waves for request in asked]
    assert sum(map(len, answered[1:])) == AFTERWARDS[name]


@pytest.mark.parametrize("name", EXTRACTORS)
def test_without_a_pinned_id_it_asks_nothing(name: str) -> None:
    nobody = Scope((STRANGER,), ())
    client = Recorder(name, REPLIES[name])
    EXTRACTORS[name](FRANCHISE, client, nobody)
    assert ROUNDS[name].first(FRANCHISE, nobody) == []
    assert [request for wave in client.waves for request in wave] == []


def test_tmdb_asks_for_seasons_that_it_did_not_know_of() -> None:
    series, film = tmdb.first_requests(FRANCHISE, SCOPE)
    (more,) = tmdb.next_requests(FRANCHISE, SCOPE, series, show(series))
    assert series.params["append_to_response"] == "season/1,season/2,external_ids"
    assert more.params["append_to_response"] == "season/3,season/4,external_ids"
    assert tmdb.next_requests(FRANCHISE, SCOPE, film, show(film)) == []
    assert tmdb.next_requests(FRANCHISE, Scope((SERIES,), (), season=1), series, show(series)) == []


@pytest.mark.parametrize(
    ("episodes", "place", "further"), [(0, 1, 0), (50, 1, 0), (51, 1, 1), (176, 1, 3), (176, 2, 2), (176, 9, 0)]
)
def test_the_wiki_has_fifty_pages_a_request(episodes: int, place: int, further: int) -> None:
    modules, pages = memory_alpha.first_requests(FRANCHISE, SCOPE)
    assert memory_alpha.further_requests(FRANCHISE, pages, place, {"loom": episodes}) == further
    assert memory_alpha.further_requests(FRANCHISE, modules, place, {"loom": episodes}) == 0


@pytest.mark.parametrize(("episodes", "place", "further"), [(0, 1, 0), (100, 1, 0), (860, 1, 8), (860, 2, 0)])
def test_stapi_has_a_hundred_rows_a_page(episodes: int, place: int, further: int) -> None:
    (first,) = stapi.first_requests(FRANCHISE, SCOPE)
    counts = {"loom": episodes, "weft": 500}
    assert stapi.further_requests(FRANCHISE, first, place, counts) == further
