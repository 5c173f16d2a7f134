"""`trek-etl score` as a person types it: what it prints, where, what it writes, and how the process ends."""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from reference_scorer import score
from score_kit import NOW_MS, SOURCES, assert_same, lines_of, read_lines, record

from etl.cli import run
from etl.errors import ExitCode
from etl.sources import SOURCES as OWN_SOURCES

Captured = pytest.CaptureFixture[str]
AS_OF = ("--as-of", "2026-01-01T00:00:00Z")


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The current folder, with a file of two records and their sources."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "sources.json").write_text(json.dumps(SOURCES))
    (tmp_path / "records.ndjson").write_text(lines_of(*TOLD))
    return tmp_path


TOLD = [record(title="Haven", confidenceScore=0.9), record(episodeId="tng_s1_e02", dataSource="manual")]
COMMAND = ["score", "records.ndjson", "--sources", "sources.json", *AS_OF]


def test_it_scores_says_so_and_ends_with_0(folder: Path, capsys: Captured) -> None:
    assert run([*COMMAND, "-o", "new/scores.ndjson"]) == ExitCode.DONE
    told = capsys.readouterr()
    assert told.out == "2 records scored, 0.404 on average: 1 poor, 1 insufficient\n"
    assert told.err == ""
    assert_same(read_lines(folder / "new" / "scores.ndjson"), [score(one, SOURCES, NOW_MS) for one in TOLD])
    assert [path.name for path in (folder / "new").iterdir()] == ["scores.ndjson"]


def test_it_writes_parquet_by_the_ending(folder: Path) -> None:
    assert run([*COMMAND, "--out", "scores.parquet"]) == ExitCode.DONE
    assert pl.read_parquet(folder / "scores.parquet")["episodeId"].to_list() == ["tng_s1_e01", "tng_s1_e02"]


def test_refused_records_end_with_1_and_are_told_on_stderr(folder: Path, capsys: Captured) -> None:
    (folder / "records.ndjson").write_text(lines_of(*TOLD, record(lastUpdated="never"), "x"))
    assert run([*COMMAND, "-o", "scores.ndjson"]) == ExitCode.CONTRACT_BROKEN
    told = capsys.readouterr()
    assert told.out.startswith("2 records scored")
    reason = '"never" is no time that has a score. Write it like 2026-11-23T09:00:00Z, or as milliseconds since 1970.'
    assert told.err.splitlines() == [
        f"2 records were refused; the first: records.ndjson: line 3: lastUpdated: {reason}",
        "All of them, with their reasons: scores.rejects.ndjson",
    ]
    assert [one["line"] for one in read_lines(folder / "scores.rejects.ndjson")] == [3, 4]


def test_rejects_go_where_one_says(folder: Path) -> None:
    (folder / "records.ndjson").write_text(lines_of(*TOLD, "x"))
    assert run([*COMMAND, "-o", "scores.parquet", "--rejects", "bad/lines.ndjson"]) == ExitCode.CONTRACT_BROKEN
    assert [one["record"] for one in read_lines(folder / "bad" / "lines.ndjson")] == ["x"]


def test_updates_after_as_of_are_told(capsys: Captured, folder: Path) -> None:
    (folder / "records.ndjson").write_text(lines_of(*TOLD, record(lastUpdated="2026-01-31")))
    assert run([*COMMAND, "-o", "scores.ndjson"]) == ExitCode.DONE
    assert capsys.readouterr().err == "1 records were updated after --as-of, so that their freshness is above 1.\n"


def test_no_records_have_no_average(folder: Path, capsys: Captured) -> None:
    (folder / "records.ndjson").write_text("")
    assert run([*COMMAND, "-o", "scores.ndjson"]) == ExitCode.DONE
    assert capsys.readouterr().out == "0 records scored\n"


def process(*arguments: str, cwd: Path, **options: Any) -> subprocess.CompletedProcess[bytes]:
    command = [sys.executable, "-c", "from etl.cli import main; main()", *arguments]
    surroundings = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])}
    return subprocess.run(command, cwd=cwd, env=surroundings, check=False, **options)


def test_standard_output_gets_nothing_but_scores(folder: Path) -> None:
    (folder / "records.ndjson").write_text(lines_of(*TOLD, "x"))
    done = process(*COMMAND, "-o", "-", cwd=folder, capture_output=True)
    assert done.returncode == ExitCode.CONTRACT_BROKEN
    assert [json.loads(line)["episodeId"] for line in done.stdout.splitlines()] == ["tng_s1_e01", "tng_s1_e02"]
    assert done.stderr.decode().splitlines()[0] == "2 records scored, 0.404 on average: 1 poor, 1 insufficient"
    assert [one["record"] for one in read_lines(folder / "records.rejects.ndjson")] == ["x"]


def test_standard_output_of_this_process_too(capsysbinary: pytest.CaptureFixture[bytes]) -> None:
    assert run([*COMMAND, "-o", "-"]) == ExitCode.DONE
    assert len(capsysbinary.readouterr().out.splitlines()) == 2


def test_a_pipe_of_this_process_that_nobody_reads_is_no_failure(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    reads, writes = os.pipe()
    os.close(reads)
    with os.fdopen(writes, "w") as out:
        monkeypatch.setattr(sys, "stdout", out)
        assert run([*COMMAND, "-o", "-"]) == ExitCode.DONE


def test_a_reader_who_has_seen_enough_is_no_failure(folder: Path) -> None:
    (folder / "records.ndjson").write_text(lines_of(*TOLD) * 2000)
    reads, writes = os.pipe()
    os.close(reads)
    done = process(*COMMAND, "-o", "-", cwd=folder, stdout=writes, stderr=subprocess.PIPE)
    os.close(writes)
    assert done.returncode == ExitCode.DONE
    assert done.stderr.decode().startswith("4,000 records scored")


def test_a_full_disk_is_told(folder: Path) -> None:
    with Path("/dev/full").open("wb") as full:
        done = process(*COMMAND, "-o", "-", cwd=folder, stdout=full, stderr=subprocess.PIPE)
    assert done.returncode == ExitCode.WRONG_INPUT
    assert (
        done.stderr.decode()
        == "Error: standard output: cannot be written (No space left on device). Name another file, or make room.\n"
    )


FULL = b"cannot be written (File too large)"


@pytest.mark.parametrize(
    ("out", "problem"),
    [("scores.ndjson", FULL), ("-", FULL), ("scores.parquet", b"is there room for OUT?")],
)
def test_a_disk_that_fills_up_leaves_nothing_behind(folder: Path, out: str, problem: bytes) -> None:
    (folder / "records.ndjson").write_text(lines_of(*TOLD) * 20_000)

    def fill_up() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))

    done = process(*COMMAND, "-o", out, cwd=folder, capture_output=True, preexec_fn=fill_up)
    assert done.returncode == ExitCode.WRONG_INPUT, done.stderr
    assert problem in done.stderr
    assert sorted(path.name for path in folder.iterdir()) == ["records.ndjson", "sources.json"]


WRONG = [
    (["score"], "Missing argument"),
    (["score", "records.ndjson"], "Missing option"),
    ([*COMMAND, "-o", "scores.json"], "Error: scores.json: --out: Its ending does not say what to write."),
    ([*COMMAND, "-o", "records.ndjson"], "Error: records.ndjson: --out: This would write over the records."),
    ([*COMMAND, "-o", "a.ndjson", "--rejects", "./records.ndjson"], "--rejects: This would write over the records."),
    ([*COMMAND, "-o", "a.ndjson", "--rejects", "./a.ndjson"], "Error: a.ndjson: --rejects: This is --out as well."),
    ([*COMMAND, "-o", "sources.json/a.ndjson"], "cannot be written"),
    (["score", "none.ndjson", "-o", "a.ndjson"], "Error: none.ndjson: There is no such file. Check the path."),
    (["score", ".", "-o", "a.ndjson"], "Error: .: There is no such file."),
    (["score", "sources.json", "-o", "a.ndjson"], "Error: sources.json: Its ending does not say what is in it."),
    ([*COMMAND[:4], "-o", "a.ndjson", "--as-of", "soon"], "--as-of: 'soon' is no time."),
    ([*COMMAND, "-o", "a.ndjson", "--half-life", "0"], "Error: --half-life: 0.0 is no half-life."),
    ([*COMMAND, "-o", "a.ndjson", "--half-life", "inf"], "Error: --half-life: inf is no half-life."),
    ([*COMMAND, "-o", "a.ndjson", "--halflife", "3"], "Did you mean --half-life?"),
    ([*COMMAND, "-o", "a.ndjson", "--franchise", "stargate"], "There is no franchise 'stargate'."),
]


@pytest.mark.parametrize(("arguments", "problem"), WRONG, ids=[problem for _, problem in WRONG])
def test_wrong_arguments_end_with_3_and_write_nothing(
    folder: Path, capsys: Captured, arguments: list[str], problem: str
) -> None:
    assert run(arguments) == ExitCode.WRONG_INPUT
    assert problem in capsys.readouterr().err
    assert sorted(path.name for path in folder.iterdir()) == ["records.ndjson", "sources.json"]


# What scores are made by


def overall(folder: Path, *arguments: str) -> list[float]:
    assert run(["score", "records.ndjson", "-o", "scores.ndjson", *AS_OF, *arguments]) == ExitCode.DONE
    return [one["overall"] for one in read_lines(folder / "scores.ndjson")]


def test_the_half_life_may_be_given(folder: Path) -> None:
    sources = ("--sources", "sources.json")
    expected = [score(one, SOURCES, NOW_MS, half_life_days=10.0)["overall"] for one in TOLD]
    assert overall(folder, *sources, "--half-life", "10") == pytest.approx(expected, abs=1e-9)


def test_a_franchise_file_sets_decay_shares_and_grades(folder: Path) -> None:
    quality = [
        "[quality]", "half_life_running_days = 15", "least_freshness = 0.3",
        "shares = { completeness = 0.0, accuracy = 0.0, freshness = 1.0, reliability = 0.0 }",
        "grades = { excellent = 0.3, good = 0.2, acceptable = 0.15, poor = 0.1 }",
    ]  # fmt: skip
    (folder / "mine.toml").write_text("\n".join(['code = "mine"', 'name = "Mine"', *quality]))
    sources = ("--sources", "sources.json")
    assert overall(folder, *sources, "--franchise", "mine.toml") == [0.3, 0.3]
    assert {one["qualityGrade"] for one in read_lines(folder / "scores.ndjson")} == {"excellent"}


def test_without_a_sources_file_our_own_sources_are_trusted_as_in_a_run(folder: Path) -> None:
    names = [name for source in OWN_SOURCES for name in dict.fromkeys((source, source.replace("_", "-")))]
    told = [record(dataSource=name) for name in names]
    (folder / "records.ndjson").write_text(lines_of(*told))
    overall(folder)
    reliability = {one["dataSource"]: OWN_SOURCES[one["dataSource"].replace("-", "_")] for one in told}
    expected = [((one.confidence + one.uptime) / 2 + one.accuracy) / 2 for one in reliability.values()]
    scores = read_lines(folder / "scores.ndjson")
    assert [one["sourceReliability"] for one in scores] == pytest.approx(expected, abs=1e-12)


def test_a_source_is_called_by_its_name_or_else_by_its_key(folder: Path) -> None:
    poor = {"confidenceLevel": 0.1, "reliability": {"uptime": 0.1, "accuracy": 0.1}}
    (folder / "sources.json").write_text(json.dumps({"tmdb": {**poor, "name": "The Movies"}, "manual": poor}))
    overall(folder, "--sources", "sources.json")
    told = [one["recommendations"] for one in read_lines(folder / "scores.ndjson")]
    sentence = "Consider using alternative sources with higher reliability than"
    assert [f"{sentence} The Movies" in told[0], f"{sentence} manual" in told[1]] == [True, True]


FAIR = {"confidenceLevel": 0.9, "reliability": {"uptime": 0.9, "accuracy": 0.9}}


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("nonsense", "sources.json: Invalid JSON"),
        ("[]", "sources.json: Input should be an object."),
        ("{}", "sources.json: Dictionary should have at least 1 item"),
        ('{"tmdb": 5}', "sources.json: tmdb: Input should be an object."),
        ('{"tmdb": {"confidenceLevel": "0.9"}}', "tmdb.confidenceLevel: Input should be a valid number."),
        (
            '{"tmdb": {"confidenceLevel": 0.9, "reliability": {"uptime": 1}}}',
            "tmdb.reliability.accuracy: Field required.",
        ),
        ('{"tmdb": {"confidenceLevel": NaN}}', "tmdb.confidenceLevel: Input should be a finite number."),
        (
            json.dumps(
                {
                    "tmdb": {
                        **FAIR,
                        "performanceMetrics": {"accuracyRate": 1, "successfulRequests": 0, "totalRequests": 0},
                    }
                }
            ),
            "tmdb.performanceMetrics.totalRequests: Input should be greater than 0.",
        ),
    ],
)
def test_a_sources_file_that_says_something_else_is_refused(
    folder: Path, capsys: Captured, text: str, problem: str
) -> None:
    (folder / "sources.json").write_text(text)
    assert run([*COMMAND, "-o", "scores.ndjson"]) == ExitCode.WRONG_INPUT
    told = capsys.readouterr().err
    assert problem in told
    assert "Write every source like" in told


def test_a_sources_file_that_is_not_there_is_named(capsys: Captured) -> None:
    assert run(["score", "records.ndjson", "-o", "a.ndjson", "--sources", "none.json"]) == ExitCode.WRONG_INPUT
    assert "none.json: The sources file cannot be read (No such file or directory)." in capsys.readouterr().err


def test_now_is_the_time_where_none_is_given(folder: Path) -> None:
    (folder / "records.ndjson").write_text(lines_of(record(lastUpdated="2020-01-01")))
    assert run(["score", "records.ndjson", "-o", "scores.ndjson"]) == ExitCode.DONE
    assert read_lines(folder / "scores.ndjson")[0]["freshness"] == 0.1
