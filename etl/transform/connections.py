"""Connections between episodes: a source names pages, a release names episodes."""

from __future__ import annotations

import polars as pl

_SOURCE = "memory_alpha"
_PAGE_SUFFIX = r" \(episode\)$"
_ROW = "row_of_story"


def resolve_connections(stories: pl.DataFrame, links: pl.DataFrame, titles: pl.DataFrame) -> pl.DataFrame:
    """Replace the page titles in `connections` of the wiki's rows by episode keys; other rows stay as they are.

    `stories` has the columns episode_key, source and connections, and maybe others; `links` says which page is which
    episode; `titles` (episode_key, title) is what episodes are called. What refers to the episode itself, to one
    twice or to no known episode goes; a list without anything left is null.
    """
    numbered = stories.with_row_index(_ROW)
    referred = (
        numbered.filter((pl.col("source") == _SOURCE) & (pl.col("connections").list.len() > 0))
        .select(_ROW, "episode_key", pl.col("connections").list.eval(pl.element().struct.field("episode_key")))
        .explode("connections")
        .with_row_index("place")
        .with_columns(page=_page(pl.col("connections")))
    )
    resolved = (
        referred.join(_pages(links), on="page", how="left", validate="m:1")
        .join(_bare(_pages(links)), left_on=_bare_page(), right_on="page", how="left", validate="m:1")
        .with_columns(target=pl.coalesce("target", "bare_target"))
        .filter(pl.col("target").is_not_null() & (pl.col("target") != pl.col("episode_key")))
        .unique([_ROW, "target"], keep="first", maintain_order=True)
        .join(_names(titles), on="target", how="left", validate="m:1")
        .sort("place")
    )
    lists = resolved.group_by(_ROW, maintain_order=True).agg(resolved=_connection())
    return (
        numbered.join(lists, on=_ROW, how="left", validate="1:1", maintain_order="left")
        .with_columns(connections=pl.when(pl.col("source") == _SOURCE).then("resolved").otherwise("connections"))
        .select(stories.columns)
        .cast(stories.schema)
    )


def _page(title: pl.Expr) -> pl.Expr:
    """A page's title for comparing: titles of pages differ by more than capitals and underscores."""
    return title.str.replace_all("[ _]+", " ").str.strip_chars().str.to_lowercase()


def _bare_page() -> pl.Expr:
    return pl.col("page").str.replace(_PAGE_SUFFIX, "")


def _pages(links: pl.DataFrame) -> pl.DataFrame:
    """Which page is which episode; a title that is two episodes' is nobody's."""
    pages = links.filter(pl.col("source") == _SOURCE).select(page=_page(pl.col("source_id")), target="episode_key")
    return _of_one(pages)


def _bare(pages: pl.DataFrame) -> pl.DataFrame:
    """The same without " (episode)"."""
    return _of_one(pages.with_columns(page=_bare_page())).rename({"target": "bare_target"})


def _of_one(pages: pl.DataFrame) -> pl.DataFrame:
    return pages.unique(maintain_order=True).filter(pl.len().over("page") == 1)


def _names(titles: pl.DataFrame) -> pl.DataFrame:
    return titles.select(target="episode_key", title="title").unique("target", keep="first", maintain_order=True)


def _connection() -> pl.Expr:
    return pl.struct(
        episode_key="target",
        connection_type=pl.lit("reference"),
        description=pl.lit("The page of this episode refers to ") + pl.coalesce("title", "target"),
    )
