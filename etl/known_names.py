"""Every name that a person's file may call an episode, a season, a film or an era by, from before a run.

Known are the catalogue and the last release. Names are keys, public ids, and the forms of older guides: with TMDB's id
of the series in it or behind it (`tng_s1_e02_655`, `tng_655_s1`), and with aliases of the franchise file.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

import polars as pl

from etl.extract import catalogue
from etl.extract.shapes import Scope
from etl.franchise import Franchise, Series
from etl.transform.conform_catalogue import catalogue_numbers, registry_of
from etl.transform.decide import OVERRIDE
from etl.transform.keep import extend_registry, registry_of_release
from etl.transform.numbering import complete_registry, counted_numbers, prefer_fresh, public_numbers
from etl.transform.text import slug, title_key
from schemas.episodes import KEY_PATTERN

_ID = re.compile(r"([a-z0-9]+?)(?:_(\d+))?_s(\d{1,3})(?:_e(\d{1,4})(?:_(\d+))?)?", re.ASCII)
_OF_TMDB = "tmdb"
_FILM = "film:"
_KEY = "episode_key"


@dataclass(frozen=True)
class Place:
    """What an id says: a series of the franchise, a season, maybe a number, and whether TMDB counted it."""

    series: str
    season: int
    number: int | None
    is_of_tmdb: bool

    @property
    def season_id(self) -> str:
        """The public id of the season."""
        return f"{self.series}_s{self.season}"


@dataclass(frozen=True)
class NewEpisode:
    """What an id and a title say of an episode that nobody knows; `said` are the fields that the id says itself.

    `number` is the one as aired, None where the id has TMDB's.
    """

    key: str
    season: int
    number: int | None
    said: Mapping[str, str | int]


@dataclass(frozen=True)
class KnownNames:
    """What names lead to.

    `registry` (contract REGISTRY) has the known episodes, `keys` their keys, `ids` the key of each public id, `numbers`
    the key of each number of TMDB's (series, season, number).
    """

    franchise: Franchise
    registry: pl.DataFrame
    keys: frozenset[str]
    ids: Mapping[str, str]
    numbers: Mapping[tuple[str, int, int], str]

    def place(self, name: str) -> Place | None:
        """What an id of a season or an episode says; None for anything else, or of a series that nobody knows."""
        found = _ID.fullmatch(name)
        if found is None:
            return None
        code, inside, season, number, behind = found.groups()
        tmdb_id = inside or behind
        series = self._series(code, tmdb_id)
        return Place(series.code, int(season), int(number) if number else None, bool(tmdb_id)) if series else None

    def is_called(self, key: str, title: str) -> bool:
        """Whether this is the title of the episode, or one of its other titles."""
        wanted = pl.select(title_key(pl.lit(title))).item()
        return bool(self.registry.filter(pl.col(_KEY) == key, pl.col("title_keys").list.contains(wanted)).height)

    def episode(self, name: str) -> str | None:
        """The key of an episode, None where there is none of this name."""
        if name in self.keys:
            return name
        place = self.place(name)
        if place is None or place.number is None:
            return None
        public = self.ids.get(f"{place.season_id}_e{place.number:02d}")
        of_tmdb = self.numbers.get((place.series, place.season, place.number))
        return (of_tmdb or public) if place.is_of_tmdb else public

    def new_episode(self, name: str, title: str) -> NewEpisode | None:
        """The episode that an id and a title would make, None where they do not say enough."""
        place = self.place(name)
        words = pl.select(slug(pl.lit(title))).item()
        if place is None or place.number is None or not re.fullmatch(KEY_PATTERN, f"{place.series}:{words}"):
            return None
        said: dict[str, str | int] = {"id": name, "season": place.season, "episode": place.number}
        return NewEpisode(f"{place.series}:{words}", place.season, None if place.is_of_tmdb else place.number, said)

    def season(self, name: str) -> str | None:
        """The public id of a season, None where there is none of this name."""
        place = self.place(name)
        if place is None or place.number is not None:
            return None
        return place.season_id if self.episodes_of(place.season_id) else None

    def episodes_of(self, season_id: str) -> list[str]:
        """The keys of a season's episodes."""
        return [key for public, key in self.ids.items() if public.startswith(f"{season_id}_e")]

    def film(self, name: str) -> str | None:
        """The key of a film, None where there is none of this name."""
        wanted = name.removeprefix(_FILM)
        codes = (film.code for film in self.franchise.films if wanted in (film.code, *film.aliases))
        return next((f"{_FILM}{code}" for code in codes), None)

    def era(self, name: str) -> str | None:
        """The id of an era, None where there is none of this name."""
        return name if name in {era.id for era in self.franchise.eras} else None

    def _series(self, code: str, tmdb_id: str | None) -> Series | None:
        """TMDB's id says more than the code: one show's episodes have stood below another's code."""
        series = self.franchise.series
        by_id = (one for one in series if tmdb_id is not None and one.ids.get(_OF_TMDB) == tmdb_id)
        by_code = (one for one in series if code in (one.code, *one.aliases))
        return next(by_id, None) or next(by_code, None)


def known_names(franchise: Franchise, last: Mapping[str, pl.DataFrame], scheme: str) -> KnownNames:
    """Gather the names that the catalogue and the last release (its tables) know, public ids by this scheme.

    What only a person added to the last release is not known: it stands as long as the file that adds it.
    """
    raw = catalogue.extract(franchise, Scope(franchise.series, franchise.films)).frames["episodes"]
    published = last["episodes"].filter(pl.col("sources") != [OVERRIDE])
    before = registry_of_release(published, last["numbering"].join(published, on=_KEY, how="semi"))
    registry = complete_registry(extend_registry(registry_of(raw), before))
    series_of = registry.select(_KEY, "series")
    told = last["numbering"].filter(scheme=_OF_TMDB).join(series_of, on=_KEY, how="semi")
    of_tmdb = prefer_fresh(told, catalogue_numbers(raw).filter(scheme=_OF_TMDB), series_of)
    numbering = pl.concat([counted_numbers(registry), of_tmdb])
    public = public_numbers(numbering, registry, scheme)
    return KnownNames(
        franchise,
        registry,
        frozenset(registry[_KEY]),
        dict(public.select("episode_id", _KEY).rows()),
        {
            (series, season, number): key
            for key, season, first, until, series in of_tmdb.join(series_of, on=_KEY, validate="m:1")
            .select(_KEY, "season", "first", "last", "series")
            .iter_rows()
            for number in range(first, until + 1)
        },
    )
