"""What changed from one release to another: episodes and films, their fields and numbers, the meaning of public ids."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import polars as pl

from etl.transform.merge import as_text, has_value
from schemas.columns import polars_schema
from schemas.episodes import MERGED_FIELDS
from schemas.history import ADDED, CHANGED, CHANGES, KINDS, PUBLIC_ID, REASSIGNED, REMOVED, RENUMBERED, RETITLED

KEY = "episode_key"
FIELDS = ("release_date", "parts", *MERGED_FIELDS)
"""Columns of episodes and movies that are compared; scores and flags are a run's view, not facts."""
_NUMBER = "number_"
_ORDER = ["kind", "series", "subject", "field"]


@dataclass(frozen=True)
class Published:
    """What is compared of a release; the frames are those tables of it, and may lack columns of `FIELDS`."""

    episodes: pl.DataFrame
    movies: pl.DataFrame
    numbering: pl.DataFrame
    tombstones: pl.DataFrame


def published(tables: Mapping[str, pl.DataFrame]) -> Published:
    """Pick out of a release what is compared."""
    return Published(tables["episodes"], tables["movies"], tables["numbering"], tables["tombstones"])


def compare(old: Published, new: Published) -> pl.DataFrame:
    """All that changed from `old` to `new`: contract CHANGES, in a fixed order, `accepted` null.

    Episodes and films are the same where their keys are. A column that one side does not have is not compared.
    """
    fields = _common(old.episodes, new.episodes), _common(old.movies, new.movies)
    before, after = _told(old, *fields), _told(new, *fields)
    differing = (
        before.rename({"value": "old"})
        .join(after.rename({"value": "new"}), on=[KEY, "field"], how="full", coalesce=True, validate="1:1")
        .filter(pl.col("old").ne_missing(pl.col("new")))
        .with_columns(kind=_kind())
    )
    come_and_gone = differing.filter(pl.col("kind").is_in([ADDED, REMOVED]))
    titles = pl.concat([after, before]).filter(field="title").unique(KEY, keep="first", maintain_order=True)
    heirs = new.tombstones.select(KEY, heir="replaced_by")
    stories = (
        pl.concat([come_and_gone, differing.join(come_and_gone, on=KEY, how="anti")])
        .join(titles.select(KEY, title="value"), on=KEY, how="left", validate="m:1")
        .join(heirs, on=KEY, how="left", validate="m:1")
        .with_columns(
            subject=KEY,
            series=_series(KEY),
            new=pl.when(kind=REMOVED).then("heir").otherwise("new"),
        )
    )
    return in_order([_as_changes(stories), _reassigned(before, after, titles)])


def in_order(parts: Sequence[pl.DataFrame]) -> pl.DataFrame:
    """Put changes together, the gravest kind first, then by series and key."""
    together = pl.concat(parts)
    return together.sort(pl.col("kind").cast(pl.Enum(KINDS)), *_ORDER[1:])


def _as_changes(frame: pl.DataFrame) -> pl.DataFrame:
    schema = polars_schema(CHANGES)
    return frame.with_columns(accepted=pl.lit(None, pl.String)).select(*schema).cast(schema)


def _common(old: pl.DataFrame, new: pl.DataFrame) -> list[str]:
    return [name for name in FIELDS if name in old.columns and name in new.columns]


def _told(release: Published, of_episodes: Sequence[str], of_movies: Sequence[str]) -> pl.DataFrame:
    """Everything that is compared as a long frame: columns episode_key, field, value."""
    movies = release.movies.rename({"movie_key": KEY, "movie_id": "episode_id"})
    numbers = release.numbering.select(
        KEY, field=pl.concat_str(pl.lit(_NUMBER), "scheme"), value=_number("season", "first", "last")
    )
    return pl.concat([*_values(release.episodes, of_episodes), *_values(movies, of_movies), numbers])


def _values(stories: pl.DataFrame, fields: Sequence[str]) -> list[pl.DataFrame]:
    named = {PUBLIC_ID: "episode_id", **{name: name for name in fields}}
    return [
        stories.filter(has_value(column, stories.schema[column])).select(
            KEY, field=pl.lit(name), value=as_text(column, stories.schema[column])
        )
        for name, column in named.items()
    ]


def _series(key: str) -> pl.Expr:
    """The series of a key; where episodes are known by public id only, that of the id. A film's is film."""
    of_id = pl.col(key).str.extract(r"^(.+)_s\d+_e\d+$", 1)
    of_key = pl.col(key).str.extract(r"^(.+):", 1)
    return pl.coalesce(of_id, of_key, pl.lit("film"))


def _number(season: str, first: str, last: str) -> pl.Expr:
    one = pl.format("{}x{}", season, pl.col(first).cast(pl.String).str.pad_start(2, "0"))
    several = pl.format("{}–{}", one, pl.col(last).cast(pl.String).str.pad_start(2, "0"))
    return pl.when(pl.col(first) == pl.col(last)).then(one).otherwise(several)


def _kind() -> pl.Expr:
    is_id = pl.col("field") == PUBLIC_ID
    return (
        pl.when(is_id & pl.col("old").is_null())
        .then(pl.lit(ADDED))
        .when(is_id & pl.col("new").is_null())
        .then(pl.lit(REMOVED))
        .when(is_id | pl.col("field").str.starts_with(_NUMBER))
        .then(pl.lit(RENUMBERED))
        .when(pl.col("field") == "title")
        .then(pl.lit(RETITLED))
        .otherwise(pl.lit(CHANGED))
    )


def _reassigned(before: pl.DataFrame, after: pl.DataFrame, titles: pl.DataFrame) -> pl.DataFrame:
    """Public ids that mean another episode now."""
    ids = [told.filter(field=PUBLIC_ID).select(subject="value", key=KEY) for told in (before, after)]
    changed = (
        ids[0]
        .rename({"key": "old"})
        .join(ids[1].rename({"key": "new"}), on="subject", validate="1:1")
        .filter(pl.col("old") != pl.col("new"))
        .join(titles.select(new=KEY, title="value"), on="new", how="left", validate="m:1")
    )
    return _as_changes(changed.with_columns(kind=pl.lit(REASSIGNED), field=pl.lit(KEY), series=_series("new")))
