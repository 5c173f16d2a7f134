"""The real episodes as each source tells them: its own numbers, its own titles of parts, its own days.

Read from the bundled catalogue. TMDB changes how it counts a story of double length from capture to capture, so that
the same seasons come in each of its ways.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any, Literal

import polars as pl
from transform_factory import Row, frame, row, rows

from schemas import raw_catalogue

FOLDER = Path(__file__).parents[2] / "etl" / "franchises" / "star_trek"

Way = Literal["shift", "gap", "split", "joined"]
"""How TMDB counts a story of double length: one row and the next number (shift), one row and a number left out (gap),
two rows (split), one row with both titles (joined)."""


@dataclass(frozen=True)
class Told:
    """Rows of all sources, and which episode and part each row truly is."""

    rows: pl.DataFrame
    truth: dict[tuple[str, str], tuple[str, int | None]]


@cache
def catalogue() -> pl.DataFrame:
    """The catalogue as extracted: all text."""
    with (FOLDER / "episodes.csv").open(encoding="utf-8", newline="") as file:
        read = [{name: text or None for name, text in one.items()} for one in csv.DictReader(file)]
    columns = raw_catalogue.EPISODE_FRAME
    return frame(columns, *({name: one[name] for name in columns} for one in read))


@cache
def days_of_tmdb() -> dict[str, str]:
    """Where TMDB gives another day than the others."""
    with (FOLDER / "disputes.csv").open(encoding="utf-8", newline="") as file:
        return {
            one["key"]: one["value"]
            for one in csv.DictReader(file)
            if one["field"] == "air_date" and "tmdb_2026" in one["witnesses"]
        }


def tell(way: Way, *, series: tuple[str, ...] = ()) -> Told:
    """All episodes (of `series`) as Memory Alpha, STAPI, TMDB and TVmaze tell them."""
    told: list[Row] = []
    truth: dict[tuple[str, str], tuple[str, int | None]] = {}
    episodes = [one for one in catalogue().to_dicts() if not series or one["series"] in series]
    for rows_of in (_memory_alpha, _stapi, lambda all_: _tmdb(all_, way), _tvmaze):
        for one, key, part in rows_of(episodes):
            told.append(one)
            truth[one["source"], one["source_id"]] = (key, part)
    return Told(rows(*told), truth)


Telling = Iterator[tuple[Row, str, int | None]]


def _memory_alpha(episodes: list[dict[str, Any]]) -> Telling:
    """One page a story, 1x01/02 for a long one; the original series in the order of production."""
    for one in episodes:
        if one["stapi_season"]:
            number = {"season": int(one["stapi_season"]), "number": int(one["stapi_episode"])}
            fields = {**number, "row_parts": int(one["parts"]), "air_date": _day(one["air_date"])}
            yield row(one["key"], one["title"], source="memory_alpha", **_of(one), **fields), one["key"], None


def _stapi(episodes: list[dict[str, Any]]) -> Telling:
    """Memory Alpha's facts with capitals of its own, and production codes."""
    for one, key, part in _memory_alpha(episodes):
        title = one["title"].replace(" the ", " The ").replace(" of ", " Of ").replace(" a ", " A ")
        yield {**one, "source": "stapi", "title": title, "source_id": f"EPMA-{key}"}, key, part


def _tmdb(episodes: list[dict[str, Any]], way: Way) -> Telling:
    """Its own days, "(2)" for a part, and an apostrophe and an ellipsis as one sign."""
    numbers: dict[tuple[str, str], int] = {}
    for one in episodes:
        season = (one["series"], one["season"])
        number, parts = numbers.get(season, 0) + 1, int(one["parts"])
        fields = {"season": int(one["season"]), "air_date": _day(days_of_tmdb().get(one["key"], one["air_date"]))}
        titles = [alias for alias in (one["aliases"] or "").split("; ") if alias.endswith(("(1)", "(2)", "(3)"))]
        title = (titles[0] if titles and parts == 1 else one["title"]).replace("'", "’").replace("...", "…")
        if parts == 1 or way in {"shift", "gap"}:
            yield row(one["key"], title, number=number, **_of(one), **fields), one["key"], None
        elif way == "joined":
            yield row(one["key"], f"{title} (1) / {title} (2)", number=number, **_of(one), **fields), one["key"], None
        else:
            for part in (1, 2):
                name = f"{title} ({part})"
                yield (
                    row(f"{one['key']} {part}", name, number=number + part - 1, **_of(one), **fields),
                    one["key"],
                    part,
                )
        numbers[season] = number + (parts - 1 if way != "shift" else 0)


def _tvmaze(episodes: list[dict[str, Any]]) -> Telling:
    """A row for each part, ", Part 2", and no number left out."""
    numbers: dict[tuple[str, str], int] = {}
    for one in episodes:
        season = (one["series"], one["season"])
        fields = {"source": "tvmaze", "season": int(one["season"]), "air_date": _day(one["air_date"]), **_of(one)}
        parts = range(1, int(one["parts"]) + 1)
        for part in parts:
            numbers[season] = numbers.get(season, 0) + 1
            long = len(parts) > 1
            title = f"{one['title']}, Part {part}" if long else one["title"].replace(", Part II", ", Part 2")
            told = row(f"{one['key']} {part}", title, number=numbers[season], **fields)
            yield told, one["key"], part if long else None


def _of(one: dict[str, Any]) -> dict[str, Any]:
    codes = one["production_codes"]
    return {"series": one["series"], "production_codes": codes.split("; ") if codes else None}


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None
