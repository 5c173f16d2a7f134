"""What people say of what stands around the values: seasons and eras, episodes to add and to leave out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import polars as pl

from etl.transform.decide import KEY, OVERRIDE
from etl.transform.text import part_of, title_key
from schemas.columns import polars_schema
from schemas.conformed import REGISTRY
from schemas.corrections import EraOverride, Overrides, SeasonOverride
from schemas.provenance import REJECTS


def added_registry(overrides: Overrides) -> pl.DataFrame:
    """The episodes that were added by hand (contract REGISTRY); their keys say to which series they belong."""
    given = pl.DataFrame(
        [
            {
                KEY: one.episode,
                "season": one.season,
                "episode": one.number,
                "parts": one.parts,
                "title": one.title.strip(),
                "air_date": one.air_date,
            }
            for one in overrides.add
        ],
        schema={name: REGISTRY[name] for name in (KEY, "season", "episode", "parts", "title", "air_date")},
    )
    return (
        given.with_columns(
            series=pl.col(KEY).str.split(":").list.first(),
            title_keys=pl.concat_list(title_key(pl.col("title"))),
            part=part_of(pl.col("title")),
            production_codes=pl.lit([], pl.List(pl.String)),
        )
        .select(*REGISTRY)
        .cast(REGISTRY)
    )


def removed(overrides: Overrides) -> pl.DataFrame:
    """What a person removed: columns episode_key and reason."""
    return pl.DataFrame(
        [(one.episode, f"override: {one.told}") for one in overrides.remove],
        schema={KEY: pl.String, "reason": pl.String},
        orient="row",
    )


def without_taken_back(published: pl.DataFrame, overrides: Overrides, key: str = KEY) -> pl.DataFrame:
    """Leave out of the last release's episodes or films what a person removed, or had added and took back."""
    added = [one.episode for one in overrides.add]
    is_ours_alone = (pl.col("sources") == [OVERRIDE]) & ~pl.col(key).is_in(added)
    return published.join(removed(overrides), left_on=key, right_on=KEY, how="anti").filter(~is_ours_alone)


def removed_rows(scored: pl.DataFrame, told: pl.DataFrame) -> pl.DataFrame:
    """The scored episodes or films that were removed (`told` is what `removed` gave), with the reason: REJECTS."""
    return (
        scored.join(told, on=KEY, validate="1:1")
        .select(
            source=pl.col("sources").list.join(", "),
            source_id=KEY,
            stage=pl.lit(OVERRIDE),
            reason="reason",
            payload=pl.struct(KEY, "title").struct.json_encode(),
        )
        .cast(polars_schema(REJECTS))
    )


def correct_film_facts(facts: pl.DataFrame, overrides: Overrides) -> pl.DataFrame:
    """Let the years of a film that a person corrected be its `years` too, which the franchise file else says."""
    given = {(one.episode, one.field): one.value for one in overrides.override}
    years = [
        (key, value, given.get((key, "year_to"), value)) for (key, name), value in given.items() if name == "year_from"
    ]
    told = pl.DataFrame(years, schema={"movie_key": pl.String, "first": pl.Int64, "last": pl.Int64}, orient="row")
    span = (
        pl.when(pl.col("first") == pl.col("last"))
        .then(pl.format("{}", "first"))
        .otherwise(pl.format("{}-{}", "first", "last"))
    )
    return (
        facts.join(told, on="movie_key", how="left", validate="1:1", maintain_order="left")
        .with_columns(years=pl.when(pl.col("first").is_null()).then("years").otherwise(span))
        .select(facts.columns)
    )


def correct_seasons(seasons: pl.DataFrame, overrides: Overrides) -> pl.DataFrame:
    """Give seasons (contract SEASONS) the values that a person says they have."""
    told = [(one.season, one) for one in overrides.season]
    return _corrected(seasons, "season_id", told, is_silent={"notes": pl.col("notes") == ""})


def correct_eras(eras: pl.DataFrame, overrides: Overrides) -> pl.DataFrame:
    """Give eras (contract ERAS) the texts that a person says they have."""
    return _corrected(eras, "era", [(one.era, one) for one in overrides.era], is_silent={})


def without_target(overrides: Overrides, seasons: pl.DataFrame, eras: pl.DataFrame) -> list[str]:
    """Tell which corrections of seasons and eras have nothing to correct, one sentence each."""
    known_seasons, known_eras = set(seasons["season_id"]), set(eras["era"])
    return [
        *(
            f"season {one.season} {one.field}: there is no such season; remove the correction."
            for one in overrides.season
            if one.season not in known_seasons
        ),
        *(
            f"era {one.era} {one.field}: there is no such era; remove the correction."
            for one in overrides.era
            if one.era not in known_eras
        ),
    ]


def _corrected(
    frame: pl.DataFrame,
    key: str,
    corrections: Sequence[tuple[str, SeasonOverride | EraOverride]],
    is_silent: Mapping[str, pl.Expr],
) -> pl.DataFrame:
    """The frame with each corrected field in its place; a fallback stands only where the field says nothing."""
    corrected = frame
    for field in dict.fromkeys(one.field for _, one in corrections):
        rows = [(target, one.value, one.is_fallback) for target, one in corrections if one.field == field]
        told = pl.DataFrame(
            rows, schema={key: pl.String, "told": frame.schema[field], "yields": pl.Boolean}, orient="row"
        )
        says_nothing = pl.col(field).is_null() | is_silent.get(field, pl.lit(value=False))
        is_to_be_told = pl.col("told").is_not_null() & (~pl.col("yields") | says_nothing)
        corrected = (
            corrected.join(told, on=key, how="left", validate="1:1", maintain_order="left")
            .with_columns(pl.when(is_to_be_told).then("told").otherwise(field).alias(field))
            .drop("told", "yields")
        )
    return corrected
