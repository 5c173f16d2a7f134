"""STAPI: what breaks its contract, what is missing, and the people of single episodes."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from stapi_kit import DEAD, RECEIVED_AT, FakeStapi, Payload, fixture, lack, pages_of, people, rows_of, run, spoil, told

from etl.sources import Answer
from schemas.raw_stapi import PEOPLE_FRAME


@pytest.fixture
def search() -> Payload:
    return fixture("stapi_search.json")


@pytest.fixture
def full() -> Payload:
    return fixture("stapi_episode.json")


class TestRejects:
    @pytest.mark.parametrize(
        ("change", "reason"),
        [
            (lack("uid"), "uid: Field required"),
            (lack("usAirDate"), "usAirDate: Field required"),
            (spoil("uid", ""), "uid: Value should have at least 1 item after validation, not 0"),
            (spoil("title", None), "title: Input should be a valid string"),
            (spoil("series", None), "series: Input should be a valid dictionary or instance of Named"),
            (spoil("season", {"title": "x"}), "season.uid: Field required"),
            (spoil("seasonNumber", "1"), "seasonNumber: Input should be a valid integer"),
            (spoil("episodeNumber", -1), "episodeNumber: Input should be greater than or equal to 0"),
            (spoil("featureLength", 1), "featureLength: Input should be a valid boolean"),
            (spoil("stardateFrom", "41153.7"), "stardateFrom: Input should be a valid number"),
            (spoil("stardateTo", math.inf), "stardateTo: Input should be a finite number"),
            (spoil("yearFrom", 2364.5), "yearFrom: Input should be a valid integer"),
            (spoil("usAirDate", 20010928), "usAirDate: Input should be a valid string"),
            (spoil("titleGerman", "half \ud83d"), "titleGerman: Value error, holds half of a character"),
        ],
    )
    def test_a_row_that_breaks_the_contract_is_rejected_with_its_reason(
        self, search: Payload, change: Callable[[Payload], None], reason: str
    ) -> None:
        change(search["episodes"][3])
        extracted = run(FakeStapi({"0": search}), season=None)
        assert extracted.rejects["reason"].to_list() == [reason]
        assert extracted.rows == 2
        assert extracted.errors == ()

    def test_a_rejected_row_is_kept_whole(self, search: Payload) -> None:
        search["episodes"][3]["title"] = 5
        reject = run(FakeStapi({"0": search})).rejects.row(0, named=True)
        assert (reject["source"], reject["source_id"], reject["stage"]) == ("stapi", "EPMA0000900101", "extract")
        assert json.loads(reject["payload"]) == search["episodes"][3]

    def test_a_season_of_the_wrong_type_is_rejected_not_left_out(self, search: Payload) -> None:
        search["episodes"][3]["seasonNumber"] = "1"
        assert run(FakeStapi({"0": search}), season=1).rejects.height == 1

    def test_a_uid_that_comes_twice_is_rejected_the_second_time_and_missed_in_the_sum(self) -> None:
        rows = rows_of(150)
        rows[149] = rows[0]
        extracted = run(FakeStapi(pages_of(rows)))
        assert extracted.rejects.select("source_id", "reason").rows() == [
            ("EPMA001000000", "uid: stands there more than once")
        ]
        assert told(extracted) == [("data-format", "all", "says 150 rows, gave 149")]

    def test_a_uid_of_half_a_character_is_shown_as_an_escape(self, search: Payload) -> None:
        search["episodes"][3]["uid"] = "\ud83d"
        assert run(FakeStapi({"0": search})).rejects["source_id"].to_list() == ["\\ud83d"]

    def test_unknown_keys_are_drift(self, search: Payload) -> None:
        search["episodes"][0]["mood"] = search["hint"] = "new"
        assert run(FakeStapi({"0": search})).drift == ("episode.mood", "rows of other series: 1", "search.hint")


class TestProblems:
    def test_without_the_first_page_nothing_else_is_asked(self) -> None:
        client = FakeStapi({"0": DEAD})
        extracted = run(client)
        assert extracted.errors == (DEAD,)
        assert (len(client.waves), extracted.rows, extracted.answers) == (1, 0, 0)

    def test_a_missing_page_costs_its_rows_only_and_is_told_with_the_sum(self) -> None:
        extracted = run(FakeStapi(pages_of(rows_of(860)) | {"4": DEAD}))
        assert (extracted.rows, extracted.answers) == (760, 8)
        assert told(extracted) == [
            ("service-unavailable", "all", "answered 503"),
            ("data-format", "all", "says 860 rows, gave 760"),
        ]

    @pytest.mark.parametrize("total", [0, 149, 151])
    def test_a_wrong_total_is_an_error(self, total: int) -> None:
        extracted = run(FakeStapi(pages_of(rows_of(150), total)))
        assert told(extracted) == [("data-format", "all", f"says {total} rows, gave 150")]
        assert extracted.rows == 150

    def test_rows_that_cannot_be_read_count_as_given(self, search: Payload) -> None:
        search["episodes"][1], search["episodes"][3] = "?", {"uid": ["?"]}
        extracted = run(FakeStapi({"0": search}))
        assert (extracted.rejects.height, extracted.errors) == (2, ())

    def test_a_page_under_the_number_of_another_is_a_problem(self) -> None:
        replies = pages_of(rows_of(150))
        assert told(run(FakeStapi(replies | {"1": replies["0"]})))[0] == (
            "data-format",
            "all",
            "asked for page 1, got 0",
        )

    @pytest.mark.parametrize(
        ("change", "message"),
        [
            (lack("page"), "the page breaks the contract: page: Field required"),
            (spoil("episodes", None), "the page breaks the contract: episodes: Input should be a valid list"),
            (spoil("episodes", [{"uid": 5}, "?"]), "no row keeps the contract"),
        ],
    )
    def test_a_page_that_breaks_the_contract_is_a_problem(
        self, search: Payload, change: Callable[[Payload], None], message: str
    ) -> None:
        change(search)
        extracted = run(FakeStapi({"0": search}))
        assert told(extracted) == [("data-format", "all", message)]
        assert extracted.rows == 0

    def test_a_number_of_pages_that_would_flood_the_source_is_a_problem(self, search: Payload) -> None:
        search["page"]["totalPages"] = 10**9
        client = FakeStapi({"0": search})
        ((category, _, message),) = told(run(client))
        assert (category, len(client.waves)) == ("data-format", 1)
        assert "page.totalPages: Input should be less than or equal to 100" in message


class TestPeople:
    def test_the_names_are_given_by_role(self, full: Payload) -> None:
        frame = people(FakeStapi({"EPMA0000900203": full}), "EPMA0000900203").frames["people"]
        assert frame.schema == PEOPLE_FRAME
        assert frame.drop("source_url", "fetched_at", "is_stale").to_dicts() == [
            {
                "uid": "EPMA0000900203",
                "directors": ["Ana Weaver"],
                "writers": [],
                "teleplay_authors": ["Cy Quill"],
                "story_authors": ["Bo Scribe", "Cy Quill"],
                "performers": ["Dee Caller"],
            }
        ]

    def test_each_uid_is_asked_for_once_and_all_at_once(self, full: Payload) -> None:
        client = FakeStapi({"EPMA0000900203": full, "EPMA0": DEAD})
        extracted = people(client, "EPMA0000900203", "EPMA0", "EPMA0000900203")
        assert [[request.params["uid"] for request in wave] for wave in client.waves] == [["EPMA0000900203", "EPMA0"]]
        assert client.waves[0][0].path == "/episode"
        assert (extracted.frames["people"].height, extracted.errors, extracted.drift) == (1, (DEAD,), ())

    def test_without_uids_nothing_is_asked(self) -> None:
        client = FakeStapi({})
        assert people(client).frames["people"].schema == PEOPLE_FRAME
        assert client.waves == []

    def test_an_object_that_was_not_looked_at_before_is_rejected(self) -> None:
        extracted = people(FakeStapi({"E": Answer({"episode": {"uid": 5}}, "u", RECEIVED_AT)}), "E")
        assert extracted.frames["people"].is_empty()
        assert extracted.rejects["source_id"].to_list() == ["5"]

    @pytest.mark.parametrize(
        ("change", "message"),
        [
            (spoil("episode", None), "there is no episode EPMA7"),
            (spoil("hint", 1), "asked for episode EPMA7, got EPMA0000900203"),
            (lambda payload: payload["episode"].pop("directors"), "episode.directors: Field required"),
            (spoil("episode", []), "episode: Input should be a valid dictionary"),
        ],
    )
    def test_an_object_that_breaks_the_contract_is_a_problem(
        self, full: Payload, change: Callable[[Payload], None], message: str
    ) -> None:
        change(full)
        extracted = people(FakeStapi({"EPMA7": full}), "EPMA7")
        ((category, concerns, text),) = told(extracted)
        assert (category, concerns) == ("data-format", "episode:EPMA7")
        assert message in text


ANY_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=6,
)
KEYS = st.sampled_from(sorted(fixture("stapi_search.json")["episodes"][0]))


@settings(max_examples=150, deadline=None, derandomize=True, database=None)
@given(st.dictionaries(KEYS, ANY_JSON, max_size=4), st.sampled_from([None, 1]))
def test_whatever_stands_in_a_row_it_is_kept_rejected_or_left_out(values: Payload, season: int | None) -> None:
    payload = fixture("stapi_search.json")
    payload["episodes"][3].update(values)
    extracted = run(FakeStapi({"0": payload}), season=season)
    left_out = sum(int(note.rpartition(" ")[2]) for note in extracted.drift)
    assert extracted.rows + extracted.rejects.height + left_out == 4


@settings(max_examples=150, deadline=None, derandomize=True, database=None)
@given(ANY_JSON)
def test_whatever_is_answered_nothing_is_raised(value: Any) -> None:
    payload = fixture("stapi_search.json")
    for reply in (value, payload | {"page": value}, payload | {"episodes": value}, payload | {"episodes": [value]}):
        run(FakeStapi({"0": reply}))
    people(FakeStapi({"E": {"episode": value}}), "E")
