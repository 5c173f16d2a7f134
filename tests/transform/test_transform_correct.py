"""What people correct around the values: seasons, eras, films' years, episodes added and removed."""

from __future__ import annotations

import json
from datetime import date
from typing import Any

import polars as pl
import pytest

from etl.transform.chronology import SEASON_FACTS
from etl.transform.correct import (
    added_registry,
    correct_eras,
    correct_film_facts,
    correct_seasons,
    removed,
    removed_rows,
    without_taken_back,
    without_target,
)
from schemas.checks import broken_rules
from schemas.columns import polars_schema
from schemas.conformed import REGISTRY
from schemas.corrections import Overrides
from schemas.guide import ERAS, SEASONS
from schemas.provenance import REJECTS


def overrides(**lists: list[dict[str, Any]]) -> Overrides:
    whole = {name: [{"reason": "seen", **one} for one in entries] for name, entries in lists.items()}
    return Overrides.model_validate_json(json.dumps(whole))


def seasons(**changes: Any) -> pl.DataFrame:
    row = {"season_id": "tng_s1", "series": "tng", "season": 1, "title": "T", "kind": "series", "era": "e"}
    row |= {"position": 0, "years": None, "stardate_from": 1.5, "episodes": 1, "notes": ""}
    other = {**row, "season_id": "tng_s2", "season": 2, "notes": "kept", "years": "2365"}
    return pl.DataFrame([{**row, **changes}, other], schema=polars_schema(SEASONS))


ERA_ROWS = pl.DataFrame(
    [{"era": "e", "position": 1, "title": "T", "years": "Y", "stardates": "S", "description": "D"}],
    schema=polars_schema(ERAS),
)


def test_seasons_get_what_a_person_says() -> None:
    told = overrides(
        season=[
            {"season": "tng_s1", "field": "notes", "value": "N"},
            {"season": "tng_s1", "field": "years", "value": "2364"},
            {"season": "tng_s2", "field": "stardate_to", "value": 42000},
            {"season": "tng_s2", "field": "title", "value": "Second"},
        ]
    )
    corrected = correct_seasons(seasons(), told)
    assert corrected.select("notes", "years", "stardate_from", "stardate_to", "title").rows() == [
        ("N", "2364", 1.5, None, "T"),
        ("kept", "2365", 1.5, 42000.0, "Second"),
    ]
    assert not broken_rules(SEASONS, corrected)
    assert correct_seasons(seasons(), Overrides()).equals(seasons())


@pytest.mark.parametrize(("notes", "shown"), [("", "N"), ("said", "said")])
def test_a_fallback_of_a_season_yields_to_what_is_said(notes: str, shown: str) -> None:
    told = overrides(season=[{"season": "tng_s1", "field": "notes", "value": "N", "is_fallback": True}])
    assert correct_seasons(seasons(notes=notes), told)["notes"].to_list() == [shown, "kept"]


@pytest.mark.parametrize(("years", "shown"), [(None, "2364"), ("2399", "2399")])
def test_a_fallback_of_a_season_fills_what_is_missing(years: str | None, shown: str) -> None:
    told = overrides(season=[{"season": "tng_s1", "field": "years", "value": "2364", "is_fallback": True}])
    assert correct_seasons(seasons(years=years), told)["years"].to_list() == [shown, "2365"]


def test_eras_get_what_a_person_says() -> None:
    told = overrides(era=[{"era": "e", "field": "description", "value": "Another"}])
    assert correct_eras(ERA_ROWS, told)["description"].to_list() == ["Another"]
    yields = overrides(era=[{"era": "e", "field": "description", "value": "Another", "is_fallback": True}])
    assert correct_eras(ERA_ROWS, yields).equals(ERA_ROWS)


def test_what_has_nothing_to_correct_is_told() -> None:
    told = overrides(
        season=[
            {"season": "tng_s1", "field": "notes", "value": "N"},
            {"season": "tng_s9", "field": "notes", "value": "N"},
        ],
        era=[{"era": "e", "field": "title", "value": "N"}, {"era": "gone", "field": "title", "value": "N"}],
    )
    assert without_target(told, seasons(), ERA_ROWS) == [
        "season tng_s9 notes: there is no such season; remove the correction.",
        "era gone title: there is no such era; remove the correction.",
    ]


def test_added_episodes_stand_in_the_registry() -> None:
    told = overrides(
        add=[
            {"episode": "snw:new-story-part-ii", "season": 4, "number": 3, "title": " New Story, Part II ", "parts": 2}
            | {"air_date": "2031-01-02"},
            {"episode": "snw:other", "season": 4, "title": "Other", "air_date": "2031-01-09"},
        ]
    )
    registry = added_registry(told)
    assert registry.schema == REGISTRY
    assert registry.rows(named=True)[0] == {
        "episode_key": "snw:new-story-part-ii",
        "series": "snw",
        "season": 4,
        "episode": 3,
        "parts": 2,
        "title": "New Story, Part II",
        "title_keys": ["newstory"],
        "part": 2,
        "air_date": date(2031, 1, 2),
        "production_codes": [],
    }
    assert registry["episode"].to_list() == [3, None]
    assert added_registry(Overrides()).schema == REGISTRY


def test_removed_episodes_are_rejected_with_the_reason() -> None:
    told = removed(overrides(remove=[{"episode": "tng:a", "author": "Ada"}, {"episode": "tng:gone"}]))
    scored = pl.DataFrame(
        [("tng:a", "A", ["tmdb", "tvmaze"]), ("tng:b", "B", ["tmdb"])],
        schema={"episode_key": pl.String, "title": pl.String, "sources": pl.List(pl.String)},
        orient="row",
    )
    rejects = removed_rows(scored, told)
    assert rejects.schema == polars_schema(REJECTS)
    assert rejects.rows() == [
        ("tmdb, tvmaze", "tng:a", "override", "override: seen (Ada)", '{"episode_key":"tng:a","title":"A"}')
    ]
    assert removed_rows(scored, removed(Overrides())).is_empty()


def test_what_was_removed_or_taken_back_is_forgotten() -> None:
    published = pl.DataFrame(
        [
            ("snw:ours", ["override"]),
            ("snw:still", ["override"]),
            ("snw:both", ["override", "tmdb"]),
            ("snw:x", ["tmdb"]),
        ],
        schema={"episode_key": pl.String, "sources": pl.List(pl.String)},
        orient="row",
    )
    told = overrides(
        add=[{"episode": "snw:still", "season": 1, "title": "S", "air_date": "2031-01-01"}],
        remove=[{"episode": "snw:x"}],
    )
    assert without_taken_back(published, told)["episode_key"].to_list() == ["snw:still", "snw:both"]
    films = published.rename({"episode_key": "movie_key"})
    assert without_taken_back(films, told, "movie_key")["movie_key"].to_list() == ["snw:still", "snw:both"]


@pytest.mark.parametrize(
    ("given", "years"),
    [
        ([], "2212"),
        ([("film:keep", "year_from", 2213)], "2213"),
        ([("film:keep", "year_from", 2213), ("film:keep", "year_to", 2214)], "2213-2214"),
        ([("film:keep", "year_to", 2214)], "2212"),
        ([("film:other", "year_from", 2213)], "2212"),
    ],
)
def test_the_years_of_a_film_follow_its_corrections(given: list[tuple[str, str, int]], years: str) -> None:
    facts = pl.DataFrame(
        [("film:keep", "keep", "coast", "2212")], schema=["movie_key", "movie_id", "era", "years"], orient="row"
    )
    told = overrides(override=[{"episode": key, "field": name, "value": value} for key, name, value in given])
    corrected = correct_film_facts(facts, told)
    assert corrected["years"].to_list() == [years]
    assert corrected.columns == facts.columns


def test_facts_of_seasons_have_no_column_that_a_correction_would_miss() -> None:
    assert {"title", "years"} <= set(SEASON_FACTS)
