"""STAPI's rows in the project's own words."""

from __future__ import annotations

from typing import Any

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from transform_factory import FETCHED_AT, PROPERTY, day, frame, link, links

from etl.transform.conform_stapi import conform_stapi_episodes, conform_stapi_people
from schemas.conformed import EPISODE_ROWS
from schemas.raw_stapi import EPISODE_FRAME, PEOPLE_FRAME

TNG, DS9 = "SEMA0000062876", "SEMA0000073238"
SERIES = {TNG: "tng", DS9: "ds9"}
_PROVENANCE = {"source_url": "https://example.org/search", "fetched_at": FETCHED_AT, "is_stale": False}


def raw(*rows: dict[str, Any]) -> pl.DataFrame:
    usual = {"uid": "EPMA1", "title": "Realm Of Fear", "series_uid": TNG, **_PROVENANCE}
    return frame(EPISODE_FRAME, *({**usual, **row} for row in rows))


def conformed(**fields: Any) -> dict[str, Any]:
    return conform_stapi_episodes(raw(fields), SERIES).row(0, named=True)


def people(*rows: dict[str, Any]) -> pl.DataFrame:
    nobody: dict[str, list[str]] = {
        role: [] for role in ("directors", "writers", "teleplay_authors", "story_authors", "performers")
    }
    return frame(PEOPLE_FRAME, *({**nobody, **_PROVENANCE, **row} for row in rows))


def test_every_column_of_an_episode_is_filled_from_its_own_field() -> None:
    rows = raw(
        {
            "uid": "EPMA0000000789",
            "title": "What You Leave Behind, Part II",
            "series_uid": DS9,
            "series_title": "Star Trek: Deep Space Nine",
            "season_uid": "SAMA7",
            "season_title": "DS9 Season 7",
            "seasonNumber": 7,
            "episodeNumber": 25,
            "productionSerialNumber": "40510-575/576",
            "featureLength": True,
            "stardateFrom": 52861.3,
            "stardateTo": 52902.0,
            "yearFrom": 2375,
            "yearTo": 2376,
            "usAirDate": "1999-06-02",
            "finalScriptDate": "1999-03-01",
            "is_stale": True,
        }
    )
    assert conform_stapi_episodes(rows, SERIES).to_dicts() == [
        {
            **dict.fromkeys(EPISODE_ROWS.names()),
            "source": "stapi",
            "source_id": "EPMA0000000789",
            "series": "ds9",
            "season": 7,
            "number": 25,
            "row_parts": 2,
            "title_key": "whatyouleavebehind",
            "part": 2,
            "title": "What You Leave Behind, Part II",
            "air_date": day("1999-06-02"),
            "stardate_from": 52861.3,
            "stardate_to": 52902.0,
            "year_from": 2375,
            "year_to": 2376,
            "production_codes": ["40510-575", "576"],
            "source_url": "https://example.org/search",
            "fetched_at": FETCHED_AT,
            "is_stale": True,
        }
    ]


def test_no_episodes_keep_the_contract() -> None:
    none = conform_stapi_episodes(raw(), {})
    assert none.schema == EPISODE_ROWS
    assert none.is_empty()


def test_a_row_that_knows_nothing_more_is_kept() -> None:
    row = conformed()
    assert [row[name] for name in ("season", "number", "air_date", "stardate_from", "year_to", "production_codes")] == [
        None
    ] * 6


@pytest.mark.parametrize(("feature_length", "parts"), [(True, 2), (False, 1), (None, None)])
def test_a_feature_length_episode_takes_two_numbers(feature_length: bool | None, parts: int | None) -> None:
    assert conformed(featureLength=feature_length)["row_parts"] == parts


def test_the_number_zero_is_a_number() -> None:
    assert conformed(seasonNumber=1, episodeNumber=0)["number"] == 0


@pytest.mark.parametrize(
    ("title", "given_title", "key", "part"),
    [
        ("Realm Of Fear", "Realm Of Fear", "realmoffear", None),
        ("  All  Good Things... ", "All Good Things...", "allgoodthings", None),
        ("Episode 7", None, None, None),
        ("", None, None, None),
    ],
)
def test_a_title_is_tidied_but_keeps_its_capitals(
    title: str, given_title: str | None, key: str | None, part: int | None
) -> None:
    row = conformed(title=title)
    assert (row["title"], row["title_key"], row["part"]) == (given_title, key, part)


@pytest.mark.parametrize(
    ("text", "codes"),
    [
        ("40840-748 (40840-271/40840-272)", ["40840-748", "40840-271", "40840-272"]),
        ("60339 (5149-39)", ["60339", "5149-39"]),
        ("101/102", ["101", "102"]),
        ("40271-941", ["40271-941"]),
        (" LD-1001 ", ["LD-1001"]),
        ("102a", ["102a"]),
        ("101 / 101", ["101"]),
        ("101, 102 & 103", ["101", "102", "103"]),
        ("()/", None),
        ("TBD", None),
        ("", None),
        (None, None),
    ],
)
def test_every_production_code_is_read(text: str | None, codes: list[str] | None) -> None:
    assert conformed(productionSerialNumber=text)["production_codes"] == codes


@pytest.mark.parametrize(
    ("given_range", "read"),
    [
        ((41153.7, 41153.7), (41153.7, 41153.7)),
        ((41775.5, 41780.2), (41775.5, 41780.2)),
        ((41780.2, 41775.5), (41775.5, 41780.2)),
        ((865211.3, None), (865211.3, 865211.3)),
        ((None, 865211.3), (865211.3, 865211.3)),
        ((0.0, -12.5), (-12.5, 0.0)),
        ((None, None), (None, None)),
    ],
)
def test_stardates_are_both_given_in_order_or_none(
    given_range: tuple[float | None, float | None], read: tuple[float | None, float | None]
) -> None:
    row = conformed(stardateFrom=given_range[0], stardateTo=given_range[1])
    assert (row["stardate_from"], row["stardate_to"]) == read


@pytest.mark.parametrize(
    ("given_range", "read"),
    [((2024, 2310), (2024, 2310)), ((2310, 2024), (2024, 2310)), ((2151, None), (2151, 2151)), ((None,) * 2,) * 2],
)
def test_years_are_both_given_in_order_or_none(
    given_range: tuple[int | None, int | None], read: tuple[int | None, int | None]
) -> None:
    row = conformed(yearFrom=given_range[0], yearTo=given_range[1])
    assert (row["year_from"], row["year_to"]) == read


@pytest.mark.parametrize("text", ["", "1987", "28 September 1987", "1987-02-30", None])
def test_what_is_no_day_is_no_air_date(text: str | None) -> None:
    assert conformed(usAirDate=text)["air_date"] is None


def test_people_are_told_of_the_episode_that_their_uid_is_linked_to() -> None:
    told = conform_stapi_people(
        people(
            {
                "uid": "EPMA1",
                "directors": ["Ana Weaver", " Ana Weaver", ""],
                "writers": ["Bo Scribe"],
                "teleplay_authors": ["Cy Quill", "Bo Scribe"],
                "story_authors": ["Cy Quill"],
                "performers": ["Dee Caller"],
                "source_url": "https://stapi.example/episode?uid=EPMA1",
            },
            {"uid": "EPMA3", "directors": ["Nobody Here"]},
        ),
        links(link("EPMA1", "loom:one", source="stapi"), link("EPMA3", "loom:three", source="tmdb")),
    )
    assert told.to_dicts() == [
        {
            "episode_key": "loom:one",
            "source": "stapi",
            "directors": ["Ana Weaver"],
            "writers": ["Bo Scribe", "Cy Quill"],
            "story_by": ["Cy Quill"],
            "source_url": "https://stapi.example/episode?uid=EPMA1",
            "fetched_at": FETCHED_AT,
            "is_stale": False,
        }
    ]


def test_people_of_two_parts_are_told_of_one_story() -> None:
    parts = people(
        {"uid": "EPMA2", "directors": ["Ana Weaver", "Bo Scribe"], "is_stale": True},
        {"uid": "EPMA1", "directors": ["Cy Quill", "Ana Weaver"]},
    )
    told = conform_stapi_people(
        parts, links(link("EPMA2", "loom:one", 2, "stapi"), link("EPMA1", "loom:one", 1, "stapi"))
    )
    assert told.select("directors", "writers", "is_stale").rows() == [
        (["Cy Quill", "Ana Weaver", "Bo Scribe"], None, True)
    ]


def test_nobody_named_is_null() -> None:
    told = conform_stapi_people(people({"uid": "EPMA1"}), links(link("EPMA1", "loom:one", source="stapi")))
    assert told.select("directors", "writers", "story_by").row(0) == (None, None, None)
    assert conform_stapi_people(people(), links()).is_empty()


def test_people_twice_for_one_uid_are_refused() -> None:
    with pytest.raises(pl.exceptions.ComputeError):
        conform_stapi_people(
            people({"uid": "EPMA1"}, {"uid": "EPMA1"}), links(link("EPMA1", "loom:one", source="stapi"))
        )


@PROPERTY
@given(st.text(), st.text(), st.text(), st.floats(allow_nan=False) | st.none(), st.floats(allow_nan=False) | st.none())
def test_any_text_and_number_keeps_the_contract(
    title: str, code: str, date: str, first: float | None, last: float | None
) -> None:
    row = conformed(title=title, productionSerialNumber=code, usAirDate=date, stardateFrom=first, stardateTo=last)
    assert (row["stardate_from"] is None) == (row["stardate_to"] is None)
    assert row["stardate_from"] is None or row["stardate_from"] <= row["stardate_to"]
    assert row["production_codes"] is None or all(code.strip(" ") == code != "" for code in row["production_codes"])


@PROPERTY
@given(st.permutations(range(6)), st.integers(0, 6))
def test_any_partition_gives_the_same_rows(order: list[int], cut: int) -> None:
    rows = raw(*({"uid": f"EPMA{number}", "episodeNumber": number} for number in order))
    parts = [conform_stapi_episodes(part, SERIES) for part in (rows.head(cut), rows.tail(6 - cut))]
    assert pl.concat(parts).equals(conform_stapi_episodes(rows, SERIES))
