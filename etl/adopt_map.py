"""Which rows of somebody else's guide are which episodes of ours: by title, with date and number as support."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

import polars as pl

from etl.inputs.document import Steps
from etl.known_names import KnownNames, Place
from etl.transform.text import part_of, present_title, title_key
from schemas.old_guide import OldEpisode, OldGuide, OldItem


@dataclass(frozen=True)
class OldRow:
    """An item, or an episode of a season, and where in the file it stands."""

    steps: Steps
    item: OldItem
    episode: OldEpisode | None = None

    @property
    def id(self) -> str:
        """Its id in the file."""
        return self.episode.id if self.episode else self.item.id

    @property
    def title(self) -> str:
        """Its title in the file."""
        return self.episode.title if self.episode else self.item.title


@dataclass
class Mapped:
    """The rows with their targets, and those that have none, with the reason; `keys` are episodes by id in the file."""

    episodes: list[tuple[OldRow, str]] = field(default_factory=list)
    seasons: list[tuple[OldRow, str]] = field(default_factory=list)
    films: list[tuple[OldRow, str]] = field(default_factory=list)
    unmapped: list[tuple[OldRow, str]] = field(default_factory=list)
    keys: dict[str, str] = field(default_factory=dict)


def map_guide(guide: OldGuide, names: KnownNames) -> Mapped:
    """Find the target of every row of a guide."""
    mapped = Mapped()
    rows: list[tuple[OldRow, Place | None]] = []
    for place, era in enumerate(guide.root):
        for number, item in enumerate(era.items):
            row = OldRow((place, "items", number), item)
            _map_item(mapped, row, names)
            inside = [
                OldRow((*row.steps, "episodeData", at), item, episode) for at, episode in enumerate(item.episodeData)
            ]
            rows += [(one, names.place(one.id) or names.place(item.id)) for one in inside]
    _map_episodes(mapped, rows, names)
    return mapped


def _map_item(mapped: Mapped, row: OldRow, names: KnownNames) -> None:
    if row.item.type == "movie":
        film = names.film(row.id)
        if film:
            mapped.films.append((row, film))
        else:
            mapped.unmapped.append((row, "no film of the franchise has this id"))
        return
    season = names.season(row.id)
    if season:
        mapped.seasons.append((row, season))
    else:
        mapped.unmapped.append((row, "no season that is known has this id"))


def _map_episodes(mapped: Mapped, rows: Sequence[tuple[OldRow, Place | None]], names: KnownNames) -> None:
    titles = pl.DataFrame({"title": [row.title for row, _ in rows]}, schema={"title": pl.String}).select(
        key=title_key(present_title(pl.col("title"))), part=part_of(pl.col("title"))
    )
    known = _by_title(names.registry)
    dates: dict[str, date | None] = dict(names.registry.select("episode_key", "air_date").rows())
    for (row, place), (wanted, part) in zip(rows, titles.rows(), strict=True):
        if place is None:
            mapped.unmapped.append((row, "its id names no series of the franchise"))
            continue
        key, reason = _choose(row, place, known.get((place.series, wanted or ""), []), part, dates, names)
        if key:
            mapped.episodes.append((row, key))
            mapped.keys.setdefault(row.id, key)
        else:
            mapped.unmapped.append((row, reason))


Candidates = Sequence[tuple[str, int | None]]
"""Keys of episodes with the part that each one's title names."""


def _by_title(registry: pl.DataFrame) -> dict[tuple[str, str], list[tuple[str, int | None]]]:
    known: dict[tuple[str, str], list[tuple[str, int | None]]] = {}
    for series, title, key, part in (
        registry.explode("title_keys").select("series", "title_keys", "episode_key", "part").iter_rows()
    ):
        known.setdefault((series, title), []).append((key, part))
    return known


def _choose(
    row: OldRow,
    place: Place,
    candidates: Candidates,
    part: int | None,
    dates: Mapping[str, date | None],
    names: KnownNames,
) -> tuple[str | None, str]:
    """The key, or why there is none. A number alone says nothing: sites count differently."""
    numbered = names.episode(row.id)
    aired = row.episode.airDate if row.episode else None
    same_part = [key for key, own in candidates if own == part] or [key for key, _ in candidates]
    same_day = [key for key in same_part if _is_day(dates[key], aired)]
    for chosen in (same_part, same_day, [key for key in same_part if key == numbered]):
        if len(chosen) == 1:
            return chosen[0], ""
    if candidates:
        return None, f"{place.series} has several episodes of this title, and neither date nor number decides"
    if numbered and _is_day(dates[numbered], aired):
        return numbered, ""
    return None, f"{place.series} has no known episode of this title, nor one of this number and date"


def _is_day(day: date | None, text: str | None) -> bool:
    return day is not None and day.isoformat() == text
