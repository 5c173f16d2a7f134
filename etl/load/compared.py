"""One side of a comparison: a release from its folder or its database, or a viewing guide, which knows less."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import polars as pl
from pydantic import ValidationError

from etl.errors import InputError
from etl.load.previous import DATABASE, read_database
from schemas.columns import empty, polars_schema
from schemas.episodes import EPISODES
from schemas.guide_json import Episode, Guide, Movie, Season
from schemas.tables import TABLES

_SHOWN = ("title", "air_date", "synopsis", "plot_points", "guest_stars", "directors", "writers")
_IDS = ("tmdb_id", "imdb_id", "memory_alpha_url")
_COLUMNS = {name: polars_schema(EPISODES)[name] for name in ("episode_key", "episode_id", *_SHOWN, *_IDS)}
_MEND = "Name the folder or the .duckdb file of a release, or the .json file of a viewing guide."


@dataclass(frozen=True)
class Side:
    """What is compared, its name for people, and whether episodes are known by key; a guide has public ids only."""

    name: str
    tables: Mapping[str, pl.DataFrame]
    has_keys: bool = True


def read_side(path: Path) -> Side:
    """Read a published folder, a database or a viewing guide. Raises InputError where it is none, or damaged."""
    if path.suffix == ".json" and path.is_file():
        return Side(str(path), _guide_tables(path), has_keys=False)
    database = path / DATABASE if path.is_dir() else path
    if not database.exists():
        raise InputError("There is no release here." if path.is_dir() else "does not exist.", file=path, mend=_MEND)
    release = read_database(database, mend=_MEND)
    return Side(f"{path} (run {release.run_id})", release.tables)


def _guide_tables(path: Path) -> dict[str, pl.DataFrame]:
    try:
        guide = Guide.model_validate_json(path.read_bytes())
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        raise InputError(
            f"This is no viewing guide: {first['msg']}.",
            file=path,
            where=".".join(map(str, first["loc"])),
            mend="trek-etl validate names every problem of the file.",
        ) from None
    items = [item for era in guide.root for item in era.items]
    seasons = [item for item in items if isinstance(item, Season)]
    episodes = [_episode(one) for season in seasons for one in season.episode_data or []]
    movies = [{"movie_key": one.id, "movie_id": one.id, "title": one.title} for one in items if isinstance(one, Movie)]
    return {
        **{name: empty(contract) for name, contract in TABLES.items()},
        "episodes": pl.DataFrame(episodes, schema=_COLUMNS),
        "movies": pl.DataFrame(movies, schema=dict.fromkeys(("movie_key", "movie_id", "title"), pl.String)),
    }


def _episode(one: Episode) -> dict[str, Any]:
    """An episode of a guide as a row of a release; what a guide writes as an empty text is not known."""
    return {
        "episode_key": one.id,
        "episode_id": one.id,
        **{name: getattr(one, name) for name in ("title", "plot_points", "guest_stars", *_IDS)},
        "air_date": date.fromisoformat(one.air_date),
        "synopsis": one.synopsis or None,
        "directors": one.director,
        "writers": one.writer,
    }
