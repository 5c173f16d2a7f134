"""STAPI's rows in the project's own words."""

from __future__ import annotations

from collections.abc import Mapping

import polars as pl

from etl.transform.text import part_of, present_text, present_title, title_key
from schemas.conformed import EPISODE_ROWS


def conform_stapi_episodes(raw: pl.DataFrame, series_by_uid: Mapping[str, str]) -> pl.DataFrame:
    """Turn raw STAPI episodes into rows of the contract EPISODE_ROWS, without people (see conform_stapi_people).

    `series_by_uid` gives the series' code for STAPI's uid of the series.
    """
    title = present_title(pl.col("title"))
    stardate_from, stardate_to = _range("stardateFrom", "stardateTo")
    year_from, year_to = _range("yearFrom", "yearTo")
    return raw.select(
        source=pl.lit("stapi"),
        source_id="uid",
        series=pl.col("series_uid").replace_strict(dict(series_by_uid), return_dtype=pl.String),
        season="seasonNumber",
        number="episodeNumber",
        row_parts=pl.col("featureLength").cast(pl.Int64) + 1,
        title_key=title_key(title),
        part=part_of(title),
        title=title,
        air_date=pl.col("usAirDate").str.to_date("%Y-%m-%d", strict=False),
        stardate_from=stardate_from,
        stardate_to=stardate_to,
        year_from=year_from,
        year_to=year_to,
        synopsis=None,
        production_codes=_codes(pl.col("productionSerialNumber")),
        directors=None,
        writers=None,
        story_by=None,
        guest_stars=None,
        plot_points=None,
        connections=None,
        runtime_min=None,
        tmdb_id=None,
        imdb_id=None,
        memory_alpha_url=None,
        source_url="source_url",
        fetched_at="fetched_at",
        is_stale="is_stale",
    ).cast(EPISODE_ROWS)


def conform_stapi_people(people: pl.DataFrame, links: pl.DataFrame) -> pl.DataFrame:
    """One row an episode: who directed and wrote it, by STAPI's full objects of its rows.

    `people` is raw, `links` says which uid is which episode (contract LINKS). Out: episode_key, source, directors,
    writers, story_by (null where nobody is named), source_url, fetched_at, is_stale.
    Its performers are no guest stars: the regular cast is among them, and nothing tells the two apart.
    """
    roles = {"directors": ["directors"], "writers": ["writers", "teleplay_authors"], "story_by": ["story_authors"]}
    return (
        people.join(links.filter(source="stapi"), left_on="uid", right_on="source_id", validate="1:1")
        .sort("episode_key", "part", "uid")
        .group_by("episode_key", "source", maintain_order=True)
        .agg(
            *(
                _names(pl.concat_list(columns).explode().implode()).first().alias(role)
                for role, columns in roles.items()
            ),
            pl.col("source_url").first(),
            pl.col("fetched_at").max(),
            pl.col("is_stale").any(),
        )
    )


def _range(first: str, last: str) -> tuple[pl.Expr, pl.Expr]:
    """Both ends in order; where only one is given it is both."""
    return pl.min_horizontal(first, last), pl.max_horizontal(first, last)


def _codes(text: pl.Expr) -> pl.Expr:
    """Every code in "40840-748 (40840-271/40840-272)", each once; null for none."""
    codes = (
        present_text(text)
        .str.replace_all(r"[(),;&]", "/")
        .str.split("/")
        .list.eval(present_text(pl.element()).drop_nulls().unique(maintain_order=True))
    )
    return pl.when(codes.list.len() > 0).then(codes)


def _names(names: pl.Expr) -> pl.Expr:
    """Each name once, in order; null for none."""
    present = names.list.eval(present_text(pl.element()).drop_nulls().unique(maintain_order=True))
    return pl.when(present.list.len() > 0).then(present)
