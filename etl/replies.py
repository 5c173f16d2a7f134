"""What each source has under the pinned ids: asked for in bulk where the source offers it."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import polars as pl

from etl.doctor import Pin, Reply
from etl.errors import Category, SourceError
from etl.extract import memory_alpha, stapi, trekcore
from etl.extract.shapes import Extracted, Scope
from etl.franchise import Franchise
from etl.http.client import SourceClient
from etl.sources import Answer, Request

_YEAR = re.compile(r"(?<!\d)[12]\d{3}(?!\d)")
_EVERYTHING = "all"

Replies = list[tuple[Pin, Reply]]
Asker = Callable[[Franchise, SourceClient, Sequence[Pin]], Replies]


@dataclass(frozen=True)
class _Page:
    """Where a source shows a series or film, and under which keys its name and its first day stand."""

    path: str
    name: str
    day: str

    def request(self, pin: Pin) -> Request:
        return Request(self.path.format(pin.id), concerns=pin.concerns, problem_with=self._problem_with)

    def reply(self, payload: Mapping[str, Any]) -> Reply:
        return Reply(payload[self.name], _year_in(payload.get(self.day)))

    def _problem_with(self, payload: Any) -> str | None:
        has_name = isinstance(payload, dict) and isinstance(payload.get(self.name), str)
        return None if has_name else f"there is no {self.name}"


_TMDB_SERIES = _Page("/tv/{}", "name", "first_air_date")
_TMDB_FILM = _Page("/movie/{}", "title", "release_date")
_TVMAZE_SERIES = _Page("/shows/{}", "name", "premiered")


def _ask_tmdb(_franchise: Franchise, client: SourceClient, pins: Sequence[Pin]) -> Replies:
    pages = [_TMDB_FILM if pin.concerns.startswith("film:") else _TMDB_SERIES for pin in pins]
    return _one_by_one(client, pins, pages)


def _ask_tvmaze(_franchise: Franchise, client: SourceClient, pins: Sequence[Pin]) -> Replies:
    return _one_by_one(client, pins, [_TVMAZE_SERIES] * len(pins))


def _ask_stapi(franchise: Franchise, client: SourceClient, pins: Sequence[Pin]) -> Replies:
    extracted = stapi.extract(franchise, client, Scope(franchise.series, ()))
    return _by_rows(pins, extracted, "series_uid", "usAirDate", "series_title")


def _ask_trekcore(franchise: Franchise, client: SourceClient, pins: Sequence[Pin]) -> Replies:
    extracted = trekcore.extract(franchise, client, Scope(franchise.series, ()))
    return _by_rows(pins, extracted, "host", "air_date")


def _ask_memory_alpha(franchise: Franchise, client: SourceClient, pins: Sequence[Pin]) -> Replies:
    years, errors = memory_alpha.first_years(client, Scope(franchise.series, ()))
    known = {code: Reply(None, year) for code, year in years.items()}
    return [(pin, known.get(pin.id) or Reply(error=errors[0] if errors else _missing(pin))) for pin in pins]


ASKERS: Mapping[str, Asker] = {
    "tmdb": _ask_tmdb,
    "memory_alpha": _ask_memory_alpha,
    "stapi": _ask_stapi,
    "trekcore": _ask_trekcore,
    "tvmaze": _ask_tvmaze,
}
"""Of every source in EXTRACTORS. Memory Alpha and TrekCore have no names for what is pinned: the year must do."""


def _one_by_one(client: SourceClient, pins: Sequence[Pin], pages: Sequence[_Page]) -> Replies:
    outcomes = client.fetch([page.request(pin) for pin, page in zip(pins, pages, strict=True)])
    return [(pin, _replied(page, outcome)) for pin, page, outcome in zip(pins, pages, outcomes, strict=True)]


def _replied(page: _Page, outcome: Answer | SourceError) -> Reply:
    error = outcome if isinstance(outcome, SourceError) else outcome.error
    return Reply(error=error) if isinstance(outcome, SourceError) or error else page.reply(outcome.payload)


def _by_rows(pins: Sequence[Pin], extracted: Extracted, key: str, day: str, name: str | None = None) -> Replies:
    """Tell the name and the first year of every pinned id from the rows of its episodes that came live."""
    rows = extracted.frames["episodes"].filter(~pl.col("is_stale"))
    return [(pin, _of_rows(pin, rows.filter(pl.col(key) == pin.id), extracted, day, name)) for pin in pins]


def _of_rows(pin: Pin, rows: pl.DataFrame, extracted: Extracted, day: str, name: str | None) -> Reply:
    if rows.is_empty():
        errors = [error for error in extracted.errors if error.concerns in (pin.concerns, _EVERYTHING)]
        return Reply(error=errors[0] if errors else _missing(pin))
    years = [year for year in map(_year_in, rows[day]) if year is not None]
    names = rows[name].drop_nulls().to_list() if name else [None]
    return Reply(next(iter(names), ""), min(years, default=None))


def _missing(pin: Pin) -> SourceError:
    return SourceError(pin.source, Category.NOT_FOUND, f"There is no episode under {pin.id}.", concerns=pin.concerns)


def _year_in(day: Any) -> int | None:
    """The year in a date of any form; None where there is none."""
    found = _YEAR.search(day) if isinstance(day, str) else None
    return int(found[0]) if found else None
