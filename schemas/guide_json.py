"""The contract of the viewing-guide file: eras, their seasons and films, and the episodes of a season.

It is what the consumer's types and its runtime validator ask for together: notes is always a string, and the three
arrays of an episode are always arrays. Keys that are not named here are refused, so that a new one enters here first.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import date
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, ConfigDict, Field, RootModel, model_validator
from pydantic.alias_generators import to_camel
from pydantic_core import PydanticCustomError

from schemas.documents import Count, Strict, Text

_SERIES = r"[a-z0-9]+(?:_[a-z0-9]+)?"


def _real_day(text: str) -> str:
    try:
        date.fromisoformat(text)
    except ValueError as error:
        raise PydanticCustomError("day", "Value is no day of the calendar") from error
    return text


Day = Annotated[
    str, Field(pattern=r"^\d{4}-\d{2}-\d{2}$", json_schema_extra={"format": "date"}), AfterValidator(_real_day)
]
EpisodeId = Annotated[str, Field(pattern=rf"^{_SERIES}_s\d+_e\d+$")]


class _Strict(Strict):
    model_config = ConfigDict(alias_generator=to_camel)

    @model_validator(mode="before")
    @classmethod
    def _has_no_nulls(cls, values: Any) -> Any:
        """None is our default for a key that is left out; the consumer's types know no null."""
        nulls = [name for name, value in values.items() if value is None] if isinstance(values, dict) else []
        if nulls:
            raise PydanticCustomError("null", "null instead of a value: {names}", {"names": ", ".join(nulls)})
        return values


class Connection(_Strict):
    """Another episode that an episode refers to."""

    episode_id: EpisodeId
    """Public id of the other episode"""
    series_id: str | None = None
    """Public id of its season"""
    connection_type: Literal["character", "event", "storyline", "reference"]
    """How the two belong together"""
    description: str
    """One sentence; empty where nothing is said"""


class Episode(_Strict):
    """One story as first aired."""

    id: EpisodeId
    """Public id: series, season and number"""
    title: Text
    """Title of the story"""
    season: Count
    """Season in the chosen numbering scheme"""
    episode: Count
    """Number within the season"""
    air_date: Day
    """Day of the first broadcast or release"""
    stardate: str
    """A stardate, a range, or None"""
    synopsis: str
    """What happens; empty where nothing is known"""
    plot_points: list[str]
    """One sentence each"""
    guest_stars: list[str]
    """In the order of the credits"""
    connections: list[Connection]
    """Published episodes that this one refers to"""
    production_code: str | None = None
    """Production codes, several divided by a slash"""
    director: list[str] | None = None
    """Who directed"""
    writer: list[str] | None = None
    """Who wrote the teleplay or the whole script"""
    memory_alpha_url: Annotated[str, Field(pattern=r"^https?://\S+$")] | None = None
    """The page of the wiki Memory Alpha"""
    tmdb_id: int | None = None
    """TMDB's id of the episode"""
    imdb_id: Annotated[str, Field(pattern=r"^tt\d{7,}$")] | None = None
    """IMDb's id of the episode"""

    @model_validator(mode="after")
    def _numbers_agree(self) -> Episode:
        season, number = self.id.rsplit("_s", 1)[1].split("_e")
        if (int(season), int(number)) != (self.season, self.episode):
            raise PydanticCustomError("numbers", "The id does not end with season and episode")
        return self


class Season(_Strict):
    """A season of a series."""

    id: Annotated[str, Field(pattern=rf"^{_SERIES}_s\d+$")]
    """Public id of the season"""
    title: Text
    """Name of the series and number of the season"""
    type: Literal["series", "animated"]
    """What kind of series it is"""
    year: str
    """In-universe years, or TBD"""
    stardate: str
    """Range of the stardates, or None"""
    episodes: Count | None = None
    """How many episodes episodeData holds"""
    notes: str
    """What a source says of the season; empty where nothing is known"""
    episode_data: list[Episode] | None = None
    """The episodes by their numbers"""

    @model_validator(mode="after")
    def _holds_its_episodes(self) -> Season:
        held = self.episode_data or []
        if (self.episodes or 0) != len(held):
            raise PydanticCustomError(
                "episode_count",
                "episodes says {stated}, episodeData holds {held}",
                {"stated": self.episodes, "held": len(held)},
            )
        strangers = [episode.id for episode in held if not episode.id.startswith(f"{self.id}_e")]
        if strangers:
            raise PydanticCustomError(
                "wrong_season", "Episodes of another season: {strangers}", {"strangers": ", ".join(strangers)}
            )
        return self


class Movie(_Strict):
    """A film."""

    id: Annotated[str, Field(pattern=r"^[a-z0-9]{1,10}$")]
    """Public id of the film"""
    title: Text
    """Title of the film"""
    type: Literal["movie"]
    """Always movie"""
    year: str
    """In-universe years, or TBD"""
    stardate: str
    """A stardate, or Stardate TBD"""
    notes: str
    """What happens; empty where nothing is known"""


class Era(_Strict):
    """An in-universe era with its seasons and films, in in-universe order."""

    id: Annotated[str, Field(pattern=r"^[a-z0-9_]+$")]
    """Id of the era"""
    title: Text
    """Name of the era"""
    years: str
    """In-universe years"""
    stardates: str
    """How stardates look in this era"""
    description: str
    """One sentence"""
    items: list[Annotated[Season | Movie, Field(discriminator="type")]]
    """Seasons and films in in-universe order"""


class Guide(RootModel[list[Era]]):
    """The whole file. No two eras, no two items and no two episodes have the same id."""

    model_config = ConfigDict(strict=True, frozen=True)

    @model_validator(mode="after")
    def _ids_are_unique(self) -> Guide:
        ids = {
            "eras": [era.id for era in self.root],
            "items": [item.id for item in self._items()],
            "episodes": self.episode_ids(),
        }
        twice = [f"{kind} {_repeated(found)}" for kind, found in ids.items() if _repeated(found)]
        if twice:
            raise PydanticCustomError("duplicate_ids", "Ids that occur twice: {twice}", {"twice": "; ".join(twice)})
        return self

    def episode_ids(self) -> list[str]:
        """The ids of all episodes, in the order of the file."""
        return [episode.id for item in self._items() if isinstance(item, Season) for episode in item.episode_data or []]

    def movie_ids(self) -> list[str]:
        """The ids of all films, in the order of the file."""
        return [item.id for item in self._items() if isinstance(item, Movie)]

    def _items(self) -> Iterator[Season | Movie]:
        return (item for era in self.root for item in era.items)


def _repeated(ids: Sequence[str]) -> str:
    return ", ".join(name for name, count in Counter(ids).items() if count > 1)
