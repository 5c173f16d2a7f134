"""TMDB's answers for a whole franchise, made from the bundled catalogue: facts as they stand there, prose made up."""

from __future__ import annotations

import csv
import json
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from etl.franchise import Franchise, Series

Payload = dict[str, Any]

_GUEST_STARS = 8
_SENTENCES = (
    "The crew is called to a colony that no longer answers.",
    "A signal of unknown origin takes hold of the ship.",
    "An old friend comes aboard and asks for more than passage.",
    "Two worlds want peace, and each of them fears the treaty.",
    "Nobody remembers the last nineteen hours.",
    "The away team finds a city that was never finished.",
    "An experiment fails, and the laws of physics become a matter of opinion.",
)


@dataclass(frozen=True)
class Show:
    """What the server says of one series: its head, and its seasons by number, each as JSON."""

    head: Payload
    seasons: Mapping[int, bytes]
    episodes: int


@dataclass(frozen=True)
class Playbook:
    """All that the server can be asked for, by TMDB's ids."""

    shows: Mapping[int, Show]
    films: Mapping[int, bytes]

    @property
    def least_requests(self) -> int:
        """The fewest requests that bring everything: one a series and one a film."""
        return len(self.shows) + len(self.films)

    @property
    def rows(self) -> int:
        """Episodes and films, as TMDB counts them."""
        return sum(show.episodes for show in self.shows.values()) + len(self.films)


def playbook_of(franchise: Franchise) -> Playbook:
    """Make the answers for every series and film of a franchise that has a catalogue and a pinned TMDB id."""
    if franchise.catalogue is None:
        message = f"{franchise.name} has no catalogue to play from."
        raise ValueError(message)
    by_series: dict[str, list[Payload]] = defaultdict(list)
    for row in _read(franchise.catalogue.episodes):
        by_series[row["series"]].extend(_episodes_of(row))
    pinned = [series for series in franchise.series if "tmdb" in series.ids]
    shows = {int(series.ids["tmdb"]): _show(series, by_series[series.code]) for series in pinned}
    films = {int(row["tmdb_id"]): _json(_film(row)) for row in _read(franchise.catalogue.movies)}
    wanted = {int(film.ids["tmdb"]) for film in franchise.films if "tmdb" in film.ids}
    return Playbook(shows, {film_id: film for film_id, film in films.items() if film_id in wanted})


def _read(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))


def _split(text: str) -> list[str]:
    return [part.strip() for part in text.split(";") if part.strip()]


def _episodes_of(row: Mapping[str, str]) -> Iterator[Payload]:
    """One row of the catalogue as TMDB has it: as many episodes as it has ids, numbered in TMDB's way where known."""
    ids, numbers = _split(row["tmdb_ids"]), _split(row["tmdb_episodes"])
    for place, episode_id in enumerate(ids):
        part = f" ({place + 1})" if len(ids) > 1 else ""
        number = int(numbers[place]) if place < len(numbers) else int(row["episode"])
        yield {
            "air_date": row["air_date"],
            "episode_number": number,
            "episode_type": "standard",
            "id": int(episode_id),
            "name": f"{row['title']}{part}",
            "overview": _overview(int(episode_id), row["stardate_from"]),
            "production_code": " / ".join(_split(row["production_codes"])),
            "runtime": 46 if part == "" else 45,
            "season_number": int(row["tmdb_season"] or row["season"]),
            "still_path": f"/{episode_id}.jpg",
            "vote_average": 7.0 + int(episode_id) % 20 / 10,
            "vote_count": 20 + int(episode_id) % 60,
            "crew": _crew(row),
            "guest_stars": [_guest(int(episode_id) * _GUEST_STARS + order, order) for order in range(_GUEST_STARS)],
        }


def _overview(seed: int, stardate: str) -> str:
    sentences = " ".join(_SENTENCES[(seed + step) % len(_SENTENCES)] for step in (0, 2, 3))
    return f"Stardate: {stardate}. {sentences}" if stardate else sentences


def _crew(row: Mapping[str, str]) -> list[Payload]:
    jobs = (("Director", "Directing", "directors"), ("Writer", "Writing", "writers"), ("Story", "Writing", "story_by"))
    return [
        {**_person(name), "job": job, "department": department, "known_for_department": department}
        for job, department, column in jobs
        for name in _split(row[column])
    ]


def _guest(seed: int, order: int) -> Payload:
    name = f"{_FIRST_NAMES[seed % len(_FIRST_NAMES)]} {_LAST_NAMES[seed // 7 % len(_LAST_NAMES)]}"
    return {**_person(name), "known_for_department": "Acting", "character": f"Officer {order + 1}", "order": order}


_FIRST_NAMES = ("Ada", "Boris", "Chidi", "Dara", "Emil", "Farah", "Goran", "Hana", "Ivo", "Jun", "Kofi")
_LAST_NAMES = ("Abara", "Brandt", "Castillo", "Dufour", "Eriksen", "Fontaine", "Guerra", "Hale", "Ito", "Jansen")


def _person(name: str) -> Payload:
    number = sum(map(ord, name))
    return {
        "adult": False,
        "credit_id": f"{number:024x}",
        "gender": number % 3,
        "id": number,
        "name": name,
        "original_name": name,
        "popularity": number % 100 / 10,
        "profile_path": None,
    }


def _show(series: Series, episodes: Sequence[Payload]) -> Show:
    show_id = int(series.ids["tmdb"])
    by_season: dict[int, list[Payload]] = defaultdict(list)
    for episode in sorted(episodes, key=lambda episode: (episode["season_number"], episode["episode_number"])):
        by_season[episode["season_number"]].append({**episode, "show_id": show_id})
    head = {
        "id": show_id,
        "name": series.name,
        "original_name": series.name,
        "overview": " ".join(_SENTENCES[:2]),
        "number_of_seasons": max(by_season, default=0),
        "number_of_episodes": len(episodes),
        "status": "Ended" if series.is_ended else "Returning Series",
        "external_ids": {"imdb_id": series.ids.get("imdb")},
    }
    seasons = {number: _json(_season(show_id, number, rows)) for number, rows in by_season.items()}
    return Show(head, seasons, len(episodes))


def _season(show_id: int, number: int, episodes: Sequence[Payload]) -> Payload:
    return {
        "_id": f"{show_id:012x}{number:012x}",
        "air_date": episodes[0]["air_date"],
        "episodes": list(episodes),
        "name": f"Season {number}",
        "overview": _SENTENCES[number % len(_SENTENCES)],
        "id": show_id * 100 + number,
        "poster_path": None,
        "season_number": number,
        "vote_average": 7.5,
    }


def _film(row: Mapping[str, str]) -> Payload:
    film_id = int(row["tmdb_id"])
    cast = [_guest(film_id * 3 + order, order) for order in range(2 * _GUEST_STARS)]
    return {
        "id": film_id,
        "imdb_id": row["imdb_id"] or None,
        "title": row["title"],
        "original_title": row["title"],
        "overview": _overview(film_id, ""),
        "release_date": row["release_date"],
        "runtime": int(row["runtime_min"]) if row["runtime_min"] else None,
        "status": "Released",
        "credits": {"crew": _crew(row), "cast": cast},
        "external_ids": {"imdb_id": row["imdb_id"] or None},
    }


def _json(payload: Payload) -> bytes:
    return json.dumps(payload, ensure_ascii=False).encode()
