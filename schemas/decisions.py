"""The contract of what people decide: which row is which episode, whom to believe, what to correct, what may change.

Two TOML files hold it: decisions.toml ([[link]], [[value]], [[accept]]) and a file of corrections ([[override]]).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from datetime import date
from typing import Annotated, Any, Literal

import pandera.polars as pa
import polars as pl
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationInfo, field_validator

from schemas.checks import check
from schemas.columns import table
from schemas.episodes import CONNECTION, EPISODE_ID_PATTERN, KEY_PATTERN, MERGED_FIELDS, MOVIE_FIELDS, MOVIES

NOBODY = "none"
"""What stands in `episode` where a row is to be refused."""
FILM_PREFIX = "film:"
FIELD_COLUMNS: Mapping[str, pa.Column] = {**MERGED_FIELDS, "release_date": MOVIES.columns["release_date"]}
_FILM_FIELDS = ("release_date", *MOVIE_FIELDS)
_LARGEST = 2**63 - 1

Text = Annotated[str, Field(min_length=1, pattern=r"\S")]
Key = Annotated[str, Field(pattern=rf"^{KEY_PATTERN}$")]
PublicId = Annotated[str, Field(pattern=rf"^{EPISODE_ID_PATTERN}$")]
Count = Annotated[int, Field(ge=0)]
KeyOrNobody = Annotated[str, Field(pattern=rf"^({NOBODY}|{KEY_PATTERN})$")]
SourceId = Annotated[Text, BeforeValidator(lambda value: str(value) if type(value) is int else value)]


class _Model(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


def _known_field(field: str, info: ValidationInfo) -> str:
    fields = _FILM_FIELDS if str(info.data.get("episode", "")).startswith(FILM_PREFIX) else tuple(MERGED_FIELDS)
    if field not in fields:
        raise ValueError(f"There is no such field to decide; known are {', '.join(fields)}")
    return field


class LinkDecision(_Model):
    """The row `id` of a source is this episode, or none; `part` where the story stands in several rows."""

    source: Text
    id: SourceId
    episode: KeyOrNobody
    part: Annotated[int, Field(ge=1, le=9)] | None = None
    reason: Text


class ValueDecision(_Model):
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
        return _known_field(field, info)

    @field_validator("expects")
    @classmethod
    def _has_its_type(cls, value: Any, info: ValidationInfo) -> Any:
        return typed_value(info.data["field"], value) if "field" in info.data else value


class _Accept(_Model):
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


AcceptDecision = Annotated[
    AcceptRowsLost | AcceptRemoved | AcceptRetitled | AcceptRenumbered, Field(discriminator="what")
]


class Decisions(_Model):
    """What decisions.toml says."""

    link: tuple[LinkDecision, ...] = ()
    value: tuple[ValueDecision, ...] = ()
    accept: tuple[AcceptDecision, ...] = ()


class Expected(_Model):
    """What a source said when the correction was written."""

    source: Text
    value: Any


class Override(_Model):
    """A value that stands above all sources; with `expects` only as long as that source says so."""

    episode: Key
    field: str
    value: Any
    reason: Text
    expects: Expected | None = None

    @field_validator("field")
    @classmethod
    def _is_known(cls, field: str, info: ValidationInfo) -> str:
        return _known_field(field, info)

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


class Overrides(_Model):
    """What a file of corrections says."""

    override: tuple[Override, ...] = ()


def field_type(field: str) -> pl.DataType:
    """The polars type of a field that can be decided."""
    return pl.Schema({field: FIELD_COLUMNS[field].dtype.type})[field]


def typed_value(field: str, value: Any) -> Any:
    """A value from a file in the type of its field, held against the field's checks; ValueError where it cannot be."""
    data_type = field_type(field)
    typed = _ELEMENTS[type(data_type)](value) if not isinstance(data_type, pl.List) else _list(value, data_type)
    contract = table("decided", "One value.", {field: FIELD_COLUMNS[field]})
    frame = pl.DataFrame([pl.Series(field, [typed], dtype=data_type)])
    reasons = check(contract, frame).rejects["reason"].to_list()
    if reasons:
        raise ValueError(f"The value breaks the contract: {reasons[0]}")
    return typed


def _text(value: Any) -> str:
    if not isinstance(value, str) or not value.strip():
        raise ValueError("The value must be a text that is not blank")
    return value.strip()


def _integer(value: Any) -> int:
    if type(value) is not int or abs(value) > _LARGEST:
        raise ValueError("The value must be a whole number")
    return value


def _number(value: Any) -> float:
    if type(value) not in (int, float) or not math.isfinite(value):
        raise ValueError("The value must be a number")
    return float(value)


def _day(value: Any) -> date:
    try:
        day = date.fromisoformat(value)
    except (TypeError, ValueError):
        raise ValueError("The value must be a day like 1987-09-28") from None
    if day.isoformat() != value:
        raise ValueError("The value must be a day like 1987-09-28")
    return day


def _list(value: Any, data_type: pl.List) -> list[Any]:
    if not isinstance(value, list) or not value:
        raise ValueError("The value must be a list with something in it")
    return [_connection(one) if data_type.inner == CONNECTION else _text(one) for one in value]


def _connection(value: Any) -> dict[str, str | None]:
    names = [field.name for field in CONNECTION.fields]
    if not isinstance(value, dict) or not {"episode_key", "connection_type"} <= value.keys() <= set(names):
        raise ValueError("A connection has episode_key, connection_type and, if wanted, description")
    return {name: _text(value[name]) if name in value else None for name in names}


_ELEMENTS: Mapping[type[pl.DataType], Callable[[Any], Any]] = {
    pl.String: _text,
    pl.Int64: _integer,
    pl.Float64: _number,
    pl.Date: _day,
}
