"""What docs/inputs.md shows is accepted as it stands there."""

from __future__ import annotations

import re
from pathlib import Path

from etl.corrections import read_corrections, understand
from etl.inputs import literal, literal_file, toml_file, toml_lines
from etl.known_names import KnownNames

ROOT = Path(__file__).parents[2]


def test_the_examples_are_corrections(tmp_path: Path, names: KnownNames) -> None:
    (block,) = re.findall(r"```toml\n(.*?)```", (ROOT / "docs" / "inputs.md").read_text("utf-8"), re.DOTALL)
    file = tmp_path / "shown.toml"
    file.write_text(block, "utf-8")
    corrections = understand(read_corrections(file), names)
    assert corrections.told == ()
    given = corrections.overrides
    assert [len(one) for one in (given.override, given.season, given.era, given.add, given.remove)] == [1] * 5
    for key in (*(one.episode for one in given.override), *(one.episode for one in given.remove)):
        assert names.episode(key) == key


def test_the_bounds_are_those_of_the_code() -> None:
    told = (ROOT / "SECURITY.md").read_text("utf-8")
    toml = f"{toml_lines.DEEPEST} deep, {toml_lines.LONGEST_KEY} parts a key, {toml_lines.LONGEST_NUMBER} characters"
    assert f"| TOML | {toml_file.MOST_BYTES // 2**20} MiB, {toml} a number, {toml_lines.MOST_VALUES:,} values |" in told
    limits = f"{literal_file.MOST_BYTES // 2**20} MiB, {literal.DEEPEST} deep, {literal.MOST_VALUES:,} values"
    assert f"| JSON and TypeScript | {limits}; no key twice; read, never run |" in told
