"""Small releases to compare: a test names only what it is about."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import polars as pl
from transform_factory import Row, frame, numbers

from etl.transform.changes import Published
from schemas.columns import polars_schema
from schemas.episodes import EPISODES, MOVIES
from schemas.history import CHANGES, PUBLIC_ID, PUBLIC_IDS, SOURCE_ROWS, TOMBSTONES


def story(public_id: str, key: str, title: str | None = None, **fields: Any) -> Row:
    """A published episode; its title is its key unless it is given."""
    return {"episode_key": key, "episode_id": public_id, "title": title or key, **fields}


def film(code: str, title: str, **fields: Any) -> Row:
    return {"movie_key": f"film:{code}", "movie_id": code, "title": title, **fields}


def tombstone(key: str, replaced_by: str | None = None, reason: str = "gone", **fields: Any) -> Row:
    return {"episode_key": key, "title": key, "reason": reason, "replaced_by": replaced_by, **fields}


def tombstones(*given: Row) -> pl.DataFrame:
    return frame(polars_schema(TOMBSTONES), *given)


def release(
    *stories: Row, movies: Sequence[Row] = (), numbering: Sequence[Row] = (), gone: Sequence[Row] = ()
) -> Published:
    return Published(
        frame(polars_schema(EPISODES), *stories),
        frame(polars_schema(MOVIES), *movies),
        numbers(*numbering),
        tombstones(*gone),
    )


def change(kind: str, subject: str, field: str = PUBLIC_ID, old: Any = None, new: Any = None, **more: Any) -> Row:
    """A row of CHANGES; the series is that of the subject."""
    said = {"old": None if old is None else str(old), "new": None if new is None else str(new)}
    return {"kind": kind, "subject": subject, "series": subject.partition(":")[0], "field": field, **said, **more}


def changes(*given: Row) -> pl.DataFrame:
    return frame(polars_schema(CHANGES), *given)


def told(found: pl.DataFrame) -> list[tuple[Any, ...]]:
    """Changes without the columns that are for readers."""
    return found.select("kind", "subject", "field", "old", "new").rows()


def given(source: str, series: str, *ids: str, season: int | None = 1) -> list[Row]:
    """Rows of a source as they are remembered."""
    return [
        {"source": source, "source_id": one, "series": series, "season": season, "title": f"Title {one}"} for one in ids
    ]


def source_rows(*rows: Row) -> pl.DataFrame:
    return frame(polars_schema(SOURCE_ROWS), *rows)


def no_ids() -> pl.DataFrame:
    """The book of public ids before the first release."""
    return frame(polars_schema(PUBLIC_IDS))
