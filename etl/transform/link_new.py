"""What is left of a source's rows: a new episode where nothing known comes near, else a question for a person."""

from __future__ import annotations

import polars as pl

from etl.transform.text import slug, without_part
from schemas.columns import polars_schema
from schemas.conformed import REGISTRY
from schemas.episodes import KEY_PATTERN
from schemas.provenance import LINKS, REJECTS, REVIEW

LIKELY = 0.45
_ALIKE = 0.75
_APART_DAYS = 14
_FAR_DAYS = 60
_TIE = 0.05


def judge(rest: pl.DataFrame, registry: pl.DataFrame, links: pl.DataFrame, stories: pl.DataFrame) -> pl.DataFrame:
    """Add to one source's unlinked rows: `reason` (null for a new episode), `new_key`, `candidate`, `score`.

    `rest` has candidate, score (of the title alone, from nearest) and hint, hint_score, rival, rival_score (of all
    evidence, from link_rest). `stories` is what link_stories found.
    """
    dates = registry.select(candidate="episode_key", known_date="air_date", known_season="season")
    taken = links.select("source", candidate="episode_key").unique().with_columns(is_taken=pl.lit(value=True))
    return (
        rest.join(stories, on=["source", "series", "title_key"], how="left", validate="m:1")
        .join(dates, on="candidate", how="left", validate="m:1")
        .join(taken, on=["source", "candidate"], how="left", validate="m:1")
        .with_columns(pl.col("is_split", "is_taken").fill_null(value=False))
        .with_columns(is_near=_is_near())
        .with_columns(new_key=_new_key())
        .with_columns(_dated_key(registry))
        .with_columns(reason=_why_not_new(registry))
        .with_columns(
            candidate=pl.when(_is_hint_better()).then("hint").otherwise("candidate"),
            score=pl.when(_is_hint_better()).then("hint_score").otherwise("score"),
        )
    )


def _is_near() -> pl.Expr:
    """The title is (nearly) a known one, unless the source has that one already and this was aired at another time."""
    days = (pl.col("air_date") - pl.col("known_date")).dt.total_days().abs()
    is_namesake = (days > _FAR_DAYS) & (pl.col("season") != pl.col("known_season"))
    is_another = pl.when(pl.col("score") == 1.0).then(is_namesake).otherwise(days > _APART_DAYS)
    return (pl.col("score") >= _ALIKE) & ~(pl.col("is_taken") & is_another).fill_null(value=False)


def _is_hint_better() -> pl.Expr:
    return pl.col("hint").is_not_null() & (~pl.col("is_near") | (pl.col("hint_score") >= LIKELY))


def _new_key() -> pl.Expr:
    name = pl.when("is_split").then(without_part(pl.col("story_title"))).otherwise("story_title")
    return pl.format("{}:{}", "series", slug(name))


def _dated_key(registry: pl.DataFrame) -> pl.Expr:
    """Where a title recurs in several seasons, the first keeps the bare key and the others get their day."""
    title = ["source", "series", "new_key"]
    days, seasons = pl.col("air_date"), pl.col("season")
    is_clear = days.is_not_null().all() & (days.n_unique() == pl.len()) & (seasons.n_unique() == pl.len())
    is_taken = pl.col("new_key").is_in(registry["episode_key"].implode()) & pl.col("is_taken") & (pl.col("score") == 1)
    is_later = ~pl.col("is_split") & is_clear.over(title) & ((days != days.min().over(title)) | is_taken)
    dated = pl.format("{}-{}", "new_key", days.dt.strftime("%Y-%m-%d"))
    return pl.when(is_later.fill_null(value=False)).then(dated).otherwise("new_key").alias("new_key")


def _why_not_new(registry: pl.DataFrame) -> pl.Expr:
    """Why a row that nothing links is not taken for a new episode; null where it is."""
    is_tie = pl.col("hint_score") - pl.col("rival_score") < _TIE
    is_recurring = pl.struct("source", "new_key").is_duplicated() & ~pl.col("is_split")
    is_same_part = pl.struct("source", "series", "title_key", "part", "new_key").is_duplicated()
    is_no_key = ~pl.col("new_key").str.contains(f"^(?:{KEY_PATTERN})$")
    is_taken = pl.col("new_key").is_in(registry["episode_key"].implode())
    return (
        pl.when(pl.col("title").is_null() & pl.col("hint").is_not_null())
        .then(pl.format("has no title yet; it may be {}, but no neighbours prove it", "hint"))
        .when(pl.col("title").is_null())
        .then(pl.lit("has no title yet, and a number alone never links"))
        .when((pl.col("hint_score") >= LIKELY) & is_tie)
        .then(pl.format("looks like {} and like {}", "hint", "rival"))
        .when(pl.col("hint_score") >= LIKELY)
        .then(pl.format("looks like {}, but not surely", "hint"))
        .when(pl.col("is_near"))
        .then(pl.format("looks like {}, but not surely", "candidate"))
        .when(is_recurring | is_same_part)
        .then(pl.lit("another row of the source in this series has the same title"))
        .when(is_no_key)
        .then(pl.lit("its title makes no key: it has letters other than a to z, or none"))
        .when(is_taken)
        .then(pl.format("its key would be {}, which another episode has", "new_key"))
        .when(pl.col("season").is_null())
        .then(pl.lit("it is in no season"))
    )


def new_links(new: pl.DataFrame) -> pl.DataFrame:
    """Link rows to the episodes that they make: key from series and title."""
    said = pl.format("no known title of the series comes near ({} at best)", pl.col("score").round(2))
    return new.select(
        "source",
        "source_id",
        episode_key="new_key",
        part=pl.when("is_split").then(pl.col("part").fill_null(1)),
        method=pl.lit("new"),
        score=pl.lit(1.0),
        evidence=pl.when("is_split").then(pl.format("{}; another source has its parts in one", said)).otherwise(said),
    ).cast(polars_schema(LINKS))


def new_episodes(new: pl.DataFrame) -> pl.DataFrame:
    """Make registry entries of new rows with their `place`: REGISTRY and `place`."""
    name = pl.when("is_split").then(without_part(pl.col("story_title"))).otherwise("story_title")
    codes = pl.col("production_codes").explode(empty_as_null=True).drop_nulls().unique(maintain_order=True)
    return (
        new.sort("series", "season", "number", "source", "source_id")
        .group_by("new_key", maintain_order=True)
        .agg(
            pl.col("series", "season").first(),
            episode=pl.lit(None),
            parts=pl.max_horizontal(pl.col("parts").max(), pl.col("row_parts").max(), pl.lit(1)),
            title=name.first(),
            title_keys=pl.col("title_key").first().implode(),
            part=pl.when(~pl.col("is_split").first()).then(pl.col("part").first()),
            air_date=pl.col("air_date").min(),
            production_codes=codes,
            place=pl.col("place").first(),
        )
        .rename({"new_key": "episode_key"})
        .cast(pl.Schema({**REGISTRY, "place": pl.Float64()}))
    )


def waiting(judged: pl.DataFrame) -> pl.DataFrame:
    """Say what waits for a person: contract REVIEW."""
    return judged.select(*polars_schema(REVIEW))


def refused(specials: pl.DataFrame) -> pl.DataFrame:
    """Refuse specials that nothing links: contract REJECTS."""
    return specials.select(
        "source",
        "source_id",
        stage=pl.lit("identify"),
        reason=pl.lit("a special that the registry does not know"),
        payload=pl.struct("series", "season", "number", "title", "air_date").struct.json_encode(),
    ).cast(polars_schema(REJECTS))
