"""Several rows of one story become one."""

from __future__ import annotations

import pytest
from transform_factory import day, instant, link, links, row, rows

from etl.transform.stories import one_row_a_story
from schemas.conformed import EPISODE_ROWS

FOR_LINKING = {"source_id", "series", "season", "number", "row_parts", "title_key", "part"}
COLUMNS = set(EPISODE_ROWS) - FOR_LINKING | {"episode_key"}
PART_ONE = row(
    "11",
    "Emissary (1)",
    air_date=day("1993-01-03"),
    stardate_from=46379.1,
    stardate_to=46379.1,
    year_from=2369,
    year_to=2369,
    synopsis="Sisko arrives.",
    production_codes=["721"],
    directors=["David Carson"],
    writers=["Michael Piller", "Rick Berman"],
    story_by=None,
    guest_stars=["Patrick Stewart", "Felecia M. Bell"],
    runtime_min=46,
    tmdb_id=969525,
    imdb_id="tt0108214",
    source_url="https://example.org/1",
    fetched_at=instant("2026-10-01T08:00"),
)
PART_TWO = row(
    "12",
    "Emissary (2)",
    air_date=day("1993-01-10"),
    stardate_from=46370.0,
    stardate_to=46392.7,
    year_from=2367,
    year_to=2370,
    synopsis="Sisko stays.",
    production_codes=["722"],
    directors=["David Livingston", "David Carson"],
    writers=["Michael Piller"],
    story_by=["Rick Berman"],
    guest_stars=["Camille Saviola", "Patrick Stewart"],
    runtime_min=45,
    tmdb_id=1012580,
    imdb_id="tt0108215",
    memory_alpha_url="https://example.org/wiki/Emissary",
    source_url="https://example.org/2",
    fetched_at=instant("2026-10-02T08:00"),
)
BOTH = links(link("11", "ds9:emissary", 1), link("12", "ds9:emissary", 2))


def folded(one: dict[str, object], two: dict[str, object]) -> dict[str, object]:
    """The one story, whichever row comes first."""
    story = one_row_a_story(rows(one, two), BOTH)
    assert story.equals(one_row_a_story(rows(two, one), BOTH))
    assert story.height == 1
    return story.row(0, named=True)


def test_two_parts_become_one_story() -> None:
    assert folded(PART_ONE, PART_TWO) == {
        "source": "tmdb",
        "episode_key": "ds9:emissary",
        "title": "Emissary",
        "air_date": day("1993-01-03"),
        "stardate_from": 46370.0,
        "stardate_to": 46392.7,
        "year_from": 2367,
        "year_to": 2370,
        "synopsis": "Sisko arrives.\n\nSisko stays.",
        "production_codes": ["721", "722"],
        "directors": ["David Carson", "David Livingston"],
        "writers": ["Michael Piller", "Rick Berman"],
        "story_by": ["Rick Berman"],
        "guest_stars": ["Patrick Stewart", "Felecia M. Bell", "Camille Saviola"],
        "plot_points": [],
        "connections": [],
        "runtime_min": 91,
        "tmdb_id": 969525,
        "imdb_id": "tt0108214",
        "memory_alpha_url": "https://example.org/wiki/Emissary",
        "source_url": "https://example.org/1",
        "fetched_at": instant("2026-10-02T08:00"),
        "is_stale": False,
    }


def test_a_story_has_the_running_time_of_all_parts_or_none() -> None:
    assert folded(PART_ONE, PART_TWO | {"runtime_min": None})["runtime_min"] is None


@pytest.mark.parametrize(
    ("one", "two", "prose"),
    [
        ("Same.", "Same.", "Same."),
        (None, "Sisko stays.", "Sisko stays."),
        ("Sisko arrives.", None, "Sisko arrives."),
        (None, None, None),
    ],
)
def test_prose_is_told_once(one: str | None, two: str | None, prose: str | None) -> None:
    assert folded(PART_ONE | {"synopsis": one}, PART_TWO | {"synopsis": two})["synopsis"] == prose


def test_one_stale_part_makes_a_stale_story() -> None:
    assert folded(PART_ONE, PART_TWO | {"is_stale": True})["is_stale"] is True


def test_a_story_takes_its_title_from_the_part_that_has_one() -> None:
    assert folded(PART_ONE | {"title": None}, PART_TWO)["title"] == "Emissary"


def test_what_only_one_part_knows_stands_for_the_story() -> None:
    story = folded(PART_ONE | {"air_date": None, "stardate_from": None, "tmdb_id": None}, PART_TWO)
    assert (story["air_date"], story["stardate_from"], story["tmdb_id"]) == (day("1993-01-10"), 46370.0, 1012580)


def test_a_bare_row_stands_before_the_second_part() -> None:
    bare = links(link("12", "ds9:emissary", 2), link("11", "ds9:emissary"))
    story = one_row_a_story(rows(PART_TWO, PART_ONE), bare).row(0, named=True)
    assert story["synopsis"] == "Sisko arrives.\n\nSisko stays."


def test_a_single_row_is_untouched() -> None:
    story = one_row_a_story(rows(PART_TWO), links(link("12", "ds9:emissary", 2))).row(0, named=True)
    dropped = ("source_id", "series", "season", "number")
    told = {name: value for name, value in PART_TWO.items() if name not in dropped}
    assert story == {**dict.fromkeys(COLUMNS), **told, "episode_key": "ds9:emissary"}


def test_rows_of_two_sources_are_not_folded() -> None:
    told = rows(PART_ONE, PART_TWO | {"source": "tvmaze"})
    linked = links(link("11", "ds9:emissary"), link("12", "ds9:emissary", source="tvmaze"))
    assert one_row_a_story(told, linked).select("source", "title").rows() == [
        ("tmdb", "Emissary (1)"),
        ("tvmaze", "Emissary (2)"),
    ]


def test_rows_that_are_not_linked_give_no_story() -> None:
    assert one_row_a_story(rows(PART_ONE), links()).is_empty()


@pytest.mark.parametrize("told", [[], [PART_ONE], [PART_ONE, PART_TWO]])
def test_the_columns_are_always_the_same(told: list[dict[str, object]]) -> None:
    linked = BOTH.filter(BOTH["source_id"].is_in([one["source_id"] for one in told]))
    story = one_row_a_story(rows(*told), linked)
    assert set(story.columns) == COLUMNS
    assert {name: data_type for name, data_type in story.schema.items() if name in EPISODE_ROWS} == {
        name: EPISODE_ROWS[name] for name in story.columns if name in EPISODE_ROWS
    }
