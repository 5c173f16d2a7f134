"""TMDB v3: one request a series with its seasons appended, one a film with credits and ids.

Source of the format: https://developer.themoviedb.org/docs/append-to-response; at most 20 objects a request.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, TypeVar

import polars as pl
from pydantic import BaseModel, ValidationError

from etl.errors import SourceError
from etl.extract.shapes import ENDED_MAX_AGE_S, RUNNING_MAX_AGE_S, Extracted, Reject, Scope, rejects_frame
from etl.franchise import Film, Franchise, Series
from etl.placeholders import has_overdue_title
from etl.sources import Answer, Client, Request
from schemas import raw_tmdb as contract

SOURCE = "tmdb"
_APPENDED_AT_MOST = 20
_SEASONS_OF_A_STRANGER = range(19)

Model = TypeVar("Model", bound=BaseModel)
Row = dict[str, Any]


@dataclass
class _Harvest:
    """What has been gathered so far, row by row."""

    episodes: list[Row] = field(default_factory=list)
    ids: set[int] = field(default_factory=set)
    seasons: list[Row] = field(default_factory=list)
    announced: dict[int, int] = field(default_factory=dict)
    movies: list[Row] = field(default_factory=list)
    rejects: list[Reject] = field(default_factory=list)
    drift: set[str] = field(default_factory=set)
    errors: list[SourceError] = field(default_factory=list)
    answers: int = 0

    def note_drift(self, kind: str, payload: Mapping[str, Any], known: Iterable[str]) -> None:
        unknown = set(payload) - set(known)
        self.drift |= {f"{kind}.{ascii(key)[1:-1]}" for key in unknown if not key.startswith("season/")}


def extract(franchise: Franchise, client: Client, scope: Scope) -> Extracted:
    """Ask TMDB for the series and films of `scope` that have a pinned TMDB id; `franchise` gives the known seasons.

    Frames: "episodes" (crew and guest stars kept), "seasons", "movies", with TMDB's own field names.
    """
    harvest = _Harvest()
    asked = first_requests(franchise, scope)
    for request, outcome in zip(asked, client.fetch(asked), strict=True):
        _gather(harvest, request, outcome)
    announced = [(series, harvest.announced.get(int(series.ids[SOURCE]), 0)) for series in scope.pinned(SOURCE)]
    more = [request for series, count in announced for request in _requests_for_new_seasons(series, scope, count)]
    for request, outcome in zip(more, client.fetch(more), strict=True):
        _gather(harvest, request, outcome)
    return _extracted(harvest)


def first_requests(franchise: Franchise, scope: Scope) -> list[Request]:
    """The first wave: every series, its seasons in groups that TMDB accepts, and every film, each once."""
    del franchise  # Every extractor has this signature; TMDB needs the scope alone.
    shows = [
        request
        for series in scope.pinned(SOURCE)
        for request in _show_requests(series, _planned_seasons(series, scope))
    ]
    films = {_film_path(film): _film_request(film) for film in scope.films if SOURCE in film.ids}
    return [*shows, *films.values()]


def next_requests(franchise: Franchise, scope: Scope, request: Request, payload: Any) -> list[Request]:
    """The second wave: where the answer about a series announces more seasons than were asked for."""
    del franchise  # As above.
    if not request.path.startswith("/tv/"):
        return []
    count = contract.Show.model_validate(payload).number_of_seasons
    asked = [series for series in scope.pinned(SOURCE) if series.code == request.concerns]
    return [more for series in asked for more in _requests_for_new_seasons(series, scope, count)]


def _planned_seasons(series: Series, scope: Scope) -> list[int]:
    """Which seasons the first request names: the known ones, and the next one of a series that still runs."""
    if scope.season is not None:
        return [scope.season]
    known = [season.number for season in series.seasons]
    if not known:
        return list(_SEASONS_OF_A_STRANGER)
    return known if series.is_ended else [*known, max(known) + 1]


def _show_requests(series: Series, seasons: Sequence[int]) -> list[Request]:
    objects = [*(f"season/{number}" for number in seasons), "external_ids"]
    show_id = int(series.ids[SOURCE])
    return [
        Request(
            path=f"/tv/{show_id}",
            params={"append_to_response": ",".join(objects[start : start + _APPENDED_AT_MOST])},
            max_age_s=ENDED_MAX_AGE_S if series.is_ended else RUNNING_MAX_AGE_S,
            concerns=series.code,
            problem_with=_problem_with_show(show_id),
            is_overdue=_has_overdue_title,
        )
        for start in range(0, len(objects), _APPENDED_AT_MOST)
    ]


def _film_path(film: Film) -> str:
    return f"/movie/{int(film.ids[SOURCE])}"


def _film_request(film: Film) -> Request:
    return Request(
        path=_film_path(film),
        params={"append_to_response": "credits,external_ids"},
        max_age_s=ENDED_MAX_AGE_S,
        concerns=f"film:{film.code}",
        problem_with=_problem_with_film(int(film.ids[SOURCE])),
    )


def _requests_for_new_seasons(series: Series, scope: Scope, announced: int) -> list[Request]:
    """A second request where TMDB has more seasons than were asked for."""
    if scope.season is not None:
        return []
    asked = _planned_seasons(series, scope)
    missing = [number for number in range(1, announced + 1) if number not in asked]
    return _show_requests(series, missing) if missing else []


def _problem_with_show(show_id: int) -> Callable[[Any], str | None]:
    def problem(payload: Any) -> str | None:
        show, reason = _parse(contract.Show, payload)
        if show is None:
            return f"the series breaks the contract: {reason}"
        if show.id != show_id:
            return f"asked for series {show_id}, got {show.id}"
        broken = [name for name, season in _appended_seasons(payload) if not _has_usable_rows(name, season)]
        return f"no row of {', '.join(broken)} keeps the contract" if broken else None

    return problem


def _has_overdue_title(payload: Any, day: date) -> bool:
    rows = (row for _, season in _appended_seasons(payload) for row in season["episodes"] if isinstance(row, dict))
    return has_overdue_title(((row.get("name"), row.get("air_date")) for row in rows), day)


def _problem_with_film(film_id: int) -> Callable[[Any], str | None]:
    def problem(payload: Any) -> str | None:
        film, reason = _parse(contract.Movie, payload)
        if film is None:
            return f"the film breaks the contract: {reason}"
        return None if film.id == film_id else f"asked for film {film_id}, got {film.id}"

    return problem


def _appended_seasons(payload: Mapping[str, Any]) -> list[tuple[str, Any]]:
    """Appended seasons in order; a season that TMDB does not have is absent or says success: false."""
    named = sorted((key for key in payload if key.startswith("season/")), key=lambda key: (len(key), key))
    return [(key, payload[key]) for key in named if not _is_refusal(payload[key])]


def _is_refusal(value: Any) -> bool:
    return isinstance(value, dict) and value.get("success") is False


def _has_usable_rows(name: str, payload: Any) -> bool:
    season, _ = _parse(contract.Season, payload)
    if season is None or name != f"season/{season.season_number}":
        return False
    return not season.episodes or any(_parse(contract.Episode, row)[0] for row in season.episodes)


def _gather(harvest: _Harvest, request: Request, outcome: Answer | SourceError) -> None:
    if isinstance(outcome, SourceError):
        harvest.errors.append(outcome)
        return
    if outcome.error:
        harvest.errors.append(outcome.error)
    else:
        harvest.answers += 1
    provenance = {
        "source_url": outcome.url,
        "fetched_at": outcome.fetched_at,
        "is_stale": outcome.is_stale,
    }
    gather = _gather_film if request.path.startswith("/movie/") else _gather_show
    gather(harvest, outcome.payload, provenance)


def _gather_show(harvest: _Harvest, payload: Row, provenance: Row) -> None:
    harvest.note_drift("series", payload, contract.KNOWN_SHOW_KEYS)
    show = contract.Show.model_validate(payload)
    harvest.announced[show.id] = show.number_of_seasons
    for _, appended in _appended_seasons(payload):
        season = contract.Season.model_validate(appended)
        head = season.model_dump(exclude={"episodes"})
        harvest.seasons.append({"show_id": show.id, **head, **provenance})
        for row in season.episodes:
            _gather_episode(harvest, show.id, season.season_number, row, provenance)


def _gather_episode(harvest: _Harvest, show_id: int, season_number: int, payload: Any, provenance: Row) -> None:
    episode, reason = _parse(contract.Episode, payload)
    if episode and episode.season_number != season_number:
        reason = f"season_number: {episode.season_number} stands inside of season {season_number}"
    elif episode and episode.id in harvest.ids:
        reason = "id: stands there more than once"
    if episode is None or reason:
        source_id = str(payload["id"]) if isinstance(payload, dict) and "id" in payload else None
        harvest.rejects.append(Reject(source_id, reason, payload))
        return
    harvest.note_drift("episode", payload, contract.KNOWN_EPISODE_KEYS)
    harvest.ids.add(episode.id)
    harvest.episodes.append({"show_id": show_id, **episode.model_dump(), **provenance})


def _gather_film(harvest: _Harvest, payload: Row, provenance: Row) -> None:
    harvest.note_drift("film", payload, contract.KNOWN_MOVIE_KEYS)
    film = contract.Movie.model_validate(payload)
    row = film.model_dump(exclude={"credits", "external_ids"})
    row["imdb_id"] = film.imdb_id or film.external_ids.imdb_id
    harvest.movies.append({**row, **film.credits.model_dump(), **provenance})


def _parse(model: type[Model], payload: Any) -> tuple[Model | None, str]:
    """The checked row, or None and the reasons in words."""
    try:
        return model.model_validate(payload), ""
    except ValidationError as failure:
        errors = failure.errors(include_url=False, include_input=False)
        return None, "; ".join(f"{'.'.join(map(str, e['loc'])) or 'row'}: {e['msg']}" for e in errors)


def _extracted(harvest: _Harvest) -> Extracted:
    return Extracted(
        source=SOURCE,
        frames={
            "episodes": pl.DataFrame(harvest.episodes, schema=contract.EPISODE_FRAME),
            "seasons": pl.DataFrame(harvest.seasons, schema=contract.SEASON_FRAME),
            "movies": pl.DataFrame(harvest.movies, schema=contract.MOVIE_FRAME),
        },
        rejects=rejects_frame(SOURCE, harvest.rejects),
        drift=tuple(sorted(harvest.drift)),
        errors=tuple(harvest.errors),
        answers=harvest.answers,
    )
