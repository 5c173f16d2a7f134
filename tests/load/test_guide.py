"""The viewing guide: exact keys, exact texts, and nothing lost without a word."""

from __future__ import annotations

from typing import Any

import polars as pl
import pytest
from export_factory import episode, frame, movie, release

from etl.errors import ContractBroken
from etl.load.json_text import share, to_json
from etl.published.guide import build_guide

ERA_KEYS = ["id", "title", "years", "stardates", "description", "items"]
SEASON_KEYS = ["id", "title", "type", "year", "stardate", "episodes", "notes", "episodeData"]
MOVIE_KEYS = ["id", "title", "type", "year", "stardate", "notes"]
EPISODE_KEYS = [
    "id", "title", "season", "episode", "airDate", "stardate", "synopsis", "plotPoints", "guestStars", "connections",
]  # fmt: skip
EXTENDED_KEYS = ["productionCode", "director", "writer", "memoryAlphaUrl", "tmdbId", "imdbId"]


def item(guide: list[dict[str, Any]], item_id: str) -> dict[str, Any]:
    return next(found for era in guide for found in era["items"] if found["id"] == item_id)


def with_episodes(*rows: dict[str, Any]) -> dict[str, pl.DataFrame]:
    return release() | {"episodes": frame("episodes", list(rows))}


def test_order_of_eras_items_and_episodes() -> None:
    guide = build_guide(release())
    shape = {era["id"]: [found["id"] for found in era["items"]] for era in guide}
    assert list(shape) == ["tos_era", "tng_era", "far_future"]
    assert shape == {"tos_era": ["tmp", "tas_s1", "twok"], "tng_era": ["tng_s1", "tng_s2"], "far_future": []}
    assert [found["id"] for found in item(guide, "tng_s1")["episodeData"]] == ["tng_s1_e01", "tng_s1_e02"]


def test_keys_in_their_order() -> None:
    guide = build_guide(release())
    assert [list(era) for era in guide] == [ERA_KEYS] * 3
    assert list(item(guide, "tng_s1")) == SEASON_KEYS
    assert list(item(guide, "twok")) == MOVIE_KEYS
    known, bare = item(guide, "tng_s1")["episodeData"]
    assert list(known) == EPISODE_KEYS + EXTENDED_KEYS
    assert list(bare) == EPISODE_KEYS
    assert list(item(guide, "tng_s2")["episodeData"][0]) == [*EPISODE_KEYS, "director", "tmdbId"]


def test_an_episode_of_which_everything_is_known() -> None:
    assert item(build_guide(release()), "tng_s1")["episodeData"][0] == {
        "id": "tng_s1_e01",
        "title": "Encounter at Farpoint",
        "season": 1,
        "episode": 1,
        "airDate": "1987-09-28",
        "stardate": "41153.7",
        "synopsis": "Captain Picard leads the crew of the USS Enterprise-D on its maiden voyage, to Deneb IV.",
        "plotPoints": ["Q puts humanity on trial."],
        "guestStars": ["John de Lancie", "Michael Bell"],
        "connections": [
            {"episodeId": "tng_s1_e02", "seriesId": "tng_s1", "connectionType": "character", "description": "Q is Q."},
            {"episodeId": "tas_s1_e01", "seriesId": "tas_s1", "connectionType": "event", "description": ""},
        ],
        "productionCode": "40271-721 / 40271-722",
        "director": ["Corey Allen"],
        "writer": ["D. C. Fontana", "Gene Roddenberry"],
        "memoryAlphaUrl": "https://memory-alpha.fandom.com/wiki/Encounter_at_Farpoint_(episode)",
        "tmdbId": 37064,
        "imdbId": "tt0094030",
    }


def test_an_episode_of_which_hardly_anything_is_known() -> None:
    bare = build_guide(release())[0]["items"][1]["episodeData"][1]
    assert bare["title"] == "Yesteryear — 昨日 🖖\u2028"
    assert {name: bare[name] for name in EPISODE_KEYS[6:]} == {
        "synopsis": "",
        "plotPoints": [],
        "guestStars": [],
        "connections": [],
    }


def test_seasons_and_films() -> None:
    guide = build_guide(release())
    season = {name: value for name, value in item(guide, "tng_s1").items() if name != "episodeData"}
    assert season == {
        "id": "tng_s1",
        "title": "TNG Season 1",
        "type": "series",
        "year": "2364",
        "stardate": "41153.7-41986.0",
        "episodes": 2,
        "notes": "It begins",
    }
    assert item(guide, "twok") == {
        "id": "twok",
        "title": "Star Trek II: The Wrath of Khan",
        "type": "movie",
        "year": "2285",
        "stardate": "8130.3-8141.6",
        "notes": "Khan's revenge.",
    }
    assert item(guide, "tmp") == {
        "id": "tmp",
        "title": "Motion",
        "type": "movie",
        "year": "TBD",
        "stardate": "Stardate TBD",
        "notes": "",
    }
    assert (item(guide, "tas_s1")["type"], item(guide, "tas_s1")["stardate"]) == ("animated", "None")
    assert (item(guide, "tng_s2")["year"], item(guide, "tng_s2")["notes"]) == ("TBD", "")


@pytest.mark.parametrize(
    ("low", "high", "text"),
    [
        (None, None, "None"),
        (41153.7, 41153.7, "41153.7"),
        (41153.7, None, "41153.7"),
        (None, 41153.7, "41153.7"),
        (1513.1, 1513.8, "1513.1-1513.8"),
        (1513.8, 1513.1, "1513.1-1513.8"),
        (47988.0, 47988.0, "47988.0"),
        (2233.04, 2233.04, "2233.04"),
        (0.00001, 1e16, "0.00001-10000000000000000"),
    ],
)
def test_stardates(low: float | None, high: float | None, text: str) -> None:
    tables = with_episodes(episode("tng:one", 1, 1, stardate_from=low, stardate_to=high))
    assert item(build_guide(tables), "tng_s1")["episodeData"][0]["stardate"] == text


def test_people_that_are_blank_are_not_people() -> None:
    tables = with_episodes(episode("tng:one", 1, 1, directors=[None, ""], guest_stars=[None, "Q"]))
    built = item(build_guide(tables), "tng_s1")["episodeData"][0]
    assert "director" not in built
    assert built["guestStars"] == ["Q"]


def test_items_of_one_position_are_told_apart_by_id() -> None:
    tables = release() | {"movies": frame("movies", [movie(code, 2) for code in ("b", "a", "z")])}
    assert [found["id"] for found in build_guide(tables)[0]["items"]] == ["a", "b", "tas_s1", "z"]


def test_the_order_of_the_rows_does_not_matter() -> None:
    tables = release()
    turned = {name: table if name == "series" else table.reverse() for name, table in tables.items()}
    assert build_guide(turned) == build_guide(tables)


def test_an_empty_release_still_shows_its_eras() -> None:
    tables = {name: table if name == "eras" else table.clear() for name, table in release().items()}
    assert [era["items"] for era in build_guide(tables)] == [[], [], []]


def test_an_episode_without_an_air_date_is_named() -> None:
    tables = with_episodes(episode("tng:two", 1, 2, air_date=None), episode("tng:one", 1, 1, air_date=None))
    with pytest.raises(ContractBroken, match="none is known of tng:one, tng:two"):
        build_guide(tables)


def test_an_episode_of_an_unknown_season_is_named() -> None:
    with pytest.raises(ContractBroken, match="tng:one belongs to season 9 of tng, which is not in the table seasons"):
        build_guide(with_episodes(episode("tng:one", 9, 1)))


@pytest.mark.parametrize(("table", "first"), [("seasons", "tas_s1"), ("movies", "twok")])
def test_an_item_of_an_unknown_era_is_named(table: str, first: str) -> None:
    tables = release()
    strays = tables | {table: tables[table].filter(pl.col("era") == "tos_era").with_columns(era=pl.lit("lost"))}
    with pytest.raises(ContractBroken, match=f"{first} belongs to the era 'lost'"):
        build_guide(strays | {"episodes": tables["episodes"].filter(pl.col("series") == "tas")})


def test_a_connection_of_an_unknown_type_is_named() -> None:
    odd = {"episode_key": "tng:one", "connection_type": "rumour", "description": "x"}
    with pytest.raises(ContractBroken, match="tng:one has a connection of type 'rumour'"):
        build_guide(with_episodes(episode("tng:one", 1, 1, connections=[odd])))


def test_json_text() -> None:
    assert to_json({"b": ["é", 41153.7], "a": None, "half": "\ud83d"}) == (
        '{\n  "b": [\n    "é",\n    41153.7\n  ],\n  "a": null,\n  "half": "\\ud83d"\n}\n'
    )


@pytest.mark.parametrize("value", [float("nan"), float("inf"), {"when": object()}])
def test_json_says_what_it_cannot_write(value: object) -> None:
    with pytest.raises(ContractBroken, match="cannot be written as JSON"):
        to_json(value)


def test_shares_have_six_decimals() -> None:
    assert (share(2 / 3), share(None), share(0.1 + 0.2)) == (0.666667, None, 0.3)
