"""A story in two rows of one source and in one row of another: which rows are the parts of one story.

Only another source can tell: two rows of one day are the halves of a double-length story, or two episodes of one
evening. Where another source has the title once, and one row less that day or the same title next, they are halves.
"""

from __future__ import annotations

import polars as pl

from etl.transform.text import title_key, without_part

_STORY = ["series", "title_key"]


def with_whole_titles(rows: pl.DataFrame) -> pl.DataFrame:
    """Read "Lost & Found (1) / Lost & Found (2)" as the whole of Lost & Found; read the title so as `story_title`.

    `is_attested` says whether another source has the same title in the series.
    """
    pieces = pl.col("title").str.split(" / ")
    names = pieces.list.eval(title_key(pl.element()))
    is_joined = (names.list.len() > 1) & (names.list.n_unique() == 1)
    first = without_part(pieces.list.first())
    return (
        rows.with_columns(is_joined=is_joined.fill_null(value=False))
        .with_columns(
            story_title=pl.when("is_joined").then(first).otherwise("title"),
            title_key=pl.when("is_joined").then(title_key(first)).otherwise("title_key"),
            part=pl.when(~pl.col("is_joined")).then("part"),
            row_parts=pl.coalesce("row_parts", pl.when("is_joined").then(pieces.list.len().cast(pl.Int64))),
        )
        .drop("is_joined")
        .with_columns(is_attested=(pl.col("source").n_unique().over(_STORY) > 1) & pl.col("title_key").is_not_null())
    )


def stories_in_parts(rows: pl.DataFrame) -> pl.DataFrame:
    """Find stories that one source has in several rows and another in one: source, series, title_key, parts, is_split.

    `parts` is how many parts the story has; `is_split` says whether this source has them apart, all with the title.
    """
    told = rows.filter(pl.col("season").ne_missing(0)).with_columns(
        that_day=pl.len().over("source", "series", "air_date"), next_key=_next_title()
    )
    stories = (
        told.drop_nulls("title_key")
        .group_by("source", *_STORY)
        .agg(
            pl.col("row_parts").first(),
            pl.col("that_day").first(),
            day=pl.col("air_date").first(),
            next_key=pl.col("next_key").sort_by("number").last(),
            rows=pl.len().cast(pl.Int64),
            parts=pl.col("part").fill_null(1).max(),
            is_one_part=(pl.len() == 1) & pl.col("part").is_null().all(),
            is_distinct=pl.col("part").fill_null(1).is_unique().all(),
            is_one_day=(pl.col("air_date").n_unique() == 1) & pl.col("air_date").is_not_null().all(),
        )
    )
    split = stories.filter(pl.col("parts") > 1, "is_distinct", "is_one_day")
    found = pl.concat(
        [
            _by_title(stories.filter("is_one_part").drop("parts"), split),
            _by_day(told.filter(pl.col("that_day") == 1, pl.col("part").is_null()), split),
        ]
    )
    return (
        pl.concat(
            [
                found.select("source", "series", "title_key", "parts", is_split=False),
                found.filter(pl.col("rows_split") == pl.col("parts")).select(
                    source="source_split", series="series", title_key="title_key_split", parts="parts", is_split=True
                ),
            ]
        )
        .drop_nulls("title_key")
        .group_by("source", *_STORY)
        .agg(pl.col("parts").max(), pl.col("is_split").any())
    )


_FOUND = ("source", "series", "title_key", "parts", "source_split", "title_key_split", "rows_split")


def _by_title(wholes: pl.DataFrame, split: pl.DataFrame) -> pl.DataFrame:
    """Wholes with the title of the parts: their source says of how many parts, or day and neighbours do."""
    both = wholes.with_columns(title_key_split="title_key").join(split, on=_STORY, suffix="_split", validate="m:m")
    says_so = pl.col("row_parts") == pl.col("parts")
    is_one_day = pl.col("day") == pl.col("day_split")
    is_one_row_less = pl.col("that_day") + pl.col("parts") - 1 == pl.col("that_day_split")
    # "The Circle (2)" alone is the second of a trilogy, not the second half of The Circle.
    goes_on_alike = (pl.col("next_key") == pl.col("next_key_split")) & (pl.col("rows_split") == pl.col("parts"))
    return both.filter(
        pl.when(pl.col("row_parts") > 1).then(says_so).otherwise(is_one_day & (is_one_row_less | goes_on_alike))
    ).select(_FOUND)


def _by_day(wholes: pl.DataFrame, split: pl.DataFrame) -> pl.DataFrame:
    """Wholes without title or with another one: the only row of a day on which another source has just the parts."""
    of_day = split.filter(pl.col("rows") == pl.col("parts"), pl.col("that_day") == pl.col("parts"))
    both = wholes.with_columns(day="air_date").join(of_day, on=["series", "day"], suffix="_split", validate="m:m")
    says_so = pl.col("row_parts") == pl.col("parts")
    goes_on_alike = pl.col("next_key") == pl.col("next_key_split")
    return (
        both.filter(pl.col("source") != pl.col("source_split"))
        .filter(pl.when(pl.col("row_parts").is_not_null()).then(says_so).otherwise(goes_on_alike))
        .with_columns(rows_split="rows")
        .select(_FOUND)
    )


def _next_title() -> pl.Expr:
    """The title that follows in the season: empty at its end, null where it is not known."""
    season = ["source", "series", "season"]
    following = pl.col("title_key").shift(-1).over(season, order_by="number")
    is_last = pl.col("number") == pl.col("number").max().over(season)
    return pl.when(is_last).then(pl.lit("")).otherwise(following)
