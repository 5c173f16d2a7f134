"""The catalogue: what is read of it, and what is said of a file that cannot be read."""

from __future__ import annotations

import csv
import inspect
from pathlib import Path

import pytest

from etl.asking import EXTRACTORS
from etl.errors import ExitCode, InputError
from etl.extract.catalogue import extract
from etl.extract.shapes import Scope
from etl.franchise import Franchise, load_franchise
from schemas.raw_catalogue import EPISODE_COLUMNS, EPISODE_FRAME, MOVIE_COLUMNS, MOVIE_FRAME

FRANCHISE = """
code = "loom"
name = "Loom of Suns"

[catalogue]
episodes = "episodes.csv"
movies = "movies.csv"
disputes = "disputes.csv"
checked_at = 2026-11-01T00:00:00Z

[[series]]
code = "loom"
name = "Loom of Suns"
kind = "series"
is_ended = true

[[eras]]
id = "only"
title = "Only"
years = "2001"
stardates = "none"
description = "The only one."
rules = [{ series = "loom" }]
"""

EPISODES = [
    {"key": "loom:the-first-thread", "series": "loom", "season": "1", "episode": "1", "title": "The First Thread"},
    {"key": "loom:under-glass", "series": "loom", "season": "1", "episode": "2", "title": "Under Glass"},
]
MOVIES = [{"key": "film:shuttle", "title": "The Shuttle", "release_date": "2004-06-04"}]


def write_csv(path: Path, columns: tuple[str, ...], rows: list[dict[str, str]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, columns, restval="")
        writer.writeheader()
        writer.writerows(rows)


def franchise_in(
    folder: Path, episodes: list[dict[str, str]] | None = None, movies: list[dict[str, str]] | None = None
) -> Franchise:
    write_csv(folder / "episodes.csv", EPISODE_COLUMNS, EPISODES if episodes is None else episodes)
    write_csv(folder / "movies.csv", MOVIE_COLUMNS, MOVIES if movies is None else movies)
    (folder / "disputes.csv").write_text("key,field,value,witnesses,chosen,reason\n", encoding="utf-8")
    file = folder / "franchise.toml"
    file.write_text(FRANCHISE, encoding="utf-8")
    return load_franchise(file)


def whole(franchise: Franchise) -> Scope:
    return Scope(franchise.series, franchise.films)


@pytest.fixture(scope="module")
def star_trek() -> Franchise:
    return load_franchise("star_trek")


class TestBundled:
    def test_the_whole_scope_is_the_whole_file(self, star_trek: Franchise) -> None:
        assert star_trek.catalogue is not None
        with star_trek.catalogue.episodes.open(encoding="utf-8", newline="") as file:
            keys = [row["key"] for row in csv.DictReader(file)]
        assert extract(star_trek, whole(star_trek)).frames["episodes"]["key"].to_list() == keys

    def test_every_column_is_text(self, star_trek: Franchise) -> None:
        frames = extract(star_trek, whole(star_trek)).frames
        assert (frames["episodes"].schema, frames["movies"].schema) == (EPISODE_FRAME, MOVIE_FRAME)

    def test_only_the_series_of_the_scope_are_read(self, star_trek: Franchise) -> None:
        frames = extract(star_trek, Scope((star_trek.series_by_code("pic"),), ())).frames
        assert set(frames["episodes"]["series"]) == {"pic"}

    def test_only_the_season_of_the_scope_is_read(self, star_trek: Franchise) -> None:
        frames = extract(star_trek, Scope((star_trek.series_by_code("pic"),), (), season=2)).frames
        assert set(frames["episodes"]["season"]) == {"2"}

    def test_only_the_films_of_the_scope_are_read(self, star_trek: Franchise) -> None:
        films = tuple(film for film in star_trek.films if film.code == "twok")
        assert extract(star_trek, Scope((), films)).frames["movies"]["key"].to_list() == ["film:twok"]

    def test_a_scope_of_nothing_gives_no_rows_of_the_same_schema(self, star_trek: Franchise) -> None:
        extracted = extract(star_trek, Scope((), ()))
        assert extracted.rows == 0
        assert extracted.frames["episodes"].schema == EPISODE_FRAME

    def test_nothing_is_rejected_and_nothing_fails(self, star_trek: Franchise) -> None:
        extracted = extract(star_trek, whole(star_trek))
        assert (extracted.rejects.height, extracted.errors, extracted.answers) == (0, (), 0)


class TestOwnFile:
    def test_it_is_read(self, tmp_path: Path) -> None:
        franchise = franchise_in(tmp_path)
        assert extract(franchise, whole(franchise)).frames["episodes"]["key"].to_list() == [
            "loom:the-first-thread",
            "loom:under-glass",
        ]

    def test_a_blank_value_is_null(self, tmp_path: Path) -> None:
        franchise = franchise_in(tmp_path)
        assert extract(franchise, whole(franchise)).frames["episodes"]["air_date"].to_list() == [None, None]

    def test_a_franchise_without_a_catalogue_gives_no_rows(self) -> None:
        extracted = extract(Franchise(code="loom", name="Loom of Suns"), Scope((), ()))
        assert {name: frame.schema for name, frame in extracted.frames.items()} == {
            "episodes": EPISODE_FRAME,
            "movies": MOVIE_FRAME,
        }
        assert extracted.rows == 0


def refusal(franchise: Franchise) -> str:
    with pytest.raises(InputError) as caught:
        extract(franchise, whole(franchise))
    assert caught.value.exit_code is ExitCode.WRONG_INPUT
    return str(caught.value)


class TestUnreadable:
    @pytest.mark.parametrize(
        ("column", "value", "kind"),
        [
            ("season", "one", "whole number"),
            ("episode", "1.5", "whole number"),
            ("parts", "two", "whole number"),
            ("tmdb_season", "1a", "whole number"),
            ("stardate_from", "soon", "number"),
            ("stardate_to", "nan", "number"),
            ("stardate_to", "1e999", "number"),
            ("air_date", "2001-02-30", "day (YYYY-MM-DD)"),
            ("air_date", "28.9.2001", "day (YYYY-MM-DD)"),
            ("air_date", "2001-9-28", "day (YYYY-MM-DD)"),
        ],
    )
    def test_a_value_is_named_with_file_row_and_column(
        self, tmp_path: Path, column: str, value: str, kind: str
    ) -> None:
        franchise = franchise_in(tmp_path, episodes=[EPISODES[0], {**EPISODES[1], column: value}])
        assert refusal(franchise) == (
            f"{tmp_path / 'episodes.csv'}: row 3: {column}: {value!r} is no {kind}."
            " Correct the value, or leave it empty where it may be."
        )

    @pytest.mark.parametrize("column", ["key", "series", "season", "episode", "title"])
    @pytest.mark.parametrize("blank", ["", "  "])
    def test_what_an_episode_cannot_be_without_is_named(self, tmp_path: Path, column: str, blank: str) -> None:
        franchise = franchise_in(tmp_path, episodes=[{**EPISODES[0], column: blank}])
        told = refusal(franchise)
        assert told.startswith(f"{tmp_path / 'episodes.csv'}: row 2: {column}: ")
        assert "is blank." in told

    def test_a_film_cannot_be_without_a_title(self, tmp_path: Path) -> None:
        franchise = franchise_in(tmp_path, movies=[{**MOVIES[0], "title": ""}])
        assert "movies.csv: row 2: title: None is blank." in refusal(franchise)

    def test_a_series_that_the_franchise_does_not_have_is_named(self, tmp_path: Path) -> None:
        franchise = franchise_in(tmp_path, [*EPISODES, {**EPISODES[0], "key": "web:x", "series": "web"}])
        with pytest.raises(InputError, match=r"episodes\.csv: row 4: series: 'web' is no series of Loom of Suns"):
            extract(franchise, Scope(franchise.series, franchise.films))

    def test_a_key_that_comes_twice_is_named_the_second_time(self, tmp_path: Path) -> None:
        franchise = franchise_in(tmp_path, episodes=[*EPISODES, EPISODES[0]])
        assert refusal(franchise).startswith(
            f"{tmp_path / 'episodes.csv'}: row 4: key: 'loom:the-first-thread' stands there more than once."
        )

    @pytest.mark.parametrize("column", ["tmdb_ids", "tmdb_episodes", "imdb_episodes"])
    @pytest.mark.parametrize("value", ["24830x", "5;6", "5; ", "5, 6"])
    def test_a_list_that_holds_no_whole_numbers_is_named(self, tmp_path: Path, column: str, value: str) -> None:
        franchise = franchise_in(tmp_path, episodes=[{**EPISODES[0], column: value}])
        assert f"row 2: {column}: {value!r} is no list of whole numbers" in refusal(franchise)

    @pytest.mark.parametrize(("column", "value"), [("tmdb_id", "tt1"), ("release_date", "2004"), ("runtime_min", "x")])
    def test_a_value_of_a_film_is_named_too(self, tmp_path: Path, column: str, value: str) -> None:
        franchise = franchise_in(tmp_path, movies=[{**MOVIES[0], column: value}])
        assert refusal(franchise).startswith(f"{tmp_path / 'movies.csv'}: row 2: {column}: {value!r} is no ")

    def test_a_header_that_differs_names_what_is_missing_and_what_is_unknown(self, tmp_path: Path) -> None:
        franchise = franchise_in(tmp_path)
        columns = tuple("name" if column == "title" else column for column in EPISODE_COLUMNS)
        write_csv(tmp_path / "episodes.csv", columns, [])
        told = refusal(franchise)
        assert told.startswith(
            f"{tmp_path / 'episodes.csv'}: row 1: the columns differ: missing ['title'], unknown ['name']."
        )
        assert told.endswith(f"The header must be {','.join(EPISODE_COLUMNS)}.")

    def test_a_header_of_another_order_is_refused(self, tmp_path: Path) -> None:
        franchise = franchise_in(tmp_path)
        write_csv(tmp_path / "movies.csv", MOVIE_COLUMNS[::-1], [])
        assert "movies.csv: row 1: the columns differ" in refusal(franchise)

    @pytest.mark.parametrize(
        "content",
        [b"", b"key,series\na,b,c,d\n", b"caf\xe9," + b"x," * 26, None],
        ids=["empty", "ragged", "not-utf8", "gone"],
    )
    def test_a_file_that_is_no_csv_is_named(self, tmp_path: Path, content: bytes | None) -> None:
        franchise = franchise_in(tmp_path)
        file = tmp_path / "episodes.csv"
        if content is None:
            file.unlink()
        else:
            file.write_bytes(content)
        assert refusal(franchise).startswith(f"{file}: ")


@pytest.mark.parametrize("name", EXTRACTORS)
def test_every_extractor_takes_franchise_client_and_scope(name: str) -> None:
    signature = inspect.signature(EXTRACTORS[name], eval_str=True)
    assert [*signature.parameters] == ["franchise", "client", "scope"]
    assert {parameter.kind for parameter in signature.parameters.values()} == {inspect.Parameter.POSITIONAL_OR_KEYWORD}
    assert signature.return_annotation.__name__ == "Extracted"
