"""The fields of a viewing guide in the words of a release: what each one gives to correct, or why it gives nothing."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

_NUMBER = r"([0-9]+(?:\.[0-9]+)?)"
_STARDATE = re.compile(rf"(?i)(?:stardate\s+)?{_NUMBER}(?:\s*[-–]\s*{_NUMBER})?")
_YEARS = re.compile(r"([23][0-9]{3})(?:\s*[-–]\s*([23][0-9]{3}))?")
_PLACEHOLDER = re.compile(r"(?i)\s*(?:none|unknown|(?:stardate\s+)?tbd)?\s*")
# The old generator made these up: season 3 with 26 episodes was given ~3.1-3.26.
_MADE_UP = re.compile(r"~\s*[0-9.]+\s*-\s*[0-9.]+")


class NothingToCorrect(Exception):
    """A field that gives no correction; the text says why."""


Values = Mapping[str, Any]
"""What a field gives: values by the name of the field here."""
Reader = Callable[[Any], Values]
Keys = Callable[[str], str | None]
"""The key of an episode by whatever it is called, None where there is none."""


def read_field(kind: str, name: str, value: Any, keys: Keys) -> Values:
    """What a field of an item of this kind (episode, season, movie, era) gives. Raises NothingToCorrect."""
    if value is None or value in ("", []):
        raise NothingToCorrect("is empty, and a correction cannot take a value away")
    reader = _READERS[kind].get(name)
    if reader is None:
        raise NothingToCorrect(_WHY_NOT.get(name, "is not known here"))
    return {"connections": _connections(value, keys)} if name == "connections" else reader(value)


def stardates(text: Any) -> Values:
    """First and last stardate of "41153.7" or "41153.7-41160". Raises NothingToCorrect."""
    if not isinstance(text, str) or _PLACEHOLDER.fullmatch(text):
        raise NothingToCorrect("says that the stardate is not known")
    if _MADE_UP.fullmatch(text):
        raise NothingToCorrect("was made up from the number of the season")
    found = _STARDATE.fullmatch(text.strip())
    if found is None:
        raise NothingToCorrect(f"is no stardate and no range of two: {text[:60]!r}")
    first = float(found[1])
    return {"stardate_from": first, "stardate_to": float(found[2]) if found[2] else first}


def in_universe_years(text: Any) -> tuple[int, int]:
    """First and last year of "2364" or "2364–2365". Raises NothingToCorrect."""
    found = _YEARS.fullmatch(text.strip()) if isinstance(text, str) else None
    if found is None:
        raise NothingToCorrect("is no in-universe year and no range of two")
    return int(found[1]), int(found[2] or found[1])


def _years_of_season(text: Any) -> Values:
    first, last = in_universe_years(text)
    return {"years": str(first) if first == last else f"{first}-{last}"}


def _years_of_film(text: Any) -> Values:
    first, last = in_universe_years(text)
    return {"year_from": first, "year_to": last}


def _connections(connections: Any, keys: Keys) -> list[Any]:
    if not isinstance(connections, list):
        return [connections]  # for the contract of the field to refuse
    return [_connection(one, keys) for one in connections]


def _connection(connection: Any, keys: Keys) -> Any:
    if not isinstance(connection, dict) or not isinstance(connection.get("episodeId"), str):
        return connection
    key = keys(connection["episodeId"])
    if key is None:
        raise NothingToCorrect(f"leads to {connection['episodeId'][:60]!r}, which is no known episode")
    told = {"episode_key": key, "connection_type": connection.get("connectionType")}
    description = connection.get("description")
    return {**told, "description": description} if description else told


def _as(field: str) -> Reader:
    return lambda value: {field: value}


def _list(field: str, separator: str = "") -> Reader:
    def read(value: Any) -> Values:
        if not isinstance(value, str):
            return {field: value}
        return {field: [part.strip() for part in value.split(separator)] if separator else [value]}

    return read


def _people() -> dict[str, Reader]:
    return {"director": _list("directors"), "writer": _list("writers"), "guestStars": _list("guest_stars")}


_EPISODE: dict[str, Reader] = {
    "title": _as("title"),
    "airDate": _as("air_date"),
    "stardate": stardates,
    "synopsis": _as("synopsis"),
    "plotPoints": _list("plot_points"),
    "connections": _as("connections"),
    "productionCode": _list("production_codes", " / "),
    **_people(),
    "memoryAlphaUrl": _as("memory_alpha_url"),
    "tmdbId": _as("tmdb_id"),
    "imdbId": _as("imdb_id"),
    "runtime": _as("runtime_min"),
}
_SEASON: dict[str, Reader] = {
    "title": _as("title"),
    "year": _years_of_season,
    "stardate": stardates,
    "notes": _as("notes"),
}
_MOVIE: dict[str, Reader] = {
    "title": _as("title"),
    "year": _years_of_film,
    "stardate": stardates,
    "notes": _as("synopsis"),
    "synopsis": _as("synopsis"),
    "releaseDate": _as("release_date"),
    **_people(),
    "cast": _list("guest_stars"),
    "runtime": _as("runtime_min"),
    "memoryAlphaUrl": _as("memory_alpha_url"),
    "tmdbId": _as("tmdb_id"),
    "imdbId": _as("imdb_id"),
}
_ERA: dict[str, Reader] = {name: _as(name) for name in ("title", "years", "stardates", "description")}
_READERS: Mapping[str, Mapping[str, Reader]] = {
    "episode": _EPISODE,
    "season": _SEASON,
    "movie": _MOVIE,
    "era": _ERA,
}
_NUMBERED = "is a number, and numbers come from the numbering scheme"
_WHY_NOT = {
    "id": "is made from series, season and number",
    "season": _NUMBERED,
    "episode": _NUMBERED,
    "episodes": "is counted",
    "type": "comes from the franchise file",
    "items": "holds items, which are corrected one by one",
    "episodeData": "holds episodes, which are corrected one by one",
}
