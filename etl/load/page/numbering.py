"""The map of numbers: how each scheme numbers the stories of a season, and where it departs from the public number."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import polars as pl

from schemas.guide import SCHEMES

Row = dict[str, Any]


def numbering_map(tables: Mapping[str, pl.DataFrame], names: Mapping[str, str], public: str) -> list[Row]:
    """One entry a series, with its seasons; a season has the schemes that know it, and a row a story.

    A cell is a text and how it compares with the public number: same, other or none. The scheme `public`, from which
    public numbers are made, has cells of its own only where a season could not be numbered by it.
    """
    numbers: dict[str, dict[str, Row]] = {}
    for row in tables["numbering"].to_dicts():
        numbers.setdefault(row["episode_key"], {})[row["scheme"]] = row
    columns = ("episode_key", "series", "season", "episode", "title")
    seasons: dict[str, dict[int, list[Row]]] = {}
    for story in tables["episodes"].select(columns).sort("series", "season", "episode").to_dicts():
        seasons.setdefault(story["series"], {}).setdefault(story["season"], []).append(story)
    return [
        {"name": name, "seasons": [_season(number, told, numbers, public) for number, told in seasons[code].items()]}
        for code, name in names.items()
        if code in seasons
    ]


def _season(number: int, stories: Sequence[Row], numbers: Mapping[str, Mapping[str, Row]], public: str) -> Row:
    cells = {
        scheme: [_cell(story, numbers.get(story["episode_key"], {}).get(scheme)) for story in stories]
        for scheme in SCHEMES
    }
    how = {scheme: {compared for _, compared in of_scheme} for scheme, of_scheme in cells.items()}
    is_public = how.get(public) == {"same"}
    schemes = [scheme for scheme in SCHEMES if how[scheme] != {"none"} and not (is_public and scheme == public)]
    return {
        "season": number,
        "public": public if is_public else None,
        "schemes": schemes,
        "departing": [scheme for scheme in schemes if "other" in how[scheme]],
        "rows": [
            {**story, "cells": [cells[scheme][place] for scheme in schemes]} for place, story in enumerate(stories)
        ],
    }


def _cell(story: Row, number: Row | None) -> tuple[str, str]:
    if number is None:
        return "–", "none"
    text = str(number["first"]) if number["first"] == number["last"] else f"{number['first']}–{number['last']}"
    if number["season"] != story["season"]:
        return f"{number['season']}x{text}", "other"
    return text, "same" if text == str(story["episode"]) else "other"
