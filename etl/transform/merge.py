"""One value a field, with witnesses: who says what, who was believed, and by which rule.

Values travel as text (lists as JSON) in one long frame of the contract FIELD_VALUES, so that values kept from the
last release join in as they are; the merged frame gets its types back at the end.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import polars as pl

from etl.transform.people import one_spelling_each
from etl.transform.text import name_key, part_of, title_key
from schemas.columns import polars_schema
from schemas.provenance import CONFLICTS, FIELD_VALUES

KEY = "episode_key"
_COLUMNS = tuple(polars_schema(FIELD_VALUES))
Comparisons = Mapping[str, str]
"""How two values of a field compare: "equal", "overlap" or "never" (the contract's `merges`)."""


def candidates(rows: pl.DataFrame, fields: Comparisons) -> pl.DataFrame:
    """Turn rows with an `episode_key`, one a source and key, into the long frame of all their values.

    `is_chosen` and `rule` are still false and empty.
    """
    return pl.concat([_candidates_of(rows, field, comparison) for field, comparison in fields.items()])


def _candidates_of(rows: pl.DataFrame, field: str, comparison: str) -> pl.DataFrame:
    return (
        rows.filter(has_value(field, rows.schema[field]))
        .select(
            KEY,
            "source",
            "source_url",
            "fetched_at",
            "is_stale",
            field=pl.lit(field),
            value=as_text(field, rows.schema[field]),
            normalised=_normalised(field, rows.schema[field], comparison),
            is_chosen=pl.lit(False),
            rule=pl.lit(""),
        )
        .select(_COLUMNS)
    )


def has_value(field: str, data_type: pl.DataType) -> pl.Expr:
    """Whether a column says anything: a list without members does not."""
    is_known = pl.col(field).is_not_null()
    return is_known & (pl.col(field).list.len() > 0) if isinstance(data_type, pl.List) else is_known


def as_text(field: str, data_type: pl.DataType) -> pl.Expr:
    """The values of a column as they travel: text, lists as JSON."""
    if isinstance(data_type, pl.List):
        return pl.struct(pl.col(field).alias("v")).struct.json_encode().str.strip_prefix('{"v":').str.strip_suffix("}")
    return pl.col(field).cast(pl.String)


def _from_text(text: pl.Expr, data_type: pl.DataType) -> pl.Expr:
    if isinstance(data_type, pl.List):
        return text.str.json_decode(data_type)
    if data_type == pl.Date:
        return text.str.to_date("%Y-%m-%d")
    return text.cast(data_type)


def _normalised(field: str, data_type: pl.DataType, comparison: str) -> pl.Expr:
    if field == "title":
        title = pl.col(field)
        return pl.concat_str(title_key(title), part_of(title).cast(pl.String).fill_null(""), separator="#")
    if comparison == "overlap":
        return pl.col(field).list.eval(name_key(pl.element()).unique().sort()).list.join("|")
    return as_text(field, data_type)


def choose(
    values: pl.DataFrame,
    rules: Mapping[str, str],
    orders: Mapping[str, Sequence[str]],
    lineages: Mapping[str, str],
) -> pl.DataFrame:
    """Decide every field of every key: sets `is_chosen` and `rule` in the long frame of candidates.

    `rules` and `orders` give the policy a field; `lineages` gives the lineage of each source that is a witness of its
    own, without compilations. Rules: `order` believes the first source that has a value; `agree` the value with most
    lineages behind it, at least two, else the first in order; `longest` the longest text, ties by order; `union` all.
    """
    parts = [
        _choose_field(frame, rules[field], orders[field], lineages)
        for (field,), frame in values.group_by("field", maintain_order=True)
    ]
    return pl.concat(parts) if parts else values


def _choose_field(values: pl.DataFrame, rule: str, order: Sequence[str], lineages: Mapping[str, str]) -> pl.DataFrame:
    place = pl.col("source").replace_strict({source: i for i, source in enumerate(order)}, default=len(order))
    lineage = pl.col("source").replace_strict(dict(lineages), default=None, return_dtype=pl.String)
    # drop_nulls: a compilation has no lineage here, and one witness alone agrees with nobody.
    witnesses = lineage.drop_nulls().n_unique().over(KEY, "normalised").cast(pl.Int64)
    merits: dict[str, list[pl.Expr]] = {
        "order": [],
        "union": [],
        "agree": [-pl.when(witnesses > 1).then(witnesses).otherwise(0)],
        "longest": [-pl.col("value").str.len_chars().cast(pl.Int64)],
    }
    ranked = values.with_columns(place=place, name=pl.col("source")).sort(
        KEY, *merits[rule], "place", "name", maintain_order=True
    )
    is_first = pl.int_range(pl.len()).over(KEY) == 0
    return ranked.with_columns(
        is_chosen=pl.lit(rule == "union") | is_first,
        rule=pl.lit(rule if rule == "union" else f"{rule}: {' > '.join(order)}"),
    ).select(_COLUMNS)


def find_conflicts(values: pl.DataFrame, fields: Comparisons, lineages: Mapping[str, str]) -> pl.DataFrame:
    """List the fields on which sources of different lineage disagree: contract CONFLICTS.

    Lists of people disagree where neither holds the other; prose never does. `lineages` covers every source.
    """
    witnesses = _witnesses(values, fields, lineages)
    told = _disagreement(witnesses).filter(pl.col("disagrees")).select(KEY, "field")
    chosen = values.filter("is_chosen").join(told, on=[KEY, "field"], how="semi").pipe(_published, fields)
    return (
        values.join(told, on=[KEY, "field"], how="semi")
        .sort(KEY, "field", "source")
        .group_by(KEY, "field", maintain_order=True)
        .agg(pl.col("value").alias("values"), pl.col("source").alias("witnesses"))
        .join(chosen, on=[KEY, "field"], validate="1:1", maintain_order="left")
        .select(KEY, "field", "values", "witnesses", chosen="value", rule="rule")
        .sort(KEY, "field")
        .cast(polars_schema(CONFLICTS))
    )


def _published(chosen: pl.DataFrame, fields: Comparisons) -> pl.DataFrame:
    """One row a key and field: the text that is published, which of several lists of people is all of them."""
    of_people = [field for field, comparison in fields.items() if comparison == "overlap"]
    is_list = pl.col("field").is_in(of_people)
    single = chosen.filter(~is_list).group_by(KEY, "field").agg(pl.col("value").first(), pl.col("rule").first())
    people = (
        chosen.filter(is_list)
        .with_columns(_from_text(pl.col("value"), pl.List(pl.String)))
        .pipe(_one_list_each, [KEY, "field"], "value", "rule")
    )
    return pl.concat([single, people.with_columns(value=as_text("value", people.schema["value"]))])


def agreement(values: pl.DataFrame, fields: Comparisons, lineages: Mapping[str, str]) -> pl.DataFrame:
    """Measure how far independent witnesses agree: columns episode_key and agreement, the share of fields told alike.

    Only fields with at least two lineages count, so a key without any is not in the result. `lineages` leaves
    compilations out: that they agree with what they were made from proves nothing.
    """
    witnesses = _witnesses(values, fields, lineages)
    return _disagreement(witnesses).group_by(KEY).agg(agreement=1.0 - pl.col("disagrees").mean())


def _witnesses(values: pl.DataFrame, fields: Comparisons, lineages: Mapping[str, str]) -> pl.DataFrame:
    comparable = [field for field, comparison in fields.items() if comparison != "never"]
    return (
        values.filter(pl.col("field").is_in(comparable) & pl.col("source").is_in(list(lineages)))
        .with_columns(lineage=pl.col("source").replace_strict(dict(lineages), default=None, return_dtype=pl.String))
        .with_columns(comparison=pl.col("field").replace_strict(dict(fields), return_dtype=pl.String))
        .filter(pl.col("lineage").n_unique().over(KEY, "field") > 1)
    )


def _disagreement(witnesses: pl.DataFrame) -> pl.DataFrame:
    """One row a key and field of several lineages: whether they disagree."""
    people = witnesses.filter(comparison="overlap").with_columns(names=pl.col("normalised").str.split("|"))
    everybody = people.group_by(KEY, "field").agg(longest=pl.col("names").sort_by(pl.col("names").list.len()).last())
    apart = (
        people.join(everybody, on=[KEY, "field"], validate="m:1")
        .group_by(KEY, "field")
        .agg(disagrees=(pl.col("names").list.set_difference("longest").list.len() > 0).any())
    )
    unequal = (
        witnesses.filter(comparison="equal").group_by(KEY, "field").agg(disagrees=pl.col("normalised").n_unique() > 1)
    )
    return pl.concat([unequal, apart])


def assemble(values: pl.DataFrame, schema: pl.Schema) -> pl.DataFrame:
    """Put the chosen values side by side: one row a key, one column a field of `schema`, null where nobody knows.

    Chosen lists of several sources become one, everybody once, the first spelling kept.
    Adds `sources`, who gave a chosen value, and `fetched_at`, when one of them was last asked.
    """
    chosen = values.filter("is_chosen")
    merged = chosen.group_by(KEY).agg(
        sources=pl.col("source").unique().sort(),
        fetched_at=pl.col("fetched_at").max(),
        is_stale=pl.col("is_stale").any(),
    )
    for field, data_type in schema.items():
        typed = chosen.filter(field=field).select(KEY, "source", _from_text(pl.col("value"), data_type).alias(field))
        if data_type == pl.List(pl.String):
            typed = _one_list_each(typed, [KEY], field)
        merged = merged.join(typed.drop("source", strict=False), on=KEY, how="left", validate="1:1")
    return merged.sort(KEY)


def _one_list_each(frame: pl.DataFrame, key: list[str], field: str, *others: str) -> pl.DataFrame:
    """Join the lists of a key's sources into one, everybody once, in the spelling of the source that comes first."""
    return (
        frame.explode(field)
        .with_columns(name=name_key(pl.col(field)))
        .group_by([*key, "name"], maintain_order=True)
        .agg(pl.col(field, *others).first(), witnesses=pl.col("source").unique())
        .pipe(one_spelling_each, key, field, "witnesses")
        .group_by(key, maintain_order=True)
        .agg(field, *(pl.col(name).first() for name in others))
    )
