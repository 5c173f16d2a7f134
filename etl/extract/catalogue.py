"""The bundled catalogue: facts of the known episodes and films, read from the franchise's own files."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import polars as pl

from etl.errors import InputError
from etl.extract.shapes import Extracted, Scope
from etl.franchise import Franchise
from schemas.raw_catalogue import EPISODE_FRAME, EPISODE_TYPES, MOVIE_FRAME, MOVIE_TYPES

SOURCE = "catalogue"
_REQUIRED = ("key", "series", "season", "episode", "title")
_NUMBERS = ("tmdb_ids", "tmdb_episodes", "imdb_episodes")


def extract(franchise: Franchise, scope: Scope) -> Extracted:
    """Read the catalogue's episodes of the series of `scope` and its films; a franchise without one gives no rows.

    Frames: "episodes", "movies", every column text as it stands in the file.
    Raises InputError naming file, row and column of a value that cannot be read.
    """
    if franchise.catalogue is None:
        return Extracted(
            SOURCE, {"episodes": pl.DataFrame(schema=EPISODE_FRAME), "movies": pl.DataFrame(schema=MOVIE_FRAME)}
        )
    episodes = _read(franchise.catalogue.episodes, EPISODE_FRAME, EPISODE_TYPES)
    movies = _read(franchise.catalogue.movies, MOVIE_FRAME, MOVIE_TYPES)
    _refuse_strangers(episodes, franchise)
    series = [series.code for series in scope.series]
    films = [f"film:{film.code}" for film in scope.films]
    wanted = pl.col("series").is_in(series)
    if scope.season is not None:
        wanted &= pl.col("season") == str(scope.season)
    return Extracted(SOURCE, {"episodes": episodes.filter(wanted), "movies": movies.filter(pl.col("key").is_in(films))})


def _refuse_strangers(episodes: pl.DataFrame, franchise: Franchise) -> None:
    """A row of a series that the franchise does not have would be dropped silently."""
    strangers = episodes.with_row_index("row", offset=2).filter(~pl.col("series").is_in(franchise.series_codes))
    if strangers.height and franchise.catalogue:
        row, code = strangers.select("row", "series").row(0)
        raise InputError(
            f"{code!r} is no series of {franchise.name}.",
            file=franchise.catalogue.episodes,
            where=f"row {row}: series",
            mend=f"Known are {', '.join(franchise.series_codes)}.",
        )


def _read(path: Path, contract: pl.Schema, types: dict[str, pl.DataType]) -> pl.DataFrame:
    try:
        frame = pl.read_csv(path, infer_schema=False, encoding="utf8")
    except (OSError, pl.exceptions.PolarsError) as failure:
        raise InputError(
            f"cannot be read ({failure}).", file=path, mend="Restore it, or correct the franchise file."
        ) from None
    if list(frame.columns) != list(contract):
        missing = sorted(set(contract) - set(frame.columns))
        unknown = sorted(set(frame.columns) - set(contract))
        raise InputError(
            f"the columns differ: missing {missing}, unknown {unknown}.",
            file=path,
            where="row 1",
            mend=f"The header must be {','.join(contract)}.",
        )
    for column, is_wrong, problem in _faults(frame.columns, types):
        wrong = frame.with_row_index("row", offset=2).filter(is_wrong)
        if wrong.height:
            row, value = wrong.select("row", column).row(0)
            raise InputError(
                f"{value!r} {problem}.",
                file=path,
                where=f"row {row}: {column}",
                mend="Correct the value, or leave it empty where it may be.",
            )
    return frame


def _faults(columns: Sequence[str], types: dict[str, pl.DataType]) -> Iterator[tuple[str, pl.Expr, str]]:
    """Column, which rows are wrong, and what is said of the value."""
    for column in (name for name in _REQUIRED if name in columns):
        yield column, pl.col(column).fill_null("").str.strip_chars().eq(""), "is blank"
    yield "key", pl.col("key").is_first_distinct().not_(), "stands there more than once"
    for column, data_type in types.items():
        is_unread = pl.col(column).is_not_null() & _read_as(pl.col(column), data_type).is_null()
        yield column, is_unread, f"is no {_WORDS[data_type]}"
    for column in (name for name in _NUMBERS if name in columns):
        yield column, ~pl.col(column).str.contains(r"^\d+(; \d+)*$"), 'is no list of whole numbers ("5; 6")'


def _read_as(text: pl.Expr, data_type: pl.DataType) -> pl.Expr:
    if data_type == pl.Date:
        return pl.when(text.str.contains(r"^\d{4}-\d\d-\d\d$")).then(text.str.to_date("%Y-%m-%d", strict=False))
    number = text.cast(data_type, strict=False)
    return pl.when(number.is_finite()).then(number)


_WORDS = {pl.Int64(): "whole number", pl.Float64(): "number", pl.Date(): "day (YYYY-MM-DD)"}
