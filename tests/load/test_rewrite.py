"""The page of a published release is written again from its database, and run.json states it."""

from __future__ import annotations

import hashlib
import json
import shutil
from datetime import date
from pathlib import Path

import pytest

from etl.errors import InputError
from etl.load.release import write_files, write_run
from etl.load.rewrite import rewrite_page
from tests.factories import changed, tiny_tables


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A release in a folder of its own; nobody writes into it."""
    folder = tmp_path_factory.mktemp("made")
    tables = changed(tiny_tables(), "episodes", "tas:yesteryear", air_date=date(1973, 9, 15))
    write_run(folder, {"run_id": "one"}, write_files(folder, tables, "star_trek"))
    return folder


@pytest.fixture
def out(made: Path, tmp_path: Path) -> Path:
    """The release as it is published: behind links."""
    release = tmp_path / "out" / ".releases" / "one"
    shutil.copytree(made, release)
    (tmp_path / "out" / ".current").symlink_to(".releases/one")
    for path in release.iterdir():
        (tmp_path / "out" / path.name).symlink_to(f".current/{path.name}")
    return tmp_path / "out"


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def test_what_is_right_is_not_touched(out: Path) -> None:
    release = out / ".releases" / "one"
    before = contents(release), {path.name: path.stat().st_ino for path in release.iterdir()}
    assert rewrite_page(out) == out / "report.html"
    assert (contents(release), {path.name: path.stat().st_ino for path in release.iterdir()}) == before


def test_a_page_of_another_version_is_replaced_and_stated(out: Path, made: Path) -> None:
    (out / "report.html").write_text("an older page", "utf-8")
    run = json.loads((out / "run.json").read_text("utf-8"))
    run["files"]["report.html"] = {"bytes": 13, "sha256": hashlib.sha256(b"an older page").hexdigest()}
    (out / "run.json").write_text(json.dumps(run), "utf-8")
    rewrite_page(out)
    assert contents(out / ".releases" / "one") == contents(made)
    assert (out / "report.html").is_symlink()


def test_what_a_kill_left_is_mended(out: Path, made: Path) -> None:
    """The page was written, run.json not yet."""
    stated = (out / "run.json").read_text("utf-8")
    digest = hashlib.sha256((out / "report.html").read_bytes()).hexdigest()
    (out / "run.json").write_text(stated.replace(digest, "0" * 64), "utf-8")
    rewrite_page(out)
    assert contents(out / ".releases" / "one") == contents(made)


def test_a_database_alone_gets_a_page_beside_it(made: Path, tmp_path: Path) -> None:
    shutil.copy(made / "episodes.duckdb", tmp_path)
    assert rewrite_page(tmp_path) == tmp_path / "report.html"
    assert sorted(contents(tmp_path)) == ["episodes.duckdb", "report.html"]
    assert (tmp_path / "report.html").read_bytes() == (made / "report.html").read_bytes()


def test_a_name_that_leads_nowhere_is_not_told(out: Path) -> None:
    (out / "report.html").unlink()
    assert rewrite_page(out) == out.resolve() / ".releases" / "one" / "report.html"


def test_without_a_release_it_says_so(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"holds no release\. Run trek-etl generate first"):
        rewrite_page(tmp_path)


@pytest.mark.parametrize("text", ["{", "[]", '{"files": 3}', "{}"])
def test_a_damaged_run_json_is_named(out: Path, text: str) -> None:
    (out / "run.json").write_text(text, "utf-8")
    with pytest.raises(InputError, match=r"run\.json: is damaged"):
        rewrite_page(out)


def test_a_folder_that_cannot_be_written_is_named(out: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (out / "report.html").write_text("an older page", "utf-8")

    def refuse(_: Path, __: Path) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "replace", refuse)
    with pytest.raises(InputError, match=r"one: cannot be written \(Permission denied\)"):
        rewrite_page(out)
