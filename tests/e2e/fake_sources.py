"""All five sources on one loopback server: they play Loom of Suns, an invented series of four stories and a film.

The wiki and TVmaze tell sentences that bind whoever passes them on; `WIKI_SENTENCES` and `MAZE_SENTENCES` name them.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from string import Template
from typing import Any
from urllib.parse import parse_qs, urlsplit

from tests.http.loopback import Handler, Loopback, text

KEY = "a-token-for-the-loom"
SHOW, FILM, MAZE, HOST, CODE, UID = 9301, 9401, 93, "loom", "LOOM", "SEMA0000930001"
NAME, FILM_TITLE = "Loom of Suns", "The Last Weft"

WIKI_SENTENCES = (
    "The weavers wonder who has strung the loom before them.",
    "A page without a number tells of the spindle in the cellar.",
)
MAZE_SENTENCES = ("The maze says that the weft remembers its weavers.", "The maze says that a knot holds nobody.")
BOUND_SENTENCES = WIKI_SENTENCES + MAZE_SENTENCES
FREE_SENTENCE = "Somebody weaves."

FRANCHISE = """
code = "loom"
name = "Loom of Suns"

[merge.fields]
synopsis = { rule = "order", order = ["override", "memory_alpha", "tvmaze", "tmdb"] }
directors = { rule = "union" }
writers = { rule = "union" }

[sources.stapi]
people_budget = $budget

[[series]]
code = "loom"
name = "Loom of Suns"
kind = "series"
is_ended = true
ids = { tmdb = $show, tvmaze = 93, memory_alpha = "LOOM", stapi = "SEMA0000930001", trekcore = "loom" }
seasons = [{ number = 1, years = "2310" }]

[[films]]
code = "weft"
title = "The Last Weft"
years = "2312"
ids = { tmdb = 9401 }

[[eras]]
id = "suns"
title = "The Suns"
years = "2310-2312"
stardates = "None"
description = "Suns are woven."
rules = [{ series = "loom" }]
films = ["weft"]
"""

Payload = dict[str, Any]


@dataclass
class Story:
    """One story as its sources know it; `directors` and `writers` are TMDB's, those of STAPI stand beside."""

    number: int
    title: str
    day: str
    overview: str = ""
    summary: str | None = None
    directors: Sequence[str] = ()
    writers: Sequence[str] = ()
    stapi: Mapping[str, Sequence[str]] = field(default_factory=dict)

    @property
    def uid(self) -> str:
        return f"EPMA000093000{self.number}"


def stories() -> list[Story]:
    weaver = {"directors": ["Ana Weaver"], "writers": ["Bo Scribe"]}
    return [
        Story(1, "First Thread", "2001-09-28", FREE_SENTENCE, f"<p>{MAZE_SENTENCES[0]}</p>", ["Cy Quill"], ["Di Reed"]),
        Story(2, "Humming Wheel", "2001-10-05", "A wheel hums.", None, ["Cy Quill"], stapi=weaver),
        Story(3, "Knot of Ash", "2001-10-12", "", f"<p>{MAZE_SENTENCES[1]}</p>", stapi=weaver),
        Story(4, "Selvage", "2001-10-19", "An edge frays.", None, stapi=weaver),
    ]


class FakeSources(Loopback):
    """The five sources below one address; what a test changes in `stories` they tell from then on."""

    def __init__(self) -> None:
        super().__init__()
        self.stories = stories()
        self.show_name = NAME
        self.extra_pages: list[Payload] = []
        self.full_object_extra: Payload = {}
        self.on(f"/tmdb/3/tv/{SHOW}", self._tmdb(self._show))
        self.on(f"/tmdb/3/movie/{FILM}", self._tmdb(lambda _: _film()))
        self.on("/stapi/episode/search", _told(lambda _: self._search()))
        self.on("/stapi/episode", _told(lambda query: {"episode": self._full(query["uid"][0])}))
        self.on("/wiki/api.php", _told(self._wiki))
        self.on(f"/trekcore/{HOST}/episodes/index.html", text(self._list(), "text/html"))
        self.on(f"/tvmaze/shows/{MAZE}/episodes", _told(lambda _: self._maze()))
        self.on(f"/tvmaze/shows/{MAZE}", _told(lambda _: {"id": MAZE, "name": NAME, "premiered": "2001-09-28"}))

    @property
    def variables(self) -> dict[str, str]:
        """The environment of a run that asks here."""
        return {
            "TMDB_API_KEY": KEY,
            "TMDB_BASE_URL": f"{self.base_url}/tmdb/3",
            "STAPI_BASE_URL": f"{self.base_url}/stapi",
            "MEMORY_ALPHA_BASE_URL": f"{self.base_url}/wiki/api.php",
            "TREKCORE_BASE_URL": f"{self.base_url}/trekcore/{{host}}",
            "TVMAZE_BASE_URL": f"{self.base_url}/tvmaze",
        }

    @property
    def people_asked(self) -> list[str]:
        """The uids of which the full objects were asked for, in order."""
        return [seen.query["uid"][0] for seen in self.log if seen.path == "/stapi/episode"]

    def _tmdb(self, answer: Any) -> Any:
        def behave(handler: Handler) -> None:
            if handler.headers.get("Authorization") != f"Bearer {KEY}":
                body = {"status_code": 7, "status_message": "Invalid API key: You must be granted a valid key."}
                handler.reply(401, json.dumps(body).encode(), {"Content-Type": "application/json"})
                return
            _told(answer)(handler)

        return behave

    def _show(self, _: Mapping[str, Sequence[str]]) -> Payload:
        season = {"season_number": 1, "name": "Season 1", "overview": "", "air_date": "2001-09-28"}
        return {
            "id": SHOW,
            "name": self.show_name,
            "first_air_date": "2001-09-28",
            "number_of_seasons": 1,
            "season/1": {**season, "episodes": [_tmdb_row(story) for story in self.stories]},
        }

    def _search(self) -> Payload:
        rows = [_stapi_row(story) for story in self.stories]
        head = {"pageNumber": 0, "pageSize": 100, "numberOfElements": len(rows), "totalElements": len(rows)}
        return {"page": {**head, "totalPages": 1, "firstPage": True, "lastPage": True}, "sort": {}, "episodes": rows}

    def _full(self, uid: str) -> Payload | None:
        story = next((story for story in self.stories if story.uid == uid), None)
        if story is None:
            return None
        nobody: Payload = {f"{role}": [] for role in ("teleplayAuthors", "storyAuthors", "performers")}
        named = {
            role: [{"uid": f"STMA{place}", "name": name} for place, name in enumerate(story.stapi.get(role, ()))]
            for role in ("directors", "writers")
        }
        return {**_stapi_row(story), **nobody, **named, **self.full_object_extra}

    def _wiki(self, query: Mapping[str, Sequence[str]]) -> Payload:
        if "titles" in query:
            names = query["titles"][0].split("|")
            pages = [_page(900 + place, title, self._module(title[-1])) for place, title in enumerate(names)]
        else:
            pages = [*(_page(story.number, f"{story.title} (episode)", _wikitext(story)) for story in self.stories)]
            pages += self.extra_pages
        return {"batchcomplete": True, "query": {"pages": pages}}

    def _module(self, letter: str) -> str:
        entries = "".join(f'["{story.title}"] = "{_module_value(story, letter)}",\n' for story in self.stories)
        return f"return {{\n{entries}}}"

    def _list(self) -> bytes:
        rows = "".join(
            f'<tr><td class="col1">1x0{story.number}<td class="col2">{story.title}<td class="col4">{story.day[5:7]}/'
            f"{story.day[8:]}/{story.day[:4]}"
            for story in self.stories
        )
        return f'<html><body><table class="sortable">{rows}</table></body></html>'.encode()

    def _maze(self) -> list[Payload]:
        return [
            {
                "id": 7000 + story.number,
                "name": story.title,
                "season": 1,
                "number": story.number,
                "type": "regular",
                "airdate": story.day,
                "runtime": 60,
                "summary": story.summary,
            }
            for story in self.stories
        ]


def _module_value(story: Story, letter: str) -> str:
    month = "September" if story.day[5:7] == "09" else "October"
    values = {"A": CODE, "N": f"1x0{story.number}", "S": "1", "P": f"10{story.number}", "M": month}
    return {**values, "D": str(int(story.day[8:])), "Y": story.day[:4]}[letter]


def _told(answer: Any) -> Any:
    """Answer with what a function makes of the query, as JSON."""

    def behave(handler: Handler) -> None:
        body = json.dumps(answer(parse_qs(urlsplit(handler.path).query))).encode()
        handler.reply(200, body, {"Content-Type": "application/json"})

    return behave


def _tmdb_row(story: Story) -> Payload:
    crew = [("Director", name) for name in story.directors] + [("Writer", name) for name in story.writers]
    return {
        "id": 93000 + story.number,
        "name": story.title,
        "season_number": 1,
        "episode_number": story.number,
        "overview": story.overview,
        "air_date": story.day,
        "production_code": f"10{story.number}",
        "runtime": 45,
        "crew": [{"job": job, "name": name} for job, name in crew],
        "guest_stars": [],
    }


def _film() -> Payload:
    return {
        "id": FILM,
        "title": FILM_TITLE,
        "overview": "One weft is left.",
        "release_date": "2003-05-02",
        "runtime": 99,
    }


def _stapi_row(story: Story) -> Payload:
    empty = dict.fromkeys(("stardateFrom", "stardateTo", "yearFrom", "yearTo", "titleGerman", "finalScriptDate"))
    return {
        "uid": story.uid,
        "title": story.title,
        "series": {"uid": UID, "title": NAME},
        "season": {"uid": "SAMA0000930001", "title": "LOOM Season 1"},
        "seasonNumber": 1,
        "episodeNumber": story.number,
        "productionSerialNumber": f"10{story.number}",
        "featureLength": False,
        "usAirDate": story.day,
        **empty,
    }


def _page(number: int, title: str, content: str) -> Payload:
    revision = {"timestamp": "2026-08-01T00:00:00Z", "slots": {"main": {"content": content}}}
    return {"pageid": number, "ns": 0, "title": title, "revisions": [revision]}


def _wikitext(story: Story) -> str:
    return f"{{{{sidebar episode\n| title = {story.title}\n| date = Unknown ([[2310]])\n}}}}\n{WIKI_SENTENCES[0]}\n"


def broken_page() -> Payload:
    """A page that breaks the raw contract, and so is refused whole, text and all."""
    return {**_page(77, "Spindle (episode)", WIKI_SENTENCES[1]), "pageid": "77"}


def franchise_file(folder: Path, *, budget: int = 20, show: int = SHOW) -> Path:
    """The franchise file of Loom of Suns."""
    file = folder / "loom.toml"
    file.write_text(Template(FRANCHISE).substitute(budget=budget, show=show), encoding="utf-8")
    return file


@contextmanager
def running_sources() -> Iterator[FakeSources]:
    server = FakeSources()
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield server
    finally:
        server.close()
        thread.join()
