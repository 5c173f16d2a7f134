"""A story in several rows of one source becomes one row: All Good Things... (1) and (2) are one episode."""

from __future__ import annotations

import polars as pl

from etl.transform.text import without_part

KEY = "episode_key"


def one_row_a_story(rows: pl.DataFrame, links: pl.DataFrame) -> pl.DataFrame:
    """Join rows (EPISODE_ROWS) with their links and fold the parts of a story into one row a source and episode.

    Dates, stardates and years span all parts; people are all people; prose stands in the order of the parts;
    the running time is the sum, null if one part's is unknown; ids and addresses are those of the first part.
    """
    linked = (
        rows.drop("part", "row_parts", "season", "number", "title_key", "series")
        .join(links.select("source", "source_id", KEY, "part"), on=["source", "source_id"], validate="1:1")
        .sort(KEY, "source", "part", "source_id")
    )
    is_alone = pl.len().over(KEY, "source") == 1
    alone = linked.filter(is_alone).drop("part", "source_id")
    folded = linked.filter(~is_alone).group_by(KEY, "source", maintain_order=True).agg(_folded(linked))
    return pl.concat([alone, folded.select(alone.columns)])


def _folded(rows: pl.DataFrame) -> list[pl.Expr]:
    span_from = ("air_date", "stardate_from", "year_from")
    span_to = ("stardate_to", "year_to", "fetched_at")
    lists = [name for name, data_type in rows.schema.items() if isinstance(data_type, pl.List)]
    firsts = ("tmdb_id", "imdb_id", "memory_alpha_url", "source_url")
    prose = pl.col("synopsis").drop_nulls().unique(maintain_order=True).str.join("\n\n")
    return [
        without_part(pl.col("title")).drop_nulls().first(),
        *(pl.col(name).min() for name in span_from),
        *(pl.col(name).max() for name in span_to),
        *(pl.col(name).drop_nulls().explode().unique(maintain_order=True) for name in lists),
        *(pl.col(name).drop_nulls().first() for name in firsts),
        pl.when(prose != "").then(prose),
        pl.when(pl.col("runtime_min").is_not_null().all()).then(pl.col("runtime_min").sum()),
        pl.col("is_stale").any(),
    ]
