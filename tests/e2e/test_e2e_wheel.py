"""The wheel, installed into an environment of its own, works from any folder."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import sysconfig
from pathlib import Path

import duckdb
import pytest

CHECKOUT = Path(__file__).parents[2]


def call(*command: str | Path, cwd: Path, **variables: str) -> subprocess.CompletedProcess[str]:
    surroundings = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "TMDB_"))}
    done = subprocess.run(
        [str(part) for part in command],
        cwd=cwd,
        env={**surroundings, **variables},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done


@pytest.fixture(scope="module")
def environment(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An environment with the wheel; its dependencies are those of the environment that runs the tests."""
    folder = tmp_path_factory.mktemp("wheel")
    call(sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", folder, CHECKOUT, cwd=folder)
    call(sys.executable, "-m", "venv", "--without-pip", folder / "venv", cwd=folder)
    python = folder / "venv" / "bin" / "python"
    (wheel,) = folder.glob("*.whl")
    pip = (sys.executable, "-m", "pip", "--python", python)
    call(*pip, "install", "--quiet", "--no-deps", "--no-index", wheel, cwd=folder)
    (packages,) = (folder / "venv" / "lib").glob("python*/site-packages")
    # Packages of a folder in a .pth file are found after our own, and .pth files in it are not read.
    (packages / "dependencies.pth").write_text(sysconfig.get_paths()["purelib"] + "\n", encoding="utf-8")
    return folder / "venv"


def test_the_code_comes_from_the_wheel(environment: Path, tmp_path: Path) -> None:
    show = "import etl, schemas; print(etl.__file__); print(schemas.__file__)"
    files = call(environment / "bin" / "python", "-c", show, cwd=tmp_path).stdout.split()
    assert len(files) == 2
    assert all(Path(file).is_relative_to(environment) for file in files), files


@pytest.fixture(scope="module")
def published(environment: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What the installed command publishes from a folder that is neither the checkout nor the environment."""
    folder = tmp_path_factory.mktemp("elsewhere")
    command = (environment / "bin" / "trek-etl", "generate", "--offline", "--series", "pic", "--out", "published")
    call(*command, cwd=folder, TREK_ETL_CACHE_DIR=str(folder / "cache"))
    return folder / "published"


def names_of(connection: duckdb.DuckDBPyConnection, sql: str) -> set[str]:
    return {name for (name,) in connection.execute(sql).fetchall()}


def test_it_publishes_the_episodes(published: Path) -> None:
    with duckdb.connect(published / "episodes.duckdb", read_only=True) as connection:
        episodes = connection.execute("select series, count(*) from episodes group by all").fetchall()
    assert episodes == [("pic", 30)]
    assert json.loads((published / "run.json").read_text("utf-8"))["counts"]["episodes"] == 30


def test_its_sql_files_made_reports_and_views(published: Path) -> None:
    with duckdb.connect(published / "episodes.duckdb", read_only=True) as connection:
        tables = names_of(connection, "select table_name from duckdb_tables() where table_name like 'report_%'")
        views = names_of(connection, "select view_name from duckdb_views() where not internal")
        listed = connection.execute("select count(*) from episode_list").fetchall()
    assert tables == {f"report_{path.stem}" for path in (CHECKOUT / "sql" / "reports").glob("*.sql")}
    assert views == {path.stem for path in (CHECKOUT / "sql" / "views").glob("*.sql")}
    assert listed == [(30,)]


def test_its_templates_made_the_page(published: Path) -> None:
    page = (published / "report.html").read_text("utf-8")
    assert all(
        (CHECKOUT / "etl/load/page/templates" / name).read_text("utf-8") in page for name in ("page.css", "page.js")
    )
    assert page.count("<svg") == 1


def test_it_validates_what_it_published(environment: Path, published: Path, tmp_path: Path) -> None:
    done = call(environment / "bin" / "trek-etl", "validate", published, cwd=tmp_path)
    assert done.stdout == "0 errors, 0 warnings\n"


def test_it_carries_the_json_schemas(environment: Path, tmp_path: Path) -> None:
    show = (
        "import pathlib, schemas; print(*sorted(p.name for p in pathlib.Path(schemas.__file__).parent.glob('json/*')))"
    )
    names = call(environment / "bin" / "python", "-c", show, cwd=tmp_path).stdout.split()
    assert names == sorted(path.name for path in (CHECKOUT / "schemas" / "json").iterdir())
    assert len(names) == 6
