"""Sentences of bound sources go, facts stay, and what was published is filled again from who may be passed on."""

from __future__ import annotations

import json
from functools import partial
from typing import Any

import polars as pl
import pytest
from transform_factory import frame, value, values

from etl.transform import merge, quality
from etl.transform.prose import choose_again, fill_again, without_payloads, without_prose
from schemas.columns import polars_schema
from schemas.episodes import EPISODES, MOVIE_WEIGHTS, MOVIES, WEIGHTS
from schemas.provenance import REJECTS

PROSE = ("synopsis", "plot_points")
BOUND = ("wiki", "maze")
ORDER = ("wiki", "maze", "free", "poor")
choose = partial(
    merge.choose,
    rules=dict.fromkeys((*PROSE, "title"), "order"),
    orders=dict.fromkeys((*PROSE, "title"), ORDER),
    lineages={source: source for source in ORDER},
)


def told(*sources: str, field: str = "synopsis", key: str = "loom:one") -> list[dict[str, Any]]:
    return [value(key, field, source, f"{source} tells it") for source in sources]


def published(*told_values: dict[str, Any]) -> pl.DataFrame:
    return choose(values(*told_values))


def test_prose_of_bound_sources_goes_and_facts_stay() -> None:
    given = values(*told("wiki", "free"), *told("wiki", field="title"), *told("maze", field="plot_points"))
    left = without_prose(given, PROSE, BOUND)
    assert left.select("source", "field").rows() == [("free", "synopsis"), ("wiki", "title")]


def test_a_refused_row_of_a_bound_source_keeps_its_reason_without_its_text() -> None:
    rows = [
        {"source": source, "source_id": "7", "stage": stage, "reason": "no title", "payload": '{"text": "Once."}'}
        for source, stage in (("wiki", "extract"), ("free", "extract"), ("wiki", "identify"))
    ]
    left = without_payloads(frame(polars_schema(REJECTS), *rows), BOUND)
    assert left.drop("payload").rows() == [("wiki", "7", "extract", "no title"), ("free", "7", "extract", "no title"),
                                           ("wiki", "7", "identify", "no title")]  # fmt: skip
    assert list(json.loads(left["payload"][0])) == ["left_out"]
    assert left["payload"].to_list()[1:] == ['{"text": "Once."}'] * 2


def test_where_a_bound_source_was_published_the_next_one_is_chosen() -> None:
    left, lost = choose_again(published(*told("wiki", "maze", "poor", "free")), PROSE, BOUND, choose)
    assert lost.rows() == [("loom:one", "synopsis")]
    chosen = left.filter("is_chosen")
    assert chosen.select("source", "rule").rows() == [("free", f"order: {' > '.join(ORDER)}")]
    assert set(left["source"]) == {"free", "poor"}


def test_what_a_free_source_or_a_person_said_is_not_chosen_again() -> None:
    decided = value("loom:one", "synopsis", "override", "A person's words.", is_chosen=True, rule="override: seen")
    left, lost = choose_again(values(decided, *told("wiki", "free")), PROSE, BOUND, choose)
    assert lost.is_empty()
    assert left.filter("is_chosen")["rule"].to_list() == ["override: seen"]
    assert set(left["source"]) == {"override", "free"}


def released(contract: Any, key: str, weights: dict[str, float], **fields: Any) -> pl.DataFrame:
    """Published rows of a table, scored by what they hold."""
    schema = polars_schema(contract)
    rows = [
        {"synopsis": "wiki tells it", "sources": ["free", "wiki"], key: "loom:one"},
        {"synopsis": "free tells it", "sources": ["free"], key: "loom:two"},
    ]
    parts = dict.fromkeys(("quality_accuracy", "quality_freshness", "quality_reliability"), 0.5)
    usual = {**parts, "title": "One", "is_stale": False, **fields}
    bare = frame({name: schema[name] for name in schema}, *({**usual, **row} for row in rows))
    scored = bare.pipe(quality.add_presence, weights).pipe(quality.add_completeness, weights)
    return scored.pipe(quality.add_overall).pipe(quality.add_grade).select(schema.names())


@pytest.mark.parametrize(
    ("contract", "key", "weights"), [(EPISODES, "episode_key", WEIGHTS), (MOVIES, "movie_key", MOVIE_WEIGHTS)]
)
def test_a_published_synopsis_is_replaced_and_counted_anew(contract: Any, key: str, weights: dict[str, float]) -> None:
    before = released(contract, key, weights)
    one = [*told("wiki"), *told("free", field="title")]
    two = [*told("wiki", key="loom:two"), *told("free", key="loom:two")]
    two = [{**row, "is_chosen": row["source"] == "free"} for row in two]
    stated = pl.concat([published(*one), values(*two)])
    left, lost = choose_again(stated, PROSE, BOUND, choose)
    after = fill_again(before, key, left, lost, weights)

    assert after.schema == before.schema
    assert after.row(1) == before.row(1)
    assert after["synopsis"].to_list() == [None, "free tells it"]
    assert after["sources"].to_list() == [["free"], ["free"]]
    cost = weights["synopsis"] / sum(weights.values())
    assert after["quality_completeness"][0] == pytest.approx(before["quality_completeness"][0] - cost)
    assert after["quality_overall"][0] == pytest.approx(before["quality_overall"][0] - 0.4 * cost)
    if key == "episode_key":
        assert after["has_synopsis"].to_list() == [False, True]


def test_the_next_source_fills_the_place() -> None:
    before = released(EPISODES, "episode_key", WEIGHTS)
    left, lost = choose_again(published(*told("maze", "poor")), PROSE, BOUND, choose)
    after = fill_again(before, "episode_key", left, lost, WEIGHTS)
    assert after.select("synopsis", "sources", "has_synopsis", "quality_completeness").row(0) == (
        "poor tells it",
        ["poor"],
        True,
        before["quality_completeness"][0],
    )


def test_a_release_without_bound_prose_stays_as_it_is() -> None:
    before = released(EPISODES, "episode_key", WEIGHTS)
    left, lost = choose_again(published(*told("free"), *told("wiki", field="title")), PROSE, BOUND, choose)
    assert fill_again(before, "episode_key", left, lost, WEIGHTS).equals(before)
    assert left.height == 2
