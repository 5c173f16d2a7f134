from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest

from etl.errors import InputError
from etl.expected import expected_episodes
from etl.franchise import ChecksPolicy, Franchise, load_franchise

STAR_TREK = load_franchise("star_trek")
HEADER = "series,season,episodes\n"


def franchise(folder: Path, text: str) -> Franchise:
    path = folder / "expected.csv"
    path.write_text(text, "utf-8")
    return STAR_TREK.model_copy(update={"checks": ChecksPolicy.model_construct(expected_episodes=path)})


def test_the_bundled_numbers_are_those_of_the_catalogue() -> None:
    assert STAR_TREK.catalogue is not None
    counted = (
        pl.read_csv(STAR_TREK.catalogue.episodes, infer_schema=False)
        .group_by("series", pl.col("season").cast(pl.Int64))
        .agg(episodes=pl.len().cast(pl.Int64))
        .sort("series", "season")
    )
    assert counted.height == 53
    assert expected_episodes(STAR_TREK).equals(counted)


def test_the_bundled_numbers_are_known_without_the_catalogue() -> None:
    assert expected_episodes(load_franchise("star_trek", has_catalogue=False)).height == 53
    assert expected_episodes(load_franchise("breaking_bad")).is_empty()


def test_seasons_are_read_in_the_order_of_numbers(tmp_path: Path) -> None:
    read = expected_episodes(franchise(tmp_path, f"{HEADER}tng,2,22\ntng,10,1\ntos,0,1\n"))
    assert read.rows() == [("tng", 2, 22), ("tng", 10, 1), ("tos", 0, 1)]


@pytest.mark.parametrize(
    ("text", "line", "said"),
    [
        ("", 1, "The header differs. It must be series,season,episodes."),
        ("series,episodes,season\n", 1, "The header differs."),
        (f"{HEADER}tng,1,25\nxyz,1,2\n", 3, "'xyz' is no series. Known are "),
        (f"{HEADER}tng,2,22\ntng,1,25\n", 3, "not in its place"),
        (f"{HEADER}tng,1,25\ntng,1,25\n", 3, "not in its place"),
        (f"{HEADER}tos,1,29\ntng,1,25\n", 3, "not in its place"),
        (f"{HEADER}tng,1\n", 2, "'tng,1' is no season."),
        (f"{HEADER}tng,one,25\n", 2, "is no season."),
        (f"{HEADER}tng,1,0\n", 2, "1 to 1000"),
        (f"{HEADER}tng,1,1001\n", 2, "1 to 1000"),
        (f"{HEADER}\n", 2, "is no season."),
    ],
)
def test_a_fault_is_named_with_its_line(tmp_path: Path, text: str, line: int, said: str) -> None:
    with pytest.raises(InputError) as caught:
        expected_episodes(franchise(tmp_path, text))
    assert str(caught.value).startswith(f"{tmp_path / 'expected.csv'}:{line}: ")
    assert said in str(caught.value)
