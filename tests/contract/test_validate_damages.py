"""trek-etl validate finds by itself whatever is done to a published folder, and names the file and the place.

The release is a real one. Most damages are followed by `restate`: run.json then states the damaged file as it is, so
that its hash does not give the damage away, and what the file says must.
"""

from __future__ import annotations

import hashlib
import json
import shutil
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb
import polars as pl
import pytest

from etl.cli import run
from etl.validate import Problem, inspect_database, inspect_release
from etl.validate.database import DatabaseInspection
from tests.released import HARBOUR_WATCH, publish_catalogue

pytest_plugins = ["tests.release_fixtures"]

GUIDE = "harbour-watch-data.json"
TYPESCRIPT = "harbour-watch-data.ts"
DATABASE = "episodes.duckdb"


class Published:
    """A copy of the small release, to be damaged; `other` is a release of the same episodes, made by another run."""

    def __init__(self, out: Path, other: Path) -> None:
        self.out = out
        self.release = (out / ".current").resolve()
        self.other = other

    def text(self, name: str, old: str, new: str, *, is_stated: bool = True) -> None:
        """Replace one piece of text in a file."""
        content = (self.release / name).read_text("utf-8")
        assert old in content
        (self.release / name).write_text(content.replace(old, new, 1), "utf-8")
        self.restate(name, is_stated=is_stated)

    def json(self, name: str, edit: Callable[[Any], Any], *, is_stated: bool = True) -> None:
        """Change a JSON document."""
        document = json.loads((self.release / name).read_text("utf-8"))
        edit(document)
        (self.release / name).write_text(json.dumps(document, ensure_ascii=False, indent=2) + "\n", "utf-8")
        self.restate(name, is_stated=is_stated)

    def parquet(self, edit: Callable[[pl.DataFrame], pl.DataFrame]) -> None:
        edit(pl.read_parquet(self.release / "episodes.parquet")).write_parquet(self.release / "episodes.parquet")
        self.restate("episodes.parquet")

    def sql(self, statement: str) -> None:
        with duckdb.connect(self.release / DATABASE) as connection:
            connection.execute(statement)

    def database_state(self) -> tuple[int, list[str]]:
        """Changes with every write to the database, and with what stands beside it."""
        found = sorted(self.release.glob(f"{DATABASE}*"))
        return (found[0].stat().st_mtime_ns if found else 0), [path.name for path in found]

    def take(self, name: str, *, is_stated: bool = True) -> None:
        """Put the other release's file in the place of ours."""
        shutil.copyfile(self.other / name, self.release / name)
        self.restate(name, is_stated=is_stated)

    def restate(self, name: str, *, is_stated: bool = True) -> None:
        """Let run.json state the file as it is now."""
        if name == "run.json" or not is_stated:
            return
        content = (self.release / name).read_bytes()
        run_file = json.loads((self.release / "run.json").read_text("utf-8"))
        run_file["files"][name] = {"bytes": len(content), "sha256": hashlib.sha256(content).hexdigest()}
        (self.release / "run.json").write_text(json.dumps(run_file), "utf-8")


@pytest.fixture(scope="module")
def known(small_release: Path) -> DatabaseInspection:
    """What is to be said of the database, for damages that leave it as it is."""
    return inspect_database(small_release / DATABASE)


@pytest.fixture(scope="module")
def other_release(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return publish_catalogue(tmp_path_factory.mktemp("other"), HARBOUR_WATCH, "2027-05-01T08:00:00Z")


@pytest.fixture
def published(small_release: Path, other_release: Path, tmp_path: Path) -> Published:
    shutil.copytree(small_release, tmp_path / "outputs", symlinks=True)
    return Published(tmp_path / "outputs", other_release)


def movie(guide: Any) -> Any:
    return next(item for era in guide for item in era["items"] if item["type"] == "movie")


def season(guide: Any) -> Any:
    return next(item for era in guide for item in era["items"] if item["id"] == "hl_s1")


def redirect(file: Any) -> None:
    file["redirects"].append(
        {
            "old_id": "hl_s1_e09",
            "new_id": "hl_s1_e42",
            "old_key": "hl:gone",
            "new_key": "hl:nowhere",
            "since_release": 1,
            "until_release": 1,
            "numbering": "aired",
            "ended_by": "20261120T120000Z",
            "why": "renumbered",
            "accepted": None,
        }
    )
    file["release"] = 2


def replace_link(published: Published, name: str, target: str) -> None:
    (published.out / name).unlink()
    (published.out / name).symlink_to(target)


def replace_by_copy(published: Published, name: str) -> None:
    (published.out / name).unlink()
    shutil.copyfile(published.other / name, published.out / name)


def flip_a_bit(published: Published, name: str) -> None:
    content = bytearray((published.release / name).read_bytes())
    content[len(content) // 2] ^= 1
    (published.release / name).write_bytes(content)


def drop_csv_row(published: Published) -> None:
    lines = (published.release / "episodes.csv").read_text("utf-8").splitlines(keepends=True)
    (published.release / "episodes.csv").write_text("".join(lines[:-1]), "utf-8")
    published.restate("episodes.csv")


def swap_rows(rows: Any) -> None:
    rows[0], rows[1] = rows[1], rows[0]


# What is done; the file, the place and the words by which it must be told.
DAMAGES: dict[str, tuple[Callable[[Published], Any], str, str, str]] = {
    # --- the folder and its files ---
    "a file is missing": (
        lambda p: (p.release / "episodes.parquet").unlink(),
        "episodes.parquet",
        "",
        "is missing, or is no file",
    ),
    "the attribution is missing": (
        lambda p: (p.release / "ATTRIBUTION.md").unlink(),
        "ATTRIBUTION.md",
        "",
        "is missing",
    ),
    "a link is missing": (lambda p: (p.out / "report.html").unlink(), "report.html", "", "does not lead to a file"),
    "a dangling link": (
        lambda p: replace_link(p, "quality.json", ".current/nothing.json"),
        "quality.json",
        "",
        "does not lead to a file",
    ),
    "a dangling link under a strange name": (
        lambda p: (p.out / "old.json").symlink_to(".current/old.json"),
        "old.json",
        "",
        "is a link that leads nowhere",
    ),
    "the release that is led to is gone": (
        lambda p: shutil.rmtree(p.release),
        ".current",
        "",
        "leads to no release",
    ),
    "an extra foreign file": (
        lambda p: (p.release / "notes.txt").write_text("mine", "utf-8"),
        "notes.txt",
        "",
        "is not listed in run.json",
    ),
    "a changed byte": (lambda p: flip_a_bit(p, "episodes.csv"), "episodes.csv", "sha256", "but run.json says"),
    "a changed byte in the page": (lambda p: flip_a_bit(p, "report.html"), "report.html", "sha256", "but run.json"),
    "a file of another release": (
        lambda p: p.take("episodes.json", is_stated=False),
        "episodes.json",
        "sha256",
        "but run.json says",
    ),
    "a file of another release, stated": (
        lambda p: p.take("episodes.json"),
        "episodes.json",
        "quality_freshness",
        "differs from the database in 9 episodes; in hl_s1_e01 it is ",
    ),
    "a file of another release in the place of a link": (
        lambda p: replace_by_copy(p, "episodes.json"),
        "episodes.json",
        "",
        "is not the file of the release that .current leads to",
    ),
    "the database of another release": (
        lambda p: p.take(DATABASE, is_stated=False),
        DATABASE,
        "content_hash",
        "but run.json says",
    ),
    # --- run.json ---
    "mixed run ids": (
        lambda p: p.json("run.json", lambda run: run.update(run_id="20270501T080000Z")),
        "run.json",
        "run_id",
        "is 20270501T080000Z, but the newest run in episodes.duckdb says 20261120T120000Z",
    ),
    "run.json of another release": (
        lambda p: p.take("run.json"),
        "run.json",
        "as_of",
        "is 2027-05-01 08:00:00+00:00, but the newest run",
    ),
    "an old contract version": (
        lambda p: p.json("run.json", lambda run: run.update(contract_version="0")),
        "run.json",
        "contract_version",
        "is 0; this trek-etl knows",
    ),
    "a truncated run.json": (
        lambda p: (p.release / "run.json").write_text('{"run_id": "2026', "utf-8"),
        "run.json",
        "",
        "Invalid JSON",
    ),
    "a key is missing in run.json": (
        lambda p: p.json("run.json", lambda run: run["sources"]["catalogue"].pop("rows")),
        "run.json",
        "sources.catalogue.rows",
        "Field required",
    ),
    "a file that run.json does not state": (
        lambda p: p.json("run.json", lambda run: run["files"].pop("review.md")),
        "review.md",
        "",
        "is not listed in run.json",
    ),
    "other counts in run.json": (
        lambda p: p.json("run.json", lambda run: run["counts"].update(episodes=10)),
        "run.json",
        "counts.episodes",
        "is 10, but the newest run in episodes.duckdb says 9",
    ),
    # --- the guide ---
    "a truncated JSON": (
        lambda p: (p.release / GUIDE).write_bytes((p.release / GUIDE).read_bytes()[:-40]),
        GUIDE,
        "",
        "Invalid JSON",
    ),
    "a film without notes": (
        lambda p: p.json(GUIDE, lambda guide: movie(guide).pop("notes")),
        GUIDE,
        "items[2].notes",
        "Field required (in keep)",
    ),
    "a wrong type": (
        lambda p: p.json(GUIDE, lambda guide: season(guide)["episodeData"][0].update(stardate=1201.1)),
        GUIDE,
        "episodeData[0].stardate",
        "valid string, found 1201.1 (in hl_s1_e01)",
    ),
    "a duplicate id in the guide": (
        lambda p: p.json(GUIDE, lambda g: season(g)["episodeData"][1].update(id="hl_s1_e01", episode=1)),
        GUIDE,
        "",
        "Ids that occur twice: episodes hl_s1_e01",
    ),
    "null instead of a list": (
        lambda p: p.json(GUIDE, lambda guide: season(guide)["episodeData"][0].update(guestStars=None)),
        GUIDE,
        "episodeData[0]",
        "null instead of a value: guestStars",
    ),
    "another title in the guide": (
        lambda p: p.json(GUIDE, lambda guide: season(guide)["episodeData"][1].update(title="Fog Horn")),
        GUIDE,
        "episodeData[1].title (in hl_s1_e02)",
        "is 'Fog Horn', but the database says 'Fog Signal'",
    ),
    "an episode is missing in the guide": (
        lambda p: p.json(
            GUIDE, lambda guide: season(guide).update(episodeData=season(guide)["episodeData"][:3], episodes=3)
        ),
        GUIDE,
        "episodes",
        "1 ids are in the database, but not here: hl_s1_e04",
    ),
    "TypeScript that differs from the JSON": (
        lambda p: p.text(TYPESCRIPT, "title: 'Fog Signal'", "title: 'Fog Horn'"),
        TYPESCRIPT,
        "episodeData[1].title (in hl_s1_e02)",
        "is 'Fog Horn', but the JSON guide says 'Fog Signal'",
    ),
    "TypeScript that is broken": (
        lambda p: p.text(TYPESCRIPT, "title: 'Fog Signal',", "title: fog(),"),
        TYPESCRIPT,
        "",
        "'(' belongs to no literal",
    ),
    "TypeScript that exports nothing": (
        lambda p: p.text(TYPESCRIPT, "export const", "const"),
        TYPESCRIPT,
        "",
        "exports no constant",
    ),
    # --- the flat exports ---
    "a renamed column in JSON": (
        lambda p: p.text("episodes.json", '"air_date":', '"aired":'),
        "episodes.json",
        "columns",
        "has no column air_date",
    ),
    "a renamed column in CSV": (
        lambda p: p.text("episodes.csv", "air_date", "aired"),
        "episodes.csv",
        "columns",
        "has a column aired, which the contract does not know",
    ),
    "a renamed column in Parquet": (
        lambda p: p.parquet(lambda frame: frame.rename({"air_date": "aired"})),
        "episodes.parquet",
        "columns",
        "has no column air_date",
    ),
    "a Parquet with another schema": (
        lambda p: p.parquet(lambda frame: frame.cast({"season": pl.String})),
        "episodes.parquet",
        "season",
        "is String, not Int64",
    ),
    "a Parquet with another value": (
        lambda p: p.parquet(lambda frame: frame.with_columns(parts=pl.lit(1, pl.Int64))),
        "episodes.parquet",
        "parts",
        "differs from the database in 1 episodes; in hl_s1_e01 it is 1, but the database says 2",
    ),
    "a CSV with another row count": (
        drop_csv_row,
        "episodes.csv",
        "episodes",
        "1 ids are in the database, but not here: ob_s1_e03",
    ),
    "a CSV with another value": (
        lambda p: p.text("episodes.csv", "2001-09-17", "2001-09-18"),
        "episodes.csv",
        "air_date",
        "in hl_s1_e02 it is '2001-09-18', but the database says '2001-09-17'",
    ),
    "a CSV with a quote that never ends": (
        lambda p: p.text("episodes.csv", "hl:fog-signal", '"hl:fog-signal'),
        "episodes.csv",
        "",
        "cannot be read",
    ),
    "a duplicate id": (
        lambda p: p.json("episodes.json", lambda rows: rows[1].update(episode_id="hl_s1_e01")),
        "episodes.json",
        "episodes",
        "1 ids occur twice: hl_s1_e01",
    ),
    "a number as text": (
        lambda p: p.json("episodes.json", lambda rows: rows[2].update(season="1")),
        "episodes.json",
        "season",
        "in hl_s1_e03 it is '1', but the database says 1",
    ),
    "another order": (
        lambda p: p.json("episodes.json", swap_rows),
        "episodes.json",
        "episodes",
        "stand in another order than in the database",
    ),
    "columns in another order": (
        lambda p: p.parquet(lambda frame: frame.select(reversed(frame.columns))),
        "episodes.parquet",
        "columns",
        "in another order than the contract",
    ),
    # --- the other documents ---
    "quality.json of other numbers": (
        lambda p: p.take("quality.json"),
        "quality.json",
        "average.overall",
        "but the database says",
    ),
    "quality.json that contradicts itself": (
        lambda p: p.json("quality.json", lambda quality: quality["grades"]["good"].update(episodes=99)),
        "quality.json",
        "",
        "episodes says 9, grades hold",
    ),
    "redirects to nowhere": (
        lambda p: p.json("redirects.json", redirect),
        "redirects.json",
        "redirects[0]",
        "but the database says nothing",
    ),
    "redirects of another run": (
        lambda p: p.take("redirects.json"),
        "redirects.json",
        "run_id",
        "is '20270501T080000Z', but the database says '20261120T120000Z'",
    ),
    # --- the database ---
    "half a database": (
        lambda p: (p.release / DATABASE).write_bytes((p.release / DATABASE).read_bytes()[:8192]),
        DATABASE,
        "",
        "cannot be read",
    ),
    "a log beside the database": (
        lambda p: (p.release / f"{DATABASE}.wal").write_bytes(b""),
        DATABASE,
        "",
        "a log stands beside the database",
    ),
    "a table is missing": (
        lambda p: p.sql("drop table conflicts"),
        DATABASE,
        "",
        "table conflicts: is missing",
    ),
    "a renamed column in the database": (
        lambda p: p.sql("alter table series rename column name to title"),
        DATABASE,
        "",
        "table series: column name is missing; column title is unknown",
    ),
    "a wrong type in the database": (
        lambda p: p.sql("alter table coverage alter column dated type varchar"),
        DATABASE,
        "",
        "table coverage: column dated is VARCHAR, not BIGINT",
    ),
    "a duplicate id in the database": (
        lambda p: p.sql("update episodes set episode_id = 'hl_s1_e01' where episode_key = 'hl:fog-signal'"),
        DATABASE,
        "",
        "hl:fog-signal: episode_id is not unique",
    ),
    "an id in two schemes": (
        lambda p: p.sql(
            "update episodes set episode_id = 'hl_s1_e05', episode = 5 where episode_key = 'hl:storm-glass'"
        ),
        GUIDE,
        "episodes",
        "1 ids are in the database, but not here: hl_s1_e05",
    ),
    "a number of no scheme": (
        lambda p: p.sql("update numbering set scheme = 'mine' where scheme = 'parts' and episode_key = 'hl:lamp-oil'"),
        DATABASE,
        "",
        "scheme is no numbering scheme",
    ),
    "a numbering with a hole": (
        lambda p: p.sql("delete from numbering where episode_key = 'hl:fog-signal' and scheme = 'aired'"),
        DATABASE,
        "number_gap: hl 1",
        "number 2 is missing",
    ),
    "a value without a source": (
        lambda p: p.sql("delete from field_values where episode_key = 'hl:lamp-oil' and field = 'title'"),
        DATABASE,
        "value_without_source: hl:lamp-oil title",
        "",
    ),
    "a season is missing": (
        lambda p: p.sql("delete from seasons where season_id = 'hl_s2'"),
        DATABASE,
        "unknown_season: hl:lamp-oil",
        "is in season 2 of hl, which has no row in seasons",
    ),
    "missing comments": (
        lambda p: p.sql("comment on column episodes.air_date is null; comment on table links is null"),
        DATABASE,
        "",
        "episodes: column air_date has no comment",
    ),
    "a table without a comment": (
        lambda p: p.sql("comment on table links is null"),
        DATABASE,
        "",
        "links: has no comment",
    ),
    "a view is missing": (
        lambda p: p.sql("drop view watch_order"),
        DATABASE,
        "",
        "watch_order: the view or report is missing",
    ),
    "a report lacks a column": (
        lambda p: p.sql("alter table report_grades drop column episodes"),
        DATABASE,
        "",
        "report_grades: column episodes is missing",
    ),
}


def test_the_undamaged_folder_passes(published: Published, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["validate", str(published.out)]) == 0
    assert capsys.readouterr().out == "0 errors, 0 warnings\n"


def told_of(published: Published, name: str, problems: list[Problem]) -> bool:
    _, file, place, words = DAMAGES[name]
    return any(
        problem.file == str(published.out / file) and place in problem.where and words in problem.message
        for problem in problems
    )


@pytest.mark.parametrize("name", DAMAGES)
def test_a_damage_is_an_error_and_is_named(published: Published, known: DatabaseInspection, name: str) -> None:
    before = published.database_state()
    DAMAGES[name][0](published)
    problems = inspect_release(published.out, known if published.database_state() == before else None)
    assert any(problem.severity == "error" for problem in problems)
    assert told_of(published, name, problems), "\n".join(map(str, problems))


@pytest.mark.parametrize(
    "name", ["a dangling link", "mixed run ids", "a film without notes", "a duplicate id", "missing comments"]
)
def test_the_command_ends_with_1(published: Published, name: str, capsys: pytest.CaptureFixture[str]) -> None:
    DAMAGES[name][0](published)
    assert run(["validate", str(published.out), "--format", "json"]) == 1
    told = json.loads(capsys.readouterr().out)["problems"]
    assert told_of(published, name, [Problem(**problem) for problem in told])


def test_a_copy_whose_links_were_followed_is_itself_the_release(published: Published, tmp_path: Path) -> None:
    copy = Path(shutil.copytree(published.out, tmp_path / "copy"))
    assert inspect_release(copy) == []
    (copy / "episodes.csv").write_text("spoilt", "utf-8")
    assert {problem.file for problem in inspect_release(copy)} == {str(copy / "episodes.csv")}


def test_what_stands_beside_the_links_is_worth_a_warning(published: Published) -> None:
    (published.out / "notes.txt").write_text("mine", "utf-8")
    (published.out / "folder").mkdir()
    told = [(problem.severity, Path(problem.file).name) for problem in inspect_release(published.out)]
    assert told == [("warning", "notes.txt")]


def test_all_of_the_catalogue_is_validated_in_less_than_two_seconds(catalogue_release: Path) -> None:
    """In seconds of this process, so that a busy machine does not count."""
    started_at = time.process_time()
    problems = inspect_release(catalogue_release)
    elapsed_s = time.process_time() - started_at
    assert [problem.severity for problem in problems if problem.severity == "error"] == []
    assert elapsed_s < 2


@pytest.mark.parametrize("name", ["run.json", "quality.json", "redirects.json", "episodes.json", GUIDE, DATABASE])
def test_a_single_file_is_held_against_the_contract_of_its_name(published: Published, name: str) -> None:
    assert inspect_release(published.out / name) == []


@pytest.mark.parametrize(
    ("name", "spoil"),
    [
        ("run.json", lambda document: document.update(mode="half")),
        ("quality.json", lambda document: document["average"].update(overall=1.5)),
        ("redirects.json", lambda document: document.update(more=1)),
        ("episodes.json", lambda document: document[0].pop("grade")),
        (GUIDE, lambda document: document[0].pop("years")),
    ],
)
def test_a_damaged_single_file_is_named(published: Published, name: str, spoil: Callable[[Any], Any]) -> None:
    published.json(name, spoil, is_stated=False)
    problems = inspect_release(published.release / name)
    assert len(problems) == 1
    assert problems[0].file == str(published.release / name)
