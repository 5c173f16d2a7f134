"""How the page writes numbers, shares and names: cut and never flattered."""

from __future__ import annotations

import math
from datetime import UTC, date, datetime

import pytest

from etl.load.page import charts, text


@pytest.mark.parametrize(
    ("share", "digits", "written"),
    [
        (0.0, 0, "0"),
        (1.0, 0, "100"),
        (0.9999, 0, "99"),
        (0.5, 0, "50"),
        (0.29, 0, "29"),
        (0.001, 0, "<1"),
        (0.0004, 1, "<0.1"),
        (0.9815, 1, "98.1"),
        (0.99999, 1, "99.9"),
        (None, 0, "–"),
        (math.nan, 0, "–"),
    ],
)
def test_a_share_is_cut_and_not_rounded(share: float | None, digits: int, written: str) -> None:
    assert text.percent(share, digits) == written


def test_only_nothing_and_all_have_the_outer_shades() -> None:
    assert [text.level(share) for share in (None, 0.0, 0.001, 0.5, 0.9999, 1.0)] == [0, 0, 1, 5, 9, 10]


def test_shares_near_to_all_are_told_apart() -> None:
    assert [text.near_level(share) for share in (0.2, 0.9, 0.91, 0.95, 0.999, 1.0)] == [0, 0, 1, 5, 9, 10]


@pytest.mark.parametrize(
    ("value", "digits", "written"),
    [(0.0123, 3, "+0.012"), (-0.5, 3, "−0.500"), (0.0004, 3, "±0"), (-1200, 0, "−1,200"), (0, 0, "±0")],
)
def test_a_difference_has_its_sign(value: float, digits: int, written: str) -> None:
    assert text.change(value, digits) == written


def test_a_count_has_its_noun() -> None:
    assert [text.counted(count, "story", "stories") for count in (0, 1, 1200)] == [
        "0 stories",
        "1 story",
        "1,200 stories",
    ]


def test_a_score_has_three_decimals() -> None:
    assert [text.score(value) for value in (0.8514, None, math.nan)] == ["0.851", "–", "–"]


def test_days_and_moments() -> None:
    assert text.day(date(987, 9, 28)) == "0987-09-28"
    assert text.day(datetime(2026, 11, 20, 23, 59, tzinfo=UTC)) == "2026-11-20"
    assert text.day(None) == "–"
    assert text.minute(datetime(2026, 11, 20, 9, 5, 7, tzinfo=UTC)) == "2026-11-20 09:05 UTC"


def test_names_are_written_for_people() -> None:
    names = ("air_date", "tmdb_id", "memory_alpha_url", "runtime_min", "tvmaze", "in_review")
    assert [text.label(name) for name in names] == [
        "air date",
        "TMDB id",
        "Memory Alpha page",
        "runtime minutes",
        "TVmaze",
        "in review",
    ]
    assert text.franchise_title("star_trek") == "Star Trek"
    assert text.short_name("Loom: The Second Thread", "Loom") == "The Second Thread"
    assert text.short_name("The Loom", "Loom") == "The Loom"


def test_the_axis_begins_a_tenth_below_the_lowest() -> None:
    assert charts.floor_of([]) == 0.9
    assert charts.floor_of([1.0]) == 0.9
    assert charts.floor_of([0.8, 0.71]) == 0.7
    assert charts.floor_of([0.8, 0.37]) == 0.3


def test_a_chart_of_many_seasons_stays_within_its_frame() -> None:
    seasons = [{"season": number, "quality_overall": 0.8, "low": 0.7, "high": 0.9} for number in range(1, 41)]
    drawn = charts.seasons_chart(seasons, 0.5)
    assert drawn.count('<path transform="translate(') == 40
    assert "translate(14," in drawn
    assert "translate(208," in drawn


def test_no_text_leaves_a_chart_as_markup() -> None:
    seasons = [{"season": "</svg><script>", "quality_overall": 0.8, "low": 0.7, "high": 0.9}]
    assert "<script>" not in charts.seasons_chart(seasons, 0.5)
