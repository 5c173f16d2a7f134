"""Without key and network: the bundled catalogue is published, and the run says that this is all it has."""

from __future__ import annotations

import csv
import re
import socket
from collections.abc import Iterator
from typing import Any, NoReturn

import pytest
from e2e_kit import Ran, Workplace

from etl.franchise import BUNDLED

pytest_plugins = ["e2e_fixtures"]

PUBLIC_ID = re.compile(r"[a-z0-9]{2,6}_s\d+_e\d{2,}")


class Alone:
    def __init__(self, place: Workplace, ran: Ran, connections: list[Any]) -> None:
        self.ran = ran
        self.connections = connections
        self.query = place.query
        self.json = place.json


@pytest.fixture(scope="module")
def alone(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Alone]:
    """All of the bundled franchise, with no key, while every connection is refused and noted."""
    connections: list[Any] = []

    def refuse(_: socket.socket, address: Any) -> NoReturn:
        connections.append(address)
        raise OSError("there is no network")

    with pytest.MonkeyPatch.context() as monkeypatch:
        monkeypatch.setattr(socket.socket, "connect", refuse)
        place = Workplace(tmp_path_factory.mktemp("alone"), monkeypatch)
        yield Alone(place, place.generate("--franchise", "star_trek"), connections)


def catalogue(name: str) -> list[dict[str, str]]:
    with (BUNDLED / "star_trek" / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_the_run_ends_well_and_says_what_it_is_made_of(alone: Alone) -> None:
    assert alone.ran.code == 0, alone.ran.said
    assert "this release is made of the bundled catalogue alone" in alone.ran.out
    assert "No key is set (TMDB_API_KEY), so the source was not asked." in alone.ran.out
    assert "Get a free TMDB key" in alone.ran.out


def test_no_connection_is_tried_without_a_key(alone: Alone) -> None:
    assert alone.connections == []


def test_every_episode_of_the_catalogue_is_published(alone: Alone) -> None:
    keys = [key for (key,) in alone.query("select episode_key from episodes")]
    assert len(keys) == 960
    assert set(keys) == {row["key"] for row in catalogue("episodes.csv")}


def test_all_films_are_published(alone: Alone) -> None:
    films = [key for (key,) in alone.query("select movie_key from movies")]
    assert len(films) == 14
    assert set(films) == {row["key"] for row in catalogue("movies.csv")}


def test_a_published_episode_has_the_facts_of_the_catalogue(alone: Alone) -> None:
    row = next(row for row in catalogue("episodes.csv") if row["parts"] == "2" and row["tmdb_ids"].count(";") == 1)
    published = alone.query(
        "select title, cast(air_date as varchar), parts, array_to_string(directors, '; '), cast(tmdb_id as varchar)"
        " from episodes where episode_key = ?",
        row["key"],
    )
    assert published == [(row["title"], row["air_date"], 2, row["directors"], row["tmdb_ids"].split(";")[0])]


def test_the_guide_holds_them_all_under_plain_ids(alone: Alone) -> None:
    items = [item for era in alone.json("star-trek-data.json") for item in era["items"]]
    seasons = [item for item in items if item["type"] != "movie"]
    ids = [episode["id"] for season in seasons for episode in season["episodeData"]]
    assert len(items) - len(seasons) == 14
    assert len(ids) == len(set(ids)) == 960
    assert all(PUBLIC_ID.fullmatch(name) for name in ids)


def test_the_average_quality_is_good(alone: Alone) -> None:
    ((average,),) = alone.query("select avg(quality_overall) from episodes")
    assert average >= 0.75
    assert alone.json("run.json")["quality"]["averageQualityScorePercent"] == round(100 * average, 2)


def test_run_json_is_honest(alone: Alone) -> None:
    run = alone.json("run.json")
    assert run["sources"]["tmdb"] == {
        "status": "no-key",
        "rows": 0,
        "linked": 0,
        "rejected": 0,
        "in_review": 0,
        "carried": 0,
        "errors": 1,
        "error_rate_percent": None,
    }
    assert run["counts"]["episodes"] == 960
    assert run["counts"]["movies"] == 14


def test_a_server_that_cannot_be_reached_is_named(place: Workplace) -> None:
    place.set(TMDB_API_KEY="test-token")
    ran = place.generate()
    assert ran.code == 0, ran.said
    assert "TMDB could not be reached" in ran.out
    assert place.query("select distinct category from errors") == [("network",)]
    assert place.query("select count(*) from episodes") == [(9,)]
