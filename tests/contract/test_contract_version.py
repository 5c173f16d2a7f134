"""The contract does not change unnoticed: its fingerprint is written down, and CHANGELOG.md names it."""

from __future__ import annotations

import json
import re
import runpy
from pathlib import Path
from typing import Any

import pandera.polars as pa
import pytest

from schemas import fingerprint, json_schema
from schemas.columns import FLAG, INTEGER, NUMBER, TEXT, between, column, table
from schemas.fingerprint import contract_parts, contract_record
from schemas.tables import CONTRACT_VERSION

ROOT = Path(__file__).parents[2]
RECORD = ROOT / "schemas" / "json" / "contract.json"


def advice(found: dict[str, Any]) -> str:
    """What to do about a contract that is not the one written down."""
    old = json.loads(RECORD.read_text("utf-8"))["parts"]
    new = found["parts"]
    changed = [part for part in {**old, **new} if old.get(part) != new.get(part)]
    return (
        f"The contract changed: {', '.join(changed) or 'its version'}. If contract {CONTRACT_VERSION} was "
        "released, raise CONTRACT_VERSION in schemas/tables.py. Run `make dictionary`, say in CHANGELOG.md what "
        f'changed, and write "contract {found["version"]} ({found["fingerprint"]})" into the heading of the version.'
    )


def test_the_contract_is_the_one_that_is_written_down() -> None:
    found = contract_record()
    assert json.loads(RECORD.read_text("utf-8")) == found, advice(found)


def test_the_changelog_names_the_contract_and_its_fingerprint() -> None:
    found = contract_record()
    headings = re.findall(r"^## .*", (ROOT / "CHANGELOG.md").read_text("utf-8"), re.MULTILINE)
    assert headings[0].endswith(f"contract {found['version']} ({found['fingerprint']})"), advice(found)


def test_the_advice_names_what_changed() -> None:
    found = contract_record()
    changed = {**found, "parts": {**found["parts"], "table episodes": "x", "document more": "y"}}
    assert advice(changed).startswith("The contract changed: table episodes, document more. ")


def test_run_as_a_module_it_writes_the_record(capsys: pytest.CaptureFixture[str]) -> None:
    runpy.run_path(str(fingerprint.__file__), run_name="__main__")
    assert capsys.readouterr().out == RECORD.read_text("utf-8")


def things(**columns: pa.Column) -> pa.DataFrameSchema:
    return table("things", "Things.", columns or {"size": column(INTEGER, "How large", example="1")})


def part(monkeypatch: pytest.MonkeyPatch, contract: pa.DataFrameSchema) -> str:
    monkeypatch.setattr(fingerprint, "TABLES", {"things": contract})
    return contract_parts()["table things"]


@pytest.mark.parametrize(
    "changed",
    [
        things(length=column(INTEGER, "How large", example="1")),
        things(size=column(NUMBER, "How large", example="1")),
        things(size=column(INTEGER, "How large", is_nullable=False, example="1")),
        things(size=column(INTEGER, "How large", is_unique=True, example="1")),
        things(size=column(INTEGER, "How large", checks=[between(0, 9, "is too large")], example="1")),
        things(size=column(INTEGER, "How large", unit="metres", example="1")),
        things(size=column(INTEGER, "How large", weight=0.5, example="1")),
        things(size=column(INTEGER, "How large", example="1"), more=column(FLAG, "More", example="true")),
    ],
)
def test_what_changes_the_fingerprint(monkeypatch: pytest.MonkeyPatch, changed: pa.DataFrameSchema) -> None:
    assert part(monkeypatch, changed) != part(monkeypatch, things())


def test_words_do_not_change_it(monkeypatch: pytest.MonkeyPatch) -> None:
    reworded = things(size=column(INTEGER, "How large it is", title="Its size", example="2"))
    assert part(monkeypatch, reworded) == part(monkeypatch, things())


def test_a_property_called_title_counts_and_a_title_does_not(monkeypatch: pytest.MonkeyPatch) -> None:
    def document(name: str, title: str) -> str:
        schema = {"title": title, "properties": {name: {"type": "string", "description": title}}, "enum": ["a", "b"]}
        monkeypatch.setattr(fingerprint, "json_schemas", lambda: {"thing": schema})
        return contract_parts()["document thing"]

    assert document("title", "Old") == document("title", "New")
    assert document("title", "Old") != document("name", "Old")


def test_the_version_stands_in_every_schema() -> None:
    assert {schema["$id"].split(":")[3] for schema in json_schema.json_schemas().values()} == {CONTRACT_VERSION}
    assert column(TEXT, "Something").metadata == {}
