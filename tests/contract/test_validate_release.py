from __future__ import annotations

import json
import random
import shutil
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb
import polars as pl
import pytest

from etl.validate import Problem, inspect_database, inspect_release
from etl.validate import files as file_inspection
from etl.validate import release as inspection
from etl.validate.database import DatabaseInspection
from tests.contract.release_folder import GUIDE, restate, write_json, write_release


@pytest.fixture(scope="module")
def pristine(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_release(tmp_path_factory.mktemp("pristine") / "outputs")


@pytest.fixture
def folder(pristine: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(pristine, tmp_path / "outputs"))


@pytest.fixture(scope="module")
def known(pristine: Path) -> DatabaseInspection:
    """What is to be said of the database, for damages that leave it as it is."""
    return inspect_database(pristine / "episodes.duckdb")


def sql(folder: Path, statement: str) -> None:
    with duckdb.connect(folder / "episodes.duckdb") as connection:
        connection.execute(statement)


def edit_run(folder: Path, edit: Callable[[dict[str, Any]], Any]) -> None:
    run = json.loads((folder / "run.json").read_text("utf-8"))
    edit(run)
    write_json(folder / "run.json", run)


def edit_json(folder: Path, name: str, edit: Callable[[Any], Any]) -> None:
    document = json.loads((folder / name).read_text("utf-8"))
    edit(document)
    write_json(folder / name, document)
    restate(folder)


def edit_guide(folder: Path, edit: Callable[[list[dict[str, Any]]], Any]) -> None:
    edit_json(folder, GUIDE, edit)


def edit_redirects(folder: Path, edit: Callable[[dict[str, Any]], Any]) -> None:
    edit_json(folder, "redirects.json", edit)


def rewrite(folder: Path, name: str, content: bytes) -> None:
    (folder / name).write_bytes(content)
    restate(folder)


def replace_by_folder(folder: Path, name: str) -> None:
    (folder / name).unlink()
    (folder / name).mkdir()


def drop_last_episode(document: list[dict[str, Any]]) -> None:
    season = document[1]["items"][0]
    season["episodeData"].pop()
    season["episodes"] = 1


# A damage, the file that is told, and a part of the message.
DAMAGES: list[tuple[Callable[[Path], Any], str, str]] = [
    (lambda f: (f / "run.json").unlink(), "run.json", "cannot be read: No such file"),
    (lambda f: (f / "run.json").write_text('{"run_id": "a', "utf-8"), "run.json", "Invalid JSON"),
    (lambda f: replace_by_folder(f, "run.json"), "run.json", "cannot be read: Is a directory"),
    (lambda f: edit_run(f, lambda run: run.pop("as_of")), "run.json", "Field required"),
    (lambda f: edit_run(f, lambda run: run.update(contract_version="0")), "run.json", "this trek-etl knows"),
    (
        lambda f: edit_run(f, lambda run: run.update(run_id="other")),
        "run.json",
        "is other, but the newest run in",
    ),
    (lambda f: edit_run(f, lambda run: run["files"].pop("quality.json")), "quality.json", "is not listed in run.json"),
    (lambda f: edit_run(f, lambda run: run["files"].pop("episodes.duckdb")), "episodes.duckdb", "is not listed"),
    (
        lambda f: edit_run(f, lambda run: run["files"].update({"gone.md": {"bytes": 1, "sha256": "0" * 64}})),
        "gone.md",
        "is missing",
    ),
    (
        lambda f: edit_run(f, lambda run: run["files"]["episodes.csv"].update(sha256="0" * 64)),
        "episodes.csv",
        f"but run.json says {'0' * 64}",
    ),
    (
        lambda f: edit_run(f, lambda run: run["files"]["episodes.csv"].pop("sha256")),
        "run.json",
        "Either bytes and sha256 or content_hash",
    ),
    (
        lambda f: edit_run(f, lambda run: run["files"]["episodes.csv"].update(sha256=None, content_hash="0" * 64)),
        "episodes.csv",
        "but run.json says None",
    ),
    (
        lambda f: edit_run(f, lambda run: run["files"]["episodes.duckdb"].update(content_hash="0" * 64)),
        "episodes.duckdb",
        f"but run.json says {'0' * 64}",
    ),
    (lambda f: (f / "ATTRIBUTION.md").unlink(), "ATTRIBUTION.md", "is missing"),
    (lambda f: (f / "star-trek-data.ts").unlink(), "*-data.ts", "is missing"),
    (lambda f: (f / GUIDE).unlink(), "*-data.json", "is missing"),
    (
        lambda f: (f / "quality.json").write_text("{ }\n", "utf-8"),
        "quality.json",
        "is 4, but run.json says 8332",
    ),
    (lambda f: replace_by_folder(f, "episodes.parquet"), "episodes.parquet", "is missing, or is no file"),
    (lambda f: (f / "episodes.duckdb").unlink(), "episodes.duckdb", "is missing"),
    (lambda f: rewrite(f, "episodes.duckdb", b"garbage" * 500), "episodes.duckdb", "not a valid DuckDB database"),
    (lambda f: (f / "episodes.duckdb.wal").write_bytes(b""), "episodes.duckdb", "a log stands beside the database"),
    (lambda f: sql(f, "drop table report_grades; drop table conflicts"), "episodes.duckdb", "conflicts: is missing"),
    (lambda f: sql(f, "update episodes set grade = 'superb'"), "episodes.duckdb", "grade is no grade"),
    (lambda f: sql(f, "update seasons set episodes = 9"), "episodes.duckdb", "states 9 episodes and has 2"),
    (lambda f: sql(f, "update movies set title = 'Khan'"), "episodes.duckdb", "but run.json says"),
    (lambda f: rewrite(f, GUIDE, b"[{"), GUIDE, "Invalid JSON"),
    (lambda f: rewrite(f, GUIDE, b"\xff\xfe\x00"), GUIDE, "Invalid JSON"),
    (lambda f: rewrite(f, GUIDE, b"[" * 100_000), GUIDE, "Invalid JSON"),
    (lambda f: edit_guide(f, lambda d: d[0]["items"][0].pop("notes")), GUIDE, "Field required"),
    (lambda f: edit_guide(f, drop_last_episode), GUIDE, "1 ids are in the database, but not here: tng_s1_e02"),
    (lambda f: edit_guide(f, lambda d: d[0]["items"].pop()), GUIDE, "1 ids are in the database, but not here: twok"),
    (
        lambda f: edit_guide(f, lambda d: d[0]["items"][1].update(id="tsfs")),
        GUIDE,
        "1 ids are here, but not in the database: tsfs",
    ),
    (lambda f: (f / "redirects.json").unlink(), "redirects.json", "is missing"),
    (lambda f: (f / "changes.md").unlink(), "changes.md", "is missing"),
    (lambda f: rewrite(f, "redirects.json", b"[]"), "redirects.json", "should be an object"),
    (lambda f: edit_redirects(f, lambda r: r.pop("history")), "redirects.json", "Field required"),
    (
        lambda f: edit_redirects(f, lambda r: r.update(contract_version="0")),
        "redirects.json",
        "is '0', but the",
    ),
    (lambda f: edit_redirects(f, lambda r: r.update(release=3)), "redirects.json", "is 3, but the database says 2"),
    (
        lambda f: edit_redirects(f, lambda r: r.update(run_id="x")),
        "redirects.json",
        "is 'x', but the database",
    ),
    (
        lambda f: edit_redirects(f, lambda r: r["redirects"].pop()),
        "redirects.json",
        "is nothing, but the database says {'old_id': 'tng_s1_e03'",
    ),
    (
        lambda f: edit_redirects(f, lambda r: r["redirects"][1].update(new_id="tng_s1_e01")),
        "redirects.json",
        "is 'tng_s1_e01', but the database says 'tng_s1_e02'",
    ),
    (
        lambda f: edit_redirects(f, lambda r: r["tombstones"].clear()),
        "redirects.json",
        "is nothing, but the database says {'episode_key': 'tas:lost'",
    ),
    (
        lambda f: edit_redirects(f, lambda r: r["redirects"][1].update(new_key=None)),
        "redirects.json",
        "both there or both null",
    ),
    (
        lambda f: edit_redirects(f, lambda r: r["redirects"][1].update(new_id="tng_s1_e03")),
        "redirects.json",
        "leads to itself",
    ),
    (
        lambda f: edit_redirects(f, lambda r: r["redirects"][1].update(since_release=2)),
        "redirects.json",
        "until_release comes before since_release",
    ),
    (
        lambda f: edit_redirects(f, lambda r: r["redirects"][1].update(until_release=2)),
        "redirects.json",
        "of this release or later ones: tng_s1_e03",
    ),
    (
        lambda f: edit_redirects(f, lambda r: r["redirects"].append(r["redirects"][1])),
        "redirects.json",
        "two meanings in one release: tng_s1_e03",
    ),
    (lambda f: sql(f, "delete from runs"), "episodes.duckdb", "table runs is empty"),
    (lambda f: rewrite(f, "episodes.json", b"{}"), "episodes.json", "valid array"),
    (lambda f: rewrite(f, "episodes.json", b'[{"id": 1}]'), "episodes.json", "Field required"),
    (lambda f: rewrite(f, "episodes.json", b"[]"), "episodes.json", "4 ids are in the database, but not here"),
    (lambda f: rewrite(f, "episodes.csv", b"episode_id\nx\nx\n"), "episodes.csv", "1 ids occur twice: x"),
    (lambda f: rewrite(f, "episodes.csv", b"id\nx\n"), "episodes.csv", "has no column episode_key, episode_id"),
    (lambda f: rewrite(f, "episodes.csv", b""), "episodes.csv", "has no column episode_key, episode_id"),
    (lambda f: rewrite(f, "episodes.csv", b"title,episode_id\nx\n"), "episodes.csv", "4 ids are in the database"),
    (lambda f: rewrite(f, "episodes.csv", b'episode_id\n"x'), "episodes.csv", "cannot be read"),
    (lambda f: rewrite(f, "episodes.csv", b"\x80\x81"), "episodes.csv", "cannot be read"),
    (lambda f: rewrite(f, "episodes.parquet", b"PAR1garbagePAR1"), "episodes.parquet", "cannot be read"),
    (lambda f: rewrite(f, "episodes.parquet", b""), "episodes.parquet", "cannot be read"),
    (
        lambda f: (pl.DataFrame({"id": [1]}).write_parquet(f / "episodes.parquet"), restate(f)),
        "episodes.parquet",
        "has no column episode_key, episode_id",
    ),
    (
        lambda f: (pl.DataFrame({"episode_id": [None, 1]}).write_parquet(f / "episodes.parquet"), restate(f)),
        "episodes.parquet",
        "has no column episode_key, series",
    ),
]


def test_a_good_folder_has_no_problem(folder: Path) -> None:
    assert inspect_release(folder) == []


@pytest.mark.parametrize(("damage", "file", "message"), DAMAGES)
def test_every_damage_is_found(
    folder: Path, known: DatabaseInspection, damage: Callable[[Path], Any], file: str, message: str
) -> None:
    before = (folder / "episodes.duckdb").read_bytes()
    damage(folder)
    database = folder / "episodes.duckdb"
    is_untouched = database.exists() and database.read_bytes() == before and not list(folder.glob("*.wal"))
    problems = inspect_release(folder, known if is_untouched else None)
    assert any(
        problem.severity == "error" and problem.file == str(folder / file) and message in problem.message
        for problem in problems
    ), "\n".join(map(str, problems))


def test_a_stranger_in_a_release_is_an_error_and_hidden_files_are_nobodys_business(folder: Path) -> None:
    (folder / "notes.txt").write_text("mine", "utf-8")
    (folder / ".lock").write_text("", "utf-8")
    assert inspect_release(folder) == [
        Problem("error", str(folder / "notes.txt"), "", "is not listed in run.json: it is no part of this release"),
    ]


def test_without_run_json_everything_else_is_still_looked_at(folder: Path) -> None:
    (folder / "run.json").unlink()
    (folder / "quality.json").unlink()
    (folder / GUIDE).write_text("[]", "utf-8")
    assert {Path(problem.file).name for problem in inspect_release(folder)} == {
        "run.json",
        "quality.json",
        GUIDE,
        "star-trek-data.ts",
    }


def test_a_failed_check_names_check_row_reason_and_rule_and_how_grave_it_is(folder: Path) -> None:
    sql(folder, "update movies set stardate_to = 1 where movie_key = 'film:twok'")
    problems = [problem for problem in inspect_release(folder) if problem.where.startswith("stardate_range")]
    assert problems == [
        Problem(
            "warning",
            str(folder / "episodes.duckdb"),
            "stardate_range: film:twok",
            "begins at stardate 8130.3 and ends at 1.0. No story ends at a lower stardate than it begins.",
        )
    ]


def test_single_files(folder: Path, tmp_path: Path) -> None:
    assert inspect_release(folder / "episodes.duckdb") == []
    assert inspect_release(folder / GUIDE) == []
    sql(folder, "update eras set position = 7 where era = 'tng_era'")
    assert [problem.where for problem in inspect_release(folder / "episodes.duckdb")] == ["era_position: tng_era"]
    for path, message in (
        (folder / "ATTRIBUTION.md", "is neither a folder"),
        (tmp_path / "nowhere", "does not exist"),
        (tmp_path / "nowhere.duckdb", "does not exist"),
        (tmp_path / ("x" * 5000), "cannot be read"),
    ):
        problems = inspect_release(path)
        assert len(problems) == 1
        assert message in problems[0].message


def test_an_empty_folder_lacks_everything(tmp_path: Path) -> None:
    missing = {Path(problem.file).name for problem in inspect_release(tmp_path)}
    assert missing == {
        "run.json",
        "episodes.duckdb",
        "episodes.json",
        "episodes.csv",
        "episodes.parquet",
        "quality.json",
        "redirects.json",
        "changes.md",
        "report.html",
        "ATTRIBUTION.md",
        "*-data.json",
        "*-data.ts",
    }


def published(folder: Path) -> Path:
    """The folder as etl/load/publish.py leaves it: links that lead through `.current` to a release."""
    release = folder / ".releases" / "run"
    release.mkdir(parents=True)
    for path in sorted(folder.iterdir()):
        if path.is_file():
            path.rename(release / path.name)
            path.symlink_to(Path(".current") / path.name)
    (folder / ".current").symlink_to(Path(".releases") / "run")
    return release


def test_a_published_folder_of_links_is_read_as_one_release(folder: Path) -> None:
    release = published(folder)
    assert inspect_release(folder) == []
    (folder / "quality.json").unlink()
    (release / "episodes.csv").write_text("episode_id\n", "utf-8")
    told = {(Path(problem.file), problem.where) for problem in inspect_release(folder)}
    assert told == {
        (folder / "quality.json", ""),
        (folder / "episodes.csv", "bytes"),
        (folder / "episodes.csv", "sha256"),
        (folder / "episodes.csv", "episodes"),
        (folder / "episodes.csv", "columns"),
    }


def test_a_folder_that_cannot_be_listed_is_a_problem(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(_: Path) -> list[str]:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(inspection, "file_names", refuse)
    assert inspect_release(folder) == [Problem("error", str(folder), "", "cannot be read: Permission denied")]


def test_a_file_that_vanishes_meanwhile_is_a_problem(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    names = file_inspection.file_names(folder)
    (folder / "quality.json").unlink()
    (folder / "episodes.parquet").unlink()
    monkeypatch.setattr(inspection, "file_names", lambda _: names)
    told = [Path(problem.file).name for problem in inspect_release(folder)]
    assert told == ["episodes.parquet", "quality.json", "quality.json", "episodes.parquet"]


@pytest.mark.parametrize("name", ["episodes.duckdb", "episodes.parquet", GUIDE, "episodes.csv", "run.json"])
def test_no_flipped_or_lost_byte_raises(folder: Path, name: str) -> None:
    content = (folder / name).read_bytes()
    chance = random.Random(name)  # noqa: S311
    for _ in range(4):
        damaged = bytearray(content)
        for _ in range(20):
            damaged[chance.randrange(len(damaged))] ^= 1 << chance.randrange(8)
        end = chance.choice([len(damaged), chance.randrange(len(damaged))])
        (folder / name).write_bytes(bytes(damaged[:end]))
        assert inspect_release(folder)


def test_a_thousand_episodes_take_less_than_two_seconds(folder: Path) -> None:
    sql(
        folder,
        """
        insert into episodes select * exclude (i) replace (
            'st:n-' || i as episode_key, format('st_s1_e{:02d}', i) as episode_id, 'st' as series, i as episode
        ) from episodes, range(1, 996) numbers (i) where episode_key = 'tng:encounter-at-farpoint';
        insert into field_values select * exclude (i) replace ('st:n-' || i as episode_key)
        from field_values, range(1, 996) numbers (i) where episode_key = 'tng:encounter-at-farpoint';
        """,
    )
    started_at = time.perf_counter()
    problems = inspect_release(folder)
    elapsed_s = time.perf_counter() - started_at
    assert len(problems) > 995
    assert elapsed_s < 2
