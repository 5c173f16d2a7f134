"""The raw contract of STAPI: a page of the episode search, its rows, and the people of a full episode object.

Checked strictly, row by row, as that of TMDB is (see raw_tmdb). STAPI always sends every key of a row, often with null.
"""

from __future__ import annotations

from typing import Annotated

import polars as pl
from pydantic import BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel

from schemas.columns import FLAG, INSTANT, INTEGER, NUMBER, TEXT, TEXTS
from schemas.raw_tmdb import Name, Number, Whole

_PROVENANCE = {"source_url": TEXT, "fetched_at": INSTANT, "is_stale": FLAG}

EPISODE_FRAME = pl.Schema(
    {
        "uid": TEXT,
        "title": TEXT,
        "titleGerman": TEXT,
        "titleItalian": TEXT,
        "titleJapanese": TEXT,
        "series_uid": TEXT,
        "series_title": TEXT,
        "season_uid": TEXT,
        "season_title": TEXT,
        "seasonNumber": INTEGER,
        "episodeNumber": INTEGER,
        "productionSerialNumber": TEXT,
        "featureLength": FLAG,
        "stardateFrom": NUMBER,
        "stardateTo": NUMBER,
        "yearFrom": INTEGER,
        "yearTo": INTEGER,
        "usAirDate": TEXT,
        "finalScriptDate": TEXT,
        **_PROVENANCE,
    }
)

PEOPLE_FRAME = pl.Schema(
    {
        "uid": TEXT,
        "directors": TEXTS,
        "writers": TEXTS,
        "teleplay_authors": TEXTS,
        "story_authors": TEXTS,
        "performers": TEXTS,
        **_PROVENANCE,
    }
)
"""Names in the order of the full object. `performers` are all who play, the regular cast too."""

_MOST_PAGES = 100
Uid = Annotated[Name, Field(min_length=1)]
Real = Annotated[float, Field(allow_inf_nan=False)]


class _Row(BaseModel):
    """Fields are snake_case here and camelCase in STAPI."""

    model_config = ConfigDict(strict=True, extra="ignore", alias_generator=to_camel)


class Named(_Row):
    """The series or the season of an episode."""

    uid: Uid
    title: Name | None = None


class Episode(_Row):
    """A row of the episode search."""

    uid: Uid
    title: Name
    title_german: Name | None = None
    title_italian: Name | None = None
    title_japanese: Name | None = None
    series: Named
    season: Named | None
    season_number: Number | None
    episode_number: Number | None
    production_serial_number: Name | None
    feature_length: bool | None = None
    stardate_from: Real | None
    stardate_to: Real | None
    year_from: Whole | None
    year_to: Whole | None
    us_air_date: Name | None
    final_script_date: Name | None = None


class Page(_Row):
    """Which page this is, and of how many. Their number decides how much more is asked, so it has a bound."""

    page_number: Whole
    total_elements: Annotated[int, Field(ge=0)]
    total_pages: Annotated[int, Field(ge=0, le=_MOST_PAGES)]


class Search(_Row):
    """A page of the episode search; its rows are checked one by one."""

    page: Page
    episodes: list[object]


class Person(_Row):
    """Somebody in a full object."""

    name: Name


class FullEpisode(_Row):
    """The people of a full episode object."""

    uid: Uid
    directors: list[Person]
    writers: list[Person]
    teleplay_authors: list[Person]
    story_authors: list[Person]
    performers: list[Person]


class Detail(_Row):
    """The answer to a uid: null where STAPI has no such episode."""

    episode: FullEpisode | None


def _keys(model: type[BaseModel]) -> frozenset[str]:
    return frozenset(to_camel(name) for name in model.model_fields)


KNOWN_EPISODE_KEYS = _keys(Episode)
KNOWN_SEARCH_KEYS = _keys(Search) | {"sort"}
KNOWN_DETAIL_KEYS = KNOWN_EPISODE_KEYS | _keys(FullEpisode) | {"stuntPerformers", "standInPerformers", "characters"}
