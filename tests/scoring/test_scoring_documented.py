"""docs/scoring.md shows what the command really does."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest

from etl.cli import run
from schemas.metadata_records import NEEDED, OPTIONAL, RECORD_FIELDS, SCORES

TEXT = (Path(__file__).parents[2] / "docs" / "scoring.md").read_text("utf-8")
FILES: dict[str, str] = dict(re.findall(r"```json (\S+)\n(.*?)```", TEXT, re.DOTALL))


def test_the_example_is_what_it_says(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("records.ndjson", "sources.json"):
        (tmp_path / name).write_text(FILES[name], "utf-8")
    shown = re.search(r"    \$ (trek-etl .*?)\n(.*?)    \$ echo \$\?\n    (\d)", TEXT, re.DOTALL)
    assert shown
    command, printed, code = shown.groups()
    assert run(shlex.split(command)[1:]) == int(code)
    told = capsys.readouterr()
    assert (told.out + told.err).splitlines() == [line.strip() for line in printed.splitlines()]
    for name in ("scores.ndjson", "scores.rejects.ndjson"):
        assert (tmp_path / name).read_text("utf-8") == FILES[name]


def test_every_key_of_a_record_and_of_a_score_is_named() -> None:
    for name in (*NEEDED, *OPTIONAL, *RECORD_FIELDS, *SCORES):
        assert name in TEXT
