"""TMDB: what is asked for, and what becomes of an answer, held against payloads of its documented shape."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from etl.errors import Category, SourceError
from etl.extract.shapes import Extracted, Scope
from etl.extract.tmdb import extract
from etl.franchise import Film, Franchise, Season, Series
from etl.sources import TMDB, Answer, Request, Source
from schemas.raw_tmdb import EPISODE_FRAME, MOVIE_FRAME, SEASON_FRAME

FIXTURES = Path(__file__).parent / "fixtures"
RECEIVED_AT = datetime(2026, 11, 1, 8, 0, tzinfo=UTC)
SHOW, FILM = "/tv/9101", "/movie/9201"

Payload = dict[str, Any]
Reply = Payload | SourceError | Answer


def fixture(name: str) -> Payload:
    payload: Payload = json.loads((FIXTURES / name).read_text(encoding="utf-8"))
    return payload


@pytest.fixture
def show() -> Payload:
    return fixture("tmdb_series.json")


@pytest.fixture
def film() -> Payload:
    return fixture("tmdb_film.json")


@dataclass
class FakeTmdb:
    """Answers by path, and gives of a series only the seasons that were asked for, as TMDB does.

    A payload that has a problem becomes an error of data format, as in the real client.
    """

    replies: Mapping[str, Reply]
    waves: list[list[Request]] = field(default_factory=list)

    @property
    def source(self) -> Source:
        return TMDB

    def fetch(self, requests: Sequence[Request]) -> list[Answer | SourceError]:
        self.waves.append(list(requests))
        return [self._outcome(request) for request in requests]

    @property
    def requests(self) -> list[Request]:
        return [request for wave in self.waves for request in wave]

    def _outcome(self, request: Request) -> Answer | SourceError:
        reply = self.replies[request.path]
        if isinstance(reply, SourceError):
            return replace(reply, concerns=request.concerns)
        answer = reply if isinstance(reply, Answer) else Answer(reply, f"{TMDB.base_url}{request.path}", RECEIVED_AT)
        wanted = request.params["append_to_response"].split(",")
        payload = {
            key: deepcopy(value)
            for key, value in answer.payload.items()
            if not key.startswith("season/") or key in wanted
        }
        if problem := request.problem_with(payload):
            return SourceError("tmdb", Category.DATA_FORMAT, problem, concerns=request.concerns)
        return replace(answer, payload=payload)


def series(
    *seasons: int, code: str = "loom", tmdb: str | None = "9101", is_ended: bool = True, is_known: bool = True
) -> Series:
    return Series(
        code=code,
        name="Loom of Suns",
        kind="series",
        is_ended=is_ended,
        ids={"tmdb": tmdb} if tmdb else {},
        seasons=tuple(Season(number=number) for number in (seasons or (1, 2))) if is_known else (),
    )


def shuttle(tmdb: str | None = "9201") -> Film:
    return Film(code="shuttle", title="Loom of Suns: The Shuttle", ids={"tmdb": tmdb} if tmdb else {})


def run(client: FakeTmdb, *asked: Series, films: Sequence[Film] = (), season: int | None = None) -> Extracted:
    franchise = Franchise(code="loom", name="Loom of Suns", series=asked, films=tuple(films))
    return extract(franchise, client, Scope(asked, tuple(films), season))


def objects(request: Request) -> list[str]:
    return request.params["append_to_response"].split(",")


def seasons(*numbers: int) -> list[str]:
    return [f"season/{number}" for number in numbers]


class TestWhatIsAsked:
    def test_a_series_is_one_request_with_its_seasons_appended(self, show: Payload) -> None:
        client = FakeTmdb({SHOW: show})
        run(client, series(1, 2))
        assert [request.path for request in client.requests] == [SHOW]
        assert objects(client.requests[0]) == [*seasons(1, 2), "external_ids"]

    def test_a_running_series_is_asked_for_its_next_season_too(self, show: Payload) -> None:
        client = FakeTmdb({SHOW: show})
        run(client, series(1, 2, is_ended=False))
        assert objects(client.requests[0]) == [*seasons(1, 2, 3), "external_ids"]

    def test_season_zero_is_asked_for_where_the_franchise_knows_it(self, show: Payload) -> None:
        client = FakeTmdb({SHOW: show})
        run(client, series(0, 1, 2))
        assert objects(client.requests[0]) == [*seasons(0, 1, 2), "external_ids"]

    def test_more_seasons_than_tmdb_appends_are_asked_for_in_groups(self, show: Payload) -> None:
        client = FakeTmdb({SHOW: show})
        run(client, series(*range(1, 27)))
        groups = [objects(request) for request in client.requests]
        assert [len(group) for group in groups] == [20, 7]
        assert [*groups[0], *groups[1]] == [*seasons(*range(1, 27)), "external_ids"]

    def test_nineteen_seasons_and_the_ids_are_still_one_request(self, show: Payload) -> None:
        client = FakeTmdb({SHOW: show})
        run(client, series(*range(1, 20)))
        assert [len(objects(request)) for request in client.requests] == [20]

    def test_a_series_of_unknown_seasons_is_asked_for_the_first_nineteen(self, show: Payload) -> None:
        client = FakeTmdb({SHOW: show})
        run(client, series(is_known=False))
        assert [objects(request) for request in client.requests] == [[*seasons(*range(19)), "external_ids"]]

    def test_seasons_that_tmdb_announces_are_asked_for_in_a_second_request(self, show: Payload) -> None:
        client = FakeTmdb({SHOW: show})
        extracted = run(client, series(1))
        assert [[objects(request) for request in wave] for wave in client.waves] == [
            [[*seasons(1), "external_ids"]],
            [[*seasons(2), "external_ids"]],
        ]
        assert extracted.frames["episodes"]["id"].to_list() == [880101, 880102, 880201, 880202]

    def test_a_season_that_tmdb_announces_but_does_not_have_is_asked_for_once_only(self, show: Payload) -> None:
        del show["season/2"]
        client = FakeTmdb({SHOW: show})
        run(client, series(1, 2))
        assert len(client.requests) == 1

    def test_one_season_is_asked_for_alone_whatever_tmdb_announces(self, show: Payload) -> None:
        client = FakeTmdb({SHOW: show})
        extracted = run(client, series(1), season=2)
        assert [objects(request) for request in client.requests] == [[*seasons(2), "external_ids"]]
        assert extracted.frames["episodes"]["season_number"].unique().to_list() == [2]

    def test_a_film_is_one_request_with_credits_and_ids(self, film: Payload) -> None:
        client = FakeTmdb({FILM: film})
        run(client, films=[shuttle()])
        assert [(request.path, objects(request)) for request in client.requests] == [
            (FILM, ["credits", "external_ids"])
        ]

    def test_what_has_no_pinned_id_is_not_asked_for(self) -> None:
        client = FakeTmdb({})
        extracted = run(client, series(tmdb=None), films=[shuttle(tmdb=None)])
        assert client.requests == []
        assert extracted.rows == 0

    def test_no_request_carries_a_key(self, show: Payload, film: Payload) -> None:
        client = FakeTmdb({SHOW: show, FILM: film})
        run(client, series(), films=[shuttle()])
        assert {name for request in client.requests for name in request.params} == {"append_to_response"}

    @pytest.mark.parametrize(("is_ended", "max_age_s"), [(False, 6 * 3600.0), (True, 30 * 86400.0)])
    def test_a_running_series_grows_old_sooner(self, show: Payload, is_ended: bool, max_age_s: float) -> None:
        client = FakeTmdb({SHOW: show})
        run(client, series(is_ended=is_ended))
        assert [request.max_age_s for request in client.requests] == [max_age_s]

    def test_a_film_grows_old_after_thirty_days(self, film: Payload) -> None:
        client = FakeTmdb({FILM: film})
        run(client, films=[shuttle()])
        assert client.requests[0].max_age_s == 30 * 86400.0

    @pytest.mark.parametrize(
        ("name", "air_date", "is_overdue"),
        [
            ("Episode 2", "2026-11-22", True),
            (" tba ", "2001-01-01", True),
            ("", "2026-11-22", True),
            ("Episode 2", "2026-11-23", False),
            ("Episode 2", "2026-11-24", False),
            ("Episode 2", "", False),
            ("Episode 2", None, False),
            (7, "2026-11-22", False),
            ("Warp and Weft", "2026-11-22", False),
        ],
    )
    def test_a_placeholder_of_an_episode_that_was_aired_is_overdue(
        self, show: Payload, name: object, air_date: object, is_overdue: bool
    ) -> None:
        client = FakeTmdb({SHOW: show})
        run(client, series())
        show["season/2"]["episodes"][0] |= {"name": name, "air_date": air_date}
        show["season/2"]["episodes"].append("no row at all")
        assert client.requests[0].is_overdue(show, date(2026, 11, 23)) is is_overdue

    def test_a_request_says_what_it_concerns(self, show: Payload, film: Payload) -> None:
        client = FakeTmdb({SHOW: show, FILM: film})
        run(client, series(), films=[shuttle()])
        assert [request.concerns for request in client.requests] == ["loom", "film:shuttle"]


class TestFrames:
    def test_the_frames_have_exactly_the_raw_schema(self, show: Payload, film: Payload) -> None:
        frames = run(FakeTmdb({SHOW: show, FILM: film}), series(), films=[shuttle()]).frames
        assert {name: frame.schema for name, frame in frames.items()} == {
            "episodes": EPISODE_FRAME,
            "seasons": SEASON_FRAME,
            "movies": MOVIE_FRAME,
        }

    def test_without_answers_the_frames_have_the_same_schema(self) -> None:
        frames = run(FakeTmdb({})).frames
        assert {name: frame.schema for name, frame in frames.items()} == {
            "episodes": EPISODE_FRAME,
            "seasons": SEASON_FRAME,
            "movies": MOVIE_FRAME,
        }

    def test_an_episode_is_copied_with_the_sources_own_words(self, show: Payload) -> None:
        row = run(FakeTmdb({SHOW: show}), series()).frames["episodes"].drop("crew", "guest_stars").row(0, named=True)
        assert row == {
            "show_id": 9101,
            "id": 880101,
            "season_number": 1,
            "episode_number": 1,
            "episode_type": "standard",
            "name": "The First Thread",
            "overview": "Invented for a test.",
            "air_date": "2001-09-28",
            "production_code": "176266 / 176267",
            "runtime": 92,
            "source_url": "https://api.themoviedb.org/3/tv/9101",
            "fetched_at": RECEIVED_AT,
            "is_stale": False,
        }

    def test_crew_is_kept_with_every_job_of_a_person(self, show: Payload) -> None:
        crew = run(FakeTmdb({SHOW: show}), series()).frames["episodes"]["crew"][0].to_list()
        assert [(person["name"], person["job"]) for person in crew] == [
            ("Ana Weaver", "Director"),
            ("Bo Scribe", "Writer"),
            ("Bo Scribe", "Story"),
            ("Cy Quill", "Teleplay"),
        ]

    def test_guest_stars_are_kept_with_their_characters(self, show: Payload) -> None:
        guests = run(FakeTmdb({SHOW: show}), series()).frames["episodes"]["guest_stars"][0].to_list()
        assert guests == [
            {"job": None, "name": "Dee Caller", "character": "Warden Ilo"},
            {"job": None, "name": "Eli Foss", "character": "Second Voice"},
        ]

    def test_an_unknown_running_time_is_null(self, show: Payload) -> None:
        assert run(FakeTmdb({SHOW: show}), series()).frames["episodes"]["runtime"].to_list() == [92, None, 46, None]

    def test_placeholders_are_copied_as_they_are(self, show: Payload) -> None:
        last = run(FakeTmdb({SHOW: show}), series()).frames["episodes"].row(-1, named=True)
        assert (last["name"], last["overview"], last["air_date"]) == ("Episode 2", "", "")

    def test_a_season_is_copied_without_its_episodes(self, show: Payload) -> None:
        row = run(FakeTmdb({SHOW: show}), series()).frames["seasons"].row(1, named=True)
        assert row == {
            "show_id": 9101,
            "season_number": 2,
            "name": "Season 2",
            "overview": "",
            "air_date": "2002-09-27",
            "source_url": "https://api.themoviedb.org/3/tv/9101",
            "fetched_at": RECEIVED_AT,
            "is_stale": False,
        }

    def test_a_season_without_episodes_yet_is_kept(self, show: Payload) -> None:
        show["season/2"]["episodes"] = []
        extracted = run(FakeTmdb({SHOW: show}), series())
        assert extracted.frames["seasons"]["season_number"].to_list() == [1, 2]
        assert extracted.errors == ()

    def test_a_film_is_copied_with_crew_and_cast(self, film: Payload) -> None:
        row = run(FakeTmdb({FILM: film}), films=[shuttle()]).frames["movies"].row(0, named=True)
        assert (row["id"], row["imdb_id"], row["title"], row["runtime"]) == (
            9201,
            "tt9900002",
            "Loom of Suns: The Shuttle",
            113,
        )
        assert [person["job"] for person in row["crew"]] == ["Director", "Screenplay"]
        assert [person["character"] for person in row["cast"]] == ["Warden Ilo"]

    def test_the_imdb_id_of_a_film_may_come_from_the_appended_ids(self, film: Payload) -> None:
        film["imdb_id"] = None
        assert run(FakeTmdb({FILM: film}), films=[shuttle()]).frames["movies"]["imdb_id"].to_list() == ["tt9900002"]

    def test_a_film_without_credits_has_nobody(self, film: Payload) -> None:
        del film["credits"]
        row = run(FakeTmdb({FILM: film}), films=[shuttle()]).frames["movies"].row(0, named=True)
        assert (row["crew"], row["cast"]) == ([], [])

    def test_rows_counts_episodes_and_films(self, show: Payload, film: Payload) -> None:
        assert run(FakeTmdb({SHOW: show, FILM: film}), series(), films=[shuttle()]).rows == 5


def spoil(key: str, value: object) -> Callable[[Payload], None]:
    return lambda row: row.update({key: value})


def lack(key: str) -> Callable[[Payload], None]:
    return lambda row: row.pop(key)


class TestRejects:
    @pytest.mark.parametrize(
        ("change", "reason"),
        [
            (lack("id"), "id: Field required"),
            (lack("name"), "name: Field required"),
            (lack("air_date"), "air_date: Field required"),
            (spoil("name", None), "name: Input should be a valid string"),
            (spoil("name", 47), "name: Input should be a valid string"),
            (spoil("id", "880101"), "id: Input should be a valid integer"),
            (spoil("id", True), "id: Input should be a valid integer"),
            (spoil("runtime", "46"), "runtime: Input should be a valid integer"),
            (spoil("runtime", 46.5), "runtime: Input should be a valid integer"),
            (spoil("episode_number", -1), "episode_number: Input should be greater than or equal to 0"),
            (spoil("air_date", 20010928), "air_date: Input should be a valid string"),
            (spoil("runtime", 2**63), "runtime: Input should be less than 9223372036854775808"),
            (spoil("overview", "half \ud83d"), "overview: Value error, holds half of a character"),
            (spoil("season_number", 2), "season_number: 2 stands inside of season 1"),
            (spoil("crew", None), "crew: Input should be a valid list"),
            (spoil("crew", [{"job": "Director"}]), "crew.0.name: Field required"),
            (spoil("guest_stars", [{"name": 5}]), "guest_stars.0.name: Input should be a valid string"),
        ],
    )
    def test_a_row_that_breaks_the_contract_is_rejected_with_its_reason(
        self, show: Payload, change: Callable[[Payload], None], reason: str
    ) -> None:
        change(show["season/1"]["episodes"][0])
        rejects = run(FakeTmdb({SHOW: show}), series()).rejects
        assert rejects["reason"].to_list() == [reason]

    def test_the_others_are_kept(self, show: Payload) -> None:
        show["season/1"]["episodes"][0]["runtime"] = "46"
        extracted = run(FakeTmdb({SHOW: show}), series())
        assert extracted.frames["episodes"]["id"].to_list() == [880102, 880201, 880202]
        assert extracted.errors == ()

    def test_a_rejected_row_is_kept_whole(self, show: Payload) -> None:
        row = show["season/1"]["episodes"][0]
        row["runtime"] = "46"
        reject = run(FakeTmdb({SHOW: show}), series()).rejects.row(0, named=True)
        assert (reject["source"], reject["source_id"], reject["stage"]) == ("tmdb", "880101", "extract")
        assert json.loads(reject["payload"]) == row

    def test_every_reason_is_named(self, show: Payload) -> None:
        show["season/1"]["episodes"][0].update(runtime="46", name=None)
        reason = run(FakeTmdb({SHOW: show}), series()).rejects["reason"].item()
        assert reason == "name: Input should be a valid string; runtime: Input should be a valid integer"

    def test_a_row_that_is_no_object_is_rejected_without_an_id(self, show: Payload) -> None:
        show["season/1"]["episodes"][0] = "The First Thread"
        reject = run(FakeTmdb({SHOW: show}), series()).rejects.row(0, named=True)
        assert reject["source_id"] is None
        assert reject["reason"].startswith("row: Input should be")

    def test_an_id_that_comes_twice_is_rejected_the_second_time(self, show: Payload) -> None:
        show["season/2"]["episodes"][0]["id"] = 880101
        extracted = run(FakeTmdb({SHOW: show}), series())
        assert extracted.frames["episodes"]["id"].to_list() == [880101, 880102, 880202]
        assert extracted.rejects.select("source_id", "reason").rows() == [("880101", "id: stands there more than once")]

    def test_a_rejected_row_may_hold_half_a_character(self, show: Payload) -> None:
        show["season/1"]["episodes"][0].update(runtime="46", name="Half \ud83d")
        payload = run(FakeTmdb({SHOW: show}), series()).rejects["payload"].item()
        assert "\\ud83d" in payload


def told(extracted: Extracted) -> list[tuple[str, str, str]]:
    return [(error.category, error.concerns, error.message) for error in extracted.errors]


class TestProblems:
    def test_a_season_of_which_no_row_keeps_the_contract_is_a_problem(self, show: Payload) -> None:
        for row in show["season/2"]["episodes"]:
            del row["id"]
        extracted = run(FakeTmdb({SHOW: show}), series())
        assert told(extracted) == [("data-format", "loom", "no row of season/2 keeps the contract")]
        assert extracted.rows == 0

    def test_a_payload_of_2014_is_a_problem(self) -> None:
        extracted = run(FakeTmdb({SHOW: fixture("tmdb_series_2014.json")}), series(1))
        assert told(extracted) == [("data-format", "loom", "no row of season/1 keeps the contract")]

    def test_rows_of_2014_beside_newer_ones_are_rejected(self, show: Payload) -> None:
        old = fixture("tmdb_series_2014.json")["season/1"]["episodes"]
        show["season/1"]["episodes"] += old
        extracted = run(FakeTmdb({SHOW: show}), series())
        assert extracted.rejects["reason"].to_list() == [
            "id: Field required; season_number: Field required",
            "id: Field required; season_number: Field required",
        ]
        assert extracted.frames["episodes"].height == 4

    @pytest.mark.parametrize("season", [None, [], "season", {"name": "Season 2", "season_number": 2}])
    def test_a_season_that_is_none_is_a_problem(self, show: Payload, season: object) -> None:
        show["season/2"] = season
        extracted = run(FakeTmdb({SHOW: show}), series())
        assert told(extracted) == [("data-format", "loom", "no row of season/2 keeps the contract")]

    def test_a_season_under_the_name_of_another_is_a_problem(self, show: Payload) -> None:
        show["season/2"]["season_number"] = 1
        assert told(run(FakeTmdb({SHOW: show}), series())) == [
            ("data-format", "loom", "no row of season/2 keeps the contract")
        ]

    def test_a_number_of_seasons_that_would_flood_the_source_is_a_problem(self, show: Payload) -> None:
        show["number_of_seasons"] = 10**9
        client = FakeTmdb({SHOW: show})
        assert told(run(client, series())) == [
            (
                "data-format",
                "loom",
                "the series breaks the contract: number_of_seasons: Input should be less than or equal to 200",
            )
        ]

    def test_an_answer_for_another_series_is_a_problem(self, show: Payload) -> None:
        show["id"] = 114472
        assert told(run(FakeTmdb({SHOW: show}), series())) == [
            ("data-format", "loom", "asked for series 9101, got 114472")
        ]

    def test_a_series_without_a_head_is_a_problem(self, show: Payload) -> None:
        del show["number_of_seasons"]
        assert told(run(FakeTmdb({SHOW: show}), series())) == [
            ("data-format", "loom", "the series breaks the contract: number_of_seasons: Field required")
        ]

    def test_an_answer_for_another_film_is_a_problem(self, film: Payload) -> None:
        film["id"] = 152
        assert told(run(FakeTmdb({FILM: film}), films=[shuttle()])) == [
            ("data-format", "film:shuttle", "asked for film 9201, got 152")
        ]

    def test_a_film_of_wrong_types_is_a_problem(self, film: Payload) -> None:
        film["credits"]["crew"][0]["name"] = 5
        assert told(run(FakeTmdb({FILM: film}), films=[shuttle()])) == [
            (
                "data-format",
                "film:shuttle",
                "the film breaks the contract: credits.crew.0.name: Input should be a valid string",
            )
        ]

    @pytest.mark.parametrize("payload", [[], ["series"], {}, {"success": False, "status_code": 34}])
    def test_something_else_than_a_series_is_a_problem(self, payload: object) -> None:
        client = FakeTmdb({})
        request = _requested(client)
        assert (request.problem_with(payload) or "").startswith("the series breaks the contract")

    def test_a_problem_costs_the_others_nothing(self, show: Payload, film: Payload) -> None:
        film["id"] = 152
        extracted = run(FakeTmdb({SHOW: show, FILM: film}), series(), films=[shuttle()])
        assert extracted.frames["episodes"].height == 4


def _requested(client: FakeTmdb) -> Request:
    client.replies = {SHOW: SourceError("tmdb", Category.TIMEOUT, "hangs")}
    run(client, series())
    return client.requests[0]


class TestMissingSeasons:
    def test_a_season_that_tmdb_refuses_is_skipped(self, show: Payload) -> None:
        show["season/2"] = {"success": False, "status_code": 34, "status_message": "The resource could not be found."}
        extracted = run(FakeTmdb({SHOW: show}), series())
        assert extracted.frames["seasons"]["season_number"].to_list() == [1]
        assert extracted.errors == ()

    def test_a_season_that_is_absent_is_skipped(self, show: Payload) -> None:
        extracted = run(FakeTmdb({SHOW: show}), series(1, 2, 3))
        assert extracted.frames["seasons"]["season_number"].to_list() == [1, 2]
        assert extracted.errors == ()

    def test_seasons_come_in_the_order_of_their_numbers(self, show: Payload) -> None:
        show["season/10"] = {**show["season/2"], "season_number": 10}
        shuffled = {key: show[key] for key in sorted(show)}
        extracted = run(FakeTmdb({SHOW: shuffled}), series(1, 2, 10))
        assert extracted.frames["seasons"]["season_number"].to_list() == [1, 2, 10]


class TestDrift:
    def test_keys_that_tmdb_is_known_to_send_are_no_drift(self, show: Payload, film: Payload) -> None:
        assert run(FakeTmdb({SHOW: show, FILM: film}), series(), films=[shuttle()]).drift == ()

    def test_new_keys_are_noted_with_their_kind(self, show: Payload, film: Payload) -> None:
        show["mood"] = "calm"
        show["season/1"]["episodes"][0]["recap"] = True
        show["season/2"]["episodes"][0]["recap"] = True
        film["aspect_ratio"] = 2.35
        extracted = run(FakeTmdb({SHOW: show, FILM: film}), series(), films=[shuttle()])
        assert extracted.drift == ("episode.recap", "film.aspect_ratio", "series.mood")

    def test_a_row_of_new_keys_is_kept(self, show: Payload) -> None:
        show["season/1"]["episodes"][0]["recap"] = True
        assert run(FakeTmdb({SHOW: show}), series()).frames["episodes"].height == 4


class TestErrorsAndStaleAnswers:
    timeout = SourceError("tmdb", Category.TIMEOUT, "TMDB gave no answer within 30 s.")

    def test_an_error_is_passed_on_with_what_it_concerns(self, film: Payload) -> None:
        extracted = run(FakeTmdb({SHOW: self.timeout, FILM: film}), series(), films=[shuttle()])
        assert extracted.errors == (replace(self.timeout, concerns="loom"),)
        assert extracted.frames["movies"].height == 1

    def test_a_series_that_failed_is_not_asked_again(self) -> None:
        client = FakeTmdb({SHOW: self.timeout})
        run(client, series())
        assert len(client.requests) == 1

    def test_a_stale_answer_is_used_and_its_error_passed_on(self, show: Payload) -> None:
        stale = Answer(
            show, "https://example.org/tv", RECEIVED_AT, is_from_cache=True, is_stale=True, error=self.timeout
        )
        extracted = run(FakeTmdb({SHOW: stale}), series())
        assert extracted.errors == (self.timeout,)
        assert extracted.frames["episodes"]["is_stale"].to_list() == [True] * 4
        assert extracted.frames["seasons"]["is_stale"].to_list() == [True] * 2

    def test_only_answers_without_an_error_are_counted(self, show: Payload, film: Payload) -> None:
        stale = Answer(show, "https://example.org/tv", RECEIVED_AT, is_stale=True, error=self.timeout)
        assert run(FakeTmdb({SHOW: stale, FILM: film}), series(), films=[shuttle()]).answers == 1

    def test_every_request_that_was_answered_is_counted(self, show: Payload, film: Payload) -> None:
        assert run(FakeTmdb({SHOW: show, FILM: film}), series(1), films=[shuttle()]).answers == 3

    def test_the_url_and_time_of_the_answer_stand_with_every_row(self, film: Payload) -> None:
        received_at = datetime(2026, 5, 4, 3, 2, 1, tzinfo=UTC)
        answer = Answer(film, "https://example.org/film", received_at, is_from_cache=True)
        frame = run(FakeTmdb({FILM: answer}), films=[shuttle()]).frames["movies"]
        assert frame.select("source_url", "fetched_at", "is_stale").row(0) == (
            "https://example.org/film",
            received_at,
            False,
        )


def test_the_fixtures_hold_no_sentence_of_tmdbs(show: Payload, film: Payload) -> None:
    episodes = [row for season in ("season/1", "season/2") for row in show[season]["episodes"]]
    assert {row["overview"] for row in (show, film, *episodes)} == {"Invented for a test.", ""}


def test_frames_are_alike_whoever_answers_first(show: Payload) -> None:
    other = {**deepcopy(show), "id": 9102}
    for season in ("season/1", "season/2"):
        for row in other[season]["episodes"]:
            row["id"] += 1000
    replies: dict[str, Reply] = {SHOW: show, "/tv/9102": other}
    one, two = series(1, 2), series(1, 2, code="loom2", tmdb="9102")
    forth = run(FakeTmdb(replies), one, two).frames["episodes"]
    back = run(FakeTmdb(replies), two, one).frames["episodes"]
    assert forth.sort("show_id", "id").equals(back.sort("show_id", "id"))
    assert forth.filter(pl.col("show_id") == 9102).height == 4
