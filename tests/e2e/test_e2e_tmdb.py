"""With TMDB: its rows are linked, merged with the catalogue's and published; each answer is asked for once."""

from __future__ import annotations

import socket
from datetime import date
from typing import Any, NoReturn

import pytest
from e2e_kit import FirstRun, Workplace, hashes
from fake_tmdb import HARBOUR_LIGHTS, LAST_KEEPER, NOT_FOUND, OUTER_BEACON, V3_KEY, V4_TOKEN, FakeTmdb, status

pytest_plugins = ["e2e_fixtures"]


def test_links_are_counted_by_source(first_run: FirstRun) -> None:
    counts = first_run.query("select source, count(*) from links group by all order by all")
    assert counts == [("catalogue", 9), ("tmdb", 11)]


def test_two_rows_of_one_story_are_linked_as_its_parts(first_run: FirstRun) -> None:
    links = first_run.query(
        "select source_id, part, method from links where source = 'tmdb' and episode_key = 'hl:first-light' order by 1"
    )
    assert links == [("70101", 1, "pinned"), ("70102", 2, "pinned")]


def test_a_row_without_a_pin_is_linked_by_its_production_code(first_run: FirstRun) -> None:
    links = first_run.query("select episode_key, method from links where source = 'tmdb' and source_id = '70105'")
    assert links == [("hl:storm-glass", "production_code")]


def test_a_story_in_two_rows_is_published_as_one_episode(first_run: FirstRun) -> None:
    episodes = first_run.query(
        "select episode_id, parts, title, runtime_min, tmdb_id, synopsis from episodes where title like 'First Light%'"
    )
    assert episodes == [("hl_s1_e01", 2, "First Light", 92, 70101, "The lamp is lit.\n\nThe lamp holds.")]


def test_every_scheme_counts_a_double_story_in_its_own_way(first_run: FirstRun) -> None:
    numbers = first_run.query(
        "select episode_key, scheme, season, first, last from numbering"
        " where episode_key in ('hl:first-light', 'hl:fog-signal') order by all"
    )
    assert numbers == [
        ("hl:first-light", "aired", 1, 1, 1),
        ("hl:first-light", "imdb", 1, 1, 1),
        ("hl:first-light", "parts", 1, 1, 2),
        ("hl:first-light", "tmdb", 1, 1, 2),
        ("hl:fog-signal", "aired", 1, 2, 2),
        ("hl:fog-signal", "imdb", 1, 2, 2),
        ("hl:fog-signal", "parts", 1, 3, 3),
        ("hl:fog-signal", "tmdb", 1, 3, 3),
    ]


EXPECTED = {
    "hl:first-light": ("First Light", date(2001, 9, 10), 1201.1, ["Mara Quill"], ["Ines Holt", "Jon Abel"], 92),
    "hl:fog-signal": ("Fog Signal", date(2001, 9, 17), 1204.5, ["Tomas Reef"], ["Ines Holt"], 44),
    "hl:storm-glass": ("Storm Glass", date(2001, 10, 1), None, ["Tomas Reef"], ["Oda Brandt"], 44),
    "ob:cold-start": ("Cold Start", date(2026, 9, 3), None, ["Lin Sato"], ["Per Aune"], None),
    "ob:dark-water": ("Dark Water", date(2026, 9, 24), None, ["Lin Sato"], ["Per Aune"], 44),
}


@pytest.mark.parametrize("key", EXPECTED)
def test_values_of_both_sources_are_merged(first_run: FirstRun, key: str) -> None:
    values = first_run.query(
        "select title, air_date, stardate_from, directors, list_sort(writers), runtime_min"
        " from episodes where episode_key = ?",
        key,
    )
    assert values == [EXPECTED[key]]


def test_a_stardate_leaves_the_overview_and_becomes_a_value_of_tmdb(first_run: FirstRun) -> None:
    values = first_run.query(
        "select field, value, is_chosen from field_values where source = 'tmdb' and episode_key = 'hl:lamp-oil'"
        " and field in ('stardate_from', 'stardate_to', 'synopsis') order by field"
    )
    assert values == [
        ("stardate_from", "1301.2", True),
        ("stardate_to", "1302.8", True),
        ("synopsis", "The oil runs low.", True),
    ]


def test_an_episode_that_nobody_knew_gets_a_key_and_the_next_number(first_run: FirstRun) -> None:
    episodes = first_run.query(
        "select episode_key, episode_id, sources from episodes where series = 'ob' and episode > 3"
    )
    assert episodes == [("ob:dark-water", "ob_s1_e04", ["tmdb"])]


def test_a_placeholder_title_waits_for_a_person(first_run: FirstRun) -> None:
    assert first_run.query("select source, source_id, series, title from review") == [("tmdb", "70305", "ob", None)]


def test_witnesses_who_disagree_stand_in_conflicts(first_run: FirstRun) -> None:
    conflicts = first_run.query("select \"values\", witnesses, chosen from conflicts where field = 'air_date'")
    assert conflicts == [(["2001-09-17", "2001-09-18"], ["catalogue", "tmdb"], "2001-09-17")]


def test_the_chosen_value_of_every_conflict_is_the_published_one(first_run: FirstRun) -> None:
    conflicts = first_run.query(
        "select chosen from conflicts where episode_key = 'hl:first-light' and field = 'writers'"
    )
    published = first_run.query("select to_json(writers) from episodes where episode_key = 'hl:first-light'")
    assert conflicts == published


def test_a_film_is_merged_too(first_run: FirstRun) -> None:
    films = first_run.query("select movie_id, title, release_date, runtime_min, synopsis, sources from movies")
    assert films == [
        ("keep", "The Last Keeper", date(2003, 5, 2), 113, "One lamp is left.", ["catalogue", "tmdb"])
    ]  # fmt: skip


def test_every_row_is_accounted_for(first_run: FirstRun) -> None:
    tmdb = first_run.json("run.json")["sources"]["tmdb"]
    assert {name: tmdb[name] for name in ("rows", "linked", "rejected", "in_review")} == {
        "rows": 13,
        "linked": 12,
        "rejected": 0,
        "in_review": 1,
    }


def test_the_guide_holds_eras_seasons_and_films_in_order(first_run: FirstRun) -> None:
    guide = first_run.json("harbour-watch-data.json")
    items = [(era["id"], [item["id"] for item in era["items"]]) for era in guide]
    assert items == [("coast", ["hl_s1", "hl_s2", "keep"]), ("deep_water", ["ob_s1"])]


def test_an_episode_of_the_guide_has_the_fields_of_the_contract(first_run: FirstRun) -> None:
    season = first_run.json("harbour-watch-data.json")[0]["items"][0]
    assert (season["notes"], season["stardate"], season["year"]) == (
        "Season 1 of Harbour Lights.",
        "1201.1-1210.4",
        "2210",
    )
    assert season["episodeData"][1] == {
        "id": "hl_s1_e02",
        "title": "Fog Signal",
        "season": 1,
        "episode": 2,
        "airDate": "2001-09-17",
        "stardate": "1204.5",
        "synopsis": "Fog closes the strait.",
        "plotPoints": [],
        "guestStars": ["Elin Strand"],
        "connections": [],
        "productionCode": "103",
        "director": ["Tomas Reef"],
        "writer": ["Ines Holt"],
        "memoryAlphaUrl": "https://wiki.example.org/wiki/Fog_Signal",
        "tmdbId": 70103,
        "imdbId": "tt9900103",
    }


def test_a_run_asks_once_for_each_series_and_film(first_run: FirstRun) -> None:
    assert sorted(seen.path for seen in first_run.log) == [LAST_KEEPER, HARBOUR_LIGHTS, OUTER_BEACON]


def test_a_read_access_token_goes_into_the_header_only(first_run: FirstRun) -> None:
    assert {seen.headers["Authorization"] for seen in first_run.log} == {f"Bearer {V4_TOKEN}"}
    assert all("api_key" not in seen.query for seen in first_run.log)


def test_an_api_key_goes_into_the_query(place: Workplace, tmdb: FakeTmdb) -> None:
    place.use(tmdb, V3_KEY)
    place.generate()
    assert [seen.query["api_key"] for seen in tmdb.log] == [[V3_KEY]] * 3
    assert place.json("run.json")["sources"]["tmdb"]["status"] == "used"


def test_a_second_run_sends_nothing(warm: Workplace) -> None:
    ran = warm.generate()
    assert ran.code == 0, ran.said
    assert warm.server.paths == []
    assert warm.query("select requests, cache_hits from sources where source = 'tmdb'") == [(0, 3)]


@pytest.fixture
def asked_twice(place: Workplace, tmdb: FakeTmdb) -> Workplace:
    """After two runs, while TMDB does not have one of the series; the log is that of the second one."""
    place.use(tmdb)
    tmdb.break_at(OUTER_BEACON, status(404, NOT_FOUND))
    place.generate()
    tmdb.log.clear()
    place.generate()
    return place


def test_a_second_run_does_not_ask_again_for_what_tmdb_does_not_have(asked_twice: Workplace) -> None:
    assert asked_twice.server.paths == []


def test_refresh_asks_whether_the_answers_still_hold(warm: Workplace, first_run: FirstRun) -> None:
    ran = warm.generate("--refresh")
    assert ran.code == 0, ran.said
    assert sorted(warm.server.paths) == [LAST_KEEPER, HARBOUR_LIGHTS, OUTER_BEACON]
    assert all("If-None-Match" in seen.headers for seen in warm.server.log)
    assert warm.query("select * exclude (sources) from episodes") == first_run.query(
        "select * exclude (sources) from episodes"
    )


def test_refresh_takes_what_has_changed(warm: Workplace) -> None:
    warm.server.world.season(9101, 2)["episodes"][1]["overview"] = "The sea draws back."
    warm.generate("--refresh")
    assert warm.query("select synopsis from episodes where episode_id = 'hl_s2_e02'") == [("The sea draws back.",)]


def test_offline_opens_no_socket_and_publishes_the_same(
    warm: Workplace, first_run: FirstRun, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: Any) -> NoReturn:
        raise AssertionError("a socket was opened")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    ran = warm.generate("--offline", out=warm.folder / "offline")
    assert ran.code == 0, ran.said
    assert warm.json("run.json", warm.folder / "offline")["sources"]["tmdb"]["status"] == "used"
    assert hashes(warm.folder / "offline")["episodes.parquet"] == hashes(first_run.out)["episodes.parquet"]


def test_one_series_alone_is_asked_for(place: Workplace, tmdb: FakeTmdb) -> None:
    place.use(tmdb)
    place.generate("--series", "ob")
    assert tmdb.paths == [OUTER_BEACON]
    assert place.query("select distinct series from episodes") == [("ob",)]
