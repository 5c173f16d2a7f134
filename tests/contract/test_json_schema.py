"""The JSON Schema files say what the models say, and a validator of others holds real releases against them."""

from __future__ import annotations

import json
import runpy
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator, FormatChecker

from schemas import json_schema
from schemas.episodes import EPISODES
from schemas.json_schema import DIALECT, ENDING, json_schema_text, json_schemas
from schemas.tables import CONTRACT_VERSION
from tests.contract.release_folder import write_release

pytest_plugins = ["tests.release_fixtures"]

FOLDER = Path(__file__).parents[2] / "schemas" / "json"
FILES = {
    "guide": "star-trek-data.json",
    "episodes": "episodes.json",
    "quality": "quality.json",
    "redirects": "redirects.json",
    "run": "run.json",
}


def validator(name: str) -> Draft202012Validator:
    schema = json.loads((FOLDER / f"{name}{ENDING}").read_text("utf-8"))
    return Draft202012Validator(schema, format_checker=FormatChecker())


def faults(name: str, document: Any) -> list[str]:
    """What the validator says: the place in the document and the broken keyword."""
    return [
        f"{'.'.join(map(str, error.absolute_path))}: {error.validator}"
        for error in validator(name).iter_errors(document)
    ]


def read(folder: Path, name: str) -> Any:
    return json.loads((folder / FILES[name]).read_text("utf-8"))


def test_every_exported_json_has_a_schema_and_every_schema_a_file() -> None:
    assert set(json_schemas()) == set(FILES)
    assert {path.name for path in FOLDER.glob(f"*{ENDING}")} == {f"{name}{ENDING}" for name in FILES}


@pytest.mark.parametrize("name", FILES)
def test_the_files_say_what_the_models_say(name: str) -> None:
    assert (FOLDER / f"{name}{ENDING}").read_text("utf-8") == json_schema_text(json_schemas()[name]), (
        "run `make dictionary`"
    )


@pytest.mark.parametrize("name", FILES)
def test_a_schema_is_one_of_the_dialect_that_it_names(name: str) -> None:
    schema = json_schemas()[name]
    Draft202012Validator.check_schema(schema)
    assert schema["$schema"] == DIALECT
    assert schema["$id"] == f"urn:trek-etl:contract:{CONTRACT_VERSION}:{name}"


def properties(schema: Any) -> list[tuple[str, dict[str, Any]]]:
    """Every property of every object in a schema, by name."""
    if isinstance(schema, list):
        return [found for one in schema for found in properties(one)]
    if not isinstance(schema, dict):
        return []
    own = list(schema["properties"].items()) if isinstance(schema.get("properties"), dict) else []
    return own + [found for one in schema.values() for found in properties(one)]


@pytest.mark.parametrize("name", sorted(set(FILES) - {"episodes"}))
def test_every_property_is_described(name: str) -> None:
    silent = [key for key, told in properties(json_schemas()[name]) if "description" not in told and "$ref" not in told]
    assert silent == []


def test_a_column_of_the_episodes_is_told_with_title_example_unit_and_weight() -> None:
    columns = json_schemas()["episodes"]["items"]["properties"]
    assert list(columns) == list(EPISODES.columns)
    assert columns["imdb_id"] == {
        "title": "IMDb id",
        "description": "IMDb's id of the episode, of its first part where IMDb has several",
        "type": ["string", "null"],
        "pattern": r"^(?:tt\d{7,})$",
        "examples": ["tt0094030"],
        "x-weight": 0.6,
    }
    assert columns["runtime_min"]["x-unit"] == "minutes"
    assert columns["air_date"]["format"] == "date"


@pytest.mark.parametrize("name", FILES)
def test_a_real_release_keeps_its_schemas(catalogue_release: Path, name: str) -> None:
    assert faults(name, read(catalogue_release, name)) == []


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A release that has redirects, tombstones, connections and changes, which the catalogue alone has not."""
    return write_release(tmp_path_factory.mktemp("tiny"))


@pytest.mark.parametrize("name", FILES)
def test_a_release_with_a_history_keeps_its_schemas(tiny: Path, name: str) -> None:
    assert faults(name, read(tiny, name)) == []


def season(guide: Any) -> Any:
    return guide[0]["items"][0]


def movie(guide: Any) -> Any:
    return next(item for item in guide[0]["items"] if item["type"] == "movie")


# A document, what is done to it, and the faults that the validator must find.
DAMAGES: list[tuple[str, Callable[[Any], Any], list[str]]] = [
    ("guide", lambda d: d[0].pop("years"), ["0: required"]),
    ("guide", lambda d: movie(d).pop("notes"), ["0.items.1: oneOf"]),
    ("guide", lambda d: season(d).update(notes=None), ["0.items.0: oneOf"]),
    ("guide", lambda d: season(d)["episodeData"][0].update(plotPoints="one"), ["0.items.0: oneOf"]),
    ("guide", lambda d: season(d)["episodeData"][0].update(airDate="1973-02-30"), ["0.items.0: oneOf"]),
    ("guide", lambda d: season(d)["episodeData"][0].update(imdbId=None), ["0.items.0: oneOf"]),
    ("guide", lambda d: season(d)["episodeData"][0].update(colour="red"), ["0.items.0: oneOf"]),
    ("episodes", lambda d: d[0].update(season="1"), ["0.season: type"]),
    ("episodes", lambda d: d[0].update(episode_id="S1E1"), ["0.episode_id: pattern"]),
    ("episodes", lambda d: d[0].pop("air_date"), ["0: required"]),
    ("episodes", lambda d: d[0].update(colour="red"), ["0: additionalProperties"]),
    ("episodes", lambda d: d[0].update(title=None), ["0.title: type"]),
    ("episodes", lambda d: d[0].update(title="  "), ["0.title: pattern"]),
    ("episodes", lambda d: d[0].update(air_date="soon"), ["0.air_date: format"]),
    ("episodes", lambda d: d[0].update(grade="superb"), ["0.grade: enum"]),
    ("episodes", lambda d: d[0].update(quality_overall=1.5), ["0.quality_overall: maximum"]),
    ("episodes", lambda d: d[0].update(directors=[7]), ["0.directors.0: type"]),
    ("episodes", lambda d: d[0].update(connections=[{"episode_key": "tas:x"}]), ["0.connections.0: required"] * 2),
    ("quality", lambda d: d["average"].update(overall=2), ["average.overall: anyOf"]),
    ("quality", lambda d: d["grades"].pop("poor"), ["grades: required"]),
    ("quality", lambda d: d["fields"][0].update(present=-1), ["fields.0.present: minimum"]),
    ("redirects", lambda d: d["redirects"][0].pop("new_id"), ["redirects.0: required"]),
    ("redirects", lambda d: d["redirects"][0].update(old_id="TAS 1x3"), ["redirects.0.old_id: pattern"]),
    ("redirects", lambda d: d.update(release=0), ["release: minimum"]),
    ("redirects", lambda d: d["tombstones"][0].update(more=1), ["tombstones.0: additionalProperties"]),
    ("run", lambda d: d.pop("files"), [": required"]),
    ("run", lambda d: d.update(mode="half"), ["mode: enum"]),
    ("run", lambda d: d["status"].update(outputVerified=False), ["status.outputVerified: const"]),
    ("run", lambda d: d["sources"]["tmdb"].update(status="well"), ["sources.tmdb.status: enum"]),
    ("run", lambda d: d["files"]["episodes.csv"].pop("sha256"), ["files.episodes.csv: oneOf"]),
    ("run", lambda d: d["files"].update({"../x": {"content_hash": "0" * 64}}), ["files: additionalProperties"]),
]


@pytest.mark.parametrize(("name", "damage", "expected"), DAMAGES)
def test_a_damaged_document_is_refused(
    tiny: Path, name: str, damage: Callable[[Any], Any], expected: list[str]
) -> None:
    document = read(tiny, name)
    damage(document)
    assert faults(name, document) == expected


def test_run_as_a_module_it_writes_the_schemas_into_a_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "argv", ["schemas.json_schema", str(tmp_path / "json")])
    runpy.run_path(str(json_schema.__file__), run_name="__main__")
    assert {path.name: path.read_bytes() for path in (tmp_path / "json").iterdir()} == {
        path.name: path.read_bytes() for path in FOLDER.glob(f"*{ENDING}")
    }
