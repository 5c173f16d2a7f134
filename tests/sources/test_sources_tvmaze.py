"""TVmaze: the list of a show's episodes, held against payloads of its documented shape."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from copy import deepcopy
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from etl.errors import Category, SourceError
from etl.extract.shapes import Extracted, Scope
from etl.extract.tvmaze import extract
from etl.franchise import Franchise, Series
from etl.sources import TVMAZE, Answer, Request, Source
from schemas.raw_tvmaze import EPISODE_FRAME

FIXTURE = Path(__file__).parent / "fixtures" / "tvmaze_episodes.json"
RECEIVED_AT = datetime(2026, 11, 1, 8, 0, tzinfo=UTC)
PATH = "/shows/9301/episodes"

Payload = dict[str, Any]


@pytest.fixture
def episodes() -> list[Any]:
    return recorded()


def recorded() -> list[Any]:
    payload: list[Any] = json.loads(FIXTURE.read_text(encoding="utf-8"))
    return payload


@dataclass
class FakeTvmaze:
    """Answers by path. A payload that has a problem becomes an error of data format."""

    replies: dict[str, Any]
    requests: list[Request] = field(default_factory=list)

    @property
    def source(self) -> Source:
        return TVMAZE

    def fetch(self, requests: Sequence[Request]) -> list[Answer | SourceError]:
        self.requests += requests
        return [self._outcome(request) for request in requests]

    def _outcome(self, request: Request) -> Answer | SourceError:
        reply = self.replies.get(request.path)
        if isinstance(reply, Answer):
            return reply
        if reply is None:
            return SourceError("tvmaze", Category.NOT_FOUND, "has nothing there", concerns=request.concerns)
        if problem := request.problem_with(reply):
            return SourceError("tvmaze", Category.DATA_FORMAT, problem, concerns=request.concerns)
        return Answer(deepcopy(reply), f"{TVMAZE.base_url}{request.path}?specials=1", RECEIVED_AT)


def series(code: str = "loom", tvmaze: str | None = "9301", *, is_ended: bool = True) -> Series:
    ids = {"tvmaze": tvmaze} if tvmaze else {}
    return Series(code=code, name="Loom of Suns", kind="series", is_ended=is_ended, ids=ids)


def run(client: FakeTvmaze, *asked: Series, season: int | None = None) -> Extracted:
    asked = asked or (series(),)
    return extract(Franchise(code="loom", name="Loom of Suns", series=asked), client, Scope(asked, (), season))


def told(extracted: Extracted) -> list[tuple[str, str, str]]:
    return [(error.category, error.concerns, error.message) for error in extracted.errors]


def test_a_series_is_one_request_with_the_specials(episodes: list[Any]) -> None:
    client = FakeTvmaze({PATH: episodes})
    extracted = run(client, series(), series("nobody", None))
    assert [(one.path, one.params, one.concerns) for one in client.requests] == [(PATH, {"specials": "1"}, "loom")]
    assert (extracted.rows, extracted.answers, extracted.errors, extracted.drift) == (4, 1, (), ())


def test_a_running_series_is_asked_for_again_sooner() -> None:
    client = FakeTvmaze({})
    run(client, series(), series("new", "9302", is_ended=False))
    assert [request.max_age_s for request in client.requests] == [30 * 86400, 6 * 3600]


def test_a_placeholder_of_an_episode_that_was_aired_is_overdue(episodes: list[Any]) -> None:
    client = FakeTvmaze({})
    run(client, series())
    (request,) = client.requests
    day = date(2026, 11, 23)
    assert not request.is_overdue([*episodes, "no row at all"], day)
    episodes[-1]["name"] = "TBA"
    assert request.is_overdue(episodes, day)
    episodes[-1]["airdate"] = "2026-11-23"
    assert not request.is_overdue(episodes, day)


def test_without_a_pinned_id_nothing_is_asked() -> None:
    client = FakeTvmaze({})
    assert run(client, series(tvmaze=None)).frames["episodes"].schema == EPISODE_FRAME
    assert client.requests == []


def test_a_row_is_copied_with_the_sources_own_words(episodes: list[Any]) -> None:
    frame = run(FakeTvmaze({PATH: episodes})).frames["episodes"]
    assert frame.schema == EPISODE_FRAME
    assert frame.row(0, named=True) == {
        "show_id": 9301,
        "id": 770101,
        "url": "https://www.tvmaze.com/episodes/770101/loom-of-suns-1x01-the-first-thread-1",
        "name": "The First Thread (1)",
        "season": 1,
        "number": 1,
        "type": "regular",
        "airdate": "2001-09-28",
        "airtime": "21:00",
        "airstamp": "2001-09-29T01:00:00+00:00",
        "runtime": 60,
        "summary": "<p>A weaver &amp; a <i>sun</i> meet.</p>\n<p>Invented  for a test&hellip;</p>",
        "summary_text": "A weaver & a sun meet.\n\nInvented for a test…",
        "source_url": "https://api.tvmaze.com/shows/9301/episodes?specials=1",
        "fetched_at": RECEIVED_AT,
        "is_stale": False,
    }


def test_specials_years_and_rows_of_2016_are_copied_as_they_are(episodes: list[Any]) -> None:
    frame = run(FakeTvmaze({PATH: episodes})).frames["episodes"]
    assert frame.select("season", "number", "type", "airdate").rows()[2:] == [
        (1, None, "insignificant_special", ""),
        (2016, 1, None, "2016-01-09"),
    ]
    assert frame["summary"].to_list()[1:] == ["", None, None]
    assert frame["summary_text"].to_list()[1:] == [None, None, None]


@pytest.mark.parametrize(("season", "ids"), [(0, [770150]), (1, [770101, 770102]), (2016, [771601]), (3, [])])
def test_of_one_season_the_others_are_left_out_and_counted(episodes: list[Any], season: int, ids: list[int]) -> None:
    extracted = run(FakeTvmaze({PATH: episodes}), season=season)
    assert extracted.frames["episodes"]["id"].to_list() == ids
    assert extracted.drift == (f"rows of other seasons: {4 - len(ids)}",)


def test_a_show_without_episodes_is_no_error() -> None:
    extracted = run(FakeTvmaze({PATH: []}))
    assert (extracted.rows, extracted.answers, extracted.errors) == (0, 1, ())


def test_a_show_that_is_missing_costs_the_others_nothing(episodes: list[Any]) -> None:
    extracted = run(FakeTvmaze({PATH: episodes}), series("gone", "9399"), series())
    assert told(extracted) == [("not-found", "gone", "has nothing there")]
    assert extracted.frames["episodes"]["show_id"].unique().to_list() == [9301]


def test_a_stale_answer_is_used_and_its_error_told(episodes: list[Any]) -> None:
    error = SourceError("tvmaze", Category.TIMEOUT, "hung", concerns="loom")
    extracted = run(FakeTvmaze({PATH: Answer(episodes, "u", RECEIVED_AT, is_stale=True, error=error)}))
    assert (extracted.rows, extracted.answers, extracted.errors) == (4, 0, (error,))
    assert extracted.frames["episodes"]["is_stale"].all()


def spoil(key: str, value: object) -> Callable[[Payload], None]:
    return lambda row: row.update({key: value})


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (lambda row: row.pop("id"), "id: Field required"),
        (lambda row: row.pop("number"), "number: Field required"),
        (spoil("id", "770101"), "id: Input should be a valid integer"),
        (spoil("id", 770102), "id: stands there more than once"),
        (spoil("name", None), "name: Input should be a valid string"),
        (spoil("season", 3001), "season: Input should be less than or equal to 3000"),
        (spoil("number", True), "number: Input should be a valid integer"),
        (spoil("runtime", "60"), "runtime: Input should be a valid integer"),
        (spoil("summary", ["<p>"]), "summary: Input should be a valid string"),
        (spoil("summary", "half \ud83d"), "summary: Value error, holds half of a character"),
    ],
)
def test_a_row_that_breaks_the_contract_is_rejected_with_its_reason(
    episodes: list[Any], change: Callable[[Payload], None], reason: str
) -> None:
    change(episodes[0])
    extracted = run(FakeTvmaze({PATH: [*episodes[1:], episodes[0]]}))
    assert extracted.rejects.select("source", "stage", "reason").rows() == [("tvmaze", "extract", reason)]
    assert json.loads(extracted.rejects["payload"].item().replace("\\ud83d", "")).keys() == episodes[0].keys()
    assert (extracted.rows, extracted.errors) == (3, ())


def test_unknown_keys_are_drift(episodes: list[Any]) -> None:
    episodes[0]["mood"] = "new"
    assert run(FakeTvmaze({PATH: episodes})).drift == ("episode.mood",)


@pytest.mark.parametrize(
    ("payload", "message"),
    [
        ({"name": "Not Found", "status": 404}, "this is no list of episodes"),
        ([{"id": "1"}, "?"], "no row keeps the contract"),
    ],
)
def test_an_answer_that_breaks_the_contract_is_a_problem(payload: Any, message: str) -> None:
    extracted = run(FakeTvmaze({PATH: payload}))
    assert told(extracted) == [("data-format", "loom", message)]
    assert extracted.rejects.is_empty()


PROPERTY = settings(max_examples=150, deadline=None, derandomize=True, database=None)
ANY_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=6,
)


@PROPERTY
@given(st.dictionaries(st.sampled_from(sorted(recorded()[0])), ANY_JSON, max_size=4))
def test_whatever_stands_in_a_row_it_is_kept_or_rejected(values: Payload) -> None:
    rows = recorded()
    rows[0].update(values)
    extracted = run(FakeTvmaze({PATH: rows}))
    assert extracted.rows + extracted.rejects.height == 4


@PROPERTY
@given(ANY_JSON)
def test_whatever_is_answered_nothing_is_raised(value: Any) -> None:
    run(FakeTvmaze({PATH: value}))
    run(FakeTvmaze({PATH: [*recorded(), value]}))
