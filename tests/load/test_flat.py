"""The flat exports: what is read back is what went in, and the bytes are the same everywhere."""

from __future__ import annotations

import csv
import io
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import duckdb
import polars as pl
import pytest
from export_factory import (
    FIXES,
    FORMULA_TITLE,
    HOSTILE_TITLE,
    episode,
    episodes,
    frame,
    release,
    series,
    write_everything,
)
from polars.testing import assert_frame_equal

from etl.load.flat import quality_summary, write_flat
from schemas.columns import polars_schema
from schemas.episodes import EPISODES

REPO = Path(__file__).parents[2]
COLUMNS = list(EPISODES.columns)
ORDER = ["tas:beyond", "tas:yesteryear", "tng:encounter-at-farpoint", "tng:hostile", "tng:formula"]


@pytest.fixture
def written(tmp_path: Path) -> Path:
    write_flat(tmp_path, release(), FIXES)
    return tmp_path


def test_quality_begins_the_list_of_what_to_mend(written: Path) -> None:
    fixes = json.loads((written / "quality.json").read_text("utf-8"))["fix_list"]
    assert len(fixes) == 20
    assert fixes[-1] == {"series": "tng", "field": "synopsis", "gain": 2.0}


def read_json(written: Path) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = json.loads((written / "episodes.json").read_text(encoding="utf-8"))
    return rows


def read_csv(written: Path) -> list[dict[str, str]]:
    text = (written / "episodes.csv").read_bytes().decode()
    return list(csv.DictReader(io.StringIO(text, newline=""), strict=True))


def test_the_files(written: Path) -> None:
    assert sorted(entry.name for entry in written.iterdir()) == [
        "episodes.csv", "episodes.json", "episodes.parquet", "quality.json",
    ]  # fmt: skip


def test_document_order_everywhere(written: Path) -> None:
    assert [row["episode_key"] for row in read_json(written)] == ORDER
    assert [row["episode_key"] for row in read_csv(written)] == ORDER
    assert pl.read_parquet(written / "episodes.parquet")["episode_key"].to_list() == ORDER


def test_json_has_every_column(written: Path) -> None:
    rows = read_json(written)
    assert [list(row) for row in rows] == [COLUMNS] * 5
    known = rows[2]
    assert known["air_date"] == "1987-09-28"
    assert known["stardate_from"] == 41153.7
    assert known["writers"] == ["D. C. Fontana", "Gene Roddenberry"]
    assert known["connections"][0] == {
        "episode_key": "tng:hostile",
        "connection_type": "character",
        "description": "Q is Q.",
    }
    assert known["quality_completeness"] == 0.666667
    assert (rows[3]["guest_stars"], rows[3]["synopsis"], rows[0]["guest_stars"]) == ([], "", None)


def test_csv_has_every_column(written: Path) -> None:
    rows = read_csv(written)
    assert [list(row) for row in rows] == [COLUMNS] * 5
    known = rows[2]
    assert known["production_codes"] == "40271-721; 40271-722"
    assert json.loads(known["connections"])[1]["description"] is None
    assert (known["air_date"], known["stardate_to"], known["has_synopsis"]) == ("1987-09-28", "41153.7", "true")
    assert rows[3]["title"] == HOSTILE_TITLE
    assert rows[1]["title"] == "Yesteryear — 昨日 🖖\ufffd"
    assert known["quality_completeness"] == "0.666667"


def test_csv_is_plain(written: Path) -> None:
    raw = (written / "episodes.csv").read_bytes()
    assert raw.startswith(b"episode_key,episode_id,series,")
    assert raw.endswith(b"\n")
    assert b"\r" not in raw


def test_csv_runs_nothing_in_a_spreadsheet(tmp_path: Path) -> None:
    titles = ["=1", "+1", "-1", "@x", "\tx", "\rx", "x=1", "'=1", " =1", "\nx", "＝1", "\u3000＋1", "－1", "＠x", " x"]
    rows = [episode(f"tng:t{at}", 1, at + 1, title=title, tmdb_id=-1) for at, title in enumerate(titles)]
    write_flat(tmp_path, release() | {"episodes": frame("episodes", rows)}, FIXES)
    shown = read_csv(tmp_path)
    assert [row["title"] for row in shown] == [
        *("'=1", "'+1", "'-1", "'@x", "'\tx", "'\rx", "x=1", "'=1", "' =1", "'\nx"),
        *("'＝1", "'\u3000＋1", "'－1", "'＠x", " x"),
    ]
    assert pl.read_parquet(tmp_path / "episodes.parquet")["title"].to_list() == titles
    assert [row["title"] for row in read_json(tmp_path)] == titles
    assert {row["tmdb_id"] for row in shown} == {"-1"}


def test_csv_guards_lists_too(written: Path) -> None:
    formula = read_csv(written)[4]
    assert formula["title"] == "'" + FORMULA_TITLE
    assert formula["directors"] == "'+1; Ω Ωmega"


def test_parquet_has_the_frame_itself(written: Path) -> None:
    back = pl.read_parquet(written / "episodes.parquet")
    assert back.schema == polars_schema(EPISODES)
    assert_frame_equal(back, episodes(), check_row_order=False)
    double = duckdb.read_parquet(str(written / "episodes.parquet")).filter("parts = 2")
    assert double.select("writers[2], connections[1].connection_type").fetchall() == [("Gene Roddenberry", "character")]


def test_an_episode_of_an_unknown_series_is_not_lost(tmp_path: Path) -> None:
    write_flat(tmp_path, release() | {"series": series().filter(pl.col("series") == "tng")}, FIXES)
    assert [row["series"] for row in read_json(tmp_path)] == ["tng", "tng", "tng", "tas", "tas"]


def test_an_empty_release(tmp_path: Path) -> None:
    write_flat(tmp_path, release() | {"episodes": episodes().clear()}, FIXES)
    assert (tmp_path / "episodes.json").read_text() == "[]\n"
    assert (tmp_path / "episodes.csv").read_text() == ",".join(COLUMNS) + "\n"
    assert pl.read_parquet(tmp_path / "episodes.parquet").schema == polars_schema(EPISODES)
    quality = json.loads((tmp_path / "quality.json").read_text())
    assert quality["average"]["overall"] is None
    assert quality["fields"][0] == {"field": "title", "weight": 1.0, "present": 0, "share": None}
    assert quality["missing"] == []
    assert quality["grades"]["good"] == {"episodes": 0, "percent": 0.0}


# --- quality ---


def test_quality_in_numbers() -> None:
    summary = quality_summary(episodes(), series())
    assert list(summary) == ["episodes", "average", "grades", "series", "fields", "missing"]
    assert summary["episodes"] == 5
    assert summary["average"] == {
        "overall": 0.839877,
        "completeness": 0.666667,
        "accuracy": 0.875,
        "freshness": 0.1,
        "reliability": 0.9,
    }
    assert list(summary["grades"]) == ["excellent", "good", "acceptable", "poor", "insufficient"]
    assert summary["grades"]["excellent"] == {"episodes": 1, "percent": 20.0}
    assert summary["grades"]["good"] == {"episodes": 4, "percent": 80.0}
    assert [(one["series"], one["episodes"], one["overall"]) for one in summary["series"]] == [
        ("tas", 2, 0.812346),
        ("tng", 3, 0.85823),
    ]


def test_what_is_missed_most_comes_first() -> None:
    summary = quality_summary(episodes(), series())
    coverage = {field["field"]: field for field in summary["fields"]}
    assert len(coverage) == 14
    assert coverage["directors"] == {"field": "directors", "weight": 0.8, "present": 2, "share": 0.4}
    assert [gap["field"] for gap in summary["missing"]][:4] == ["synopsis", "plot_points", "writers", "guest_stars"]
    assert summary["missing"][0] == {"field": "synopsis", "weight": 0.9, "missing": 4, "lost_completeness": 0.065455}
    assert "title" not in [gap["field"] for gap in summary["missing"]]


# --- the same bytes ---


def test_the_bytes_do_not_depend_on_the_machine(tmp_path: Path) -> None:
    surroundings = [
        {"PYTHONHASHSEED": "0", "TZ": "UTC", "LC_ALL": "C", "PYTHONUTF8": "0", "POLARS_MAX_THREADS": "1"},
        {"PYTHONHASHSEED": "1", "TZ": "Pacific/Kiritimati", "LC_ALL": "tr_TR.UTF-8", "POLARS_MAX_THREADS": "4"},
    ]
    here = tmp_path / "here"
    here.mkdir()
    write_everything(here)
    expected = {entry.name: entry.read_bytes() for entry in here.iterdir()}
    assert len(expected) == 7
    for at, surrounding in enumerate(surroundings):
        folder = tmp_path / str(at)
        folder.mkdir()
        environment = os.environ | {"PYTHONPATH": str(REPO)} | surrounding
        script = Path(__file__).with_name("export_factory.py")
        subprocess.run([sys.executable, script, folder], env=environment, check=True, timeout=60)
        assert {entry.name: entry.read_bytes() for entry in folder.iterdir()} == expected
