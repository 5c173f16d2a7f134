"""STAPI: what is asked for and what is kept, held against payloads of its documented shape."""

from __future__ import annotations

import pytest
from stapi_kit import DEAD, LOOM, OTHER, RECEIVED_AT, FakeStapi, Payload, fixture, pages_of, rows_of, run, series, told

from etl.sources import Answer
from schemas.raw_stapi import EPISODE_FRAME


@pytest.fixture
def search() -> Payload:
    return fixture("stapi_search.json")


class TestWhatIsAsked:
    def test_a_page_is_asked_for_by_number_and_size(self, search: Payload) -> None:
        client = FakeStapi({"0": search})
        run(client)
        ((request,),) = client.waves
        assert request.path == "/episode/search"
        assert request.params == {"pageNumber": "0", "pageSize": "100"}
        assert (request.kind, request.concerns) == ("json", "all")

    @pytest.mark.parametrize(("count", "waves"), [(0, [1]), (1, [1]), (100, [1]), (101, [1, 1]), (250, [1, 2])])
    def test_the_first_page_says_how_many_others_are_asked_for_at_once(self, count: int, waves: list[int]) -> None:
        client = FakeStapi(pages_of(rows_of(count)))
        extracted = run(client)
        assert [len(wave) for wave in client.waves] == waves
        assert (extracted.rows, extracted.answers) == (count, sum(waves))
        assert extracted.errors == ()

    def test_all_860_rows_are_nine_requests(self) -> None:
        client = FakeStapi(pages_of(rows_of(860)))
        assert run(client).rows == 860
        assert sum(map(len, client.waves)) == 9

    def test_a_search_without_rows_may_say_that_it_has_no_pages(self) -> None:
        (empty,) = pages_of([]).values()
        assert isinstance(empty, dict)
        assert empty["page"]["totalPages"] == 0
        assert told(run(FakeStapi({"0": empty}))) == []

    def test_without_a_pinned_uid_nothing_is_asked(self) -> None:
        client = FakeStapi({})
        extracted = run(client, series(stapi=None))
        assert client.waves == []
        assert extracted.frames["episodes"].schema == EPISODE_FRAME

    @pytest.mark.parametrize(("is_ended", "days"), [(True, 30), (False, 0.25)])
    def test_a_running_series_makes_the_answer_grow_old_sooner(
        self, search: Payload, *, is_ended: bool, days: float
    ) -> None:
        client = FakeStapi({"0": search})
        run(client, series(), series("other", OTHER, is_ended=is_ended))
        assert client.waves[0][0].max_age_s == days * 86400


class TestFrames:
    def test_a_row_is_copied_with_the_sources_own_words(self, search: Payload) -> None:
        frame = run(FakeStapi({"0": search})).frames["episodes"]
        assert frame.schema == EPISODE_FRAME
        assert frame.row(0, named=True) == {
            "uid": "EPMA0000900203",
            "title": "Return To The Loom",
            "titleGerman": "Zurück zum Webstuhl",
            "titleItalian": None,
            "titleJapanese": None,
            "series_uid": LOOM,
            "series_title": "Loom of Suns",
            "season_uid": "SAMA0000900002",
            "season_title": "LOOM Season 2",
            "seasonNumber": 2,
            "episodeNumber": 3,
            "productionSerialNumber": "40840-748 (40840-271/40840-272)",
            "featureLength": True,
            "stardateFrom": 865211.3,
            "stardateTo": 865215.0,
            "yearFrom": 2024,
            "yearTo": 2310,
            "usAirDate": "2002-10-11",
            "finalScriptDate": "2002-08-01",
            "source_url": "https://stapi.co/api/v1/rest/episode/search?0",
            "fetched_at": RECEIVED_AT,
            "is_stale": False,
        }

    def test_nulls_and_the_number_zero_are_kept(self, search: Payload) -> None:
        row = run(FakeStapi({"0": search})).frames["episodes"].row(1, named=True)
        assert (row["episodeNumber"], row["stardateFrom"], row["yearFrom"], row["usAirDate"]) == (0, None, None, None)

    def test_a_row_without_season_has_none(self, search: Payload) -> None:
        row = run(FakeStapi({"0": search})).frames["episodes"].row(2, named=True)
        assert (row["season_uid"], row["season_title"], row["featureLength"]) == (None, None, None)

    def test_each_row_names_its_own_page(self) -> None:
        urls = run(FakeStapi(pages_of(rows_of(101)))).frames["episodes"]["source_url"]
        assert [url.rpartition("?")[2] for url in urls] == ["0"] * 100 + ["1"]

    def test_the_order_of_the_rows_changes_nothing_else(self) -> None:
        rows = rows_of(250)
        shuffled = rows[1::2][::-1] + rows[::2]
        frames = [run(FakeStapi(pages_of(some))).frames["episodes"].drop("source_url") for some in (rows, shuffled)]
        assert frames[0].sort("uid").equals(frames[1].sort("uid"))

    def test_a_stale_answer_is_used_and_its_error_told(self, search: Payload) -> None:
        stale = Answer(search, "u", RECEIVED_AT, is_from_cache=True, is_stale=True, error=DEAD)
        extracted = run(FakeStapi({"0": stale}))
        assert extracted.frames["episodes"]["is_stale"].all()
        assert (extracted.rows, extracted.answers, extracted.errors) == (3, 0, (DEAD,))


class TestScope:
    def test_rows_of_other_series_are_left_out_and_counted(self, search: Payload) -> None:
        extracted = run(FakeStapi({"0": search}))
        assert extracted.frames["episodes"]["series_uid"].unique().to_list() == [LOOM]
        assert extracted.drift == ("rows of other series: 1",)
        assert extracted.rejects.is_empty()

    def test_of_one_season_the_others_are_left_out_and_counted(self, search: Payload) -> None:
        search["episodes"][0]["seasonNumber"] = None
        extracted = run(FakeStapi({"0": search}), season=1)
        assert extracted.frames["episodes"]["seasonNumber"].to_list() == [1, 1]
        assert extracted.drift == ("rows of other seasons: 1", "rows of other series: 1")

    def test_all_series_of_the_scope_are_kept(self, search: Payload) -> None:
        extracted = run(FakeStapi({"0": search}), series(), series("other", OTHER))
        assert (extracted.rows, extracted.drift) == (4, ())
