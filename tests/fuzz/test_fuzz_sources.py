"""Payloads of the sources, broken in every way: each row is used or rejected with a reason; nothing else happens."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from fuzz_kit import LARGE, Played, fuzzed, in_reasonable_time, mutated
from hypothesis import given
from hypothesis import strategies as st

from etl.extract import memory_alpha, stapi, tmdb, trekcore, tvmaze
from etl.extract.shapes import Extracted, Scope
from etl.franchise import Film, Franchise, Season, Series
from etl.sources import MEMORY_ALPHA, STAPI, TMDB, TREKCORE, TVMAZE, Request, Source
from etl.transform.conform_memory_alpha import conform_memory_alpha_episodes
from etl.transform.conform_stapi import conform_stapi_episodes
from etl.transform.conform_tmdb import conform_tmdb_episodes, conform_tmdb_movies, conform_tmdb_seasons
from etl.transform.conform_trekcore import conform_trekcore_episodes
from etl.transform.conform_tvmaze import conform_tvmaze_episodes
from schemas.conformed import EPISODE_ROWS

FIXTURES = Path(__file__).parents[1] / "sources" / "fixtures"
UID = "SEMA0000900001"


def fixture(name: str) -> Any:
    return json.loads((FIXTURES / name).read_text("utf-8"))


SHOW, FILM = fixture("tmdb_series.json"), fixture("tmdb_film.json")
SEARCH, SHOWN = fixture("stapi_search.json"), fixture("tvmaze_episodes.json")
LIST = (FIXTURES / "trekcore_list.html").read_text("utf-8")
SEARCH["page"] |= {"pageNumber": 0, "totalPages": 1}

SERIES = Series(
    code="loom",
    name="Loom of Suns",
    kind="series",
    is_ended=True,
    ids={"tmdb": str(SHOW["id"]), "stapi": UID, "tvmaze": "9301", "trekcore": "loom", "memory_alpha": "LOOM"},
    seasons=(Season(number=1), Season(number=2)),
)
FILMS = (Film(code="loom1", title="Loom", ids={"tmdb": str(FILM["id"])}),)
FRANCHISE = Franchise(code="loom", name="Loom of Suns", series=(SERIES,), films=FILMS)
SCOPE = Scope((SERIES,), FILMS)

SIDEBAR = "{{sidebar episode\n| title = Loom\n| writer = [[Ada Loom]] and [[Ben Weft]]\n| date = 512.5 ([[2301]])\n}}\n"
PAGE = {
    "batchcomplete": True,
    "query": {
        "pages": [
            {
                "pageid": 7,
                "ns": 0,
                "title": "Loom (episode)",
                "revisions": [
                    {
                        "timestamp": "2026-08-01T00:00:00Z",
                        "slots": {"main": {"content": SIDEBAR + "=== Guest stars ===\n* [[Di Spool]] as [[Mara]]\n"}},
                    }
                ],
            },
            {"pageid": 8, "ns": 0, "title": "Waiting (episode)"},
            {"ns": 0, "title": "Gone (episode)", "missing": True},
        ]
    },
}
MODULES = "return {\n" + '["Loom (episode)"] = "LOOM",\n' + "}"


@dataclass(frozen=True)
class Played1:
    """One source: a sound payload, how it is read, and how many rows an accepted payload holds."""

    source: Source
    payload: Any
    extract: Callable[[Franchise, Any, Scope], Extracted]
    rows: Callable[[Any], int]
    conform: Callable[[Mapping[str, pl.DataFrame]], None]


def tmdb_rows(payload: Any) -> int:
    if payload["id"] == FILM["id"] and "season/1" not in payload:
        return 1
    seasons = [value for key, value in payload.items() if key.startswith("season/")]
    return sum(len(season["episodes"]) for season in seasons if season.get("success") is not False)


def conform_tmdb(frames: Mapping[str, pl.DataFrame]) -> None:
    ids = {str(SHOW["id"]): "loom"}
    assert conform_tmdb_episodes(frames["episodes"], ids).schema == EPISODE_ROWS
    conform_tmdb_seasons(frames["seasons"], ids)
    conform_tmdb_movies(frames["movies"], {str(FILM["id"]): "film:loom1"})


def conform_stapi(frames: Mapping[str, pl.DataFrame]) -> None:
    assert conform_stapi_episodes(frames["episodes"], {UID: "loom"}).schema == EPISODE_ROWS


def conform_tvmaze(frames: Mapping[str, pl.DataFrame]) -> None:
    assert conform_tvmaze_episodes(frames["episodes"], {"9301": "loom"}).schema == EPISODE_ROWS


def conform_trekcore(frames: Mapping[str, pl.DataFrame]) -> None:
    assert conform_trekcore_episodes(frames["episodes"], {"loom": "loom"}).schema == EPISODE_ROWS


def conform_wiki(frames: Mapping[str, pl.DataFrame]) -> None:
    assert conform_memory_alpha_episodes(frames["episodes"], {"LOOM": "loom"}).schema == EPISODE_ROWS


SOURCES = {
    "tmdb series": Played1(TMDB, SHOW, tmdb.extract, tmdb_rows, conform_tmdb),
    "tmdb film": Played1(TMDB, FILM, tmdb.extract, tmdb_rows, conform_tmdb),
    "stapi": Played1(STAPI, SEARCH, stapi.extract, lambda payload: len(payload["episodes"]), conform_stapi),
    "tvmaze": Played1(TVMAZE, SHOWN, tvmaze.extract, len, conform_tvmaze),
    "memory_alpha": Played1(
        MEMORY_ALPHA,
        PAGE,
        memory_alpha.extract,
        lambda payload: len(payload.get("query", {}).get("pages", [])),
        conform_wiki,
    ),
}


def read(played: Played1, payload: Any) -> tuple[Extracted, Played]:
    def answer(request: Request) -> Any:
        return payload

    client = Played(played.source, answer)
    extracted = played.extract(FRANCHISE, client, SCOPE)
    assert extracted.source == played.source.name
    assert set(extracted.rejects["stage"]) <= {"extract"}
    assert "" not in extracted.rejects["reason"]
    assert extracted.answers == len(client.given)
    played.conform(extracted.frames)
    return extracted, client


@pytest.mark.parametrize("name", SOURCES)
@fuzzed(12)
@given(data=st.data())
def test_every_row_of_a_broken_payload_is_used_or_rejected(name: str, data: st.DataObject) -> None:
    played = SOURCES[name]
    extracted, client = read(played, data.draw(mutated(played.payload)))
    if name in ("tmdb series", "tvmaze", "memory_alpha"):
        rows = sum(played.rows(payload) for payload in client.given[-1:])
        assert extracted.rows + extracted.rejects.height >= min(rows, 1)


@pytest.mark.parametrize("name", ["tmdb series", "tvmaze"])
@fuzzed(8)
@given(data=st.data())
def test_no_row_is_lost(name: str, data: st.DataObject) -> None:
    """Only rows are broken here, so that the payload around them is accepted."""
    played = SOURCES[name]
    rows = played.payload["season/1"]["episodes"] if name == "tmdb series" else played.payload
    broken = [*data.draw(st.lists(mutated(rows[0]), min_size=1, max_size=4)), rows[1]]
    payload = (
        {**played.payload, "season/1": {**played.payload["season/1"], "episodes": broken}}
        if name == "tmdb series"
        else broken
    )
    extracted, client = read(played, payload)
    given_rows = sum(played.rows(one) for one in client.given)
    assert extracted.frames["episodes"].height + extracted.rejects.height == given_rows


# --- pages of HTML ---

HTML = ["<table class='sortable'>", "<tr>", "<td class='col1'>", "<td class=col2>", "<td class=col4>", "1x01", "<br>"]
HTML += [
    "</td>",
    "</tr>",
    "</table>",
    "<a href='x'>",
    "</a>",
    "<script>",
    "<!--",
    "&nbsp;",
    "&#x0;",
    "<p",
    "\x00",
    "9x9",
]


@fuzzed(12)
@given(
    noise=st.lists(st.sampled_from(HTML) | st.text(max_size=3), max_size=40).map("".join), at=st.integers(0, len(LIST))
)
def test_a_broken_episode_list(noise: str, at: int) -> None:
    client = Played(TREKCORE, lambda _: (LIST[:at] + noise + LIST[at:]).encode("utf-8", "replace"))
    extracted = trekcore.extract(FRANCHISE, client, SCOPE)
    assert extracted.answers + len(extracted.errors) == 1
    conform_trekcore(extracted.frames)


# --- large answers ---


def _large(kind: str) -> Any:
    row = SHOWN[0]
    return {
        "title": [{**row, "name": "x" * 10 * LARGE}],
        "id": [{**row, "id": "9" * LARGE}],
        "summary": [{**row, "summary": "<div>" * (LARGE // 5)}],
        "keys": [{**row, **{f"key {number}": number for number in range(20_000)}}],
        "rows": [row] * 2_000,
    }[kind]


@pytest.mark.parametrize("kind", ["title", "id", "summary", "keys", "rows"])
def test_a_large_answer_costs_little_and_leaves_little(kind: str) -> None:
    with in_reasonable_time():
        extracted, _ = read(SOURCES["tvmaze"], [SHOWN[1], *_large(kind)])
    assert extracted.frames["episodes"].height >= 1
    assert extracted.frames["episodes"].estimated_size() < 4 * LARGE
    assert extracted.rejects.estimated_size() < 4 * LARGE
    assert sum(map(len, extracted.drift)) < LARGE
