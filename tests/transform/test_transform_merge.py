"""One value a field, with witnesses."""

from __future__ import annotations

import json
from datetime import date
from typing import Any

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from transform_factory import FETCHED_AT, PROPERTY, Row, day, frame, instant, value, values

from etl.transform.merge import agreement, assemble, candidates, choose, find_conflicts
from schemas.checks import broken_rules
from schemas.columns import DAY, INTEGER, NUMBER, TEXT, TEXTS, polars_schema
from schemas.episodes import CONNECTION
from schemas.provenance import CONFLICTS, FIELD_VALUES

KEY = "tng:haven"
ORDER = ("memory_alpha", "tmdb", "stapi", "catalogue")
LINEAGES = {"memory_alpha": "wiki", "stapi": "wiki", "tmdb": "tmdb", "imdb": "imdb", "catalogue": "catalogue"}
WITNESSES = {source: lineage for source, lineage in LINEAGES.items() if source != "catalogue"}
FIELDS = {"title": "equal", "air_date": "equal", "directors": "overlap", "synopsis": "never"}
"""As the contract says how these fields compare."""


def decide(rule: str, *told: Row, order: tuple[str, ...] = ORDER) -> pl.DataFrame:
    """Decide the fields of `told`, all of them by one rule."""
    fields = {one["field"] for one in told}
    return choose(values(*told), dict.fromkeys(fields, rule), dict.fromkeys(fields, order), WITNESSES)


def winner(rule: str, **told: str) -> str:
    """Whose value is chosen where each source tells one."""
    decided = decide(rule, *(value(KEY, "air_date", source, text) for source, text in told.items()))
    chosen = decided.filter("is_chosen")["source"].to_list()
    assert len(chosen) == 1
    return str(chosen[0])


# Candidates

SCHEMA = {
    "episode_key": TEXT,
    "source": TEXT,
    "title": TEXT,
    "air_date": DAY,
    "stardate_from": NUMBER,
    "runtime_min": INTEGER,
    "directors": TEXTS,
    "connections": pl.List(CONNECTION),
    "source_url": TEXT,
    "fetched_at": pl.Datetime("us", "UTC"),
    "is_stale": pl.Boolean,
}
COMPARISONS = {
    "title": "equal",
    "air_date": "equal",
    "stardate_from": "equal",
    "runtime_min": "equal",
    "directors": "overlap",
    "connections": "never",
}
PROVENANCE = {"source": "tmdb", "source_url": "https://example.org/page", "fetched_at": FETCHED_AT, "is_stale": False}


def candidates_of(**fields: Any) -> dict[str, tuple[str, str]]:
    """Value and normalised form of every field that one row tells."""
    told = candidates(frame(SCHEMA, {"episode_key": KEY, **PROVENANCE, **fields}), COMPARISONS)
    return {field: (text, form) for field, text, form in told.select("field", "value", "normalised").iter_rows()}


def test_every_value_becomes_a_candidate_with_its_provenance() -> None:
    story = frame(SCHEMA, {"episode_key": KEY, **PROVENANCE, "is_stale": True, "runtime_min": 45})
    told = candidates(story, COMPARISONS)
    assert told.schema == polars_schema(FIELD_VALUES)
    assert told.to_dicts() == [
        {
            "episode_key": KEY,
            "field": "runtime_min",
            "source": "tmdb",
            "value": "45",
            "normalised": "45",
            "source_url": "https://example.org/page",
            "fetched_at": FETCHED_AT,
            "is_stale": True,
            "is_chosen": False,
            "rule": "",
        }
    ]


def test_every_type_has_its_text() -> None:
    connection = {"episode_key": "tng:justice", "connection_type": "character", "description": None}
    told = candidates_of(
        title="Haven",
        air_date=day("1987-11-30"),
        stardate_from=41294.5,
        runtime_min=45,
        directors=["Richard Compton"],
        connections=[connection],
    )
    assert told == {
        "title": ("Haven", "haven#"),
        "air_date": ("1987-11-30", "1987-11-30"),
        "stardate_from": ("41294.5", "41294.5"),
        "runtime_min": ("45", "45"),
        "directors": ('["Richard Compton"]', "richardcompton"),
        "connections": (json.dumps([connection], separators=(",", ":")),) * 2,
    }


def test_nulls_and_empty_lists_are_no_candidates() -> None:
    assert candidates_of(directors=[], connections=[]) == {}


@pytest.mark.parametrize(
    ("title", "form"),
    [
        ("The Mind's Eye", "themindseye#"),
        ("Descent, Part II", "descent#2"),
        ("Descent (2)", "descent#2"),
        ("Descent", "descent#"),
    ],
)
def test_titles_are_compared_without_spelling_but_with_their_part(title: str, form: str) -> None:
    assert candidates_of(title=title)["title"] == (title, form)


def test_people_are_compared_as_a_set_of_names() -> None:
    told = candidates_of(directors=["Winrich Kolbe", "D.C. Fontana", "D. C. Fontana", "Adam Nimoy"])
    assert told["directors"][1] == "adamnimoy|dcfontana|winrichkolbe"


def test_no_rows_give_no_candidates() -> None:
    assert candidates(frame(SCHEMA), COMPARISONS).schema == polars_schema(FIELD_VALUES)


# Rules


def test_order_believes_the_first_source_that_has_a_value() -> None:
    assert winner("order", stapi="a", tmdb="b", catalogue="a") == "tmdb"


def test_order_puts_a_source_that_it_does_not_name_last() -> None:
    assert winner("order", imdb="a", catalogue="b") == "catalogue"


def test_sources_that_order_does_not_name_stand_by_name() -> None:
    assert winner("order", tvmaze="a", imdb="b") == "imdb"


def test_agree_believes_two_independent_witnesses_against_the_first_in_order() -> None:
    assert winner("agree", memory_alpha="a", tmdb="b", imdb="b") == "tmdb"


def test_agree_does_not_count_two_of_one_lineage_as_two() -> None:
    assert winner("agree", tmdb="a", memory_alpha="b", stapi="b") == "memory_alpha"


def test_two_of_one_lineage_never_outvote_another_alone() -> None:
    order = ("tmdb", "memory_alpha", "stapi")
    told = [
        value(KEY, "air_date", source, text) for source, text in (("tmdb", "a"), ("memory_alpha", "b"), ("stapi", "b"))
    ]
    assert decide("agree", *told, order=order).filter("is_chosen")["source"].to_list() == ["tmdb"]


def test_a_compilation_is_no_witness() -> None:
    assert winner("agree", memory_alpha="a", tmdb="b", catalogue="b") == "memory_alpha"


def test_agree_falls_back_to_order_where_one_speaks_against_nobody() -> None:
    assert winner("agree", catalogue="b", tmdb="a") == "tmdb"


def test_agree_falls_back_to_order_where_every_witness_says_something_else() -> None:
    assert winner("agree", imdb="c", tmdb="b", memory_alpha="a") == "memory_alpha"


def test_more_witnesses_beat_fewer() -> None:
    order = ("memory_alpha", "tmdb", "imdb", "tvmaze", "trekcore")
    lineages = {source: source for source in order}
    told = {"memory_alpha": "a", "tmdb": "a", "imdb": "b", "tvmaze": "b", "trekcore": "b"}
    frame_of_values = values(*(value(KEY, "air_date", source, text) for source, text in told.items()))
    decided = choose(frame_of_values, {"air_date": "agree"}, {"air_date": order}, lineages)
    assert decided.filter("is_chosen")["source"].to_list() == ["imdb"]


def test_agree_compares_the_normalised_forms() -> None:
    told = [
        value(KEY, "title", "memory_alpha", "Havens", normalised="havens#"),
        value(KEY, "title", "tmdb", "HAVEN", normalised="haven#"),
        value(KEY, "title", "imdb", "Haven", normalised="haven#"),
    ]
    assert decide("agree", *told).filter("is_chosen")["value"].to_list() == ["HAVEN"]


def test_agree_counts_inside_a_field_and_an_episode() -> None:
    told = [
        value(KEY, "air_date", "memory_alpha", "a"),
        value(KEY, "air_date", "tmdb", "b"),
        value("tng:justice", "air_date", "imdb", "b"),
        value(KEY, "title", "imdb", "b"),
    ]
    decided = decide("agree", *told).filter(episode_key=KEY, field="air_date").filter("is_chosen")
    assert decided["source"].to_list() == ["memory_alpha"]


def test_longest_takes_the_longest_text() -> None:
    assert winner("longest", memory_alpha="short", catalogue="the longest") == "catalogue"


def test_longest_counts_characters_and_breaks_ties_by_order() -> None:
    assert winner("longest", tmdb="abc", memory_alpha="äöü") == "memory_alpha"


def test_union_chooses_everything() -> None:
    told = [value(KEY, "directors", source, '["A"]') for source in ("catalogue", "tmdb", "memory_alpha")]
    decided = decide("union", *told)
    assert decided["is_chosen"].to_list() == [True] * 3
    assert decided["source"].to_list() == ["memory_alpha", "tmdb", "catalogue"]
    assert decided["rule"].unique().to_list() == ["union"]


def test_a_decision_names_its_rule_and_order() -> None:
    decided = decide("agree", value(KEY, "air_date", "tmdb", "a"), order=("tmdb", "stapi"))
    assert decided["rule"].to_list() == ["agree: tmdb > stapi"]


def test_what_was_chosen_before_does_not_count() -> None:
    told = [
        value(KEY, "air_date", "memory_alpha", "a"),
        value(KEY, "air_date", "tmdb", "b", is_chosen=True, rule="old"),
    ]
    assert decide("order", *told).filter("is_chosen")["source"].to_list() == ["memory_alpha"]


def test_every_field_has_its_own_rule_and_order() -> None:
    told = values(*(value(KEY, field, source, source) for field in ("title", "air_date") for source in ORDER))
    decided = choose(
        told,
        {"title": "order", "air_date": "longest"},
        {"title": ("stapi", "tmdb"), "air_date": ORDER},
        WITNESSES,
    )
    chosen = decided.filter("is_chosen").select("field", "source").rows()
    assert sorted(chosen) == [("air_date", "memory_alpha"), ("title", "stapi")]


def test_no_values_need_no_decision() -> None:
    assert decide("order").equals(values())


# Conflicts and agreement


def conflicts_of(field: str, *told: Row) -> list[dict[str, Any]]:
    decided = choose(values(*told), {field: "order"}, {field: ORDER}, WITNESSES)
    return find_conflicts(decided, FIELDS, LINEAGES).to_dicts()


def test_a_conflict_names_values_witnesses_and_the_decision() -> None:
    told = [
        value(KEY, "air_date", "tmdb", "1987-11-30"),
        value(KEY, "air_date", "catalogue", "1987-11-28"),
        value(KEY, "air_date", "imdb", "1987-11-30"),
    ]
    assert conflicts_of("air_date", *told) == [
        {
            "episode_key": KEY,
            "field": "air_date",
            "values": ["1987-11-28", "1987-11-30", "1987-11-30"],
            "witnesses": ["catalogue", "imdb", "tmdb"],
            "chosen": "1987-11-30",
            "rule": "order: memory_alpha > tmdb > stapi > catalogue",
        }
    ]


def test_a_conflict_names_the_chosen_value_wherever_it_stands() -> None:
    told = [value(KEY, "air_date", "tmdb", "a"), value(KEY, "air_date", "imdb", "b", is_chosen=True, rule="r")]
    assert find_conflicts(values(*told), FIELDS, LINEAGES).select("chosen", "rule").rows() == [("b", "r")]


def test_two_of_one_lineage_are_no_conflict() -> None:
    told = [value(KEY, "air_date", "memory_alpha", "a"), value(KEY, "air_date", "stapi", "b")]
    assert conflicts_of("air_date", *told) == []


def test_equal_forms_are_no_conflict() -> None:
    told = [
        value(KEY, "title", "tmdb", "Haven", normalised="haven#"),
        value(KEY, "title", "imdb", "HAVEN", normalised="haven#"),
    ]
    assert conflicts_of("title", *told) == []


def test_values_of_different_episodes_are_no_conflict() -> None:
    told = [value(KEY, "air_date", "tmdb", "a"), value("tng:justice", "air_date", "imdb", "b")]
    assert conflicts_of("air_date", *told) == []


@pytest.mark.parametrize(
    ("one", "other", "disagree"),
    [
        ("adam|bea", "adam|bea", False),
        ("adam|bea", "adam", False),
        ("bea", "adam|bea|carl", False),
        ("adam", "bea", True),
        ("adam|bea", "adam|carl", True),
        ("adam|bea|carl", "adam|dora", True),
    ],
)
def test_lists_of_people_disagree_where_neither_holds_the_other(one: str, other: str, disagree: bool) -> None:
    told = [
        value(KEY, "directors", "tmdb", '["One"]', normalised=one),
        value(KEY, "directors", "imdb", '["Other"]', normalised=other),
    ]
    assert bool(conflicts_of("directors", *told)) == disagree
    decided = values(*told)
    assert agreement(decided, FIELDS, WITNESSES).rows() == [(KEY, 0.0 if disagree else 1.0)]


def test_prose_is_never_a_conflict() -> None:
    told = [value(KEY, "synopsis", "tmdb", "One."), value(KEY, "synopsis", "imdb", "Other.")]
    assert conflicts_of("synopsis", *told) == []
    assert agreement(values(*told), FIELDS, WITNESSES).is_empty()


def test_conflicts_stand_in_the_order_of_episodes_and_fields() -> None:
    told = [
        value(key, field, source, source)
        for key in ("tng:justice", KEY)
        for field in ("title", "air_date")
        for source in ("tmdb", "imdb")
    ]
    decided = choose(values(*told), {"title": "order", "air_date": "order"}, dict.fromkeys(FIELDS, ORDER), WITNESSES)
    conflicts = find_conflicts(decided, FIELDS, LINEAGES)
    assert broken_rules(CONFLICTS, conflicts) == []
    assert conflicts.select("episode_key", "field").rows() == [
        (KEY, "air_date"),
        (KEY, "title"),
        ("tng:justice", "air_date"),
        ("tng:justice", "title"),
    ]


def test_no_values_give_no_conflicts() -> None:
    assert find_conflicts(values(), FIELDS, LINEAGES).schema == polars_schema(CONFLICTS)


def test_agreement_is_the_share_of_fields_told_alike() -> None:
    told = [
        *(value(KEY, "title", source, "a") for source in ("tmdb", "imdb")),
        *(value(KEY, "directors", source, "[]", normalised="adam") for source in ("tmdb", "imdb")),
        value(KEY, "air_date", "tmdb", "a"),
        value(KEY, "air_date", "imdb", "b"),
        value("tng:justice", "title", "tmdb", "a"),
        value("tng:justice", "title", "memory_alpha", "b"),
    ]
    measured = agreement(values(*told), FIELDS, WITNESSES)
    assert sorted(measured.rows()) == [(KEY, pytest.approx(2 / 3)), ("tng:justice", 0.0)]


def test_every_list_of_people_is_compared_with_its_own() -> None:
    told = [
        *(value(KEY, "directors", source, "[]", normalised="adam") for source in ("tmdb", "imdb")),
        *(value(KEY, "writers", source, "[]", normalised=source) for source in ("tmdb", "imdb")),
    ]
    assert agreement(values(*told), {**FIELDS, "writers": "overlap"}, WITNESSES).rows() == [(KEY, 0.5)]


def test_agreement_needs_two_lineages() -> None:
    told = [
        value(KEY, "title", "memory_alpha", "a"),
        value(KEY, "title", "stapi", "a"),
        value("tng:justice", "title", "tmdb", "a"),
    ]
    assert agreement(values(*told), FIELDS, WITNESSES).is_empty()


def test_agreement_with_a_compilation_proves_nothing() -> None:
    told = [value(KEY, "title", "tmdb", "a"), value(KEY, "title", "catalogue", "a")]
    assert agreement(values(*told), FIELDS, WITNESSES).is_empty()


# The merged frame


def assembled(schema: dict[str, Any], *told: Row) -> list[dict[str, Any]]:
    return assemble(
        values(*(one | {"is_chosen": one.get("is_chosen") or False} for one in told)), pl.Schema(schema)
    ).to_dicts()


def chosen(field: str, source: str, text: str, **fields: Any) -> Row:
    return value(KEY, field, source, text, is_chosen=True, **fields)


def test_chosen_values_stand_side_by_side_with_their_types() -> None:
    schema = {"title": TEXT, "air_date": DAY, "stardate_from": NUMBER, "year_from": INTEGER, "directors": TEXTS}
    assert assembled(
        schema,
        chosen("title", "catalogue", "Haven", fetched_at=instant("2026-10-05T00:00")),
        chosen("air_date", "tmdb", "1987-11-30"),
        chosen("stardate_from", "tmdb", "41294.5", is_stale=True),
        chosen("year_from", "stapi", "2364"),
        value(KEY, "title", "imdb", "Heaven", fetched_at=instant("2026-12-24T00:00")),
    ) == [
        {
            "episode_key": KEY,
            "sources": ["catalogue", "stapi", "tmdb"],
            "fetched_at": instant("2026-10-05T00:00"),
            "is_stale": True,
            "title": "Haven",
            "air_date": day("1987-11-30"),
            "stardate_from": 41294.5,
            "year_from": 2364,
            "directors": None,
        }
    ]


def test_a_stale_value_that_was_not_chosen_makes_nothing_stale() -> None:
    told = [chosen("title", "tmdb", "Haven"), value(KEY, "title", "imdb", "Haven", is_stale=True)]
    assert assembled({"title": TEXT}, *told)[0]["is_stale"] is False


def test_lists_of_several_sources_become_one_with_the_first_spelling() -> None:
    told = [
        chosen("writers", "memory_alpha", '["D. C. Fontana","Gene Roddenberry"]'),
        chosen("writers", "tmdb", '["Tracy Tormé","D.C. Fontana","Gene Roddenberry Jr."]'),
    ]
    assert assembled({"writers": TEXTS}, *told)[0]["writers"] == ["D. C. Fontana", "Gene Roddenberry", "Tracy Tormé"]


def test_episodes_stand_in_the_order_of_their_keys() -> None:
    told = [chosen("title", "tmdb", "Haven"), value("ent:anomaly", "title", "tmdb", "Anomaly", is_chosen=True)]
    assert [one["episode_key"] for one in assembled({"title": TEXT}, *told)] == ["ent:anomaly", KEY]


def test_no_values_assemble_to_no_rows_with_all_columns() -> None:
    merged = assemble(values(), pl.Schema({"title": TEXT, "directors": TEXTS, "connections": pl.List(CONNECTION)}))
    assert merged.is_empty()
    assert list(merged.columns) == [
        "episode_key", "sources", "fetched_at", "is_stale", "title", "directors", "connections",
    ]  # fmt: skip


SOME_TEXT = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=12)
NAMES = st.lists(
    st.sampled_from(
        ['Quote "Q" O\'Neil', "Back\\slash", "Ménage, à; {Troi}", "[Zoë]", "山田 太郎", "Tab\tNew\nLine", "}", '{"v":']
    ),
    min_size=1,
    max_size=5,
    unique=True,
)  # fmt: skip
CONNECTIONS = st.lists(
    st.fixed_dictionaries(
        {
            "episode_key": st.just("tng:justice"),
            "connection_type": st.sampled_from(["character", "event"]),
            "description": st.none() | SOME_TEXT,
        }
    ),
    min_size=1,
    max_size=3,
)


@PROPERTY
@given(
    st.fixed_dictionaries(
        {
            "title": SOME_TEXT,
            "air_date": st.dates(date(1900, 1, 1), date(2100, 12, 31)),
            "stardate_from": st.floats(-1e9, 1e9),
            "runtime_min": st.integers(1, 600),
            "directors": NAMES,
            "connections": CONNECTIONS,
        }
    )
)
def test_every_value_survives_as_text(told: dict[str, Any]) -> None:
    story = frame(SCHEMA, {"episode_key": KEY, **PROVENANCE, **told})
    decided = candidates(story, COMPARISONS).with_columns(is_chosen=pl.lit(value=True))
    merged = assemble(decided, pl.Schema({name: SCHEMA[name] for name in COMPARISONS})).row(0, named=True)
    assert {name: merged[name] for name in COMPARISONS} == told


# Any partition

ANY_VALUE = st.fixed_dictionaries(
    {
        "episode_key": st.sampled_from(["tng:a", "tng:b", "ent:c", "ent:d"]),
        "field": st.sampled_from(sorted(FIELDS)),
        "source": st.sampled_from(sorted(LINEAGES)),
        "value": st.sampled_from(['["A"]', '["A","B"]', '["C"]']),
    }
)
ANY_VALUES = st.lists(
    ANY_VALUE, max_size=30, unique_by=lambda one: (one["episode_key"], one["field"], one["source"])
).map(
    lambda told: values(*(value(*(one[name] for name in ("episode_key", "field", "source", "value"))) for one in told))
)
RULES = {"title": "order", "air_date": "agree", "directors": "union", "synopsis": "longest"}


def _merged(told: pl.DataFrame) -> list[list[tuple[Any, ...]]]:
    decided = choose(told, RULES, dict.fromkeys(RULES, ORDER), WITNESSES)
    merged = assemble(decided, pl.Schema({"title": TEXT, "air_date": TEXT, "directors": TEXTS, "synopsis": TEXT}))
    tables = (decided, find_conflicts(decided, FIELDS, LINEAGES), agreement(decided, FIELDS, WITNESSES), merged)
    return [sorted(table.rows(), key=repr) for table in tables]


@PROPERTY
@given(ANY_VALUES, st.sets(st.sampled_from(["tng:a", "tng:b", "ent:c", "ent:d"])))
def test_any_partition_by_episode_merges_to_the_same(told: pl.DataFrame, some: set[str]) -> None:
    is_in_some = pl.col("episode_key").is_in(sorted(some))
    halves = zip(_merged(told.filter(is_in_some)), _merged(told.filter(~is_in_some)), strict=True)
    assert _merged(told) == [sorted([*one, *other], key=repr) for one, other in halves]


@PROPERTY
@given(ANY_VALUES, st.randoms(use_true_random=False))
def test_the_order_of_values_does_not_matter(told: pl.DataFrame, chance: Any) -> None:
    places = list(range(told.height))
    chance.shuffle(places)
    assert _merged(told[places]) == _merged(told)


@PROPERTY
@given(ANY_VALUES)
def test_every_field_of_every_episode_has_a_chosen_value(told: pl.DataFrame) -> None:
    decided = choose(told, RULES, dict.fromkeys(RULES, ORDER), WITNESSES)
    counts = decided.group_by("episode_key", "field").agg(pl.len(), chosen=pl.col("is_chosen").sum())
    assert decided.height == told.height
    for field, length, number_chosen in counts.select("field", "len", "chosen").iter_rows():
        assert number_chosen == (length if field == "directors" else 1)
