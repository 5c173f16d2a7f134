"""What must hold for every row of the bundled catalogue, whoever edits it."""

from __future__ import annotations

import csv
import re
from collections import Counter, defaultdict
from datetime import date
from itertools import pairwise
from pathlib import Path

import pytest

from etl.franchise import Franchise, load_franchise

Row = dict[str, str]

# Seasons in the order of the franchise file, and how many stories each has, doubles counted once.
EPISODES = {
    "tos": {0: 1, 1: 29, 2: 26, 3: 24},
    "tas": {1: 16, 2: 6},
    "tng": {1: 25, 2: 22, 3: 26, 4: 26, 5: 26, 6: 26, 7: 25},
    "ds9": {1: 19, 2: 26, 3: 26, 4: 25, 5: 26, 6: 26, 7: 25},
    "voy": {1: 15, 2: 26, 3: 26, 4: 26, 5: 25, 6: 26, 7: 24},
    "ent": {1: 25, 2: 26, 3: 24, 4: 22},
    "dis": {1: 15, 2: 14, 3: 13, 4: 13, 5: 10},
    "st": {1: 4, 2: 6},
    "pic": {1: 10, 2: 10, 3: 10},
    "ld": {1: 10, 2: 10, 3: 10, 4: 10, 5: 10},
    "pro": {1: 19, 2: 20},
    "snw": {1: 10, 2: 10, 3: 10, 4: 10},
    "sfa": {1: 10},
}
DOUBLES = {
    "tng:encounter-at-farpoint",
    "tng:all-good-things",
    "ds9:emissary",
    "ds9:the-way-of-the-warrior",
    "ds9:what-you-leave-behind",
    "voy:caretaker",
    "voy:dark-frontier",
    "voy:flesh-and-blood",
    "voy:endgame",
    "ent:broken-bow",
    "pro:lost-and-found",
}
# Released on the day of the episode before; every other episode came later than the one before it.
SAME_DAY = {
    "voy:the-killing-game-part-ii",
    "ent:desert-crossing",
    "ent:bounty",
    "ent:these-are-the-voyages",
    "dis:battle-at-the-binary-stars",
    "dis:under-the-twin-moons",
    "st:the-girl-who-made-the-stars",
    "ld:i-have-no-bones-yet-i-must-flee",
    "ld:shades-of-green",
    "snw:wedding-bell-blues",
    "sfa:beta-test",
}
STREAMED_AT_ONCE = {("pro", "2")}
# Stories told far from the years of their season.
OTHER_TIMES = {"tos:assignment-earth", "voy:living-witness", "ent:these-are-the-voyages"}
LISTS = ("aliases", "production_codes", "directors", "writers", "story_by", "tmdb_ids", "imdb_ids", "flags")
PEOPLE = ("directors", "writers", "story_by")


@pytest.fixture(scope="module")
def franchise() -> Franchise:
    return load_franchise("star_trek")


def read(franchise: Franchise, name: str) -> list[Row]:
    assert franchise.catalogue is not None
    path: Path = getattr(franchise.catalogue, name)
    with path.open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))


@pytest.fixture(scope="module")
def episodes(franchise: Franchise) -> list[Row]:
    return read(franchise, "episodes")


@pytest.fixture(scope="module")
def movies(franchise: Franchise) -> list[Row]:
    return read(franchise, "movies")


@pytest.fixture(scope="module")
def disputes(franchise: Franchise) -> list[Row]:
    return read(franchise, "disputes")


def items(text: str) -> list[str]:
    return text.split("; ") if text else []


def by_season(episodes: list[Row]) -> dict[tuple[str, str], list[Row]]:
    seasons = defaultdict(list)
    for row in episodes:
        seasons[row["series"], row["season"]].append(row)
    return seasons


def repeated(values: list[str]) -> list[str]:
    return [value for value, count in Counter(values).items() if count > 1]


def test_there_are_960_episodes_with_keys_of_their_series(episodes: list[Row]) -> None:
    assert len(episodes) == 960
    assert repeated([row["key"] for row in episodes]) == []
    for row in episodes:
        assert re.fullmatch(rf"{row['series']}:[a-z0-9]+(-[a-z0-9]+)*", row["key"]), row["key"]


def test_every_season_has_its_episodes_in_order_without_a_hole(episodes: list[Row]) -> None:
    found = {key: [row["episode"] for row in rows] for key, rows in by_season(episodes).items()}
    expected = {
        (series, str(season)): [str(number) for number in range(1, count + 1)]
        for series, seasons in EPISODES.items()
        for season, count in seasons.items()
    }
    assert found == expected
    assert list(found) == list(expected)  # sorted as the franchise is


def test_dates_ascend_within_a_season(episodes: list[Row]) -> None:
    same_day = set()
    for season, rows in by_season(episodes).items():
        for before, after in pairwise(rows):
            first, second = date.fromisoformat(before["air_date"]), date.fromisoformat(after["air_date"])
            assert first <= second, after["key"]
            if first == second and season not in STREAMED_AT_ONCE:
                same_day.add(after["key"])
    assert same_day == SAME_DAY


def test_season_0_is_the_unaired_pilot(episodes: list[Row]) -> None:
    assert [row["key"] for row in episodes if row["season"] == "0"] == ["tos:the-cage"]


def test_doubles_are_the_eleven_known_ones(episodes: list[Row]) -> None:
    assert {row["key"] for row in episodes if row["parts"] != "1"} == DOUBLES
    assert {row["parts"] for row in episodes if row["key"] in DOUBLES} == {"2"}
    assert {row["key"] for row in episodes if "feature_length" in items(row["flags"])} == DOUBLES


@pytest.mark.parametrize(
    ("column", "pattern"), [("imdb_ids", r"tt\d{7,}"), ("tmdb_ids", r"\d+"), ("stapi_id", r"EPMA\d{10}")]
)
def test_ids_are_well_formed_and_used_once(episodes: list[Row], column: str, pattern: str) -> None:
    ids = [identifier for row in episodes for identifier in items(row[column])]
    assert len(ids) > 850
    assert [identifier for identifier in ids if not re.fullmatch(pattern, identifier)] == []
    assert repeated(ids) == []


def test_pages_and_production_codes_are_used_once(episodes: list[Row]) -> None:
    pages = [row["memory_alpha_page"] for row in episodes if row["memory_alpha_page"]]
    assert repeated(pages) == []
    assert [page for page in pages if not page.endswith(" (episode)") or "  " in page] == []
    codes = [f"{row['series']} {code}" for row in episodes for code in items(row["production_codes"])]
    assert repeated(codes) == []


@pytest.mark.parametrize("name", ["episodes", "movies"])
def test_spans_do_not_run_backwards(franchise: Franchise, name: str) -> None:
    for row in read(franchise, name):
        for span in ("stardate", "year"):
            first, last = row[f"{span}_from"], row[f"{span}_to"]
            assert bool(first) == bool(last), row["key"]
            assert not first or float(first) <= float(last), row["key"]


@pytest.mark.parametrize("name", ["episodes", "movies"])
def test_lists_have_no_blanks_and_no_repetitions(franchise: Franchise, name: str) -> None:
    for row in read(franchise, name):
        for column in set(LISTS) & set(row):
            values = items(row[column])
            assert all(value and value == value.strip() for value in values), (row["key"], column)
            assert repeated(values) == [], (row["key"], column)
            assert not any(";" in value for value in values), (row["key"], column)


def test_names_of_people_look_like_names(episodes: list[Row], movies: list[Row]) -> None:
    people = {name for row in [*episodes, *movies] for column in PEOPLE for name in items(row[column])}
    assert [name for name in people if not re.fullmatch(r"[^\W\d_][\w.'\- ]+", name)] == []
    assert [name for name in people if re.search(r"\.[A-Z]", name)] == []


def test_no_cell_has_blanks_around_it_or_prose_in_it(franchise: Franchise) -> None:
    for name, longest in (("episodes", 160), ("movies", 120), ("disputes", 160)):
        for row in read(franchise, name):
            for column, cell in row.items():
                assert cell == cell.strip(), (row["key"], column)
                assert "\n" not in cell, (row["key"], column)
                assert len(cell) <= longest, (row["key"], column)


def test_files_are_utf_8_with_unix_line_ends(franchise: Franchise) -> None:
    assert franchise.catalogue is not None
    for path in (franchise.catalogue.episodes, franchise.catalogue.movies, franchise.catalogue.disputes):
        data = path.read_bytes()
        assert b"\r" not in data
        assert data.endswith(b"\n")
        assert not data.startswith(b"\xef\xbb\xbf")
        data.decode("utf-8")


def test_the_franchise_knows_every_season_and_its_era(franchise: Franchise, episodes: list[Row]) -> None:
    listed = {(series.code, season.number): season for series in franchise.series for season in series.seasons}
    assert list(listed) == [(series, season) for series, seasons in EPISODES.items() for season in seasons]
    assert [key for key, season in listed.items() if not season.years] == []
    for series, season in listed:
        assert sum(rule.claims(series, season) for era in franchise.eras for rule in era.rules) == 1
    assert {row["series"] for row in episodes} == set(franchise.series_codes)


def test_episodes_play_in_the_years_of_their_season(franchise: Franchise, episodes: list[Row]) -> None:
    years = {
        (series.code, str(season.number)): [int(year) for year in season.years.split("-")]
        for series in franchise.series
        for season in series.seasons
    }
    outside = set()
    for row in episodes:
        span = years[row["series"], row["season"]]
        assert span == sorted(span)
        # A story may begin before the season or end after it, never be wholly outside.
        if row["year_from"] and not (int(row["year_from"]) <= span[-1] and span[0] <= int(row["year_to"])):
            outside.add(row["key"])
    assert outside == OTHER_TIMES


def test_films_are_those_of_the_franchise(franchise: Franchise, movies: list[Row]) -> None:
    assert len(movies) == 14
    for film, row in zip(franchise.films, movies, strict=True):
        assert row["key"] == f"film:{film.code}"
        assert row["title"] == film.title
        assert {"tmdb": row["tmdb_id"], "imdb": row["imdb_id"]} == film.ids
        assert re.fullmatch(r"tt\d{7,}", row["imdb_id"])
        assert row["tmdb_id"].isdigit()
        assert row["year_from"] <= film.years <= row["year_to"]
        assert row["directors"]
        assert row["writers"]
    dates = [date.fromisoformat(row["release_date"]) for row in movies]
    assert dates == sorted(dates)


def test_disputes_speak_of_episodes_and_have_one_chosen_value(episodes: list[Row], disputes: list[Row]) -> None:
    assert {row["key"] for row in disputes} <= {row["key"] for row in episodes}
    assert {row["chosen"] for row in disputes} == {"true", "false"}
    chosen = Counter((row["key"], row["field"]) for row in disputes if row["chosen"] == "true")
    assert set(chosen.values()) == {1}
    assert [row for row in disputes if row["chosen"] == "true" and not row["reason"]] == []


def test_the_chosen_value_is_that_of_the_catalogue(episodes: list[Row], disputes: list[Row]) -> None:
    rows = {row["key"]: row for row in episodes}
    for dispute in disputes:
        row, field = rows[dispute["key"]], dispute["field"]
        span = [row["year_from"], row["year_to"]]
        value = "-".join(dict.fromkeys(span)) if field == "year" else row[field]
        assert (value == dispute["value"]) is (dispute["chosen"] == "true"), dispute
