"""How many episodes the seasons are known to have: a sorted CSV beside the franchise file."""

from __future__ import annotations

import csv
from itertools import pairwise
from pathlib import Path

import polars as pl

from etl.errors import InputError
from etl.franchise import Franchise
from etl.inputs.text import MEBIBYTE, read_text
from schemas.checking import EXPECTED_EPISODES
from schemas.columns import empty, polars_schema

_MOST_EPISODES = 1000
_HEADER = list(EXPECTED_EPISODES.columns)


def expected_episodes(franchise: Franchise) -> pl.DataFrame:
    """The table `expected_episodes`; nothing where the franchise file names no such CSV.

    Raises InputError naming the line that is no season, that is of no series, or that is not in its place.
    """
    file = franchise.checks.expected_episodes
    if file is None:
        return empty(EXPECTED_EPISODES)
    lines = list(csv.reader(read_text(file, MEBIBYTE, "file").splitlines()))
    if lines[:1] != [_HEADER]:
        raise InputError("The header differs.", file=file, line=1, mend=f"It must be {','.join(_HEADER)}.")
    rows = [_row(file, number, line) for number, line in enumerate(lines[1:], start=2)]
    for number, (series, _, _) in enumerate(rows, start=2):
        if series not in franchise.series_codes:
            mend = f"Known are {', '.join(franchise.series_codes)}."
            raise InputError(f"{series!r} is no series.", file=file, line=number, where="series", mend=mend)
    for number, (above, below) in enumerate(pairwise(rows), start=3):
        if above[:2] >= below[:2]:
            raise InputError(
                "The season is not in its place.",
                file=file,
                line=number,
                mend="Sort the lines by series and season, each season once.",
            )
    return pl.DataFrame(rows, schema=polars_schema(EXPECTED_EPISODES), orient="row")


def _row(file: Path, number: int, line: list[str]) -> tuple[str, int, int]:
    is_season = len(line) == len(_HEADER) and all(text.isascii() and text.isdecimal() for text in line[1:])
    if not is_season or not 1 <= int(line[2]) <= _MOST_EPISODES:
        mend = "Write the code of a series, a season and how many episodes it has, 1 to 1000."
        raise InputError(f"{','.join(line)!r} is no season.", file=file, line=number, mend=mend)
    return line[0], int(line[1]), int(line[2])
