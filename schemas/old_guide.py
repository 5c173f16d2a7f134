"""The contract of a viewing guide that somebody else made: what must be there to find out what it speaks of.

Looser than guide_json, which says what a release of ours holds: here the arrays, notes and whatever else may be missing,
and unknown keys are kept, to be told (reference/vbs-behaviour.md, 1).
"""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, ConfigDict, Field, RootModel


class _Model(BaseModel):
    model_config = ConfigDict(frozen=True, extra="allow", strict=True)


class OldEpisode(_Model):
    """A row of a season."""

    id: str = Field(max_length=200)
    title: str
    season: int | None = None
    episode: int | None = None
    airDate: str | None = None  # noqa: N815 - the guide's own name
    stardate: str | None = None
    synopsis: str | None = None
    plotPoints: list[str] | None = None  # noqa: N815
    guestStars: list[str] | None = None  # noqa: N815
    connections: list[dict[str, Any]] | None = None
    productionCode: str | list[str] | None = None  # noqa: N815
    director: str | list[str] | None = None
    writer: str | list[str] | None = None
    memoryAlphaUrl: str | None = None  # noqa: N815
    tmdbId: int | None = None  # noqa: N815
    imdbId: str | None = None  # noqa: N815


class OldItem(_Model):
    """A season or a film."""

    id: str = Field(max_length=200)
    title: str
    type: str
    year: str | None = None
    stardate: str | None = None
    episodes: int | None = None
    notes: str | None = None
    episodeData: tuple[OldEpisode, ...] = ()  # noqa: N815


class OldEra(_Model):
    """An era with its items."""

    id: str = Field(max_length=200)
    title: str
    years: str | None = None
    stardates: str | None = None
    description: str | None = None
    items: tuple[OldItem, ...] = ()


class OldGuide(RootModel[tuple[OldEra, ...]]):
    """The whole guide: eras in order."""
