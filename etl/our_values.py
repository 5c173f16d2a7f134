"""What we say ourselves of episodes, seasons and films, for comparing another guide with it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import polars as pl

from etl import policies
from etl.extract import catalogue
from etl.extract.shapes import Scope
from etl.franchise import Franchise
from etl.transform.conform_catalogue import conform_catalogue_episodes, conform_catalogue_movies

Row = Mapping[str, Any]


@dataclass(frozen=True)
class OurValues:
    """Rows by key of an episode or film, by id of a season or era; the names of their columns are the fields."""

    episodes: Mapping[str, Row]
    films: Mapping[str, Row]
    seasons: Mapping[str, Row]
    eras: Mapping[str, Row]

    def value(self, kind: str, target: str, field: str) -> Any:
        """What we say there, None if nothing."""
        rows = {"episode": self.episodes, "movie": self.films, "season": self.seasons, "era": self.eras}[kind]
        return rows.get(target, {}).get(field)


def values_of_release(tables: Mapping[str, pl.DataFrame]) -> OurValues:
    """What a release says."""
    return OurValues(
        _by("episode_key", tables["episodes"]),
        _by("movie_key", tables["movies"]),
        _by("season_id", tables["seasons"]),
        _by("era", tables["eras"]),
    )


def values_of_franchise(franchise: Franchise) -> OurValues:
    """What the catalogue and the franchise file say, for want of a release."""
    frames = catalogue.extract(franchise, Scope(franchise.series, franchise.films)).frames
    episodes = conform_catalogue_episodes(frames["episodes"], None, "")
    shown = episodes.group_by("series", "season").agg(first_air_date=pl.col("air_date").min())
    listed = [(series.code, season.number) for series in franchise.series for season in series.seasons]
    facts = policies.season_facts(
        franchise, pl.DataFrame(listed, schema={"series": pl.String, "season": pl.Int64}, orient="row")
    )
    eras = {era.id: era.model_dump(include={"title", "years", "stardates", "description"}) for era in franchise.eras}
    return OurValues(
        _by("source_id", episodes),
        _by("source_id", conform_catalogue_movies(frames["movies"], None, "")),
        _by("season_id", _with_ids(facts.join(shown, on=["series", "season"], how="left", validate="1:1"))),
        eras,
    )


def _with_ids(seasons: pl.DataFrame) -> pl.DataFrame:
    return seasons.with_columns(season_id=pl.format("{}_s{}", "series", "season"))


def _by(key: str, frame: pl.DataFrame) -> dict[str, Row]:
    return {row[key]: row for row in frame.iter_rows(named=True)}
