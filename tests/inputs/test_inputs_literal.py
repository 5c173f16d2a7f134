"""JSON and TypeScript of people, read without running anything."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from etl.errors import InputError
from etl.inputs.literal import LiteralError, LiteralReader
from etl.inputs.literal_file import read_json, read_typescript
from etl.load.typescript import guide_to_typescript

JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**9), 10**9) | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(exclude_categories=["Cs"])),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner, max_size=4),
    max_leaves=20,
)  # fmt: skip


def read(source: str, dialect: Any = "typescript") -> Any:
    reader = LiteralReader(source, dialect)
    value = reader.value()
    reader.end()
    return value


@settings(max_examples=60, deadline=None, derandomize=True, database=None)
@given(JSON_VALUES)
def test_json_is_read_as_it_was_written(value: Any) -> None:
    for text in (json.dumps(value), json.dumps(value, ensure_ascii=False, indent=2)):
        assert read(text, "json") == value
        assert read(text) == value


@pytest.mark.parametrize(
    ("source", "value"),
    [
        ("'it\\'s'", "it's"),
        ('"a\\x41\\u0042\\u{1F596}\\0\\v\\`\\$"', "aAB🖖\0\v`$"),
        ("'\\ud83d\\ude00'", "😀"),
        ("`a $ {b}\nc`", "a $ {b}\nc"),
        ("'a\\\nb'", "ab"),
        ("'a\\\r\nb'", "ab"),
        ("'tab\there'", "tab\there"),
        ("{ a: 1, 'b-c': [1, 2,], $d_1: {}, }", {"a": 1, "b-c": [1, 2], "$d_1": {}}),
        ("[ // one\n /* two */ 1 /***/, undefined, null as const ]", [1, None, None]),
        ("'event' as const", "event"),
        ("[-1, 0, 1.5, 2e3, -0.25]", [-1, 0, 1.5, 2000.0, -0.25]),
        ("\ufeff true", True),
    ],
)
def test_typescript_has_more_spellings(source: str, value: Any) -> None:
    assert read(source) == value


@pytest.mark.parametrize(
    ("source", "problem"),
    [
        ("'a'", "neither a text"),
        ("`a`", "neither a text"),
        ("{a: 1}", "a key is missing"),
        ("[1,]", "neither a text"),
        ('{"a": 1,}', "a key is missing"),
        ("[1] // no", "something follows"),
        ("undefined", "neither a text"),
        ('"\\x41"', "an unknown escape"),
        ('"\\u{41}"', "an unknown escape"),
        ('"\\\'"', "an unknown escape"),
        ('"a\tb"', "control character"),
        ("01", "something follows"),
        ("1.", "something follows"),
        ("+1", "neither a text"),
        ("NaN", "neither a text"),
        ("", "neither a text"),
    ],
)
def test_json_has_not(source: str, problem: str) -> None:
    with pytest.raises(LiteralError, match=problem):
        read(source, "json")


@pytest.mark.parametrize(
    ("source", "line", "problem"),
    [
        ("[\n1\n2]", 3, "a comma or ] is missing"),
        ("{\na\n1}", 3, "a colon is missing"),
        ("{a: 1, 'a': 2}", 1, "the key 'a' stands there twice"),
        ("[call()]", 1, "neither a text"),
        ("[...others]", 1, "neither a text"),
        ("['a' + 'b']", 1, "a comma or ] is missing"),
        ("`a ${b}`", 1, "something to work out"),
        ("'open\n'", 1, "does not end"),
        ("'\\q'", 1, "an unknown escape"),
        ("'\\", 1, "an unknown escape"),
        ("'\\u{110000}'", 1, "beyond the last character"),
        ("'\\ud800'", 1, "half of a character"),
        ("/* open", 1, "neither a text"),
        ("[1, 2", 1, "a comma or ] is missing"),
        ("1e999", 1, "too large"),
        ("9" * 65, 1, "more than 64 characters"),
        ("\n".join("[" * 33), 33, "nested more than 32 deep"),
    ],
)
def test_what_is_no_literal_is_told_with_its_line(source: str, line: int, problem: str) -> None:
    with pytest.raises(LiteralError, match=problem) as wrong:
        read(source)
    assert wrong.value.line == line


def test_every_value_has_its_line() -> None:
    reader = LiteralReader('[\n  {"a": 1,\n   "b": [\n2]}\n]', "json")
    reader.value()
    assert reader.lines == {
        (): 1,
        (0,): 2,
        (0, "a"): 2,
        (0, "b"): 3,
        (0, "b", 0): 4,
    }


MODULES = [
    "export const guide = [1]",
    "export default [1];\n",
    "// made by hand\n/* twice */\nexport const guide: Array<Era | Item>[] = [1] as const;",
    "import type { Era, Item } from './types'\nimport { x } from \"y\";\nexport const a = [1] satisfies Era[]\n// end",
]


@pytest.mark.parametrize("source", MODULES)
def test_a_module_with_one_literal(tmp_path: Path, source: str) -> None:
    file = tmp_path / "guide.ts"
    file.write_text(source, "utf-8")
    assert read_typescript(file).data == [1]


@pytest.mark.parametrize(
    ("source", "told"),
    [
        ("const guide = [1]", ":1: This is no module with one literal: `export const` or `export default` is missing."),
        ("export const = [1]", ":1: This is no module with one literal: the name of what is exported is missing."),
        ("export const guide [1]", ":1: This is no module with one literal: `=` is missing."),
        ("export const a = [1]\nexport const b = [2]", ":2: This is no module with one literal: something follows"),
        ("export const a = [\nf()]", ":2: This is no module with one literal: here is neither a text nor a number"),
        ("import * as x from 'y'\nexport default [1]", ":1: This is no module with one literal: `export const`"),
    ],
)
def test_another_module_is_refused(tmp_path: Path, source: str, told: str) -> None:
    file = tmp_path / "guide.ts"
    file.write_text(source, "utf-8")
    with pytest.raises(InputError) as refusal:
        read_typescript(file)
    assert str(refusal.value).startswith(f"{file}{told}")


def test_json_is_told_with_its_line(tmp_path: Path) -> None:
    file = tmp_path / "given.json"
    file.write_text('{\n"a": 1\n"b": 2}', "utf-8")
    with pytest.raises(InputError) as refusal:
        read_json(file)
    assert str(refusal.value) == f"{file}:3: This is no JSON: a comma or }} is missing. Correct this place."


def test_what_we_write_we_can_read(tmp_path: Path) -> None:
    guide = [{"id": "a", "title": 'it\'s "so"\u2028\x00', "connections": [{"connectionType": "event"}], "n": 1.5}]
    file = tmp_path / "guide.ts"
    file.write_text(guide_to_typescript(guide, ["A header"], franchise="loom"), "utf-8")
    document = read_typescript(file)
    assert document.data == guide
    assert document.line_of((0, "title")) == 6
