"""The contract of decisions.toml: which row is which episode, which source to believe, what may change.

That is [[link]], [[value]] and [[accept]].
"""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationInfo, field_validator

from schemas.episodes import EPISODE_ID_PATTERN, KEY_PATTERN
from schemas.given_values import known_field, typed_value

NOBODY = "none"
"""What stands in `episode` where a row is to be refused."""

Text = Annotated[str, Field(min_length=1, pattern=r"\S")]
Key = Annotated[str, Field(pattern=rf"^{KEY_PATTERN}$")]
PublicId = Annotated[str, Field(pattern=rf"^{EPISODE_ID_PATTERN}$")]
Count = Annotated[int, Field(ge=0)]
KeyOrNobody = Annotated[str, Field(pattern=rf"^({NOBODY}|{KEY_PATTERN})$")]
SourceId = Annotated[Text, BeforeValidator(lambda value: str(value) if type(value) is int else value)]


class DecidedModel(BaseModel):
    """What a person wrote: nothing unknown in it, and no "5" for a 5."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


class LinkDecision(DecidedModel):
    """The row `id` of a source is this episode, or none; `part` where the story stands in several rows."""

    source: Text
    id: SourceId
    episode: KeyOrNobody
    part: Annotated[int, Field(ge=1, le=9)] | None = None
    reason: Text


class ValueDecision(DecidedModel):
    """For this field of this episode or film the source is believed.

    `expects` is the value that the policy chose when it was decided; if it chooses another one now, that is told.
    """

    episode: Key
    field: str
    source: Text
    reason: Text
    expects: Any = None

    @field_validator("field")
    @classmethod
    def _is_known(cls, field: str, info: ValidationInfo) -> str:
        return known_field(field, str(info.data.get("episode", "")))

    @field_validator("expects")
    @classmethod
    def _has_its_type(cls, value: Any, info: ValidationInfo) -> Any:
        return typed_value(info.data["field"], value) if "field" in info.data else value


class _Accept(DecidedModel):
    """A change that the guard may let pass; after the day `until` no more (as of the run)."""

    reason: Text
    until: date | None = None


class AcceptRowsLost(_Accept):
    """The source may give no more than so many rows of the series, but not fewer."""

    what: Literal["rows_lost"]
    source: Text
    series: Text
    expects: Count

    @property
    def subject(self) -> str:
        """What the change is about."""
        return f"{self.source} {self.series}"


class AcceptRemoved(_Accept):
    """The episode or film may go, if that other one takes its place, or nobody."""

    what: Literal["removed"]
    episode: Key
    expects: KeyOrNobody

    @property
    def subject(self) -> str:
        """What the change is about."""
        return self.episode


class AcceptRetitled(_Accept):
    """So many titles of the series, or film for films, may change in one run, but not more."""

    what: Literal["retitled"]
    series: Text
    expects: Count

    @property
    def subject(self) -> str:
        """What the change is about."""
        return self.series


class AcceptRenumbered(_Accept):
    """The episode may have this public id now, whatever it meant before."""

    what: Literal["renumbered"]
    episode: Key
    expects: PublicId

    @property
    def subject(self) -> str:
        """What the change is about."""
        return self.episode


class AcceptQuality(_Accept):
    """The average quality of the series may fall to this, but not lower."""

    what: Literal["quality"]
    series: Text
    expects: Annotated[float, Field(ge=0, le=1)]

    @property
    def subject(self) -> str:
        """What the change is about."""
        return self.series


AcceptDecision = Annotated[
    AcceptRowsLost | AcceptRemoved | AcceptRetitled | AcceptRenumbered | AcceptQuality, Field(discriminator="what")
]


class Decisions(DecidedModel):
    """What decisions.toml says."""

    link: tuple[LinkDecision, ...] = ()
    value: tuple[ValueDecision, ...] = ()
    accept: tuple[AcceptDecision, ...] = ()
