"""The values that a person may give: of which fields, in which type, and held against the contract of the field."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable, Mapping
from datetime import date
from typing import Any

import pandera.polars as pa
import polars as pl

from schemas.checks import check
from schemas.columns import table
from schemas.episodes import CONNECTION, CONNECTION_TYPES, KEY_PATTERN, MERGED_FIELDS, MOVIE_FIELDS, MOVIES
from schemas.guide import ERAS, SEASONS

Columns = Mapping[str, pa.Column]
FIELD_COLUMNS: Columns = {**MERGED_FIELDS, "release_date": MOVIES.columns["release_date"]}
"""Fields of episodes and films."""
SEASON_COLUMNS: Columns = {
    name: SEASONS.columns[name] for name in ("title", "years", "stardate_from", "stardate_to", "notes")
}
ERA_COLUMNS: Columns = {name: ERAS.columns[name] for name in ("title", "years", "stardates", "description")}

FILM_PREFIX = "film:"
_FILM_FIELDS = ("release_date", *MOVIE_FIELDS)
_LARGEST = 2**63 - 1
_YEARS = r"[0-9]{4}(-[0-9]{4})?"


def known_field(field: str, episode: str) -> str:
    """The field, if this episode or film has it; ValueError otherwise."""
    return one_of(field, _FILM_FIELDS if episode.startswith(FILM_PREFIX) else tuple(MERGED_FIELDS))


def one_of(field: str, fields: Iterable[str]) -> str:
    """The field, if it is one of these; ValueError otherwise."""
    if field not in fields:
        raise ValueError(f"There is no such field to decide; known are {', '.join(fields)}")
    return field


def in_universe_years(value: Any) -> str:
    """Years as a season shows them; ValueError for anything else."""
    if not isinstance(value, str) or not re.fullmatch(_YEARS, value):
        raise ValueError("The value must be in-universe years like 2364 or 2364-2365")
    return value


def field_type(field: str) -> pl.DataType:
    """The polars type of a field that can be decided."""
    return pl.Schema({field: FIELD_COLUMNS[field].dtype.type})[field]


def typed_value(field: str, value: Any, columns: Columns = FIELD_COLUMNS) -> Any:
    """A value from a file in the type of its field, held against the field's checks; ValueError where it cannot be."""
    data_type = pl.Schema({field: columns[field].dtype.type})[field]
    typed = _ELEMENTS[type(data_type)](value) if not isinstance(data_type, pl.List) else _list(value, data_type)
    contract = table("decided", "One value.", {field: columns[field]})
    frame = pl.DataFrame([pl.Series(field, [typed], dtype=data_type)])
    reasons = check(contract, frame).rejects["broken_rules"].to_list()
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
    connection = {name: _text(value[name]) if name in value else None for name in names}
    if not re.fullmatch(KEY_PATTERN, str(connection["episode_key"])):
        raise ValueError("The episode_key of a connection is a key like series:title-of-the-episode")
    if connection["connection_type"] not in CONNECTION_TYPES:
        raise ValueError(f"The connection_type of a connection is one of {', '.join(CONNECTION_TYPES)}")
    return connection


_ELEMENTS: Mapping[type[pl.DataType], Callable[[Any], Any]] = {
    pl.String: _text,
    pl.Int64: _integer,
    pl.Float64: _number,
    pl.Date: _day,
}
