"""Small frames of every contract that the transforms take: a test names only the columns that it is about."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime
from typing import Any

import polars as pl
from hypothesis import settings

from etl.transform.text import part_of, title_key
from schemas import raw_catalogue, raw_tmdb
from schemas.columns import polars_schema
from schemas.conformed import EPISODE_ROWS, PINS, REGISTRY
from schemas.guide import NUMBERING
from schemas.provenance import FIELD_VALUES, LINKS

Row = dict[str, Any]

FETCHED_AT = datetime(2026, 10, 1, 8, 0, tzinfo=UTC)
PROPERTY = settings(max_examples=40, deadline=None, derandomize=True, database=None)
"""Few examples, always the same ones: a property that fails here fails everywhere."""

_PROVENANCE: Row = {"source_url": "https://example.org/page", "fetched_at": FETCHED_AT, "is_stale": False}


def frame(schema: Mapping[str, Any], *rows: Row) -> pl.DataFrame:
    """Rows of a schema; a column that a row does not name is null."""
    unknown = {name for row in rows for name in row} - set(schema)
    assert not unknown, f"no columns of the contract: {unknown}"
    return pl.DataFrame([{name: row.get(name) for name in schema} for row in rows], schema=pl.Schema(schema))


def value_of(function: Callable[[pl.Expr], pl.Expr], text: str | None) -> Any:
    """What an expression makes of one text."""
    return pl.DataFrame({"text": [text]}, schema={"text": pl.String}).select(function(pl.col("text"))).item()


def person(name: str, job: str | None = None, character: str | None = None) -> Row:
    return {"name": name, "job": job, "character": character}


def raw_episodes(*rows: Row) -> pl.DataFrame:
    """TMDB's episodes as extracted."""
    usual = {
        "show_id": 655,
        "id": 37064,
        "season_number": 1,
        "episode_number": 1,
        "name": "Encounter at Farpoint",
        "overview": "A crew meets.",
        "air_date": "1987-09-28",
        "crew": [],
        "guest_stars": [],
        **_PROVENANCE,
    }
    return frame(raw_tmdb.EPISODE_FRAME, *({**usual, **row} for row in rows))


def raw_seasons(*rows: Row) -> pl.DataFrame:
    return frame(raw_tmdb.SEASON_FRAME, *({"show_id": 655, **_PROVENANCE, **row} for row in rows))


def raw_movies(*rows: Row) -> pl.DataFrame:
    usual = {"id": 154, "title": "The Wrath of Khan", "release_date": "1982-06-04", "crew": [], "cast": []}
    return frame(raw_tmdb.MOVIE_FRAME, *({**usual, **_PROVENANCE, **row} for row in rows))


def catalogue_episodes(*rows: Row) -> pl.DataFrame:
    """The catalogue's episodes as extracted: all text."""
    usual = {"series": "tng", "season": "1", "episode": "1", "parts": "1"}
    return frame(raw_catalogue.EPISODE_FRAME, *({**usual, **row} for row in rows))


def catalogue_movies(*rows: Row) -> pl.DataFrame:
    return frame(raw_catalogue.MOVIE_FRAME, *rows)


def row(source_id: str, title: str | None, **fields: Any) -> Row:
    """A conformed row of TMDB in the first season of TNG."""
    usual = {"source": "tmdb", "series": "tng", "season": 1, "number": 1, **_PROVENANCE}
    return {**usual, "source_id": source_id, "title": title, **fields}


def rows(*given: Row) -> pl.DataFrame:
    """Conformed rows; how a title is compared follows from the title."""
    return frame(EPISODE_ROWS, *given).with_columns(title_key=title_key(pl.col("title")), part=part_of(pl.col("title")))


def known(key: str, title: str, *aliases: str, **fields: Any) -> Row:
    """An episode of the registry. `aliases` are other titles."""
    return {
        "episode_key": key,
        "series": key.partition(":")[0],
        "season": 1,
        "episode": 1,
        "parts": 1,
        "title": title,
        "title_keys": [title, *aliases],
        "production_codes": [],
        **fields,
    }


def registry(*given: Row) -> pl.DataFrame:
    """The registry; how titles are compared follows from the titles."""
    keys = pl.col("title_keys").list.eval(title_key(pl.element()).unique(maintain_order=True))
    return frame(REGISTRY, *given).with_columns(title_keys=keys, part=part_of(pl.col("title")))


def pin(source_id: str, episode_key: str, part: int | None = None, source: str = "tmdb") -> Row:
    return {"source": source, "source_id": source_id, "episode_key": episode_key, "part": part}


def pins(*given: Row) -> pl.DataFrame:
    return frame(PINS, *given)


def link(source_id: str, episode_key: str, part: int | None = None, source: str = "tmdb") -> Row:
    how = {"method": "title", "score": 0.99, "evidence": "title is the same"}
    return {**pin(source_id, episode_key, part, source), **how}


def links(*given: Row) -> pl.DataFrame:
    return frame(polars_schema(LINKS), *given)


def number(episode_key: str, scheme: str, season: int, first: int, last: int | None = None) -> Row:
    return {
        "episode_key": episode_key,
        "scheme": scheme,
        "season": season,
        "first": first,
        "last": first if last is None else last,
    }


def numbers(*given: Row) -> pl.DataFrame:
    return frame(polars_schema(NUMBERING), *given)


def value(episode_key: str, field: str, source: str, text: str, **fields: Any) -> Row:
    """Who says what of a field; compared as it is."""
    usual = {"normalised": text, "is_chosen": False, "rule": "", **_PROVENANCE}
    return {**usual, "episode_key": episode_key, "field": field, "source": source, "value": text, **fields}


def values(*given: Row) -> pl.DataFrame:
    return frame(polars_schema(FIELD_VALUES), *given)


def day(text: str) -> date:
    return date.fromisoformat(text)


def instant(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)
