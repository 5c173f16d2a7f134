"""All five sources on one loopback port, each telling of Harbour Lights in its own shape; any lies on command."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Any

from tests.e2e.e2e_kit import FRANCHISE, Workplace
from tests.e2e.fake_tmdb import V4_TOKEN, FakeTmdb, Handler, Payload, served

Row = dict[str, Any]
Lie = Callable[[list[Row]], list[Row]]

_STORIES = """
1 1 2 2001-09-10 101-102 First Light      | Mara Quill | Ines Holt
1 3 1 2001-09-17 103     Fog Signal       | Tomas Reef | Ines Holt
1 4 1 2001-09-24 104     The Drowned Bell | Mara Quill | Oda Brandt
1 5 1 2001-10-01 105     Storm Glass      | Tomas Reef | Oda Brandt
2 1 1 2002-09-09 201     Lamp Oil         | Mara Quill | Ines Holt
2 2 1 2002-09-16 202     Neap Tide        | Tomas Reef | Oda Brandt
"""


def _story(line: str) -> Row:
    facts, director, writer = (cell.strip() for cell in line.split("|"))
    season, number, parts, day, code, title = facts.split(maxsplit=5)
    return {
        "season": int(season),
        "number": int(number),
        "parts": int(parts),
        "day": day,
        "code": code,
        "title": title,
        "director": director,
        "writer": writer,
    }


STORIES = [_story(line) for line in _STORIES.strip().splitlines()]
"""As those number who skip a number after a double-length story; First Light is one row."""

PATHS = {"tmdb": "/tv", "stapi": "/stapi", "memory_alpha": "/wiki", "trekcore": "/trek", "tvmaze": "/maze"}
"""Where each source is broken with `break_at`."""

IDS = 'ids = { tmdb = 9101, tvmaze = 11, memory_alpha = "HL", stapi = "SEMA0000900001", trekcore = "hl" }'
HTML = "text/html; charset=utf-8"
WIKI = """{{{{sidebar episode
| title = {title}
| writer = [[{writer}]]
| director = [[{director}]]
}}}}
'''{title}''' tells of a lamp.
=== Guest stars ===
* [[Elin Strand]] as [[Harbour Master]]
"""


class SourceHandler(Handler):
    server: HarbourSources

    def answer(self, path: str, query: dict[str, list[str]]) -> None:
        source, _, rest = path.strip("/").partition("/")
        tell = {"stapi": _stapi, "wiki": _wiki, "trek": _trek, "maze": _maze}.get(source)
        if tell is None:
            super().answer(path, query)
        elif rest.endswith("robots.txt"):
            self.reply(404, {})
        else:
            tell(self, query)

    def rows(self, source: str) -> list[Row]:
        return self.server.lies.get(source, list)([dict(story) for story in STORIES])


class HarbourSources(FakeTmdb):
    handler = SourceHandler

    def __init__(self) -> None:
        super().__init__()
        self.lies: dict[str, Lie] = {}
        self._agree()

    def _agree(self) -> None:
        """TMDB has other days and people than the rest; here only a lie is to make a difference."""
        for season in self.world.shows[9101]["seasons"]:
            for episode in season["episodes"]:
                story = next(story for story in STORIES if story["title"] in episode["name"])
                people = {"Director": story["director"], "Writer": story["writer"]}
                episode["air_date"] = story["day"]
                episode["crew"] = [
                    {"job": job, "name": name, "department": job, "credit_id": name, "id": 1}
                    for job, name in people.items()
                ]

    def begin_anew(self) -> None:
        super().begin_anew()
        self.lies.clear()
        self._agree()

    def let_lie(self, source: str, lie: Lie) -> None:
        """Let a source tell its rows otherwise; rows have the keys of STORIES, TMDB's at least title and season."""
        if source != "tmdb":
            self.lies[source] = lie
            return
        show = self.world.shows[9101]
        for season in show["seasons"]:
            rows = [{**row, "title": row["name"], "season": row["season_number"]} for row in season["episodes"]]
            season["episodes"] = [{**row, "name": row["title"]} for row in lie(rows)]
        show["seasons"] = [season for season in show["seasons"] if season["episodes"]]


def use_all(place: Workplace, server: HarbourSources) -> None:
    """Point all sources of the workplace at the server."""
    root = server.base_url.removesuffix("/3")
    place.use(server, V4_TOKEN)
    place.set(
        STAPI_BASE_URL=f"{root}/stapi",
        MEMORY_ALPHA_BASE_URL=f"{root}/wiki/api.php",
        TREKCORE_BASE_URL=f"{root}/trek/{{host}}",
        TVMAZE_BASE_URL=f"{root}/maze",
    )


def franchise_of_six(folder: Path) -> Path:
    """Harbour Watch with an id of every source for Harbour Lights; returns the franchise file."""
    for file in FRANCHISE.parent.iterdir():
        text = file.read_text("utf-8").replace('ids = { tmdb = 9101, imdb = "tt9900001" }', IDS)
        (folder / file.name).write_text(text, "utf-8")
    return folder / FRANCHISE.name


@contextmanager
def running_sources() -> Iterator[HarbourSources]:
    with served(HarbourSources()) as server:
        yield server


def _stapi(handler: SourceHandler, _: dict[str, list[str]]) -> None:
    rows = [
        {
            "uid": f"EPMA00009{row['season']}{row['number']:04}",
            "title": row["title"],
            **dict.fromkeys(("titleGerman", "titleItalian", "titleJapanese", "finalScriptDate")),
            "series": {"uid": "SEMA0000900001", "title": "Harbour Lights"},
            "season": {"uid": f"SAMA000090000{row['season']}", "title": f"HL Season {row['season']}"},
            "seasonNumber": row["season"],
            "episodeNumber": row["number"],
            "productionSerialNumber": row["code"],
            "featureLength": row["parts"] > 1,
            **dict.fromkeys(("stardateFrom", "stardateTo", "yearFrom", "yearTo")),
            "usAirDate": row["day"],
        }
        for row in handler.rows("stapi")
    ]
    page = {
        "pageNumber": 0,
        "pageSize": 100,
        "numberOfElements": len(rows),
        "totalElements": len(rows),
        "totalPages": 1,
        "firstPage": True,
        "lastPage": True,
    }
    handler.reply(200, {"page": page, "sort": {"clauses": []}, "episodes": rows})


def _wiki(handler: SourceHandler, query: dict[str, list[str]]) -> None:
    rows = handler.rows("memory_alpha")
    if "titles" in query:
        handler.reply(200, _pages([_page(title, _module(title[-1], rows)) for title in query["titles"][0].split("|")]))
    else:
        handler.reply(200, _pages([_page(row["title"], WIKI.format(**row)) for row in rows]))


def _pages(pages: list[Payload]) -> Payload:
    return {"batchcomplete": True, "query": {"pages": pages}}


def _page(title: str, text: str) -> Payload:
    revision = {"timestamp": "2026-08-01T00:00:00Z", "slots": {"main": {"content": text}}}
    return {"pageid": len(text), "ns": 0, "title": title, "revisions": [revision]}


def _module(name: str, rows: list[Row]) -> str:
    """A data module of the wiki: series, number, season, production code, or a piece of the day."""
    day = {row["title"]: date.fromisoformat(row["day"]) for row in rows}
    said = {
        "A": lambda _: "HL",
        "N": lambda row: (
            f"{row['season']}x{row['number']:02}" + (f"/{row['number'] + 1:02}" if row["parts"] > 1 else "")
        ),
        "S": lambda row: str(row["season"]),
        "P": lambda row: row["code"],
        "D": lambda row: str(day[row["title"]].day),
        "M": lambda row: f"{day[row['title']]:%B}",
        "Y": lambda row: str(day[row["title"]].year),
    }[name]
    return "return {" + ",".join(f'["{row["title"]}"] = "{said(row)}"' for row in rows) + "}"


def _trek(handler: SourceHandler, _: dict[str, list[str]]) -> None:
    cells = "".join(
        f'<tr><td class="col1">{row["season"]}x{row["number"]:02}</td>'
        f'<td class="col2"><a href="x">{row["title"]}</a></td>'
        f'<td class="col3">{row["code"]}</td><td class="col4">{date.fromisoformat(row["day"]):%B %d, %Y}</td>'
        f'<td class="col5">Unknown</td></tr>'
        for row in handler.rows("trekcore")
    )
    page = f'<html><body><table class="sortable">{cells}</table></body></html>'
    handler.send(200, page.encode(), {"Content-Type": HTML})


def _maze(handler: SourceHandler, _: dict[str, list[str]]) -> None:
    """First Light in two rows, numbers without a gap."""
    rows: list[Row] = []
    for row in handler.rows("tvmaze"):
        for part in range(1, row["parts"] + 1):
            title = f"{row['title']} ({part})" if row["parts"] > 1 and row["title"] else row["title"]
            rows.append({**row, "title": title, "number": row["number"] + part - 1})
    payload = [
        {
            "id": 880000 + 100 * row["season"] + row["number"],
            "url": f"https://maze.example.org/{row['season']}/{row['number']}",
            "name": row["title"],
            "season": row["season"],
            "number": row["number"],
            "type": "regular",
            "airdate": row["day"],
            "airtime": "",
            "airstamp": "",
            "runtime": 60,
            "rating": {"average": None},
            "image": None,
            "summary": "<p>A lamp.</p>",
            "_links": {},
        }
        for row in rows
    ]
    handler.send(200, json.dumps(payload).encode(), {"Content-Type": "application/json"})
