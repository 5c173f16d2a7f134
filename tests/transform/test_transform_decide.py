from __future__ import annotations

import json
from datetime import UTC, date, datetime
from typing import Any

import polars as pl
import pytest

from etl.transform.decide import (
    decided_pins,
    holding_overrides,
    open_conflicts,
    override_values,
    prefer_decided,
    refused_rows,
)
from etl.transform.lapsed import stale_decisions, stale_overrides
from etl.transform.merge import assemble, candidates, choose, find_conflicts
from schemas.columns import empty, polars_schema
from schemas.conformed import EPISODE_ROWS, PINS
from schemas.corrections import Override, Overrides
from schemas.decisions import Decisions
from schemas.episodes import EPISODES, MERGED_FIELDS
from schemas.given_values import FIELD_COLUMNS
from schemas.provenance import CONFLICTS, FIELD_VALUES, LINKS, REJECTS
from tests.transform.transform_factory import FETCHED_AT, frame

AS_OF = datetime(2026, 11, 1, 12, 30, tzinfo=UTC)
KEY = "tng:the-naked-now"
LINEAGES = {name: name for name in ("tmdb", "memory_alpha", "tvmaze")}
COMPARISONS = {name: str((column.metadata or {})["merges"]) for name, column in MERGED_FIELDS.items()}
ORDER = ("override", "memory_alpha", "tmdb", "tvmaze")


def row(source: str, source_id: str = "1", **fields: Any) -> dict[str, Any]:
    usual = {"series": "tng", "season": 1, "number": 2, "fetched_at": FETCHED_AT, "is_stale": False}
    return {"source": source, "source_id": source_id, **usual, **fields}


def chosen_values(*rows: dict[str, Any], overrides: Overrides | None = None, rule: str = "order") -> pl.DataFrame:
    told = candidates(frame(EPISODE_ROWS, *rows).with_columns(episode_key=pl.lit(KEY)), COMPARISONS)
    both = pl.concat([told, override_values(overrides or Overrides(), AS_OF)])
    return choose(both, dict.fromkeys(FIELD_COLUMNS, rule), dict.fromkeys(FIELD_COLUMNS, ORDER), LINEAGES)


def decisions(**tables: list[dict[str, Any]]) -> Decisions:
    usual = {"source": "tmdb", "reason": "looked at it"}
    return Decisions.model_validate_json(
        json.dumps({name: [{**usual, **one} for one in table] for name, table in tables.items()})
    )


def overrides(*given: dict[str, Any]) -> Overrides:
    return Overrides.model_validate_json(
        json.dumps({"override": [{"episode": KEY, "reason": "known", **one} for one in given]})
    )


def told_by(values: pl.DataFrame, field: str) -> tuple[list[str], str]:
    chosen = values.filter(pl.col("is_chosen"), field=field)
    return chosen["source"].sort().to_list(), chosen["rule"][0]


def stale(made: Decisions, corrected: Overrides, values: pl.DataFrame, **frames: pl.DataFrame) -> list[str]:
    usual = {"rows": frame(EPISODE_ROWS), "links": empty(LINKS), "conflicts": empty(CONFLICTS)}
    return stale_decisions(made, corrected, values=values, **{**usual, **frames})


def test_decided_links_are_pins() -> None:
    made = decisions(link=[{"id": "7", "episode": KEY, "part": 2}, {"id": "8", "episode": "none"}])
    pins = decided_pins(made)
    assert pins.schema == PINS
    assert pins.rows() == [("tmdb", "7", KEY, 2, "decision", 1.0, "looked at it")]
    assert decided_pins(Decisions()).schema == PINS


def test_rows_decided_as_none_are_refused() -> None:
    made = decisions(link=[{"id": "7", "episode": KEY}, {"id": "8", "episode": "none"}])
    rows = frame(EPISODE_ROWS, row("tmdb", "7"), row("tmdb", "8", title='"x"\n'), row("tvmaze", "8"))
    refused = refused_rows(rows, made)
    assert refused.schema == polars_schema(REJECTS)
    assert refused.select("source", "source_id", "stage", "reason").rows() == [
        ("tmdb", "8", "identify", "decision: looked at it")
    ]
    assert json.loads(refused["payload"][0])["title"] == '"x"\n'
    assert refused_rows(rows, Decisions()).is_empty()


CORRECTIONS: list[tuple[str, Any, Any]] = [
    ("title", 'Nak\u00e9d "Now"\u2028x', None),
    ("air_date", "1987-10-05", date(1987, 10, 5)),
    ("stardate_from", 41209, 41209.0),
    ("runtime_min", 45, None),
    ("directors", ["Paul Lynch", 'A "B" \\ C'], None),
    (
        "connections",
        [{"episode_key": "tos:x", "connection_type": "event"}],
        [{"episode_key": "tos:x", "connection_type": "event", "description": None}],
    ),
]


@pytest.mark.parametrize(("field", "given", "published"), CORRECTIONS)
def test_a_correction_is_written_as_any_source_writes(field: str, given: Any, published: Any) -> None:
    corrected = overrides({"field": field, "value": given})
    values = override_values(corrected, AS_OF)
    assert values.schema == polars_schema(FIELD_VALUES)
    same = row("override", **{field: corrected.override[0].value}, title_key=None)
    of_source = candidates(frame(EPISODE_ROWS, same).with_columns(episode_key=pl.lit(KEY)), {field: COMPARISONS[field]})
    assert values.drop("fetched_at").equals(of_source.drop("fetched_at"))
    assert values["fetched_at"].to_list() == [AS_OF]
    schema = pl.Schema({field: polars_schema(EPISODES)[field]})
    merged = assemble(values.with_columns(is_chosen=pl.lit(value=True)), schema)
    assert merged.to_dicts()[0][field] == (given if published is None else published)


def test_nothing_corrected_is_an_empty_frame() -> None:
    assert override_values(Overrides(), AS_OF).schema == polars_schema(FIELD_VALUES)


@pytest.mark.parametrize("rule", ["order", "agree", "longest", "union"])
def test_a_decision_and_a_correction_go_before_every_policy(rule: str) -> None:
    rows = [
        row("tmdb", title="A", directors=["One"], runtime_min=45),
        row("memory_alpha", title="Much longer", directors=["Two"], runtime_min=46),
        row("tvmaze", title="Much longer", directors=["Three"], runtime_min=46),
    ]
    made = decisions(value=[{"episode": KEY, "field": "title"}, {"episode": KEY, "field": "directors"}])
    corrected = overrides({"field": "directors", "value": ["Four"]})
    values = prefer_decided(chosen_values(*rows, overrides=corrected, rule=rule), made, corrected)
    assert values.schema == polars_schema(FIELD_VALUES)
    assert told_by(values, "title") == (["tmdb"], "decision: looked at it")
    assert told_by(values, "directors") == (["override"], "override: known")
    assert told_by(values, "runtime_min")[1].startswith(rule)


def test_a_decision_for_a_silent_source_changes_nothing() -> None:
    before = chosen_values(row("memory_alpha", title="A"))
    made = decisions(value=[{"episode": KEY, "field": "title"}, {"episode": "tng:gone", "field": "title"}])
    assert prefer_decided(before, made).equals(before)
    assert prefer_decided(before.clear(), made).is_empty()
    assert stale(made, Overrides(), before) == [
        f"value {KEY} title = tmdb: the source says nothing of it, so the decision changes nothing.",
        "value tng:gone title = tmdb: nothing is known of this episode any more; remove the decision.",
    ]


def test_a_conflict_that_was_decided_is_ended_and_the_others_stay() -> None:
    rows = [
        row("tmdb", title="A", runtime_min=1, year_from=1),
        row("memory_alpha", title="B", runtime_min=2, year_from=2),
    ]
    made = decisions(value=[{"episode": KEY, "field": "title"}])
    corrected = overrides({"field": "runtime_min", "value": 3})
    before = chosen_values(*rows, overrides=corrected)
    conflicts = find_conflicts(before, COMPARISONS, LINEAGES)
    assert conflicts["field"].to_list() == ["title", "year_from"]
    after = prefer_decided(before, made, corrected)
    assert open_conflicts(conflicts, after)["field"].to_list() == ["year_from"]
    assert stale(made, corrected, before, conflicts=conflicts) == []


def test_a_decision_whose_conflict_is_gone_is_told() -> None:
    values = chosen_values(row("tmdb", title="A"), row("memory_alpha", title="A"))
    made = decisions(value=[{"episode": KEY, "field": "title"}])
    assert stale(made, Overrides(), values) == [
        f"value {KEY} title = tmdb: its conflict is gone, the witnesses agree; remove the decision."
    ]


def test_a_decision_made_of_another_value_is_told_and_not_applied() -> None:
    values = chosen_values(row("tmdb", year_from=2364), row("memory_alpha", year_from=2365))
    conflicts = find_conflicts(values, COMPARISONS, LINEAGES)
    held = decisions(value=[{"episode": KEY, "field": "year_from", "expects": 2365}])
    lapsed = decisions(value=[{"episode": KEY, "field": "year_from", "expects": 99}])
    assert told_by(prefer_decided(values, held), "year_from")[0] == ["tmdb"]
    assert prefer_decided(values, lapsed).equals(values)
    assert stale(held, Overrides(), values, conflicts=conflicts) == []
    (told,) = stale(lapsed, Overrides(), values, conflicts=conflicts)
    assert "not applied" in told
    assert "2365" in told


@pytest.mark.parametrize(
    ("said", "words"), [("Wrong", ""), ("Mended", "tmdb says Mended now"), (None, "tmdb says nothing of it now")]
)
def test_a_correction_of_another_value_is_told_and_not_applied(said: str | None, words: str) -> None:
    corrected = overrides({"field": "title", "value": "Right", "expects": {"source": "tmdb", "value": "Wrong"}})
    sources = chosen_values(row("tmdb", title=said), row("memory_alpha", title="Other"))
    holding = holding_overrides(corrected, sources)
    assert holding.override == (() if words else corrected.override)
    values = chosen_values(row("tmdb", title=said), row("memory_alpha", title="Other"), overrides=holding)
    told = stale(Decisions(), corrected, values)
    assert told == ([f"override {KEY} title: not applied, because {words}."] if words else [])


def test_a_correction_that_all_agree_with_or_that_nobody_knows_is_told() -> None:
    corrected = overrides(
        {"field": "title", "value": "A"},
        {"field": "directors", "value": ["X"]},
        {"field": "title", "value": "A", "episode": "tng:gone"},
    )
    values = chosen_values(row("tmdb", title="A", directors=["Y"]), overrides=corrected)
    assert stale(Decisions(), corrected, values) == [
        f"override {KEY} title: all sources say the same now; remove the correction.",
        "override tng:gone title: no source knows this episode any more; remove the correction.",
    ]


def test_a_link_whose_row_is_gone_or_that_was_not_followed_is_told() -> None:
    made = decisions(
        link=[
            {"id": "1", "episode": KEY},
            {"id": "2", "episode": KEY},
            {"id": "3", "episode": "none"},
            {"id": "4", "episode": "none"},
            {"id": "5", "episode": "tng:gone"},
            {"id": "1", "episode": KEY, "source": "tvmaze"},
        ]
    )
    rows = frame(EPISODE_ROWS, row("tmdb", "1"), row("tmdb", "4"), row("tmdb", "5"))
    link = {"source": "tmdb", "source_id": "1", "episode_key": KEY, "method": "decision", "score": 1.0, "evidence": "e"}
    links = frame(polars_schema(LINKS), link)
    told = stale(made, Overrides(), empty(FIELD_VALUES), rows=rows, links=links)
    assert [one.partition(":")[0] for one in told] == ["link tmdb 2 = tng", "link tmdb 3 = none", "link tmdb 5 = tng"]
    assert "not followed" in told[2]
    assert stale(Decisions(), Overrides(), empty(FIELD_VALUES)) == []


def test_a_film_can_be_corrected() -> None:
    film = Override.model_validate_json(
        json.dumps({"episode": "film:twok", "field": "release_date", "value": "1982-06-04", "reason": "r"})
    )
    values = override_values(Overrides(override=(film,)), AS_OF)
    assert values.select("episode_key", "field", "value").rows() == [("film:twok", "release_date", "1982-06-04")]


def test_a_fallback_holds_only_where_no_source_says_anything() -> None:
    told = overrides(
        {"field": "title", "value": "Ours", "is_fallback": True},
        {"field": "synopsis", "value": "Ours", "is_fallback": True},
    )
    values = chosen_values(row("tmdb", title="Theirs", title_key="theirs"))
    held = holding_overrides(told, values)
    assert [one.field for one in held.override] == ["synopsis"]
    lapses = stale_overrides(told, values)
    assert [(lapse.number, lapse.is_needless) for lapse in lapses] == [(0, True)]
    assert lapses[0].told.endswith("title: not applied, because a source says it now; remove the correction.")


def test_what_was_added_by_hand_is_no_stranger() -> None:
    added = {"episode": "tng:new", "season": 1, "title": "New", "air_date": "1988-01-01", "reason": "seen"}
    corrected = {"episode": "tng:new", "field": "synopsis", "value": "S", "reason": "seen"}
    told = Overrides.model_validate_json(json.dumps({"add": [added], "override": [corrected]}))
    assert stale_overrides(told, chosen_values(row("tmdb", title="T", title_key="t"))) == []


def test_the_rule_names_the_author() -> None:
    told = overrides({"field": "title", "value": "Ours", "author": "Ada"})
    values = prefer_decided(chosen_values(row("tmdb", title="T", title_key="t"), overrides=told), Decisions(), told)
    assert values.filter("is_chosen")["rule"].to_list() == ["override: known (Ada)"]
