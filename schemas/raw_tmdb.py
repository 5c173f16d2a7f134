"""The raw contract of TMDB: what a response must hold before a row of it is used (reference: TMDB v3, recorded payloads).

A JSON value of the wrong type must be seen before it gets into a frame, where 5 would quietly become "5": so this
contract is checked by Pydantic, strictly, row by row. Keys in KNOWN_* are expected; any other key is drift.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated

import polars as pl
from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from schemas.columns import FLAG, INSTANT, INTEGER, TEXT

_PERSON = pl.Struct({"job": pl.String, "name": pl.String, "character": pl.String})

_PROVENANCE = {"source_url": TEXT, "fetched_at": INSTANT, "is_stale": FLAG}

EPISODE_FRAME = pl.Schema(
    {
        "show_id": INTEGER,
        "id": INTEGER,
        "season_number": INTEGER,
        "episode_number": INTEGER,
        "episode_type": TEXT,
        "name": TEXT,
        "overview": TEXT,
        "air_date": TEXT,
        "production_code": TEXT,
        "runtime": INTEGER,
        "crew": pl.List(_PERSON),
        "guest_stars": pl.List(_PERSON),
        **_PROVENANCE,
    }
)

SEASON_FRAME = pl.Schema(
    {"show_id": INTEGER, "season_number": INTEGER, "name": TEXT, "overview": TEXT, "air_date": TEXT, **_PROVENANCE}
)

MOVIE_FRAME = pl.Schema(
    {
        "id": INTEGER,
        "imdb_id": TEXT,
        "title": TEXT,
        "overview": TEXT,
        "release_date": TEXT,
        "runtime": INTEGER,
        "crew": pl.List(_PERSON),
        "cast": pl.List(_PERSON),
        **_PROVENANCE,
    }
)


def _sound(text: str) -> str:
    """Half of a character (a lone surrogate) can be escaped in JSON, but stands in no file and no database."""
    try:
        text.encode()
    except UnicodeEncodeError:
        raise ValueError("holds half of a character") from None
    return text


def _at_most(length: int) -> Callable[[str], str]:
    """A bound on a text; as a field's own max_length it would be asked first, and hide what else is wrong."""

    def check(text: str) -> str:
        if len(text) > length:
            raise ValueError(f"has {len(text):,} characters, {length:,} at most are expected")
        return text

    return check


Markup = Annotated[str, AfterValidator(_sound)]
"""A whole page: as long as an answer may be."""
Text = Annotated[Markup, AfterValidator(_at_most(100_000))]
Name = Annotated[Markup, AfterValidator(_at_most(1_000))]
"""Names and titles get into keys, logs and pages, where a book would do harm."""
Whole = Annotated[int, Field(ge=-(2**63), lt=2**63)]
_MOST_SEASONS = 200
Number = Annotated[int, Field(ge=0, lt=1000)]


class _Row(BaseModel):
    model_config = ConfigDict(strict=True, extra="ignore")


class Person(_Row):
    """A credit. `job` stands with crew, `character` with cast and guest stars."""

    name: Name
    job: Name | None = None
    character: Name | None = None


class Episode(_Row):
    """An episode inside a season. Payloads of 2014 have neither crew nor runtime."""

    id: Whole
    name: Name
    season_number: Number
    episode_number: Number
    episode_type: Name | None = None
    overview: Text | None
    air_date: Name | None
    production_code: Name | None = None
    runtime: Whole | None = None
    crew: list[Person] = []
    guest_stars: list[Person] = []


class Season(_Row):
    """A season as appended to a show; its episodes are checked one by one."""

    season_number: Number
    name: Name | None = None
    overview: Text | None = None
    air_date: Name | None = None
    episodes: list[object]


class Show(_Row):
    """The head of a show's response. The number of seasons decides how much more is asked, so it has a bound."""

    id: Whole
    name: Name
    number_of_seasons: Annotated[int, Field(ge=0, le=_MOST_SEASONS)]


class Credits(_Row):
    """Appended to a film."""

    crew: list[Person] = []
    cast: list[Person] = []


class ExternalIds(_Row):
    """Appended to a film."""

    imdb_id: Name | None = None


class Movie(_Row):
    """A film with its credits and external ids."""

    id: Whole
    title: Name
    overview: Text | None
    release_date: Name | None
    runtime: Whole | None = None
    imdb_id: Name | None = None
    credits: Credits = Credits()
    external_ids: ExternalIds = ExternalIds()


KNOWN_EPISODE_KEYS = frozenset(Episode.model_fields) | {"show_id", "still_path", "vote_average", "vote_count"}

KNOWN_SHOW_KEYS = frozenset(Show.model_fields) | frozenset(
    [
        "adult",
        "backdrop_path",
        "created_by",
        "episode_run_time",
        "external_ids",
        "first_air_date",
        "genres",
        "homepage",
        "in_production",
        "languages",
        "last_air_date",
        "last_episode_to_air",
        "networks",
        "next_episode_to_air",
        "number_of_episodes",
        "origin_country",
        "original_language",
        "original_name",
        "overview",
        "popularity",
        "poster_path",
        "production_companies",
        "production_countries",
        "seasons",
        "softcore",
        "spoken_languages",
        "status",
        "tagline",
        "type",
        "vote_average",
        "vote_count",
    ]
)

KNOWN_MOVIE_KEYS = frozenset(Movie.model_fields) | frozenset(
    [
        "adult",
        "backdrop_path",
        "belongs_to_collection",
        "budget",
        "genres",
        "homepage",
        "origin_country",
        "original_language",
        "original_title",
        "popularity",
        "poster_path",
        "production_companies",
        "production_countries",
        "revenue",
        "softcore",
        "spoken_languages",
        "status",
        "tagline",
        "video",
        "vote_average",
        "vote_count",
    ]
)
