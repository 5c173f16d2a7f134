"""All that the sources said in the project's own words, and what is known beforehand."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

import polars as pl

from etl import policies
from etl.asking import Asked
from etl.franchise import Franchise
from etl.transform.conform_catalogue import (
    catalogue_numbers,
    conform_catalogue_episodes,
    conform_catalogue_movies,
    pins_of,
    registry_of,
)
from etl.transform.conform_memory_alpha import conform_memory_alpha_episodes
from etl.transform.conform_stapi import conform_stapi_episodes
from etl.transform.conform_tmdb import conform_tmdb_episodes, conform_tmdb_movies, conform_tmdb_seasons
from etl.transform.conform_trekcore import conform_trekcore_episodes
from etl.transform.conform_tvmaze import conform_tvmaze_episodes
from etl.transform.keep import (
    add_unknown,
    extend_registry,
    notes_of_release,
    pins_of_release,
    registry_of_release,
)
from etl.transform.unreadable import unreadable_days
from schemas.columns import empty
from schemas.conformed import EPISODE_ROWS, MOVIE_ROWS, PINS, REGISTRY, SEASON_NOTES
from schemas.guide import NUMBERING
from schemas.provenance import REJECTS


@dataclass(frozen=True)
class Rows:
    """Rows of all sources (EPISODE_ROWS, MOVIE_ROWS, SEASON_NOTES), and the registry, pins and numbers to link by.

    `unreadable` (REJECTS) holds values of used rows that could not be read.
    """

    episodes: pl.DataFrame
    movies: pl.DataFrame
    notes: pl.DataFrame
    registry: pl.DataFrame
    pins: pl.DataFrame
    numbers: pl.DataFrame
    unreadable: pl.DataFrame


Conform = Callable[[pl.DataFrame, Mapping[str, str]], pl.DataFrame]

_NOTHING = Rows(
    pl.DataFrame(schema=EPISODE_ROWS),
    pl.DataFrame(schema=MOVIE_ROWS),
    pl.DataFrame(schema=SEASON_NOTES),
    pl.DataFrame(schema=REGISTRY),
    pl.DataFrame(schema=PINS),
    empty(NUMBERING),
    empty(REJECTS),
)


def conform(franchise: Franchise, asked: Sequence[Asked], last: Mapping[str, pl.DataFrame]) -> Rows:
    """Put every source's raw frames into the project's words; the last release adds the keys and links it gave.

    Of a source that was not asked for (the catalogue, which is always read) only the registry is used.
    """
    parts = [_CONFORM[one.source.name](franchise, one.extracted.frames) for one in asked]
    parts = [rows if one.is_wanted else _registry_alone(rows) for one, rows in zip(asked, parts, strict=True)]
    together = [
        pl.concat([getattr(rows, name) for rows in (_NOTHING, *parts)]) for name in _NOTHING.__dataclass_fields__
    ]
    rows = Rows(*together)
    return replace(
        rows,
        notes=add_unknown(rows.notes, notes_of_release(last["seasons"]), ["series", "season"]),
        registry=extend_registry(rows.registry, registry_of_release(last["episodes"], last["numbering"])),
        pins=add_unknown(rows.pins, pins_of_release(last["links"]), ["source", "source_id"]),
    )


def _registry_alone(rows: Rows) -> Rows:
    return replace(rows, episodes=rows.episodes.clear(), movies=rows.movies.clear(), unreadable=rows.unreadable.clear())


def _episodes_by(
    source: str, conform_episodes: Conform, day: str | pl.Expr
) -> Callable[[Franchise, Mapping[str, pl.DataFrame]], Rows]:
    """Conform the episodes of a source; `day` is where its raw frame has the air date."""

    def conformed(franchise: Franchise, frames: Mapping[str, pl.DataFrame]) -> Rows:
        raw = frames["episodes"]
        episodes = conform_episodes(raw, policies.ids_of(source, franchise))
        return replace(_NOTHING, episodes=episodes, unreadable=unreadable_days(episodes, raw.select(day).to_series()))

    return conformed


_conform_tmdb_alone = _episodes_by("tmdb", conform_tmdb_episodes, "air_date")


def _conform_tmdb(franchise: Franchise, frames: Mapping[str, pl.DataFrame]) -> Rows:
    return replace(
        _conform_tmdb_alone(franchise, frames),
        movies=conform_tmdb_movies(frames["movies"], policies.film_keys_of("tmdb", franchise)),
        notes=conform_tmdb_seasons(frames["seasons"], policies.ids_of("tmdb", franchise)),
    )


def _conform_catalogue(franchise: Franchise, frames: Mapping[str, pl.DataFrame]) -> Rows:
    catalogue = franchise.catalogue
    checked_at, pages = (catalogue.checked_at, catalogue.pages) if catalogue else (None, "")
    return replace(
        _NOTHING,
        episodes=conform_catalogue_episodes(frames["episodes"], checked_at, pages),
        movies=conform_catalogue_movies(frames["movies"], checked_at, pages),
        registry=registry_of(frames["episodes"]),
        pins=pins_of(frames["episodes"]),
        numbers=catalogue_numbers(frames["episodes"]),
    )


_CONFORM = {
    "tmdb": _conform_tmdb,
    "memory_alpha": _episodes_by(
        "memory_alpha", conform_memory_alpha_episodes, pl.concat_str("d", "m", "y", separator=" ")
    ),
    "stapi": _episodes_by("stapi", conform_stapi_episodes, "usAirDate"),
    "trekcore": _episodes_by("trekcore", conform_trekcore_episodes, "air_date"),
    "tvmaze": _episodes_by("tvmaze", conform_tvmaze_episodes, "airdate"),
    "catalogue": _conform_catalogue,
}
