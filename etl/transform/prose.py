"""Leaving out the sentences of some sources, so that nobody who passes a release on is bound by their licences.

Facts stay. Where a sentence of theirs was published, the next source's that may be passed on takes its place.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping

import polars as pl

from etl.transform import quality
from etl.transform.merge import assemble

KEY = "episode_key"
FIELD = [KEY, "field"]
LEFT_OUT = '{"left_out": "the row as it came, because its licence binds whoever passes it on"}'

Choose = Callable[[pl.DataFrame], pl.DataFrame]


def without_prose(values: pl.DataFrame, fields: Collection[str], bound: Collection[str]) -> pl.DataFrame:
    """Leave out of values (FIELD_VALUES) what the sources `bound` say in the prose `fields`."""
    return values.filter(~_is_bound(fields, bound))


def without_payloads(rejects: pl.DataFrame, bound: Collection[str]) -> pl.DataFrame:
    """Leave out of rejects (REJECTS) the rows of the sources `bound` as they came; who and why stays."""
    is_bound = pl.col("source").is_in(list(bound)) & (pl.col("stage") == "extract")
    return rejects.with_columns(payload=pl.when(is_bound).then(pl.lit(LEFT_OUT)).otherwise("payload"))


def choose_again(
    values: pl.DataFrame, fields: Collection[str], bound: Collection[str], choose: Choose
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Leave the prose of `bound` out of published values (FIELD_VALUES), and choose again where it was published.

    `choose` is the policy (merge.choose). Returns the values, and where it was published (episode_key, field).
    """
    lost = values.filter(_is_bound(fields, bound) & pl.col("is_chosen")).select(FIELD).unique(maintain_order=True)
    left = without_prose(values, fields, bound)
    again = choose(left.join(lost, on=FIELD, how="semi"))
    return pl.concat([left.join(lost, on=FIELD, how="anti"), again.select(values.columns)]), lost


def fill_again(
    published: pl.DataFrame, key: str, values: pl.DataFrame, lost: pl.DataFrame, weights: Mapping[str, float]
) -> pl.DataFrame:
    """Put into published episodes or films (`key` names their column) what was chosen anew, and score them again.

    `values` and `lost` are what choose_again returns, `weights` those of the completeness of the table.
    """
    there = lost.rename({KEY: key}).join(published, on=key, how="semi")
    keys = there.select(key).unique()
    fields = pl.Schema({name: data_type for name, data_type in published.schema.items() if name in set(there["field"])})
    chosen = assemble(values.join(keys.rename({key: KEY}), on=KEY, how="semi"), fields).rename({KEY: key})
    affected = published.join(keys, on=key, how="semi").join(
        chosen.select(key, "sources", *fields), on=key, how="left", validate="1:1", suffix="_again"
    )
    filled = affected.with_columns(
        pl.col("sources_again").fill_null([]).alias("sources"), *(_again(name, key, there) for name in fields)
    )
    scored = (
        filled.pipe(quality.add_presence, weights)
        .pipe(quality.add_completeness, weights)
        .pipe(quality.add_overall)
        .pipe(quality.add_grade)
        .select(published.columns)
    )
    return pl.concat([published.join(keys, on=key, how="anti"), scored]).sort(key)


def _again(name: str, key: str, lost: pl.DataFrame) -> pl.Expr:
    is_lost = pl.col(key).is_in(lost.filter(field=name)[key].implode())
    return pl.when(is_lost).then(f"{name}_again").otherwise(name).alias(name)


def _is_bound(fields: Collection[str], bound: Collection[str]) -> pl.Expr:
    return pl.col("field").is_in(list(fields)) & pl.col("source").is_in(list(bound))
