"""A run that is killed in the middle of asking goes on where it was: no answered request is sent a second time."""

from __future__ import annotations

import json
import signal
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from e2e_kit import Workplace
from fake_sources import CODE, KEY, MAZE, NAME, SHOW, UID

from tests.http.loopback import Behaviour, Handler, Loopback, data

pytest_plugins = ["e2e_fixtures"]

POLL_S = 0.02
ROWS_A_PAGE, PAGES = 2, 3
FRANCHISE = f"""
code = "loom"
name = "{NAME}"

[sources.stapi]
people_budget = 0

[[series]]
code = "loom"
name = "{NAME}"
kind = "series"
is_ended = true
ids = {{ tmdb = {SHOW}, tvmaze = {MAZE}, memory_alpha = "{CODE}", stapi = "{UID}" }}
seasons = [{{ number = 1, years = "2310" }}]

[[eras]]
id = "suns"
title = "The Suns"
years = "2310"
stardates = "None"
description = "Suns are woven."
rules = [{{ series = "loom" }}]
"""
MODULES, SEARCH, WIKI = "modules", "/stapi/episode/search", "/wiki/api.php"


class PagingSources(Loopback):
    """STAPI and the wiki tell six stories in three pages each; from the page `stop_at` on they are silent."""

    def __init__(self) -> None:
        super().__init__()
        self.stop_at: int | None = None
        self.answered: list[str] = []
        self._answered_lock = threading.Lock()
        self.on(SEARCH, self._told(lambda query: int(query["pageNumber"][0]), _search))
        self.on(WIKI, self._told(_wiki_page, _wiki))
        self.on(f"/tvmaze/shows/{MAZE}/episodes", self._told(lambda _: 0, lambda _: [_maze_row(n) for n in range(6)]))
        self.on(f"/tmdb/3/tv/{SHOW}", self._told(lambda _: 0, lambda _: _show()))

    @property
    def variables(self) -> dict[str, str]:
        return {
            "TMDB_API_KEY": KEY,
            "TMDB_BASE_URL": f"{self.base_url}/tmdb/3",
            "STAPI_BASE_URL": f"{self.base_url}/stapi",
            "MEMORY_ALPHA_BASE_URL": f"{self.base_url}/wiki/api.php",
            "TVMAZE_BASE_URL": f"{self.base_url}/tvmaze",
            "TREKCORE_BASE_URL": f"{self.base_url}/trekcore/{{host}}",
            # The burst of the wiki is three, and here are five requests.
            "MEMORY_ALPHA_RATE_LIMIT": "6000",
        }

    def _told(self, page_of: Any, answer: Any) -> Behaviour:
        def behave(handler: Handler) -> None:
            query = parse_qs(urlsplit(handler.path).query)
            if self.stop_at is not None and page_of(query) >= self.stop_at:
                self.hang_up.wait(20)
                handler.close_connection = True
                return
            data(answer(query))(handler)
            with self._answered_lock:
                self.answered.append(handler.path)

        return behave


def _search(query: dict[str, list[str]]) -> Any:
    number = int(query["pageNumber"][0])
    rows = [_stapi_row(number * ROWS_A_PAGE + place) for place in range(ROWS_A_PAGE)]
    head = {"pageNumber": number, "pageSize": 100, "numberOfElements": ROWS_A_PAGE, "totalElements": 6}
    page = {**head, "totalPages": PAGES, "firstPage": number == 0, "lastPage": number == PAGES - 1}
    return {"page": page, "sort": {}, "episodes": rows}


def _stapi_row(number: int) -> dict[str, Any]:
    empty = dict.fromkeys(("stardateFrom", "stardateTo", "yearFrom", "yearTo", "titleGerman", "finalScriptDate"))
    return {
        "uid": f"EPMA00009{number:05}",
        "title": f"Thread {number}",
        "series": {"uid": UID, "title": NAME},
        "season": {"uid": "SAMA0000930001", "title": "LOOM Season 1"},
        "seasonNumber": 1,
        "episodeNumber": number + 1,
        "productionSerialNumber": f"10{number}",
        "featureLength": False,
        "usAirDate": f"2001-10-{number + 1:02}",
        **empty,
    }


def _wiki_page(query: dict[str, list[str]]) -> int:
    return int(query.get("gcmcontinue", ["0"])[0])


def _wiki(query: dict[str, list[str]]) -> Any:
    if "titles" in query:
        return _pages([_page(title, "return {}") for title in query["titles"][0].split("|")])
    number = _wiki_page(query)
    told = _pages([_page(f"Thread {number * ROWS_A_PAGE + place}", _article()) for place in range(ROWS_A_PAGE)])
    is_last = number == PAGES - 1
    return told if is_last else told | {"continue": {"gcmcontinue": str(number + 1), "continue": "gcmcontinue||"}}


def _article() -> str:
    return "{{sidebar episode\n| writer = [[Bo Scribe]]\n| director = [[Ana Weaver]]\n}}\nA thread.\n"


def _pages(pages: list[Any]) -> dict[str, Any]:
    return {"batchcomplete": True, "query": {"pages": pages}}


def _page(title: str, content: str) -> dict[str, Any]:
    revision = {"timestamp": "2026-08-01T00:00:00Z", "slots": {"main": {"content": content}}}
    return {"pageid": sum(title.encode()), "ns": 0, "title": title, "revisions": [revision]}


def _maze_row(number: int) -> dict[str, Any]:
    return {
        "id": 7000 + number,
        "name": f"Thread {number}",
        "season": 1,
        "number": number + 1,
        "type": "regular",
        "airdate": f"2001-10-{number + 1:02}",
        "runtime": 60,
        "summary": None,
    }


def _show() -> dict[str, Any]:
    return {"id": SHOW, "name": NAME, "first_air_date": "2001-10-01", "number_of_seasons": 0}


@pytest.fixture
def server() -> Iterator[PagingSources]:
    server = PagingSources()
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield server
    server.close()
    thread.join()


def kill_when_silent(place: Workplace, server: PagingSources, franchise: Path, answers: int) -> None:
    """Kill a process that has been given so many answers and waits for the next ones."""
    process = place.start("--franchise", franchise)
    give_up_at = time.monotonic() + 30.0
    while len(server.answered) < answers or kept(place) < answers + 1:  # and that there is no robots.txt
        assert process.poll() is None, process.communicate()
        assert time.monotonic() < give_up_at, server.answered
        time.sleep(POLL_S)
    process.send_signal(signal.SIGKILL)
    process.communicate()


def kept(place: Workplace) -> int:
    """How many answers the cache has: what went over the wire is not yet kept."""
    return int(place.run("cache", "stats").out.split()[0])


def test_no_answered_request_is_sent_again(place: Workplace, server: PagingSources) -> None:
    franchise = place.folder / "loom.toml"
    franchise.write_text(FRANCHISE, "utf-8")
    place.set(**server.variables)
    server.stop_at = 2
    # STAPI and the wiki two pages each; the modules of the wiki, TMDB, TVmaze.
    kill_when_silent(place, server, franchise, answers=2 * 2 + 3)
    before, asked = list(server.answered), len(server.log)
    server.stop_at = None
    ran = place.generate("--franchise", franchise)
    assert ran.code == 0, ran.said
    again = server.answered[len(before) :]
    assert set(again) & set(before) == set()
    assert len(server.log) - asked == len(again) == 2 * (PAGES - 2)
    assert place.query("select source, rows, errors from sources where source in ('stapi', 'memory_alpha')") == [
        ("memory_alpha", 6, 0),
        ("stapi", 6, 0),
    ]
    assert place.query("select count(*), count(directors) from episodes") == [(6, 6)]
    assert json.loads((place.out / "run.json").read_text("utf-8"))["errors"]["total"] == 0
