"""The summary of a GitHub step: appended where GitHub asks for it, and nothing foreign in it becomes Markdown."""

from __future__ import annotations

from pathlib import Path

import pytest

from etl.cli import run
from etl.validate import Problem
from etl.validate.summary import summary_markdown

pytest_plugins = ["tests.release_fixtures"]


def test_a_pass_is_told_in_two_lines() -> None:
    assert summary_markdown(Path("outputs"), []) == (
        "### trek-etl validate: outputs keeps its contract\n\n0 errors, 0 warnings.\n"
    )


def test_problems_are_a_table_with_the_errors_first() -> None:
    problems = [
        Problem("warning", "outputs/episodes.duckdb", "number_gap: hl 1", "number 2 is missing"),
        Problem("error", "outputs/run.json", "", "cannot be <read> | [x](http://y)\nat all"),
    ]
    assert summary_markdown(Path("outputs"), problems).splitlines() == [
        "### trek-etl validate: outputs breaks its contract",
        "",
        "1 errors, 1 warnings.",
        "",
        "| | File | Place | What is wrong |",
        "|---|---|---|---|",
        "| error | run.json |  | cannot be \\<read\\> \\| \\[x\\](http\\://y) at all |",
        "| warning | episodes.duckdb | number\\_gap: hl 1 | number 2 is missing |",
    ]


def test_a_flood_is_cut() -> None:
    told = summary_markdown(Path("o"), [Problem("error", "o/run.json", str(number), "x") for number in range(101)])
    assert told.endswith("| error | run.json | 99 | x |\n\nand 1 more.\n")


def test_validate_appends_to_the_file_that_github_names(
    small_release: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    summary = tmp_path / "summary.md"
    summary.write_text("Before.\n\n", "utf-8")
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(summary))
    assert run(["validate", str(small_release), "--format", "github"]) == 0
    assert run(["validate", str(tmp_path / "nowhere"), "--format", "github"]) == 1
    told = summary.read_text("utf-8")
    assert told.startswith("Before.\n\n### trek-etl validate: ")
    assert told.count("keeps its contract") == told.count("breaks its contract") == 1
    assert "| error | nowhere |  | does not exist; run trek-etl generate first |" in told
    assert "Error" not in capsys.readouterr().err


def test_without_the_variable_nothing_is_written(
    small_release: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", "")
    monkeypatch.chdir(tmp_path)
    assert run(["validate", str(small_release)]) == 0
    assert list(tmp_path.iterdir()) == []


def test_a_summary_that_cannot_be_written_is_told_after_the_verdict(
    small_release: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(tmp_path))
    assert run(["validate", str(small_release)]) == 3
    told = capsys.readouterr()
    assert told.out == "0 errors, 0 warnings\n"
    assert "GITHUB_STEP_SUMMARY" in told.err
