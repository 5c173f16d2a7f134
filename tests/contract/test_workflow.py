"""The example workflow is valid, keeps to itself, and its shell lines do what they say on a real release."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tarfile
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from etl.cli import run

pytest_plugins = ["tests.release_fixtures"]

FILE = Path(__file__).parents[2] / ".github" / "workflows" / "refresh-guide.yml"
EXPRESSION = re.compile(r"\$\{\{(.*?)\}\}")


@pytest.fixture(scope="module")
def workflow() -> dict[str, Any]:
    document: dict[str, Any] = YAML(typ="safe").load(FILE.read_text("utf-8"))
    return document


@pytest.fixture(scope="module")
def steps(workflow: dict[str, Any]) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = workflow["jobs"]["release"]["steps"]
    return found


def scripts(steps: list[dict[str, Any]]) -> dict[str, str]:
    return {step["name"]: step["run"] for step in steps if "run" in step}


def test_it_keeps_the_schema_of_workflows() -> None:
    checker = Path(sys.executable).with_name("check-jsonschema")
    done = subprocess.run(
        [checker, "--builtin-schema", "vendor.github-workflows", FILE], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_it_runs_once_a_week_and_only_where_somebody_wants_it(workflow: dict[str, Any]) -> None:
    assert set(workflow["on"]) == {"schedule", "workflow_dispatch"}
    (weekly,) = workflow["on"]["schedule"]
    assert re.fullmatch(r"\d+ \d+ \* \* [0-6]", weekly["cron"])
    condition = workflow["jobs"]["release"]["if"]
    assert condition == "github.event_name == 'workflow_dispatch' || vars.TREK_ETL_WEEKLY == 'on'"
    assert workflow["concurrency"] == {"group": "refresh-guide", "cancel-in-progress": False}


def test_it_may_do_no_more_than_it_needs(workflow: dict[str, Any]) -> None:
    assert workflow["permissions"] == {}
    assert workflow["jobs"]["release"]["permissions"] == {
        "actions": "read",
        "contents": "write",
        "pull-requests": "write",
    }


def test_actions_are_pinned_by_major_version(steps: list[dict[str, Any]]) -> None:
    used = [step["uses"] for step in steps if "uses" in step]
    assert len(used) == 5
    assert all(re.fullmatch(r"[a-z-]+/[a-z-]+@v\d+", action) for action in used), used


def test_secrets_reach_one_step_each_and_no_foreign_text_reaches_a_shell(steps: list[dict[str, Any]]) -> None:
    holders = [step["name"] for step in steps if "secrets." in str(step)]
    assert holders == ["Make a release"]
    told = {name: EXPRESSION.findall(script) for name, script in scripts(steps).items()}
    assert {name: found for name, found in told.items() if found} == {
        "Make a release": [" inputs.accept_changes && '--accept-changes' || '' "]
    }


def test_the_gate_stands_before_whatever_goes_out(steps: list[dict[str, Any]]) -> None:
    order = [step.get("name") or step["uses"].partition("@")[0] for step in steps]
    gate = order.index("Validate it")
    assert order.index("Make a release") < gate
    assert gate < order.index("actions/upload-artifact") < order.index("peter-evans/create-pull-request")
    assert not any(step.get("continue-on-error") for step in steps)
    pull_request = steps[-1]["with"]
    assert pull_request["body-path"] == "pull-request.md"


def test_every_script_is_shell_that_can_be_read(steps: list[dict[str, Any]]) -> None:
    for name, script in scripts(steps).items():
        done = subprocess.run(
            ["bash", "-n"], input=EXPRESSION.sub("", script), text=True, capture_output=True, check=False
        )
        assert done.returncode == 0, (name, done.stderr)


def test_the_commands_have_the_options_that_are_used(
    steps: list[dict[str, Any]], capsys: pytest.CaptureFixture[str]
) -> None:
    commands = [
        EXPRESSION.sub("--accept-changes", line).split()[1:]
        for script in scripts(steps).values()
        for line in script.splitlines()
        if line.startswith("trek-etl ")
    ]
    assert [command[0] for command in commands] == ["generate", "validate"]
    for command in commands:
        assert run([*command, "--help"]) == 0
        shown = capsys.readouterr().out
        assert all(option in shown for option in command if option.startswith("--")), command


def bash(script: str, folder: Path, **variables: str) -> subprocess.CompletedProcess[str]:
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    return subprocess.run(
        ["bash", "-e", "-o", "pipefail", "-c", script],
        cwd=folder,
        env={**os.environ, "PATH": path, **variables},
        capture_output=True,
        text=True,
        check=False,
    )


def test_gate_packing_and_handing_over_work_on_a_release(
    steps: list[dict[str, Any]], small_release: Path, tmp_path: Path
) -> None:
    """The steps between the release and the pull request, as the runner would run them."""
    shutil.copytree(small_release, tmp_path / "outputs", symlinks=True)
    surroundings = {"GUIDE_FOLDER": "app/data", "GITHUB_STEP_SUMMARY": str(tmp_path / "summary.md")}
    for name in ("Validate it", "Pack it for the next run", "Put the guide into the app"):
        done = bash(scripts(steps)[name], tmp_path, **surroundings)
        assert done.returncode == 0, (name, done.stderr)
    assert "keeps its contract" in (tmp_path / "summary.md").read_text("utf-8")
    guide = tmp_path / "app" / "data" / "harbour-watch-data.json"
    assert not guide.is_symlink()
    assert guide.read_bytes() == (small_release / guide.name).read_bytes()
    assert (tmp_path / "pull-request.md").read_bytes() == (small_release / "changes.md").read_bytes()
    with tarfile.open(tmp_path / "release.tar") as packed:
        packed.extractall(tmp_path / "next", filter="data")
    again = bash(scripts(steps)["Validate it"], tmp_path / "next", **surroundings)
    assert (again.returncode, again.stdout) == (0, "\n")


def test_the_gate_stops_a_damaged_release(steps: list[dict[str, Any]], small_release: Path, tmp_path: Path) -> None:
    shutil.copytree(small_release, tmp_path / "outputs", symlinks=True)
    (tmp_path / "outputs" / ".current" / "episodes.csv").write_text("x", "utf-8")
    done = bash(scripts(steps)["Validate it"], tmp_path, GITHUB_STEP_SUMMARY=str(tmp_path / "summary.md"))
    assert done.returncode == 1
    assert done.stdout.startswith("::error file=outputs/episodes.csv,title=bytes::")


def test_what_the_guard_stopped_is_told_where_there_is_something(steps: list[dict[str, Any]], tmp_path: Path) -> None:
    script = scripts(steps)["Say what the guard stopped"]
    summary = tmp_path / "summary.md"
    assert bash(script, tmp_path, GITHUB_STEP_SUMMARY=str(summary)).returncode == 0
    assert not summary.exists()
    (tmp_path / "outputs" / ".refused").mkdir(parents=True)
    (tmp_path / "outputs" / ".refused" / "changes.md").write_text("# Refused\n", "utf-8")
    assert bash(script, tmp_path, GITHUB_STEP_SUMMARY=str(summary)).returncode == 0
    assert summary.read_text("utf-8") == "# Refused\n"
