from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from etl.validate import inspect_release
from schemas.guide_json import Guide
from schemas.run_json import RunFile
from tests.contract.release_folder import guide, write_json

Document = list[dict[str, Any]]


def season(document: Document) -> dict[str, Any]:
    found: dict[str, Any] = document[0]["items"][0]
    return found


def movie(document: Document) -> dict[str, Any]:
    found: dict[str, Any] = document[0]["items"][1]
    return found


def episode(document: Document) -> dict[str, Any]:
    found: dict[str, Any] = season(document)["episodeData"][0]
    return found


def connect(document: Document, **values: object) -> None:
    whole = {"episodeId": "tng_s1_e01", "connectionType": "event", "description": ""}
    episode(document)["connections"] = [{**whole, **values}]


# A damage, the place that is told, and a part of the message.
DAMAGES: list[tuple[Callable[[Document], Any], str, str]] = [
    (lambda d: d[0].pop("years"), "[0].years", "Field required"),
    (lambda d: d[0].update(id="tos era"), "[0].id", "pattern"),
    (lambda d: d[1].update(id="tos_era"), "", "Ids that occur twice: eras tos_era"),
    (lambda d: d[0].update(items=None), "[0]", "null instead of a value: items"),
    (lambda d: season(d).pop("notes"), "[0].items[0].notes", "Field required"),
    (lambda d: season(d).update(notes=None), "[0].items[0]", "null instead of a value: notes"),
    (lambda d: season(d).update(notes=7), "[0].items[0].notes", "valid string, found 7"),
    (lambda d: season(d).update(type="serial"), "[0].items[0]", "'serial'"),
    (lambda d: season(d).pop("type"), "[0].items[0]", "discriminator"),
    (lambda d: season(d).update(id="tas_1992_x_s1"), "[0].items[0].id", "pattern"),
    (lambda d: season(d).update(id="tas_s2"), "[0].items[0]", "Episodes of another season: tas_s1_e01, tas_s1_e02"),
    (lambda d: season(d).update(episodes=3), "[0].items[0]", "episodes says 3, episodeData holds 2"),
    (lambda d: season(d).pop("episodeData"), "[0].items[0]", "episodes says 2, episodeData holds 0"),
    (lambda d: season(d).update(extra=1), "[0].items[0].extra", "Extra inputs are not permitted"),
    (lambda d: movie(d).update(id="star-trek-2"), "[0].items[1].id", "pattern"),
    (lambda d: movie(d).update(id="thewrathofkhan"), "[0].items[1].id", "pattern"),
    (lambda d: movie(d).pop("notes"), "[0].items[1].notes", "Field required"),
    (lambda d: movie(d).update(episodes=1), "[0].items[1].episodes", "Extra inputs"),
    (lambda d: d[1]["items"].append(movie(d)), "", "Ids that occur twice: items twok"),
    (lambda d: season(d)["episodeData"].__setitem__(1, episode(d)), "", "episodes tas_s1_e01"),
    (lambda d: episode(d).update(id="tas_s1_e01_1992"), "[0].items[0].episodeData[0].id", "pattern"),
    (lambda d: episode(d).update(id="TAS_s1_e01"), "[0].items[0].episodeData[0].id", "pattern"),
    (lambda d: episode(d).update(episode=2), "[0].items[0].episodeData[0]", "does not end with season and episode"),
    (lambda d: episode(d).update(season="1"), "[0].items[0].episodeData[0].season", "valid integer"),
    (lambda d: episode(d).update(season=True), "[0].items[0].episodeData[0].season", "valid integer"),
    (lambda d: episode(d).update(title=""), "[0].items[0].episodeData[0].title", "at least 1 character"),
    (lambda d: episode(d).pop("plotPoints"), "[0].items[0].episodeData[0].plotPoints", "Field required"),
    (lambda d: episode(d).update(guestStars="Q"), "[0].items[0].episodeData[0].guestStars", "valid array"),
    (lambda d: episode(d).pop("connections"), "[0].items[0].episodeData[0].connections", "Field required"),
    (lambda d: episode(d).update(airDate="1973-9-8"), "[0].items[0].episodeData[0].airDate", "pattern"),
    (lambda d: episode(d).update(airDate="1973-02-30"), "[0].items[0].episodeData[0].airDate", "no day"),
    (lambda d: episode(d).update(airDate=""), "[0].items[0].episodeData[0].airDate", "pattern"),
    (lambda d: episode(d).update(imdbId="tt123"), "[0].items[0].episodeData[0].imdbId", "pattern"),
    (lambda d: episode(d).update(imdbId=None), "[0].items[0].episodeData[0]", "null instead of a value: imdbId"),
    (lambda d: episode(d).update(tmdbId="5"), "[0].items[0].episodeData[0].tmdbId", "valid integer"),
    (lambda d: episode(d).update(memoryAlphaUrl="ftp://x"), "[0].items[0].episodeData[0].memoryAlphaUrl", "pattern"),
    (lambda d: episode(d).update(director="Hal"), "[0].items[0].episodeData[0].director", "valid array"),
    (lambda d: connect(d, connectionType="prequel"), "[0].items[0].episodeData[0].connections[0].connectionType", "'"),
    (lambda d: connect(d, episodeId="q"), "[0].items[0].episodeData[0].connections[0].episodeId", "pattern"),
    (lambda d: connect(d, description=None), "[0].items[0].episodeData[0].connections[0]", "description"),
]


def test_a_good_guide_passes_with_all_that_may_be_there(tmp_path: Path) -> None:
    document = guide()
    connect(document, seriesId="tng_s1")
    episode(document).update(
        productionCode="22004", director=["Hal Sutherland"], writer=[], imdbId="tt0832408", tmdbId=1
    )
    document[1]["items"].append(
        {"id": "tng_s2", "title": "Empty", "type": "series", "year": "", "stardate": "", "notes": ""}
    )
    write_json(tmp_path / "x-data.json", document)
    assert inspect_release(tmp_path / "x-data.json") == []
    parsed = Guide.model_validate_json(json.dumps(document))
    assert parsed.episode_ids() == ["tas_s1_e01", "tas_s1_e02", "tng_s1_e01", "tng_s1_e02"]
    assert parsed.movie_ids() == ["twok"]


@pytest.mark.parametrize(("damage", "place", "message"), DAMAGES)
def test_every_damage_is_told_with_its_place(
    tmp_path: Path, damage: Callable[[Document], Any], place: str, message: str
) -> None:
    document = guide()
    damage(document)
    write_json(tmp_path / "guide.json", document)
    problems = inspect_release(tmp_path / "guide.json")
    assert [problem.where for problem in problems] == [place]
    assert problems[0].severity == "error"
    assert message in problems[0].message


def test_the_nearest_id_is_named(tmp_path: Path) -> None:
    document = guide()
    episode(document)["stardate"] = 5521.3
    del season(document)["notes"]
    write_json(tmp_path / "guide.json", document)
    assert [problem.message for problem in inspect_release(tmp_path / "guide.json")] == [
        "Field required (in tas_s1)",
        "Input should be a valid string, found 5521.3 (in tas_s1_e01)",
    ]


def test_several_damages_are_all_told(tmp_path: Path) -> None:
    document = guide()
    season(document)["notes"] = 1
    movie(document)["year"] = 2285
    write_json(tmp_path / "guide.json", document)
    assert len(inspect_release(tmp_path / "guide.json")) == 2


@pytest.mark.parametrize("content", ["7", "{}", "null", '"text"', "[1]", "[null]", '[{"items": 3}]', ""])
def test_a_file_of_another_kind_is_told(tmp_path: Path, content: str) -> None:
    (tmp_path / "guide.json").write_text(content, "utf-8")
    assert inspect_release(tmp_path / "guide.json")


@pytest.mark.parametrize(
    "change",
    [
        {"run_id": ""},
        {"as_of": "yesterday"},
        {"as_of": "2026-11-01T00:00:00"},
        {"contract_version": None},
        {"contract_version": 1},
        {"files": {"../../etc/passwd": {"bytes": 1, "sha256": "0" * 64}}},
        {"files": {".hidden": {"bytes": 1, "sha256": "0" * 64}}},
        {"files": {"a.json": {"bytes": -1, "sha256": "0" * 64}}},
        {"files": {"a.json": {"bytes": 1, "sha256": "0" * 63}}},
        {"files": {"a.json": {"bytes": 1}}},
        {"files": {"a.json": {"sha256": "0" * 64}}},
        {"files": {"a.json": {"bytes": 1, "sha256": "0" * 64, "content_hash": "0" * 64}}},
    ],
)
def test_what_run_json_must_say(change: dict[str, object]) -> None:
    run = {"run_id": "a", "as_of": "2026-11-01T00:00:00Z", "contract_version": "1", "files": {}, "more": [1]}
    RunFile.model_validate_json(json.dumps(run))
    with pytest.raises(ValidationError):
        RunFile.model_validate_json(json.dumps({**run, **change}))
