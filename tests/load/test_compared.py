"""The two sides of `trek-etl diff`."""

from __future__ import annotations

from pathlib import Path

import pytest

from etl.diff import differences
from etl.errors import InputError
from etl.load.compared import Side, read_side
from etl.load.warehouse import write_warehouse
from tests.contract.release_folder import GUIDE, guide, release_tables, write_json, write_release
from tests.factories import RUN_ID, changed, tiny_tables, without


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The tiny release, but for its guide: that one is of an older hand, and says less."""
    folder = write_release(tmp_path_factory.mktemp("compared") / "outputs")
    write_json(folder / GUIDE, guide())
    return folder


def told(old: Side, new: Side) -> list[tuple[str, ...]]:
    by_id = not (old.has_keys and new.has_keys)
    return differences(old.tables, new.tables, by_id=by_id).select("kind", "subject", "field", "old", "new").rows()


def test_a_folder_and_its_database_are_the_same(folder: Path) -> None:
    whole, database = read_side(folder), read_side(folder / "episodes.duckdb")
    assert whole.name == f"{folder} (run {RUN_ID})"
    assert told(whole, database) == []


def test_two_releases_are_compared_by_key_with_their_sources_rows(folder: Path, tmp_path: Path) -> None:
    tables = changed(
        release_tables(), "episodes", "tng:the-naked-now", title="The Clothed Now", episode_id="tng_s1_e09"
    )
    write_warehouse(tmp_path / "new.duckdb", {**tables, "source_rows": tables["source_rows"].filter(series="tas")})
    assert told(read_side(folder), read_side(tmp_path / "new.duckdb")) == [
        ("renumbered", "tng:the-naked-now", "public_id", "tng_s1_e02", "tng_s1_e09"),
        ("retitled", "tng:the-naked-now", "title", "The Naked Now", "The Clothed Now"),
        ("rows_lost", "tmdb", "rows", "2", "0"),
        ("row_gone", "tmdb", "37064", None, None),
        ("row_gone", "tmdb", "tng_s1_e02", None, None),
    ]


def test_two_guides_are_compared_by_public_id(folder: Path, tmp_path: Path) -> None:
    document = guide()
    season = document[1]["items"][0]
    season["episodeData"][0].update(title="Farpoint", synopsis="New.", director=["Corey Allen"])
    season["episodeData"].pop()
    season["episodes"] = 1
    document[0]["items"][1]["title"] = "Wrath"
    write_json(tmp_path / "new.json", document)
    old, new = read_side(folder / GUIDE), read_side(tmp_path / "new.json")
    assert told(old, new) == [
        ("removed", "tng_s1_e02", "public_id", "tng_s1_e02", None),
        ("retitled", "twok", "title", "Khan", "Wrath"),
        ("retitled", "tng_s1_e01", "title", "Encounter at Farpoint", "Farpoint"),
        ("changed", "tng_s1_e01", "directors", None, '["Corey Allen"]'),
        ("changed", "tng_s1_e01", "synopsis", None, "New."),
    ]


def test_a_guide_and_a_release_are_compared_by_what_both_know(folder: Path) -> None:
    found = told(read_side(folder / GUIDE), read_side(folder))
    assert {kind for kind, *_ in found} == {"changed", "retitled"}
    assert ("changed", "tng_s1_e01", "synopsis", None, "The Enterprise leaves on her first mission.") in found
    assert ("retitled", "twok", "title", "Khan", "Star Trek II: The Wrath of Khan") in found
    assert not [field for _, subject, field, *_ in found if subject == "tng_s1_e01" and field == "air_date"]


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("nothing", None, "does not exist"),
        ("nothing.json", None, "does not exist"),
        ("broken.json", b"[{", "This is no viewing guide: Invalid JSON"),
        ("other.json", b'[{"id": "x"}]', "0.title"),
        ("broken.duckdb", b"garbage" * 500, "The release cannot be read"),
    ],
)
def test_what_is_no_release_is_named_with_what_to_do(
    tmp_path: Path, name: str, content: bytes | None, words: str
) -> None:
    path = tmp_path / name
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(InputError) as caught:
        read_side(path)
    assert words in str(caught.value)
    assert str(path) in str(caught.value)
    assert "Name the folder" in str(caught.value) or "trek-etl validate" in str(caught.value)


def test_a_folder_without_a_release_says_so(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="There is no release here"):
        read_side(tmp_path)


def test_a_release_without_a_run_says_so(tmp_path: Path) -> None:
    tables = without(without(tiny_tables(), "runs", RUN_ID), "runs", "20261001T000000Z")
    write_warehouse(tmp_path / "new.duckdb", tables)
    with pytest.raises(InputError, match="table runs is empty"):
        read_side(tmp_path / "new.duckdb")
