"""TrekCore's rows in the project's own words."""

from __future__ import annotations

from typing import Any

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from transform_factory import FETCHED_AT, PROPERTY, day, frame, instant

from etl.transform.conform_trekcore import conform_trekcore_episodes
from schemas.conformed import EPISODE_ROWS
from schemas.raw_trekcore import EPISODE_FRAME

HOSTS = {"tng": "tng", "discovery": "dis"}


def raw(*rows: dict[str, Any]) -> pl.DataFrame:
    usual = {
        "host": "tng",
        "number": "4x20",
        "title": "Qpid",
        "link": "season4/4x20/index.html",
        "production_code": "40274-194",
        "air_date": "April 22, 1991",
        "stardate": "44741.9",
        "source_url": "https://example.org/page",
        "fetched_at": FETCHED_AT,
        "is_stale": False,
    }
    return frame(EPISODE_FRAME, *({**usual, **row} for row in rows))


def conformed(**fields: Any) -> dict[str, Any]:
    return conform_trekcore_episodes(raw(fields), HOSTS).row(0, named=True)


def test_every_column_is_filled_from_its_own_cell() -> None:
    facts = {
        "source": "trekcore",
        "source_id": "tng 4x20",
        "series": "tng",
        "season": 4,
        "number": 20,
        "title_key": "qpid",
        "title": "Qpid",
        "air_date": day("1991-04-22"),
        "stardate_from": 44741.9,
        "stardate_to": 44741.9,
        "production_codes": ["40274-194"],
        "source_url": "https://example.org/page",
        "fetched_at": FETCHED_AT,
        "is_stale": False,
    }
    assert conformed() == {name: facts.get(name) for name in EPISODE_ROWS}
    assert conform_trekcore_episodes(raw({}), HOSTS).schema == EPISODE_ROWS


def test_no_rows_keep_the_contract() -> None:
    assert conform_trekcore_episodes(raw(), HOSTS).schema == EPISODE_ROWS


def test_the_series_comes_from_the_host() -> None:
    row = conformed(host="discovery", number="1x01")
    assert (row["series"], row["source_id"]) == ("dis", "discovery 1x01")


@pytest.mark.parametrize(
    ("number", "season", "first", "row_parts"),
    [
        ("4x20", 4, 20, None),
        ("1x01/02", 1, 1, 2),
        ("1X25 / 26", 1, 25, 2),
        ("2×1-3", 2, 1, 3),
        ("0x00", 0, 0, None),
        ("12x100", 12, 100, None),
    ],
)
def test_a_number_says_how_many_numbers_a_row_takes(
    number: str, season: int, first: int, row_parts: int | None
) -> None:
    row = conformed(number=number)
    assert (row["season"], row["number"], row["row_parts"]) == (season, first, row_parts)
    assert row["source_id"] == f"tng {number}"


@pytest.mark.parametrize(
    ("title", "told", "key", "part"),
    [
        ("Redemption, Part II", "Redemption, Part II", "redemption", 2),
        ("Unification (1)", "Unification (1)", "unification", 1),
        ("TBA", None, None, None),
        ("Episode 7", None, None, None),
    ],
)
def test_titles_are_told_and_compared(title: str, told: str | None, key: str | None, part: int | None) -> None:
    row = conformed(title=title)
    assert (row["title"], row["title_key"], row["part"]) == (told, key, part)


@pytest.mark.parametrize(
    ("text", "date"),
    [
        ("September 28, 1987", "1987-09-28"),
        ("september 8 1966", "1966-09-08"),
        ("Sept. 8, 1966", "1966-09-08"),
        ("May 1st, 1995", "1995-05-01"),
        ("28 September 1987", "1987-09-28"),
        ("3rd Jan 1993", "1993-01-03"),
        ("9/28/87", "1987-09-28"),
        ("09/28/1987", "1987-09-28"),
        ("9/8/66", "1966-09-08"),
        ("9/24/17", "2017-09-24"),
        ("1/15/26", "2026-01-15"),
        ("2/29/00", "2000-02-29"),
        ("1987-09-28", "1987-09-28"),
        ("February 30, 1990", None),
        ("2/30/90", None),
        ("28/9/87", None),
        ("Smarch 13, 1990", None),
        ("September 1987", None),
        ("1987", None),
        ("TBA", None),
        ("Unknown", None),
        ("-", None),
        ("", None),
        (None, None),
    ],
)
def test_dates_are_read_in_every_form(text: str | None, date: str | None) -> None:
    assert conformed(air_date=text)["air_date"] == (day(date) if date else None)


def test_a_year_of_two_digits_is_the_last_that_could_be_announced_when_the_page_came() -> None:
    assert conformed(air_date="9/8/29", fetched_at=instant("2026-10-01T08:00:00"))["air_date"] == day("2029-09-08")
    assert conformed(air_date="9/8/29", fetched_at=instant("2004-10-01T08:00:00"))["air_date"] == day("1929-09-08")


@pytest.mark.parametrize(
    ("text", "first", "last"),
    [
        ("41153.7", 41153.7, 41153.7),
        ("2947", 2947.0, 2947.0),
        ("865211.3", 865211.3, 865211.3),
        ("Stardate: 41153.7", 41153.7, 41153.7),
        ("1513.1 - 1513.8", 1513.1, 1513.8),
        ("1513.1-1513.8", 1513.1, 1513.8),
        ("1513.1 – 1513.8", 1513.1, 1513.8),
        ("1513.1 to 1513.8", 1513.1, 1513.8),
        ("1513.1 / 1513.8", 1513.1, 1513.8),
        ("-326.7", -326.7, -326.7),
        ("Unknown", None, None),
        ("unknown", None, None),
        ("-", None, None),
        ("April 16, 2151", None, None),
        ("Unknown (2151)", None, None),
        ("41153.7?", None, None),
        ("12", None, None),
        (None, None, None),
    ],
)
def test_stardates_and_their_ranges(text: str | None, first: float | None, last: float | None) -> None:
    row = conformed(stardate=text)
    assert (row["stardate_from"], row["stardate_to"]) == (first, last)


@pytest.mark.parametrize(
    ("text", "codes"),
    [
        ("40271-721", ["40271-721"]),
        ("176266 / 176267", ["176266", "176267"]),
        ("101/102", ["101", "102"]),
        ("101 / -", ["101"]),
        ("-", None),
        ("Unknown", None),
        ("", None),
        (None, None),
    ],
)
def test_production_codes(text: str | None, codes: list[str] | None) -> None:
    assert conformed(production_code=text)["production_codes"] == codes


TEXT = st.none() | st.text(max_size=20) | st.from_regex(r"[0-9./ -]{0,12}", fullmatch=True)


@PROPERTY
@given(st.lists(st.fixed_dictionaries(dict.fromkeys(("air_date", "stardate", "production_code"), TEXT)), max_size=4))
def test_any_text_in_the_cells_gives_values_or_nothing(cells: list[dict[str, str | None]]) -> None:
    whole = conform_trekcore_episodes(raw(*cells), HOSTS)
    assert whole.schema == EPISODE_ROWS
    assert whole.height == len(cells)
    assert whole.rows() == [row for cell in cells for row in conform_trekcore_episodes(raw(cell), HOSTS).rows()]
