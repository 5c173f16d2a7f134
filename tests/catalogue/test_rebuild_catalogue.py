"""The committed files are what the script makes of the facts; fifteen rows of them stand beside this test."""

from __future__ import annotations

import csv
import importlib.util
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).parents[2]
CATALOGUE = ROOT / "etl" / "franchises" / "star_trek"
FACTS = Path(__file__).parent / "facts.csv"


@pytest.fixture(scope="module")
def script() -> ModuleType:
    path = ROOT / "docs" / "catalogue" / "rebuild_catalogue.py"
    spec = importlib.util.spec_from_file_location("rebuild_catalogue", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def facts() -> list[dict[str, str]]:
    with FACTS.open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))


def committed(name: str, keys: set[str]) -> list[str]:
    """The lines of a committed file that speak of these episodes, and its header."""
    header, *lines = (CATALOGUE / name).read_text(encoding="utf-8").splitlines(keepends=True)
    return [header, *(line for line in lines if line.split(",", 1)[0] in keys)]


@pytest.mark.parametrize("name", ["episodes.csv", "disputes.csv"])
def test_the_script_reproduces_the_committed_lines(script: ModuleType, tmp_path: Path, name: str) -> None:
    assert script.main([str(FACTS), "--out", str(tmp_path)]) == 0
    expected = "".join(committed(name, {row["key"] for row in facts()}))
    assert (tmp_path / name).read_bytes() == expected.encode()


def test_no_fact_is_lost(script: ModuleType) -> None:
    for row in facts():
        mended = {fix.field for fix in script.CORRECTIONS if fix.key == row["key"]}
        written = dict(zip(script.COLUMNS.values(), script.catalogue_row(row), strict=True))
        assert set(row) - set(written) == {"disputed", "chosen_because"}
        for name, cell in written.items():
            if name not in mended:
                assert cell == row[name].replace(script.LISTS.get(name, "; "), "; "), (row["key"], name)


def test_every_witness_is_kept(script: ModuleType) -> None:
    row = next(row for row in facts() if row["key"] == "tos:balance-of-terror")
    lines = [line[1:5] for line in script.dispute_rows(row) if line[1] == "stardate_from"]
    assert lines == [
        ["stardate_from", "1701.8", "stapi_2025", "false"],
        ["stardate_from", "1709.2", "akademy_2018; etienneq_2018", "true"],
    ]


def test_a_correction_leaves_the_old_value_among_the_disputes(script: ModuleType) -> None:
    row = next(row for row in facts() if row["key"] == "ds9:playing-god")
    old, new = script.dispute_rows(row)
    assert old == ["ds9:playing-god", "production_codes", "40512-7", "", "false", ""]
    assert new[2:5] == ["40512-437", "", "true"]
    assert "436 and 438" in new[5]


def test_a_correction_that_is_no_longer_needed_fails(script: ModuleType) -> None:
    row = next(row for row in facts() if row["key"] == "ds9:playing-god")
    with pytest.raises(ValueError, match="drop the correction"):
        script.corrected(row | {"production_codes": "40512-437"})


def test_a_value_that_holds_the_separator_fails(script: ModuleType) -> None:
    with pytest.raises(ValueError, match="separator"):
        script.catalogue_row(facts()[0] | {"title": "Life; Itself"})


def test_corrections_name_known_episodes_and_give_a_reason(script: ModuleType) -> None:
    with (CATALOGUE / "episodes.csv").open(encoding="utf-8", newline="") as lines:
        rows = {row["key"]: row for row in csv.DictReader(lines)}
    names = {fact: name for name, fact in script.COLUMNS.items()}
    for fix in script.CORRECTIONS:
        assert rows[fix.key][names[fix.field]] == fix.new.replace(";", "; ")
        assert fix.reason
        assert fix.old != fix.new
