"""TVmaze's rows in the project's own words."""

from __future__ import annotations

from typing import Any

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from transform_factory import FETCHED_AT, PROPERTY, day, frame

from etl.transform.conform_tvmaze import conform_tvmaze_episodes
from schemas.conformed import EPISODE_ROWS
from schemas.raw_tvmaze import EPISODE_FRAME

SERIES = {"491": "tng", "493": "ds9"}
_PROVENANCE = {"source_url": "https://example.org/episodes", "fetched_at": FETCHED_AT, "is_stale": False}


def raw(*rows: dict[str, Any]) -> pl.DataFrame:
    usual = {"show_id": 491, "id": 44456, "name": "Realm of Fear", "season": 6, "number": 2, "type": "regular"}
    return frame(EPISODE_FRAME, *({**usual, **_PROVENANCE, **row} for row in rows))


def conformed(**fields: Any) -> dict[str, Any]:
    return conform_tvmaze_episodes(raw(fields), SERIES).row(0, named=True)


def test_every_column_of_an_episode_is_filled_from_its_own_field() -> None:
    rows = raw(
        {
            "show_id": 493,
            "id": 44457,
            "url": "https://example.org/44457",
            "name": "Emissary (2)",
            "season": 1,
            "number": 2,
            "airdate": "1993-01-03",
            "airtime": "20:00",
            "airstamp": "1993-01-04T01:00:00+00:00",
            "runtime": 60,
            "summary": "<p>One.</p><p>Two.</p>",
            "summary_text": "One.\n\nTwo.",
            "is_stale": True,
        }
    )
    assert conform_tvmaze_episodes(rows, SERIES).to_dicts() == [
        {
            **dict.fromkeys(EPISODE_ROWS.names()),
            "source": "tvmaze",
            "source_id": "44457",
            "series": "ds9",
            "season": 1,
            "number": 2,
            "title_key": "emissary",
            "part": 2,
            "title": "Emissary (2)",
            "air_date": day("1993-01-03"),
            "synopsis": "One.\n\nTwo.",
            "runtime_min": 60,
            "source_url": "https://example.org/episodes",
            "fetched_at": FETCHED_AT,
            "is_stale": True,
        }
    ]


def test_no_episodes_keep_the_contract() -> None:
    none = conform_tvmaze_episodes(raw(), {})
    assert none.schema == EPISODE_ROWS
    assert none.is_empty()


@pytest.mark.parametrize(
    ("season", "number", "kind", "conformed_season"),
    [
        (1, 3, "regular", 1),
        (1, 3, None, 1),
        (2016, 1, "regular", 2016),
        (1, None, "regular", 0),
        (1, None, None, 0),
        (1, None, "significant_special", 0),
        (4, 3, "insignificant_special", 0),
        (0, 1, "regular", 0),
    ],
)
def test_specials_go_to_season_0_and_years_stay(
    season: int, number: int | None, kind: str | None, conformed_season: int
) -> None:
    row = conformed(season=season, number=number, type=kind)
    assert (row["season"], row["number"]) == (conformed_season, number)


@pytest.mark.parametrize(
    ("text", "title"), [(" The  Loss", "The Loss"), ("Episode 7", None), ("TBA", None), ("", None)]
)
def test_a_placeholder_is_no_title(text: str, title: str | None) -> None:
    assert conformed(name=text)["title"] == title


@pytest.mark.parametrize(
    ("text", "date"), [("2016-01-09", day("2016-01-09")), ("", None), (None, None), ("soon", None)]
)
def test_a_date_is_the_local_day(text: str | None, date: object) -> None:
    assert conformed(airdate=text, airstamp="2016-01-10T01:00:00+00:00")["air_date"] == date


@pytest.mark.parametrize(("runtime", "minutes"), [(60, 60), (0, None), (-1, None), (None, None)])
def test_a_runtime_is_positive(runtime: int | None, minutes: int | None) -> None:
    assert conformed(runtime=runtime)["runtime_min"] == minutes


@pytest.mark.parametrize("text", [None, "", "TBA", " - "])
def test_a_summary_that_says_nothing_is_no_synopsis(text: str | None) -> None:
    assert conformed(summary_text=text)["synopsis"] is None


@PROPERTY
@given(st.text(), st.text(), st.text(), st.integers(0, 3000), st.integers(0, 999) | st.none())
def test_any_text_and_number_keeps_the_contract(
    name: str, date: str, summary: str, season: int, number: int | None
) -> None:
    row = conformed(name=name, airdate=date, summary_text=summary, season=season, number=number)
    assert row["season"] == (0 if number is None else season)
    assert row["source_id"] == "44456"


@PROPERTY
@given(st.permutations(range(6)), st.integers(0, 6))
def test_any_partition_gives_the_same_rows(order: list[int], cut: int) -> None:
    rows = raw(*({"id": number, "number": number or None} for number in order))
    parts = [conform_tvmaze_episodes(part, SERIES) for part in (rows.head(cut), rows.tail(6 - cut))]
    assert pl.concat(parts).equals(conform_tvmaze_episodes(rows, SERIES))
