"""Memory Alpha: what is asked for, and what becomes of an answer, held against a wiki of the documented shape."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

import polars as pl
import pytest

from etl.errors import Category, SourceError
from etl.extract.memory_alpha import extract, first_years
from etl.extract.shapes import ENDED_MAX_AGE_S, RUNNING_MAX_AGE_S, Extracted, Scope
from etl.franchise import Franchise, Series
from etl.sources import MEMORY_ALPHA, Answer, Request, Source
from schemas.raw_memory_alpha import EPISODE_FRAME

RECEIVED_AT = datetime(2026, 11, 1, 8, 0, tzinfo=UTC)
NEW = """{{sidebar episode
| title = {title}
| image = Loom.jpg
| writer = [[Ada Loom]] and [[Ben Weft]]
| director = [[Cy Warp]]
| date = 512.5 ([[2301]])
}}
In it, {{e|The Shuttle}} is told of. See {{LOOM|The Knot}}.
=== Guest stars ===
* [[Di Spool]] as
** [[Mara]]
** [[Tor]]
"""
OLD = """{{Sidebar episode
| wsTitle = {title}
| nSeason = 1
| nEpisode = 01/02
| sProductionSerialNumber = 101
| bFeatureLength = 1
| nAirdateDay = 3
| sAirdateMonth = May
| nAirdateYear = 2031
| wsWrittenBy = [[Ada Loom]]
| wsDirectedBy = [[Cy Warp]]
| nStardate = 1207.3
| nYear = 2266
}}
"""

Payload = dict[str, Any]


def page(number: int, title: str, text: str | None) -> Payload:
    content = {"revisions": [{"timestamp": "2026-08-01T00:00:00Z", "slots": {"main": {"content": text}}}]}
    return {"pageid": number, "ns": 0, "title": title, **(content if text is not None else {})}


def module(entries: Mapping[str, str]) -> str:
    return "return {\n" + "".join(f'["{key}"] = "{value}",\n' for key, value in entries.items()) + "}"


def episode(number: int, text: str = NEW) -> Payload:
    return page(number, f"Story {number} (episode)", text.replace("{title}", f"Story {number}"))


@dataclass
class FakeWiki:
    """Pages by category, a few at a time, and modules. A payload that has a problem becomes an error of data format."""

    categories: Mapping[str, Sequence[Any]] = field(default_factory=dict)
    modules: Mapping[str, str | None] = field(default_factory=dict)
    size: int = 50
    answers: Mapping[str, Any] = field(default_factory=dict)
    waves: list[list[Request]] = field(default_factory=list)

    @property
    def source(self) -> Source:
        return MEMORY_ALPHA

    def fetch(self, requests: Sequence[Request]) -> list[Answer | SourceError]:
        self.waves.append(list(requests))
        return [self._outcome(request) for request in requests]

    def _outcome(self, request: Request) -> Answer | SourceError:
        wanted = request.params.get("gcmtitle", "modules") + request.params.get("gcmcontinue", "")
        reply = self.answers[wanted] if wanted in self.answers else self._payload(request.params)
        if isinstance(reply, SourceError):
            return replace(reply, concerns=request.concerns)
        answer = reply if isinstance(reply, Answer) else Answer(reply, MEMORY_ALPHA.base_url, RECEIVED_AT)
        if problem := request.problem_with(answer.payload):
            return SourceError("memory_alpha", Category.DATA_FORMAT, problem, concerns=request.concerns)
        return answer

    def _payload(self, params: Mapping[str, str]) -> Payload:
        if "titles" in params:
            pages = [
                page(900 + place, title, self.modules.get(title[-1], "return {}"))
                for place, title in enumerate(params["titles"].split("|"))
            ]
            return {"batchcomplete": True, "query": {"pages": pages}}
        pages = list(self.categories.get(params["gcmtitle"], []))
        start = int(params.get("gcmcontinue", "0"))
        if not pages:
            return {"batchcomplete": True}
        more = {"continue": {"gcmcontinue": str(start + self.size), "continue": "gcmcontinue||"}}
        return {
            **(more if start + self.size < len(pages) else {"batchcomplete": True}),
            "query": {"pages": pages[start : start + self.size]},
        }


LOOM, KNOT = "Category:LOOM episodes", "Category:KNOT episodes"


def series(code: str = "loom", wiki: str | None = "LOOM", *, is_ended: bool = True) -> Series:
    ids = {"memory_alpha": wiki} if wiki else {}
    return Series(code=code, name=f"The {code}", kind="series", is_ended=is_ended, ids=ids)


def run(client: FakeWiki, *asked: Series, season: int | None = None) -> Extracted:
    known = (series(), series("knot", "KNOT"))
    return extract(Franchise(code="loom", name="Loom", series=known), client, Scope(asked or (series(),), (), season))


def only(extracted: Extracted) -> dict[str, Any]:
    return extracted.frames["episodes"].row(0, named=True)


def titles(extracted: Extracted) -> list[str]:
    return extracted.frames["episodes"]["title"].to_list()


class TestWhatIsAsked:
    def test_the_first_wave_is_the_modules_and_every_series(self) -> None:
        client = FakeWiki({LOOM: [episode(1)], KNOT: [episode(2)]})
        run(client, series(), series("knot", "KNOT"), series("bare", None))
        assert len(client.waves) == 1
        modules, *categories = [request.params for request in client.waves[0]]
        assert modules["titles"].count("Module:EpisodeData/") == 7
        assert [params["gcmtitle"] for params in categories] == [LOOM, KNOT]
        assert {params["gcmlimit"] for params in categories} == {"50"}
        for params in (modules, *categories):
            assert params["maxlag"] == "5"
            assert params["formatversion"] == "2"
            assert params["redirects"] == "1"

    def test_a_running_series_makes_answers_old_sooner(self) -> None:
        client = FakeWiki()
        run(client, series(), series("knot", "KNOT", is_ended=False))
        assert [request.max_age_s for request in client.waves[0]] == [
            RUNNING_MAX_AGE_S,
            ENDED_MAX_AGE_S,
            RUNNING_MAX_AGE_S,
        ]
        assert [request.concerns for request in client.waves[0]] == ["loom, knot", "loom", "knot"]

    def test_nothing_is_asked_for_series_that_the_wiki_does_not_know(self) -> None:
        client = FakeWiki()
        extracted = run(client, series("bare", None))
        assert client.waves == []
        assert extracted.frames["episodes"].schema == EPISODE_FRAME

    def test_lists_are_continued_together_until_they_end(self) -> None:
        pages = [episode(number) for number in range(1, 8)]
        client = FakeWiki({LOOM: pages, KNOT: pages[:3]}, size=2)
        extracted = run(client, series(), series("knot", "KNOT"))
        assert [len(wave) for wave in client.waves] == [3, 2, 1, 1]
        assert client.waves[1][0].params["gcmcontinue"] == "2"
        assert client.waves[1][0].params["continue"] == "gcmcontinue||"
        assert sorted(titles(extracted)) == [payload["title"] for payload in pages]
        assert extracted.answers == 7
        assert extracted.rows == 7

    def test_a_list_that_continues_with_its_own_beginning_is_left(self) -> None:
        loop = {"query": {"pages": [episode(1)]}, "continue": {"gcmcontinue": "x", "continue": "||"}}
        extracted = run(FakeWiki(answers={LOOM: loop, f"{LOOM}x": loop}))
        assert [error.message for error in extracted.errors] == ["The wiki continues a list with its own beginning."]
        assert extracted.rows == 1

    def test_a_list_without_end_is_left(self) -> None:
        def reply(place: int) -> Payload:
            return {"query": {"pages": [episode(place)]}, "continue": {"gcmcontinue": str(place)}}

        answers = {LOOM: reply(0), **{f"{LOOM}{place}": reply(place + 1) for place in range(100)}}
        extracted = run(FakeWiki(answers=answers))
        assert [(error.message, error.concerns) for error in extracted.errors] == [
            ("The wiki's lists do not end.", "loom")
        ]


class TestRows:
    def test_a_page_of_today_and_its_modules_make_a_row(self) -> None:
        modules = {
            "A": module({"Story 1 (episode)": "LOOM"}),
            "N": module({"story 1": "1x04"}),
            "S": module({"Story 1": "1"}),
            "P": module({"Story 1": "101 (102/103)"}),
            "D": module({"Story 1 (episode)": "2"}),
            "M": module({"Story 1 (episode)": "March"}),
            "Y": module({"Story 1 (episode)": "2031"}),
        }
        extracted = run(FakeWiki({LOOM: [episode(1)]}, modules))
        assert extracted.errors == ()
        assert extracted.drift == ()
        row = only(extracted)
        expected = {
            "title": "Story 1 (episode)",
            "pageid": 1,
            "series_code": "LOOM",
            "sidebar_title": "Story 1",
            "date": "512.5 (2301)",
            "writer": ["Ada Loom", "Ben Weft"],
            "director": ["Cy Warp"],
            "n": "1x04",
            "s": "1",
            "p": "101 (102/103)",
            "d": "2",
            "m": "March",
            "y": "2031",
            "guest_stars": [
                {"actor": "Di Spool", "character": "Mara", "section": "Guest stars"},
                {"actor": "Di Spool", "character": "Tor", "section": "Guest stars"},
            ],
            "references": ["The Shuttle (episode)", "The Knot (episode)"],
            "timestamp": "2026-08-01T00:00:00Z",
            "source_url": "https://memory-alpha.fandom.com/wiki/Story_1_(episode)",
            "fetched_at": RECEIVED_AT,
            "is_stale": False,
        }
        assert row == {**dict.fromkeys(EPISODE_FRAME), **expected}

    def test_a_page_of_old_makes_one_too(self) -> None:
        row = only(run(FakeWiki({LOOM: [episode(1, OLD)]})))
        expected = {
            "wsTitle": "Story 1",
            "nSeason": "1",
            "nEpisode": "01/02",
            "sProductionSerialNumber": "101",
            "bFeatureLength": "1",
            "nAirdateDay": "3",
            "sAirdateMonth": "May",
            "nAirdateYear": "2031",
            "wsWrittenBy": ["Ada Loom"],
            "wsDirectedBy": ["Cy Warp"],
            "nStardate": "1207.3",
            "nYear": "2266",
            "series_code": "LOOM",
        }
        assert expected.items() <= row.items()

    def test_addresses_are_escaped_as_the_wiki_does(self) -> None:
        row = only(run(FakeWiki({LOOM: [page(1, 'Who? 50% "Loom" (episode)', NEW)]})))
        assert row["source_url"].endswith("/wiki/Who%3F_50%25_%22Loom%22_(episode)")

    def test_a_page_in_two_categories_is_one_row_of_the_series_in_the_module(self) -> None:
        client = FakeWiki({LOOM: [episode(1)], KNOT: [episode(1)]}, {"A": module({"Story 1": "KNOT"})})
        extracted = run(client, series(), series("knot", "KNOT"))
        assert [row["series_code"] for row in extracted.frames["episodes"].to_dicts()] == ["KNOT"]

    def test_a_page_of_a_series_that_was_not_asked_for_is_rejected(self) -> None:
        extracted = run(FakeWiki({LOOM: [episode(1), episode(2)]}, {"A": module({"Story 1": "KNOT"})}))
        assert titles(extracted) == ["Story 2 (episode)"]
        assert "which was not asked for" in extracted.rejects["reason"][0]

    def test_a_series_that_the_franchise_does_not_have_says_nothing(self) -> None:
        extracted = run(FakeWiki({LOOM: [episode(1)]}, {"A": module({"Story 1": "ELSE"})}))
        assert only(extracted)["series_code"] == "LOOM"

    def test_of_one_season_only_its_rows_and_those_without_a_number_are_kept(self) -> None:
        numbers = {"N": module({"Story 1": "1x01", "Story 2": "2x01"})}
        client = FakeWiki({LOOM: [episode(1), episode(2), episode(3)]}, numbers)
        assert titles(run(client, season=2)) == ["Story 2 (episode)", "Story 3 (episode)"]

    def test_text_that_comes_with_a_continuation_is_waited_for(self) -> None:
        first = {
            "query": {"pages": [episode(1), page(2, "Story 2 (episode)", None), page(3, "Story 3 (episode)", None)]},
            "continue": {"gcmcontinue": "r", "rvcontinue": "2", "continue": "||"},
        }
        second = {"query": {"pages": [page(1, "Story 1 (episode)", None), episode(2)]}}
        extracted = run(FakeWiki(answers={LOOM: first, f"{LOOM}r": second}))
        assert titles(extracted) == ["Story 1 (episode)", "Story 2 (episode)"]
        assert extracted.rejects.select("source_id", "reason").rows() == [("Story 3 (episode)", "its text never came")]


class TestWhatGoesWrong:
    def test_an_error_of_the_api_is_named(self) -> None:
        error = {"error": {"code": "maxlag", "info": "Waiting for a database server: 7 seconds lagged."}}
        extracted = run(FakeWiki({KNOT: [episode(1)]}, answers={LOOM: error}), series(), series("knot", "KNOT"))
        assert [(error.message, error.concerns) for error in extracted.errors] == [
            ("the API says maxlag: Waiting for a database server: 7 seconds lagged.", "loom")
        ]
        assert titles(extracted) == ["Story 1 (episode)"]

    @pytest.mark.parametrize(
        "payload",
        [[], None, {"query": []}, {"query": {"pages": {"1": {}}}}, {"continue": {"x": 1}}, {"query": {"pages": [1]}}],
    )
    def test_an_answer_of_another_shape_is_refused(self, payload: object) -> None:
        extracted = run(FakeWiki(answers={LOOM: payload}))
        assert [error.category for error in extracted.errors] == [Category.DATA_FORMAT]
        assert extracted.rows == 0

    def test_rows_that_break_the_contract_are_rejected_one_by_one(self) -> None:
        broken = [
            {"ns": 0, "title": "Gone (episode)", "missing": True},
            {"title": "Wrong <", "invalid": True},
            {"pageid": "7", "title": "Types (episode)"},
            {"title": "Half \ud800"},
            7,
            page(8, "Plain page", "No sidebar at all."),
            page(9, "Wild (episode)", "{{a|" * 100),
            page(10, "Numbered (episode)", "No sidebar, but the module knows it."),
        ]
        client = FakeWiki({LOOM: [episode(1), *broken]}, {"N": module({"Numbered": "3x07"})})
        extracted = run(client)
        assert titles(extracted) == ["Story 1 (episode)", "Numbered (episode)"]
        reasons = dict(extracted.rejects.select(pl.col("source_id"), "reason").rows())
        assert reasons["Gone (episode)"] == reasons["Wrong <"] == "the wiki has no such page"
        assert reasons["Types (episode)"].startswith("pageid: ")
        assert reasons["Plain page"] == "it has no sidebar of an episode and stands in no data module"
        assert reasons["Wild (episode)"] == "the page leaves too much open (braces)"
        assert extracted.rejects.height == 7

    def test_without_the_modules_the_pages_are_still_used(self) -> None:
        down = SourceError("memory_alpha", Category.TIMEOUT, "too slow")
        extracted = run(FakeWiki({LOOM: [episode(1)]}, answers={"modules": down}))
        assert [(error.category, error.concerns) for error in extracted.errors] == [(Category.TIMEOUT, "loom")]
        assert (only(extracted)["title"], only(extracted)["n"]) == ("Story 1 (episode)", None)

    def test_a_broken_module_and_a_missing_one_cost_only_themselves(self) -> None:
        modules = {"N": "return { [", "Y": None, "S": module({"Story 1": "4"})}
        extracted = run(FakeWiki({LOOM: [episode(1)]}, modules))
        assert [(error.category, error.message) for error in extracted.errors] == [
            (Category.DATA_FORMAT, "Module:EpisodeData/N is no flat table: line 1: neither a text nor a number"),
            (Category.DATA_FORMAT, "No text of Module:EpisodeData/Y."),
        ]
        assert (only(extracted)["n"], only(extracted)["s"]) == (None, "4")

    def test_an_empty_category_is_named(self) -> None:
        extracted = run(FakeWiki())
        assert [(error.category, error.concerns) for error in extracted.errors] == [(Category.NOT_FOUND, "loom")]

    def test_a_list_that_breaks_off_keeps_what_came(self) -> None:
        down = SourceError("memory_alpha", Category.NETWORK, "reset")
        pages = [episode(1), episode(2), episode(3)]
        extracted = run(FakeWiki({LOOM: pages}, size=2, answers={f"{LOOM}2": down}))
        assert titles(extracted) == ["Story 1 (episode)", "Story 2 (episode)"]
        assert [error.category for error in extracted.errors] == [Category.NETWORK]

    def test_a_stale_answer_makes_stale_rows_and_its_error_is_kept(self) -> None:
        error = SourceError("memory_alpha", Category.NETWORK, "reset")
        stale = Answer({"query": {"pages": [episode(1)]}}, "x", RECEIVED_AT, is_stale=True, error=error)
        extracted = run(FakeWiki(answers={LOOM: stale}))
        assert only(extracted)["is_stale"]
        assert extracted.errors == (error,)
        assert extracted.answers == 1

    def test_unknown_keys_are_drift(self) -> None:
        text = NEW.replace("| image", "| colour = red\n| unnamed\n| image")
        client = FakeWiki(answers={LOOM: {"query": {"pages": [episode(1, text)]}, "news": 1}})
        assert run(client).drift == ("answer.news", "sidebar.colour")


class TestFirstYears:
    def test_the_modules_alone_tell_when_each_series_began(self) -> None:
        told = {
            "One": ("LOOM", "2003"),
            "Two (episode)": ("LOOM", "2001"),
            "Three": ("KNOT", "2010"),
            "Four": ("KNOT", "soon"),
        }
        client = FakeWiki(
            modules={
                "A": module({title: code for title, (code, _) in told.items()}),
                "Y": module({title.removesuffix(" (episode)"): year for title, (_, year) in told.items()}),
            }
        )
        assert first_years(client, Scope((series(),), ())) == ({"LOOM": 2001, "KNOT": 2010}, [])
        ((request,),) = client.waves
        assert "titles" in request.params

    def test_without_the_modules_there_is_an_error_and_no_year(self) -> None:
        dead = SourceError("memory_alpha", Category.TIMEOUT, "silent")
        years, errors = first_years(FakeWiki(answers={"modules": dead}), Scope((series(),), ()))
        assert (years, [error.category for error in errors]) == ({}, [Category.TIMEOUT])
