"""The viewing guide: eras, their seasons and films in in-universe order, and the episodes of each season.

The keys and their order are an interface: apps read them by name, and reviewers read them as a diff.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

import polars as pl

from etl.errors import ContractBroken
from schemas.episodes import CONNECTION_TYPES

Row = dict[str, Any]
SeasonIds = Mapping[tuple[str, int], str]


def build_guide(tables: Mapping[str, pl.DataFrame]) -> list[Row]:
    """The guide as plain values, from the tables eras, seasons, movies and episodes of a release.

    A season without episodes is not written; an era without items is. Raises ContractBroken where a row
    would have no place in the guide, or lacks what every reader of the guide relies on.
    """
    season_ids = {(row["series"], row["season"]): row["season_id"] for row in _rows(tables["seasons"])}
    episodes = _episodes_by_season(tables["episodes"], season_ids)
    items: dict[str, list[tuple[int, str, Row]]] = {row["era"]: [] for row in _rows(tables["eras"])}
    for row in _rows(tables["seasons"]):
        if row["season_id"] in episodes:
            _place(items, row, _season(row, episodes[row["season_id"]]))
    for row in _rows(tables["movies"]):
        _place(items, row, _movie(row))
    return [_era(row, items[row["era"]]) for row in _rows(tables["eras"].sort("position"))]


def _rows(frame: pl.DataFrame) -> Iterable[Row]:
    return frame.iter_rows(named=True)


def _place(items: dict[str, list[tuple[int, str, Row]]], row: Row, item: Row) -> None:
    if row["era"] not in items:
        raise ContractBroken(f"{item['id']} belongs to the era {row['era']!r}, which is not in the table eras.")
    items[row["era"]].append((row["position"], item["id"], item))


def _era(row: Row, items: list[tuple[int, str, Row]]) -> Row:
    return {
        "id": row["era"],
        "title": row["title"],
        "years": row["years"],
        "stardates": row["stardates"],
        "description": row["description"],
        "items": [item for _, _, item in sorted(items, key=lambda placed: placed[:2])],
    }


def _season(row: Row, episodes: list[Row]) -> Row:
    return {
        "id": row["season_id"],
        "title": row["title"],
        "type": row["kind"],
        "year": row["years"] or "TBD",
        "stardate": _stardate(row, "None"),
        "episodes": len(episodes),
        "notes": row["notes"] or "",
        "episodeData": episodes,
    }


def _movie(row: Row) -> Row:
    return {
        "id": row["movie_id"],
        "title": row["title"],
        "type": "movie",
        "year": row["years"] or "TBD",
        "stardate": _stardate(row, "Stardate TBD"),
        "notes": row["synopsis"] or "",
    }


def _episodes_by_season(frame: pl.DataFrame, season_ids: SeasonIds) -> dict[str, list[Row]]:
    """Season id to its episodes, in the order of their numbers."""
    public_ids = {row["episode_key"]: (row["episode_id"], _season_id(row, season_ids)) for row in _rows(frame)}
    undated = frame.filter(pl.col("air_date").is_null())["episode_key"].sort().to_list()
    if undated:
        raise ContractBroken(f"The guide needs an air date of every episode; none is known of {', '.join(undated)}.")
    by_season: dict[str, list[Row]] = {}
    for row in _rows(frame.sort("episode", "episode_key")):
        _, season_id = public_ids[row["episode_key"]]
        by_season.setdefault(season_id, []).append(_episode(row, public_ids))
    return by_season


def _season_id(row: Row, season_ids: SeasonIds) -> str:
    season_id = season_ids.get((row["series"], row["season"]))
    if season_id is None:
        raise ContractBroken(
            f"{row['episode_key']} belongs to season {row['season']} of {row['series']}, "
            "which is not in the table seasons."
        )
    return season_id


def _episode(row: Row, public_ids: Mapping[str, tuple[str, str]]) -> Row:
    return {
        "id": row["episode_id"],
        "title": row["title"],
        "season": row["season"],
        "episode": row["episode"],
        "airDate": row["air_date"].isoformat(),
        "stardate": _stardate(row, "None"),
        "synopsis": row["synopsis"] or "",
        "plotPoints": _texts(row["plot_points"]),
        "guestStars": _texts(row["guest_stars"]),
        "connections": _connections(row, public_ids),
        **{name: value for name, value in _extended(row).items() if value},
    }


def _extended(row: Row) -> Row:
    """What a reader may do without: written only where it is known."""
    return {
        "productionCode": " / ".join(_texts(row["production_codes"])),
        "director": _texts(row["directors"]),
        "writer": _texts(row["writers"]),
        "memoryAlphaUrl": row["memory_alpha_url"],
        "tmdbId": row["tmdb_id"],
        "imdbId": row["imdb_id"],
    }


def _connections(row: Row, public_ids: Mapping[str, tuple[str, str]]) -> list[Row]:
    """The connections to published episodes: a link to anything else would lead nowhere."""
    found = []
    for connection in row["connections"] or []:
        if connection["connection_type"] not in CONNECTION_TYPES:
            raise ContractBroken(
                f"{row['episode_key']} has a connection of type {connection['connection_type']!r}; "
                f"readers of the guide know {', '.join(CONNECTION_TYPES)}."
            )
        if connection["episode_key"] in public_ids:
            episode_id, season_id = public_ids[connection["episode_key"]]
            found.append(
                {
                    "episodeId": episode_id,
                    "seriesId": season_id,
                    "connectionType": connection["connection_type"],
                    "description": connection["description"] or "",
                }
            )
    return found


def _texts(values: list[str | None] | None) -> list[str]:
    return [value for value in values or [] if value]


def _stardate(row: Row, unknown: str) -> str:
    """One stardate, a range from low to high, or the words for not known."""
    known = {row["stardate_from"], row["stardate_to"]} - {None}
    return "-".join(_number(value) for value in sorted(known)) or unknown


def _number(value: float) -> str:
    """The shortest decimal text that is this number: 47988.0, never 4.7988e4."""
    return f"{Decimal(repr(value)):f}"
