"""The bundled catalogue's rows in the project's own words, the registry of keys, and the pinned ids."""

from __future__ import annotations

from datetime import datetime

import polars as pl

from etl.transform.text import part_of, title_key
from schemas.columns import polars_schema
from schemas.conformed import EPISODE_ROWS, MOVIE_ROWS, PINS, REGISTRY
from schemas.guide import NUMBERING

_SOURCE = pl.lit("catalogue")
_PINNED_IDS = {"tmdb": "tmdb_ids", "imdb": "imdb_ids", "stapi": "stapi_id", "memory_alpha": "memory_alpha_page"}


def conform_catalogue_episodes(raw: pl.DataFrame, checked_at: datetime | None, pages: str) -> pl.DataFrame:
    """Turn the catalogue's text columns into rows of the contract EPISODE_ROWS.

    `checked_at` is when the facts were checked; `pages` is the address that a page of the wiki begins with.
    """
    title = pl.col("title")
    return raw.select(
        source=_SOURCE,
        source_id="key",
        series="series",
        season="season",
        number="episode",
        row_parts="parts",
        title_key=title_key(title),
        part=part_of(title),
        **_values(pages),
        air_date=pl.col("air_date").str.to_date("%Y-%m-%d"),
        production_codes=_list("production_codes"),
        plot_points=None,
        connections=None,
        tmdb_id=_list("tmdb_ids").list.first(),
        imdb_id=_list("imdb_ids").list.first(),
        runtime_min=None,
        **_provenance(checked_at),
    ).pipe(_in_the_words_of, EPISODE_ROWS)


def conform_catalogue_movies(raw: pl.DataFrame, checked_at: datetime | None, pages: str) -> pl.DataFrame:
    """Turn the catalogue's films into rows of the contract MOVIE_ROWS."""
    return raw.select(
        source=_SOURCE,
        source_id="key",
        movie_key="key",
        release_date=pl.col("release_date").str.to_date("%Y-%m-%d"),
        **_values(pages),
        tmdb_id="tmdb_id",
        imdb_id="imdb_id",
        runtime_min="runtime_min",
        **_provenance(checked_at),
    ).pipe(_in_the_words_of, MOVIE_ROWS)


def registry_of(raw: pl.DataFrame) -> pl.DataFrame:
    """Make the registry of keys from the catalogue: contract REGISTRY."""
    names = pl.concat_list(pl.col("title"), _list("aliases").fill_null([]))
    return raw.select(
        episode_key="key",
        series="series",
        season="season",
        episode="episode",
        parts="parts",
        title="title",
        title_keys=names.list.eval(title_key(pl.element()).unique(maintain_order=True)),
        part=part_of(pl.col("title")),
        air_date=pl.col("air_date").str.to_date("%Y-%m-%d"),
        production_codes=_list("production_codes").fill_null([]),
    ).cast(REGISTRY)


def pins_of(raw: pl.DataFrame) -> pl.DataFrame:
    """List the sources' ids that the catalogue pins: contract PINS; `part` counts where a story has several rows."""
    frames = [
        raw.select(episode_key="key", source_id=_list(column))
        .explode("source_id")
        .drop_nulls("source_id")
        .with_columns(
            source=pl.lit(source),
            part=pl.when(pl.len().over("episode_key") > 1).then(pl.int_range(1, pl.len() + 1).over("episode_key")),
        )
        .pipe(_as_pins, method="pinned")
        for source, column in _PINNED_IDS.items()
    ]
    itself = raw.select(source=_SOURCE, source_id="key", episode_key="key", part=None)
    return pl.concat([_as_pins(itself, method="registered"), *frames])


def _as_pins(frame: pl.DataFrame, *, method: str) -> pl.DataFrame:
    said = pl.format("the catalogue pins {} id {}", "source", "source_id")
    return frame.with_columns(method=pl.lit(method), score=pl.lit(1.0), evidence=said).select(*PINS).cast(PINS)


def catalogue_numbers(raw: pl.DataFrame) -> pl.DataFrame:
    """List the numbers that the catalogue knows of other schemes: contract NUMBERING.

    TMDB's are one capture of numbers that change; Memory Alpha's skip a number after a double-length story.
    """
    long_story = pl.col("parts").cast(pl.Int64)
    memory_alpha = raw.select(
        episode_key="key",
        scheme=pl.lit("memory_alpha"),
        season="stapi_season",
        first="stapi_episode",
        last=pl.col("stapi_episode").cast(pl.Int64) + long_story - 1,
    )
    return pl.concat(
        [frame.cast(polars_schema(NUMBERING)) for frame in (_numbers(raw, "tmdb"), _numbers(raw, "imdb"), memory_alpha)]
    ).drop_nulls()


def _numbers(raw: pl.DataFrame, scheme: str) -> pl.DataFrame:
    numbers = _list(f"{scheme}_episodes").list.eval(pl.element().cast(pl.Int64))
    return raw.select(
        episode_key="key",
        scheme=pl.lit(scheme),
        season=f"{scheme}_season",
        first=numbers.list.min(),
        last=numbers.list.max(),
    )


def _values(pages: str) -> dict[str, pl.Expr]:
    return {
        "title": pl.col("title"),
        "stardate_from": pl.col("stardate_from"),
        "stardate_to": pl.col("stardate_to"),
        "year_from": pl.col("year_from"),
        "year_to": pl.col("year_to"),
        "synopsis": pl.lit(None),
        "directors": _list("directors"),
        "writers": _list("writers"),
        "story_by": _list("story_by"),
        "guest_stars": pl.lit(None),
        "memory_alpha_url": pl.lit(pages) + _page_address(pl.col("memory_alpha_page")),
    }


def _provenance(checked_at: datetime | None) -> dict[str, pl.Expr]:
    return {"source_url": pl.lit(None), "fetched_at": pl.lit(checked_at), "is_stale": pl.lit(False)}


def _list(column: str) -> pl.Expr:
    """Split "a; b"; null stays null."""
    return pl.col(column).str.split("; ")


def _page_address(page: pl.Expr) -> pl.Expr:
    """A wiki page's title as it stands in an address."""
    return page.str.replace_many({"%": "%25", " ": "_", "?": "%3F", "#": "%23", '"': "%22"})


def _in_the_words_of(frame: pl.DataFrame, contract: pl.Schema) -> pl.DataFrame:
    return frame.select(*contract).cast(contract)
