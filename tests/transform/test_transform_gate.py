"""Which episodes and films are fit to publish."""

from __future__ import annotations

import json
from typing import Any

import polars as pl
import pytest
from transform_factory import frame

from etl.transform.gate import gate, gate_movies
from schemas.columns import polars_schema
from schemas.provenance import REJECTS

WEIGHTS = {"title": 1.0, "air_date": 1.0, "tmdb_id": 0.6, "synopsis": 0.9, "imdb_id": 0.6}
SCORED = pl.Schema(
    {
        "episode_key": pl.String,
        "title": pl.String,
        "sources": pl.List(pl.String),
        "is_stale": pl.Boolean,
        "quality_overall": pl.Float64,
        "quality_completeness": pl.Float64,
        **{f"has_{name}": pl.Boolean for name in WEIGHTS},
    }
)
PUBLISHED = pl.Schema({"era": pl.String, **SCORED, "episode_id": pl.String, "season": pl.Int64, "episode": pl.Int64})
FILM = pl.Schema({"movie_key": pl.String, **SCORED, "has_release_date": pl.Boolean})


def scored(key: str, overall: float, *lacks: str, **fields: Any) -> dict[str, Any]:
    return {
        "episode_key": key,
        "title": None if "title" in lacks else "Haven",
        "sources": ["stapi", "tmdb"],
        "is_stale": False,
        "quality_overall": overall,
        "quality_completeness": 0.5,
        **{f"has_{name}": name not in lacks for name in WEIGHTS},
        **fields,
    }


def film(key: str, *lacks: str, **fields: Any) -> dict[str, Any]:
    told = scored("", 0.1, *lacks, **fields) | {"movie_key": key, "has_release_date": "release_date" not in lacks}
    return {name: told[name] for name in FILM if name != "episode_key"}


def judged(*rows: dict[str, Any], threshold: float = 0.6) -> tuple[list[str], dict[str, str]]:
    """The keys that passed, and the reason of each that did not."""
    gated = gate(frame(SCORED, *rows), threshold, WEIGHTS, frame(PUBLISHED))
    return gated.passed["episode_key"].to_list(), dict(gated.rejects.select("source_id", "reason").iter_rows())


@pytest.mark.parametrize("overall", [0.6, 0.9])
def test_an_episode_that_reaches_the_threshold_passes(overall: float) -> None:
    assert judged(scored("tng:haven", overall, "synopsis")) == (["tng:haven"], {})


def test_an_episode_below_the_threshold_says_what_it_lacks_the_weightiest_first() -> None:
    assert judged(scored("tng:haven", 0.5999, "tmdb_id", "synopsis", "imdb_id")) == (
        [],
        {"tng:haven": "quality 0.599 is below the threshold 0.6: it lacks synopsis, imdb_id, tmdb_id"},
    )


def test_the_threshold_of_the_run_counts() -> None:
    assert judged(scored("tng:haven", 0.7), threshold=0.75) == (
        [],
        {"tng:haven": "quality 0.7 is below the threshold 0.75: it lacks "},
    )


@pytest.mark.parametrize(
    ("lacks", "reason"),
    [(("title",), "has no title"), (("air_date",), "has no air date"), (("title", "air_date"), "has no title")],
)
def test_without_title_or_air_date_no_quality_is_enough(lacks: tuple[str, ...], reason: str) -> None:
    assert judged(scored("tng:haven", 0.95, *lacks)) == ([], {"tng:haven": reason})


def test_what_is_refused_is_kept_whole_with_its_sources() -> None:
    refused = gate(frame(SCORED, scored("tng:haven", 0.25, "title")), 0.6, WEIGHTS, frame(PUBLISHED)).rejects
    assert refused.schema == polars_schema(REJECTS)
    row = refused.row(0, named=True)
    assert json.loads(row.pop("payload")) == {
        "episode_key": "tng:haven",
        "title": None,
        "quality_overall": 0.25,
        "quality_completeness": 0.5,
    }
    assert row == {"source": "stapi, tmdb", "source_id": "tng:haven", "stage": "quality", "reason": "has no title"}


def test_a_published_episode_that_fails_keeps_its_last_values_marked_stale() -> None:
    last = scored(
        "tng:haven", 0.8, title="Haven, as it was", era="tng_era", episode_id="tng_s1_e11", season=1, episode=11
    )
    gated = gate(frame(SCORED, scored("tng:haven", 0.2)), 0.6, WEIGHTS, frame(PUBLISHED, last))
    assert gated.rejects["source_id"].to_list() == ["tng:haven"]
    kept = scored("tng:haven", 0.8, title="Haven, as it was", is_stale=True)
    assert gated.passed.to_dicts() == [kept]


def test_a_published_episode_that_is_gone_keeps_its_last_values_marked_stale() -> None:
    gated = gate(frame(SCORED), 0.6, WEIGHTS, frame(PUBLISHED, scored("tng:haven", 0.8)))
    assert gated.rejects.is_empty()
    assert gated.passed.to_dicts() == [scored("tng:haven", 0.8, is_stale=True)]


def test_neither_number_nor_id_nor_era_is_taken_from_the_last_release() -> None:
    gated = gate(frame(SCORED), 0.6, WEIGHTS, frame(PUBLISHED, scored("tng:haven", 0.8, episode_id="tng_s1_e11")))
    assert gated.passed.schema == SCORED


def test_fresh_values_that_pass_replace_the_last_ones() -> None:
    gated = gate(
        frame(SCORED, scored("tng:haven", 0.7)), 0.6, WEIGHTS, frame(PUBLISHED, scored("tng:haven", 0.8, title="Old"))
    )
    assert gated.passed.to_dicts() == [scored("tng:haven", 0.7)]


def test_what_passes_stands_in_the_order_of_the_keys() -> None:
    last = frame(PUBLISHED, scored("tng:b", 0.8))
    gated = gate(frame(SCORED, scored("tng:c", 0.8), scored("tng:a", 0.8)), 0.6, WEIGHTS, last)
    assert gated.passed["episode_key"].to_list() == ["tng:a", "tng:b", "tng:c"]


@pytest.mark.parametrize(
    ("lacks", "reasons"),
    [
        ((), {}),
        (("synopsis", "tmdb_id"), {}),
        (("title",), {"film:twok": "has no title"}),
        (("release_date",), {"film:twok": "has no release date"}),
    ],
)
def test_a_film_passes_with_title_and_release_date(lacks: tuple[str, ...], reasons: dict[str, str]) -> None:
    schema = {name: FILM[name] for name in FILM if name != "episode_key"}
    gated = gate_movies(frame(schema, film("film:twok", *lacks)), frame(schema))
    assert gated.passed["movie_key"].to_list() == ([] if reasons else ["film:twok"])
    assert dict(gated.rejects.select("source_id", "reason").iter_rows()) == reasons


def test_a_published_film_that_fails_keeps_its_last_values_marked_stale() -> None:
    schema = {name: FILM[name] for name in FILM if name != "episode_key"}
    gated = gate_movies(frame(schema, film("film:twok", "title")), frame(schema, film("film:twok")))
    assert gated.passed.select("movie_key", "title", "is_stale").rows() == [("film:twok", "Haven", True)]
