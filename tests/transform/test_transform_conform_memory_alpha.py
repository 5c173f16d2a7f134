"""Memory Alpha's rows in the project's own words."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from etl.transform.conform_memory_alpha import conform_memory_alpha_episodes
from schemas.conformed import EPISODE_ROWS
from schemas.raw_memory_alpha import EPISODE_FRAME

FETCHED_AT = datetime(2026, 11, 1, 8, 0, tzinfo=UTC)
SERIES = {"LOOM": "loom"}
PROVENANCE = ("source_url", "fetched_at", "is_stale")
ADDRESS = "https://example.org/wiki/The_Knot_(episode)"


def conformed(**fields: Any) -> dict[str, Any]:
    row = {
        "title": "The Knot (episode)",
        "series_code": "LOOM",
        "source_url": ADDRESS,
        "fetched_at": FETCHED_AT,
        "is_stale": False,
        **fields,
    }
    frame = pl.DataFrame([row], schema=EPISODE_FRAME, orient="row")
    return conform_memory_alpha_episodes(frame, SERIES).row(0, named=True)


def credit(actor: str | None, section: str) -> dict[str, str | None]:
    return {"actor": actor, "character": "Mara", "section": section}


def test_every_column_is_filled_from_its_own_field() -> None:
    row = conformed(
        sidebar_title="The Knot, Part II",
        date="512.5-513.25 (2301)",
        writer=["Ada Loom"],
        story=["Ben Weft"],
        director=["Cy Warp"],
        n="2x05/06",
        s="2",
        p="101/102",
        d="2",
        m="March",
        y="2031",
        guest_stars=[credit("Di Spool", "Guest stars")],
        references=["The Shuttle (episode)"],
        is_stale=True,
    )
    assert row == {
        "source": "memory_alpha",
        "source_id": "The Knot (episode)",
        "series": "loom",
        "season": 2,
        "number": 5,
        "row_parts": 2,
        "title_key": "theknot",
        "part": 2,
        "title": "The Knot, Part II",
        "air_date": date(2031, 3, 2),
        "stardate_from": 512.5,
        "stardate_to": 513.25,
        "year_from": 2301,
        "year_to": 2301,
        "synopsis": None,
        "production_codes": ["101", "102"],
        "directors": ["Cy Warp"],
        "writers": ["Ada Loom"],
        "story_by": ["Ben Weft"],
        "guest_stars": ["Di Spool"],
        "plot_points": None,
        "connections": [
            {"episode_key": "The Shuttle (episode)", "connection_type": "reference", "description": ""},
        ],
        "runtime_min": None,
        "tmdb_id": None,
        "imdb_id": None,
        "memory_alpha_url": ADDRESS,
        "source_url": ADDRESS,
        "fetched_at": FETCHED_AT,
        "is_stale": True,
    }


def test_a_page_of_old_says_the_same() -> None:
    row = conformed(
        wsTitle="The Knot",
        nSeason="1",
        nEpisode="01/02",
        sProductionSerialNumber="60334 (5149-34)",
        nAirdateDay="3",
        sAirdateMonth="May",
        nAirdateYear="2031",
        wsTeleplayBy=["Ada Loom"],
        wsStoryBy=["Ben Weft"],
        wsDirectedBy=["Cy Warp"],
        nStardate="1207",
        nYear="2266",
    )
    expected = {
        "season": 1,
        "number": 1,
        "row_parts": 2,
        "title": "The Knot",
        "air_date": date(2031, 5, 3),
        "stardate_from": 1207.0,
        "stardate_to": 1207.0,
        "year_from": 2266,
        "year_to": 2266,
        "production_codes": ["60334", "5149-34"],
        "writers": ["Ada Loom"],
        "story_by": ["Ben Weft"],
        "directors": ["Cy Warp"],
    }
    assert expected.items() <= row.items()


def test_a_bare_page_has_a_title_and_nulls() -> None:
    row = conformed()
    filled = {name for name, value in row.items() if value is not None}
    names = ("source", "source_id", "series", "title", "title_key", "memory_alpha_url", *PROVENANCE)
    assert filled == set(names)
    assert row["title"] == "The Knot"


def test_an_empty_frame_keeps_the_contract() -> None:
    assert conform_memory_alpha_episodes(pl.DataFrame(schema=EPISODE_FRAME), SERIES).schema == EPISODE_ROWS


@pytest.mark.parametrize(
    ("text", "stardates", "years"),
    [
        ("41153.7 (2364)", (41153.7, 41153.7), (2364, 2364)),
        ("1513.1-1513.8 (2266)", (1513.1, 1513.8), (2266, 2266)),
        ("41997.7–42073.1 (2364–2365)", (41997.7, 42073.1), (2364, 2365)),
        ("Unknown (2151)", (None, None), (2151, 2151)),
        ("31 August–2 September 2151", (None, None), (2151, 2151)),
        ("2024/2310s", (None, None), (2024, 2310)),
        ("October, 2151", (None, None), (2151, 2151)),
        ("865211.3", (865211.3, 865211.3), (None, None)),
        ("47988", (47988.0, 47988.0), (None, None)),
        ("47988 (2370 / 1890s)", (47988.0, 47988.0), (1890, 2370)),
        ("1254 (2269)", (1254.0, 1254.0), (2269, 2269)),
        ("Stardate 2124, 2126 (2267)", (2124.0, 2126.0), (2267, 2267)),
        ("October 2151 (2152)", (None, None), (2152, 2152)),
        ("2364", (None, None), (2364, 2364)),
        ("5943", (5943.0, 5943.0), (None, None)),
        ("22nd century", (None, None), (None, None)),
        ("Unknown", (None, None), (None, None)),
        ("", (None, None), (None, None)),
        ("123456789012345678901234567890", (None, None), (None, None)),
    ],
)
def test_dates_of_every_kind_are_read(
    text: str, stardates: tuple[float | None, float | None], years: tuple[int | None, int | None]
) -> None:
    row = conformed(date=text)
    assert (row["stardate_from"], row["stardate_to"]) == stardates
    assert (row["year_from"], row["year_to"]) == years


@given(st.text() | st.text(alphabet="0123456789.-–/() xsUJan"))
def test_no_text_in_any_field_raises(text: str) -> None:
    fields = ("date", "n", "s", "p", "d", "m", "y", "nSeason", "nEpisode", "nStardate", "nYear", "sidebar_title")
    row = conformed(**dict.fromkeys(fields, text.encode("utf-8", "replace").decode()))
    for low, high in (("stardate_from", "stardate_to"), ("year_from", "year_to")):
        assert (row[low] is None) == (row[high] is None)
        assert row[low] is None or 0 <= row[low] <= row[high]
    assert row["row_parts"] is None or row["row_parts"] >= 1


@given(st.dates(min_value=date(1900, 1, 1), max_value=date(2999, 12, 31)), st.booleans())
def test_every_day_is_read(day: date, is_named: bool) -> None:
    month = day.strftime("%B") if is_named else str(day.month)
    assert conformed(d=str(day.day), m=month, y=str(day.year))["air_date"] == day


@pytest.mark.parametrize(
    ("d", "m", "y"), [("31", "February", "2031"), ("2", None, "2031"), ("2", "Loom", "2031"), ("2", "3", "31")]
)
def test_a_day_that_is_none_is_null(d: str, m: str | None, y: str) -> None:
    assert conformed(d=d, m=m, y=y)["air_date"] is None


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"n": "1x14"}, (1, 14, 1)),
        ({"n": "1x00"}, (1, 0, 1)),
        ({"n": "1x01/02"}, (1, 1, 2)),
        ({"n": "7x25-27"}, (7, 25, 3)),
        ({"n": "1x01/02/03"}, (1, 1, 3)),
        ({"n": "2x09/03"}, (2, 9, None)),
        ({"n": "14", "s": "3"}, (3, 14, 1)),
        ({"n": "special", "s": "3"}, (3, None, None)),
        ({"n": "odd", "nSeason": "2", "nEpisode": "07"}, (2, 7, 1)),
        ({"nEpisode": "07"}, (None, 7, 1)),
        ({"nSeason": "2"}, (2, None, None)),
    ],
)
def test_numbers_are_season_number_and_how_many_they_are(
    fields: dict[str, str], expected: tuple[int | None, ...]
) -> None:
    row = conformed(**fields)
    assert (row["season"], row["number"], row["row_parts"]) == expected


@pytest.mark.parametrize(
    ("code", "codes"),
    [
        ("40840-748 (40840-271/40840-272)", ["40840-748", "40840-271", "40840-272"]),
        ("101/102", ["101", "102"]),
        ("LD-1002", ["LD-1002"]),
        ("101, 101", ["101"]),
        ("TBD", None),
        (" ", None),
    ],
)
def test_codes_are_split(code: str, codes: list[str] | None) -> None:
    assert conformed(p=code)["production_codes"] == codes


def test_a_writer_goes_before_a_teleplay_and_placeholders_are_nobody() -> None:
    assert conformed(writer=["Ada"], teleplay=["Ben"])["writers"] == ["Ada"]
    assert conformed(writer=["TBD"], teleplay=["Ben"])["writers"] == ["Ben"]
    assert conformed(writer=[], director=["Unknown"])["directors"] is None


@pytest.mark.parametrize(
    ("section", "is_guest"),
    [
        ("Guest stars", True),
        ("Guest star", True),
        ("Special guest stars", True),
        ("Special guest star", True),
        ("Also guest starring", True),
        ("Co-stars", True),
        ("Co-star", True),
        ("Special guest appearance by", True),
        ("Starring", False),
        ("Also starring", False),
        ("Uncredited co-stars", False),
    ],
)
def test_guests_are_not_the_main_cast(section: str, is_guest: bool) -> None:
    assert conformed(guest_stars=[credit("Di Spool", section)])["guest_stars"] == (["Di Spool"] if is_guest else None)


def test_a_guest_with_two_roles_is_one_person() -> None:
    guests = [
        credit("Di", "Guest stars"),
        credit("Di", "Guest stars"),
        credit(None, "Co-stars"),
        credit("Ed", "Co-stars"),
    ]
    assert conformed(guest_stars=guests)["guest_stars"] == ["Di", "Ed"]
