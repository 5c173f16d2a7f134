"""The contract of a file of corrections: values that stand above all sources, episodes to add, episodes to leave out.

One TOML file holds them ([[override]], [[season]], [[era]], [[add]], [[remove]]); patches are turned into them.
"""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import Field, ValidationInfo, field_validator

from schemas.decisions import DecidedModel, Key, Text
from schemas.given_values import (
    ERA_COLUMNS,
    FILM_PREFIX,
    SEASON_COLUMNS,
    in_universe_years,
    known_field,
    one_of,
    typed_value,
)

SeasonId = Annotated[str, Field(pattern=r"^[a-z0-9]{2,6}_s[0-9]{1,2}$")]
EraId = Annotated[str, Field(pattern=r"^[a-z0-9_]{1,60}$")]
Whole = Annotated[int, Field(ge=0, le=999)]


class Expected(DecidedModel):
    """What a source said when the correction was written."""

    source: Text
    value: Any


class _Reasoned(DecidedModel):
    """Why something is corrected, and who says so."""

    reason: Text
    author: Text | None = None

    @property
    def told(self) -> str:
        """The reason and who gives it, as it stands beside what was corrected."""
        return f"{self.reason} ({self.author})" if self.author else self.reason


class _Correction(_Reasoned):
    """A value that stands above all sources; with `is_fallback` only where no source says anything."""

    is_fallback: bool = False


class Override(_Correction):
    """A value that stands above all sources; with `expects` only as long as that source says so."""

    episode: Key
    field: str
    value: Any
    expects: Expected | None = None

    @field_validator("field")
    @classmethod
    def _is_known(cls, field: str, info: ValidationInfo) -> str:
        return known_field(field, str(info.data.get("episode", "")))

    @field_validator("value")
    @classmethod
    def _has_its_type(cls, value: Any, info: ValidationInfo) -> Any:
        return typed_value(info.data["field"], value) if "field" in info.data else value

    @field_validator("expects")
    @classmethod
    def _expects_its_type(cls, expects: Expected | None, info: ValidationInfo) -> Expected | None:
        if expects is None or "field" not in info.data:
            return expects
        value = typed_value(info.data["field"], expects.value)
        return Expected.model_construct(source=expects.source, value=value)


class _Shown(_Correction):
    """A value of what a viewing guide shows around the episodes."""

    field: str
    value: Any


class SeasonOverride(_Shown):
    """A value of a season, above what sources and franchise file say."""

    season: SeasonId

    @field_validator("field")
    @classmethod
    def _is_known(cls, field: str) -> str:
        return one_of(field, SEASON_COLUMNS)

    @field_validator("value")
    @classmethod
    def _has_its_type(cls, value: Any, info: ValidationInfo) -> Any:
        field = info.data.get("field")
        if field == "years":
            return in_universe_years(value)
        return typed_value(field, value, SEASON_COLUMNS) if field else value


class EraOverride(_Shown):
    """A text of an era, above what the franchise file says."""

    era: EraId

    @field_validator("field")
    @classmethod
    def _is_known(cls, field: str) -> str:
        return one_of(field, ERA_COLUMNS)

    @field_validator("value")
    @classmethod
    def _has_its_type(cls, value: Any, info: ValidationInfo) -> Any:
        return typed_value(info.data["field"], value, ERA_COLUMNS) if "field" in info.data else value


class Addition(_Reasoned):
    """An episode that no source has yet. Its number as aired may be left out: then it is the next of its season."""

    episode: Key
    season: Whole
    number: Whole | None = None
    parts: Annotated[int, Field(ge=1, le=9)] = 1
    title: Text
    air_date: Any

    @field_validator("episode")
    @classmethod
    def _is_no_film(cls, episode: str) -> str:
        if episode.startswith(FILM_PREFIX):
            raise ValueError("A film is added in the franchise file, which says to which era it belongs")
        return episode

    @field_validator("air_date")
    @classmethod
    def _is_a_day(cls, value: Any) -> Any:
        return typed_value("air_date", value)

    @property
    def values(self) -> tuple[Override, ...]:
        """What it says of the episode, as corrections."""
        fields = {"title": self.title.strip(), "air_date": self.air_date}
        return tuple(
            Override.model_construct(
                episode=self.episode, field=name, value=value, reason=self.reason, author=self.author
            )
            for name, value in fields.items()
        )


class Removal(_Reasoned):
    """An episode or a film that is not to be published, whatever sources say."""

    episode: Key


class Overrides(DecidedModel):
    """What a file of corrections says."""

    override: tuple[Override, ...] = ()
    season: tuple[SeasonOverride, ...] = ()
    era: tuple[EraOverride, ...] = ()
    add: tuple[Addition, ...] = ()
    remove: tuple[Removal, ...] = ()
