"""trek-etl validate: a published folder passes, and every damage is named in the form that was asked for."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from e2e_kit import FirstRun, Workplace

pytest_plugins = ["e2e_fixtures"]


def truncate_guide(out: Path) -> str:
    guide = out / "harbour-watch-data.json"
    guide.write_bytes(guide.read_bytes()[:-40])
    return guide.name


def remove_flat_file(out: Path) -> str:
    (out / ".current" / "episodes.parquet").unlink()
    return "episodes.parquet"


def change_one_byte(out: Path) -> str:
    table = out / "episodes.csv"
    data = bytearray(table.read_bytes())
    data[-10] ^= 1
    table.write_bytes(data)
    return table.name


def cut_database(out: Path) -> str:
    database = out / "episodes.duckdb"
    database.write_bytes(database.read_bytes()[:4096])
    return database.name


def remove_run_file(out: Path) -> str:
    (out / ".current" / "run.json").unlink()
    return "run.json"


DAMAGES = (truncate_guide, remove_flat_file, change_one_byte, cut_database, remove_run_file)


@pytest.fixture
def published(place: Workplace, first_run: FirstRun) -> Workplace:
    place.begin_with(first_run)
    return place


def test_what_was_published_passes(published: Workplace) -> None:
    ran = published.run("validate", published.out)
    # One writer is told by one of two sources, one synopsis says nothing; that is worth a look, and no more.
    assert ran.code == 0, ran.said
    assert ran.out.endswith("\n0 errors, 3 warnings\n")
    assert ran.out.count(": people_of_one_source: ") == 2
    assert ran.out.count(": short_synopsis: ob:far-shore: ") == 1


def test_a_pass_in_json(published: Workplace) -> None:
    ran = published.run("validate", published.out, "--format", "json")
    answer = json.loads(ran.out)
    assert (ran.code, answer["errors"], answer["warnings"]) == (0, 0, 3)


@pytest.mark.parametrize("damage", DAMAGES)
def test_damage_is_named(published: Workplace, damage: Callable[[Path], str]) -> None:
    name = damage(published.out)
    ran = published.run("validate", published.out)
    assert ran.code == 1, ran.said
    assert f"error: {published.out / name}: " in ran.out


@pytest.mark.parametrize("damage", DAMAGES)
def test_damage_is_named_in_json(published: Workplace, damage: Callable[[Path], str]) -> None:
    name = damage(published.out)
    ran = published.run("validate", published.out, "--format", "json")
    assert ran.code == 1, ran.said
    answer = json.loads(ran.out)
    errors = [problem for problem in answer["problems"] if problem["severity"] == "error"]
    assert answer["errors"] == len(errors) > 0
    assert str(published.out / name) in {problem["file"] for problem in errors}


def test_damage_is_named_for_github(published: Workplace) -> None:
    name = change_one_byte(published.out)
    ran = published.run("validate", published.out, "--format", "github")
    assert ran.code == 1, ran.said
    assert all(line.startswith(("::error file=", "::warning file=", "::notice file=")) for line in ran.out.splitlines())
    assert f"::error file={published.out / name},title=sha256::" in ran.out


def test_a_folder_without_a_release_is_no_pass(place: Workplace) -> None:
    ran = place.run("validate", place.folder / "nothing")
    assert ran.code == 1
    assert "does not exist" in ran.out


def test_the_next_run_names_a_damaged_release_and_leaves_it_alone(published: Workplace) -> None:
    name = cut_database(published.out)
    ran = published.generate("--offline")
    assert ran.code == 3, ran.said
    assert name in ran.err
    assert (published.out / name).stat().st_size == 4096


def test_the_reports_of_what_was_published_are_shown(published: Workplace) -> None:
    ran = published.run("report", published.out)
    assert ran.code == 0, ran.said
    assert "Harbour Lights" in ran.out


def test_the_page_is_written_again_as_it_was(published: Workplace) -> None:
    page = published.out / "report.html"
    before = page.read_bytes()
    assert b"Harbour Lights" in before
    page.write_text("spoilt", "utf-8")
    ran = published.run("report", published.out)
    assert ran.out.endswith(f"The page: {page}\n")
    assert page.read_bytes() == before
    assert published.run("validate", published.out).out.endswith("\n0 errors, 3 warnings\n")
