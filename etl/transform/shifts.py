"""Why the numbers of a scheme differ from those as aired: each run of episodes explained once.

A story of double length counts as two here and as one there; a source leaves out a number after it, lacks an episode,
or counts a season in the order of production. What follows is one ahead or behind, and right all the same.
"""

from __future__ import annotations

import polars as pl

from etl.transform.number_order import with_order
from etl.transform.text import title_key
from schemas.columns import polars_schema
from schemas.guide import NUMBER_SHIFTS
from schemas.provenance import LINKS

KEY = "episode_key"
_SEASON = ["series", "season"]
_RUN = ["scheme", *_SEASON]
_COUNTED = ("aired", "parts")
_WORDS = {"1": "one", "2": "two", "3": "three", "4": "four"}
_BEHIND_EVIDENCE = "; about its number: "


def explain_numbers(numbering: pl.DataFrame, registry: pl.DataFrame) -> pl.DataFrame:
    """Find the runs in which a source's numbers differ from those as aired, and what causes it: NUMBER_SHIFTS.

    `numbering` is NUMBERING; titles, parts and production codes are those of `registry` (REGISTRY).
    """
    known = registry.select(KEY, "series", "parts", "title", code=pl.col("production_codes").list.first())
    aired = (
        numbering.filter(scheme="aired")
        .join(known, on=KEY, validate="1:1")
        .select(KEY, *_SEASON, "title", "parts", "code", aired="first")
    )
    told = (
        numbering.filter(~pl.col("scheme").is_in(_COUNTED))
        .rename({"season": "told_season"})
        .join(aired, on=KEY, validate="m:1")
    )
    at_home = with_order(told.filter(pl.col("told_season") == pl.col("season")), _RUN)
    in_turn = at_home.filter(~pl.col("is_other_order"))
    steps = _steps(in_turn, aired)
    found = [
        _in_other_seasons(told.filter(pl.col("told_season") != pl.col("season"))),
        _in_other_order(at_home.filter("is_other_order")),
        _moved(in_turn.filter(pl.col("block_length") > 1)),
        _counted_as_several(steps),
        _left_out(steps),
        _lacking(steps),
    ]
    columns = polars_schema(NUMBER_SHIFTS)
    return pl.concat([frame.select(*columns).cast(columns) for frame in found]).sort(
        *_SEASON, "scheme", "from_number", "kind"
    )


def with_numbers_explained(links: pl.DataFrame, shifts: pl.DataFrame, registry: pl.DataFrame) -> pl.DataFrame:
    """Say in the evidence of LINKS why a row's number differs: at the first of a run, and where order linked the row.

    `registry` is REGISTRY, its numbers complete. What an earlier run said of the number is replaced.
    """
    aired = registry.select(KEY, *_SEASON, aired="episode")
    rows = links.join(aired, on=KEY, validate="m:1").join(
        shifts.rename({"scheme": "source"}), on=["source", *_SEASON], validate="m:m"
    )
    is_first = pl.col("aired") == pl.col("from_number")
    is_weighed = (pl.col("method") == "assignment") & pl.col("aired").is_between("from_number", "to_number")
    said = (
        rows.filter(is_first | is_weighed)
        .sort("from_number", "kind")
        .group_by("source", "source_id")
        .agg(explained=pl.col("explanation").str.join(" "))
    )
    plain = pl.col("evidence").str.split(_BEHIND_EVIDENCE).list.first()
    explained = pl.format("{}{}{}", plain, pl.lit(_BEHIND_EVIDENCE), "explained")
    return (
        links.join(said, on=["source", "source_id"], how="left", validate="1:1", maintain_order="left")
        .with_columns(evidence=pl.coalesce(explained, plain))
        .select(*polars_schema(LINKS))
    )


def _in_other_seasons(told: pl.DataFrame) -> pl.DataFrame:
    runs = told.group_by(*_RUN, "told_season").agg(*_span(), pl.col("title").sort_by("aired").first())
    which = pl.when(pl.col("from_number") == pl.col("to_number")).then(_quoted("title")).otherwise(_episodes())
    said = pl.format("{} counts {} in season {}, which aired as {}.", "scheme", which, "told_season", _of_season())
    return runs.with_columns(kind=pl.lit("season"), shift=None, cause_key=None, explanation=said)


def _in_other_order(seasons: pl.DataFrame) -> pl.DataFrame:
    runs = seasons.group_by(_RUN).agg(*_span(), pl.col("is_by_code").first())
    by_code = pl.format("{} numbers {} in production order, not as it aired.", "scheme", _of_season())
    other = pl.format("{} numbers {} in an order of its own, not as it aired.", "scheme", _of_season())
    return runs.with_columns(
        kind=pl.when("is_by_code").then(pl.lit("production-order")).otherwise(pl.lit("order")),
        shift=None,
        cause_key=None,
        explanation=pl.when("is_by_code").then(by_code).otherwise(other),
    )


def _moved(blocks: pl.DataFrame) -> pl.DataFrame:
    titles = _quoted("title").sort_by("told_rank").str.join(", ")
    runs = blocks.group_by(*_RUN, "block").agg(*_span(), titles=titles)
    said = pl.format("{} has {} of {} in another order: {}.", "scheme", _episodes(), _of_season(), "titles")
    return runs.with_columns(kind=pl.lit("order"), shift=None, cause_key=None, explanation=said)


def _steps(told: pl.DataFrame, aired: pl.DataFrame) -> pl.DataFrame:
    """Each number of a scheme beside the number as aired of the same rank, and what lies before it.

    `ahead`: numbers that the story before takes beyond one; `skipped`: numbers that nobody has, beyond those of
    episodes that the scheme lacks; `lacked`: episodes without a number, `lacked_*` the first of them.
    """
    numbers = told.select(*_RUN, KEY, "title", "parts", "first", "last", rank="told_rank")
    start = aired.group_by(_SEASON).agg(start=pl.col("aired").min())
    lacked = (
        aired.sort(KEY)
        .unique([*_SEASON, "aired"], keep="first", maintain_order=True)
        .select(*_SEASON, after=pl.col("aired") - 1, lacked_key=KEY, lacked_title="title")
    )
    before = [
        pl.col(name).shift(1).over(_RUN, order_by="rank").alias(f"before_{name}")
        for name in (KEY, "title", "parts", "first", "last", "aired")
    ]
    hole = pl.col("first") - pl.coalesce("before_last", pl.col("start") - 1) - 1
    unnumbered = pl.col("aired") - pl.coalesce("before_aired", pl.col("start") - 1) - 1
    return (
        told.select(*_RUN, "aired", rank="aired_rank")
        .join(numbers, on=[*_RUN, "rank"], validate="1:1")
        .join(start, on=_SEASON, validate="m:1")
        .with_columns(*before)
        .with_columns(hole=hole, unnumbered=unnumbered, after=pl.coalesce("before_aired", pl.col("start") - 1))
        .join(lacked, on=[*_SEASON, "after"], how="left", validate="m:1")
        .with_columns(
            ahead=(pl.col("before_last") - pl.col("before_first")).fill_null(0) + pl.col("hole").clip(upper_bound=0),
            skipped=(pl.col("hole") - pl.col("unnumbered")).clip(lower_bound=0),
            lacked=(pl.col("unnumbered") - pl.col("hole").clip(lower_bound=0)).clip(lower_bound=0),
            shift=pl.col("first") - pl.col("aired"),
        )
        .with_columns(is_step=(pl.col("ahead") != 0) | (pl.col("skipped") > 0) | (pl.col("lacked") > 0))
        .with_columns(run=pl.col("is_step").cast(pl.Int64).cum_sum().over(_RUN, order_by="rank"))
        .with_columns(from_number=pl.col("aired"), to_number=pl.col("aired").max().over(*_RUN, "run"))
        .filter("is_step")
    )


def _counted_as_several(steps: pl.DataFrame) -> pl.DataFrame:
    length = pl.col("before_last") - pl.col("before_first") + 1
    several = pl.format("{}, because {} counts as {} there.", _effect(), _quoted("before_title"), _in_words(length))
    twice = pl.format("{}, because {} and {} share a number.", _effect(), _quoted("before_title"), _quoted("title"))
    return steps.filter(pl.col("ahead") != 0).with_columns(
        kind=pl.lit("shift"),
        cause_key="before_episode_key",
        explanation=pl.when(pl.col("before_title").is_null())
        .then(_begins())
        .when(pl.col("ahead") > 0)
        .then(several)
        .otherwise(twice),
    )


def _left_out(steps: pl.DataFrame) -> pl.DataFrame:
    is_long = (pl.col("before_parts") > 1).fill_null(value=False)
    number = pl.coalesce("before_last", pl.col("start") - 1) + 1
    last = pl.col("first") - 1
    one, several = pl.format("number {}", number), pl.format("numbers {} to {}", number, last)
    numbers = pl.when(number == last).then(one).otherwise(several)
    after = pl.format("{}: it has a gap at {} after {} (double-length).", _effect(), number, _quoted("before_title"))
    unknown = pl.format("{}: it leaves out {}, nothing says why.", _effect(), numbers)
    return steps.filter(pl.col("skipped") > 0).with_columns(
        kind=pl.lit("gap"),
        cause_key=pl.when(is_long).then("before_episode_key"),
        explanation=pl.when(is_long)
        .then(after)
        .when(pl.col("before_title").is_null())
        .then(_begins())
        .otherwise(unknown),
    )


def _lacking(steps: pl.DataFrame) -> pl.DataFrame:
    more = pl.when(pl.col("lacked") > 1).then(pl.format(" and {} more", _in_words(pl.col("lacked") - 1)))
    lacks = pl.format(
        "{}, because it has no number for {}{}.",
        _effect(),
        pl.coalesce(_quoted("lacked_title"), pl.lit("an episode")),
        more.otherwise(pl.lit("")),
    )
    as_one = pl.format(
        "{}, because {} and {} count as one there.", _effect(), _quoted("before_title"), _quoted("lacked_title")
    )
    is_one_story = title_key(pl.col("before_title")) == title_key(pl.col("lacked_title"))
    return steps.filter(pl.col("lacked") > 0).with_columns(
        kind=pl.lit("missing"),
        cause_key="lacked_key",
        explanation=pl.when(is_one_story & (pl.col("lacked") == 1)).then(as_one).otherwise(lacks),
    )


def _effect() -> pl.Expr:
    """What the step does: "tmdb numbers ds9 season 1 one higher from episode 2 on"."""
    how_many = _in_words(pl.col("shift").abs())
    how = (
        pl.when(pl.col("shift") > 0)
        .then(pl.format("{} higher", how_many))
        .when(pl.col("shift") < 0)
        .then(pl.format("{} lower", how_many))
        .otherwise(pl.lit("as aired again"))
    )
    return pl.format("{} numbers {} {} from episode {} on", "scheme", _of_season(), how, "from_number")


def _begins() -> pl.Expr:
    return pl.format("{}: it begins at {}.", _effect(), "first")


def _of_season() -> pl.Expr:
    return pl.format("{} season {}", "series", "season")


def _episodes() -> pl.Expr:
    return pl.format("episodes {} to {}", "from_number", "to_number")


def _quoted(title: str) -> pl.Expr:
    return pl.format("“{}”", title)


def _in_words(number: pl.Expr) -> pl.Expr:
    return number.cast(pl.String).replace(_WORDS)


def _span() -> tuple[pl.Expr, pl.Expr]:
    """The first and the last episode of a run, by their numbers as aired."""
    return pl.col("aired").min().alias("from_number"), pl.col("aired").max().alias("to_number")
