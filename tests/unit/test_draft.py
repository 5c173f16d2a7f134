from __future__ import annotations

import json
import tomllib
from pathlib import Path
from typing import Any

import pytest

from etl.draft import code_of, draft_franchise
from etl.errors import InputError
from etl.franchise import Franchise, load_franchise

SHOW: dict[str, Any] = {
    "id": 1399,
    "name": "Game of Thrones",
    "first_air_date": "2011-04-17",
    "status": "Ended",
    "genres": [{"id": 18, "name": "Drama"}],
    "seasons": [{"season_number": 0}, {"season_number": 2}, {"season_number": 1}, {"season_number": 1}],
    "external_ids": {"imdb_id": "tt0944947"},
}


def loaded(folder: Path, **changes: Any) -> Franchise:
    file = folder / "franchise.toml"
    file.write_text(draft_franchise({**SHOW, **changes}), encoding="utf-8")
    return load_franchise(file)


def test_what_tmdb_knows_is_filled_in(tmp_path: Path) -> None:
    franchise = loaded(tmp_path)
    (series,) = franchise.series
    assert (franchise.code, franchise.name) == ("game_of_thrones", "Game of Thrones")
    assert (series.code, series.kind, series.is_ended) == ("got", "series", True)
    assert series.ids == {"tmdb": "1399", "imdb": "tt0944947"}
    assert [season.number for season in series.seasons] == [1, 2]
    assert franchise.eras[0].years == "2011"


@pytest.mark.parametrize(
    "name",
    [
        '"]\nname = "x',
        "\\",
        "'''",
        "{code} {0}",
        "\x7f\x00\x1b[31m",
        "进击的巨人",
        "\ud800half",
        "🖖" * 300,
        "# no comment",
        "a\u2028b",
        "Film",
        "A",
        "..",
    ],
)
def test_a_hostile_name_stays_a_name(tmp_path: Path, name: str) -> None:
    franchise = loaded(tmp_path, name=name)
    expected = name.strip().encode("utf-8", "replace").decode("utf-8")
    assert franchise.name == franchise.series[0].name == expected
    assert franchise.series[0].code != "film"


@pytest.mark.parametrize(
    "changes",
    [
        {"seasons": None, "external_ids": None, "first_air_date": None, "status": None, "genres": None},
        {"seasons": [], "external_ids": {}, "first_air_date": "", "status": "", "genres": []},
        {"seasons": [None, {"season_number": "1"}, {"season_number": True}], "external_ids": {"imdb_id": 'tt1"]'}},
        {"seasons": 7, "first_air_date": '20"\n-', "external_ids": "tt0944947", "genres": [None, {"id": "16"}]},
    ],
)
def test_what_is_missing_or_wrong_is_left_out(tmp_path: Path, changes: dict[str, Any]) -> None:
    franchise = loaded(tmp_path, **changes)
    if "seasons" in changes:
        assert franchise.series[0].seasons == ()
    assert franchise.series[0].kind == "series"
    assert franchise.series[0].ids["tmdb"] == "1399"


def test_a_running_animated_show(tmp_path: Path) -> None:
    (series,) = loaded(tmp_path, status="Returning Series", genres=[{"id": 16}]).series
    assert (series.kind, series.is_ended) == ("animated", False)


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("Game of Thrones", "got"),
        ("Breaking Bad", "bb"),
        ("Lost", "lost"),
        ("Supernatural", "supern"),
        ("The One With All The Words In Its Name", "theone"),
        ("Él", "el"),
        ("24", "24"),
        ("X", "show"),
        ("Film", "show"),
        ("???", "show"),
    ],
)
def test_codes(name: str, code: str) -> None:
    assert code_of(name) == code


@pytest.mark.parametrize("show", [{}, {"id": 1}, {"name": "x"}, {"id": "1", "name": "x"}, {"id": 1, "name": "  "}])
def test_what_is_no_show_is_refused(show: dict[str, Any]) -> None:
    with pytest.raises(InputError, match="no show"):
        draft_franchise(show)


def test_the_draft_is_deterministic_toml() -> None:
    assert tomllib.loads(draft_franchise(SHOW)) == tomllib.loads(draft_franchise(json.loads(json.dumps(SHOW))))
