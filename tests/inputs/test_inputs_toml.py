"""TOML of people: on which line each value stands, and what is told where it is none."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import pytest
from pydantic import BaseModel, ConfigDict

from etl.errors import InputError
from etl.inputs.document import Document, in_words, shown
from etl.inputs.text import read_text
from etl.inputs.toml_file import read_toml
from etl.inputs.toml_lines import TomlTooMuch, lines_of

TEXT = """\
# A comment.
title = 'it''s' # [no table]
"a.b" . c = 1

[one.two]
'x y' = \"\"\"
two [lines]
\"quoted\" and \\"escaped\\" ""\"\"\"
day = 1987-09-28 07:32:00
list = [
  1, # one
  { deep = 'x', deeper.still = [ [], [2] ] },
  '''a
b''',
]
[[row]]
id = 1
[[row]]
id = 2
[row.sub]
name = "second"
[[row.sub.part]]
n = 1
[[row.sub.part]]
n = 2
"""


def ways(value: Any, way: tuple[str | int, ...] = ()) -> list[tuple[str | int, ...]]:
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [way, *(deeper for step, one in inner for deeper in ways(one, (*way, step)))]


def test_every_value_has_the_line_it_begins_on() -> None:
    text = TEXT.replace("'it''s'", '"its"')
    lines = lines_of(text)
    assert [lines["title",], lines["a.b", "c"], lines["one", "two"]] == [2, 3, 5]
    assert [lines["one", "two", "x y"], lines["one", "two", "day"], lines["one", "two", "list"]] == [6, 9, 10]
    assert [lines["one", "two", "list", 0], lines["one", "two", "list", 1, "deeper", "still", 1, 0]] == [11, 12]
    assert lines["one", "two", "list", 2] == 13
    assert [lines["row", 0, "id"], lines["row", 1, "id"], lines["row", 1, "sub", "name"]] == [17, 19, 21]
    assert [lines["row", 1, "sub", "part", 0], lines["row", 1, "sub", "part", 1, "n"]] == [22, 25]
    missing = [way for way in ways(tomllib.loads(text)) if way not in lines]
    assert missing == [("a.b",), ("one",), ("one", "two", "list", 1, "deeper"), ("row",), ("row", 1, "sub", "part")]


@pytest.mark.parametrize(
    ("text", "known"),
    [
        ("a = 1\nb =\nc = 3", {(), ("a",), ("b",)}),
        ("a = 1\n= 2", {(), ("a",)}),
        ("a = [1 2]", {(), ("a",), ("a", 0)}),
        ("a = {b = 1 c = 2}", {(), ("a",), ("a", "b")}),
        ('a = "open', {(), ("a",)}),
        ("[a", {()}),
        ("[[a]\n", {()}),
        ("a = [1", {(), ("a",), ("a", 0)}),
        ("a = {}\n[b] # c\n", {(), ("a",), ("b",)}),
    ],
)
def test_where_it_is_no_toml_the_lines_end(text: str, known: set[tuple[str, ...]]) -> None:
    assert set(lines_of(text)) == known


def test_what_is_too_much_is_refused_before_it_costs_anything() -> None:
    with pytest.raises(TomlTooMuch, match="more than 16 parts") as much:
        lines_of("ok = 1\n[a" + ".b" * 16 + "]")
    assert much.value.line == 2
    assert lines_of("a" + ".b" * 15 + " = 1")
    assert lines_of("a = " + "[" * 16 + "]" * 16)
    with pytest.raises(TomlTooMuch, match="nested more than 16 deep"):
        lines_of("a = " + "[" * 17)
    with pytest.raises(TomlTooMuch, match="nested more than 16 deep"):
        lines_of("a = " + "{b=" * 17)
    with pytest.raises(TomlTooMuch, match="more than 64 characters"):
        lines_of("a = " + "1" * 65)
    with pytest.raises(TomlTooMuch, match="more than 100,000 values"):
        lines_of("a = [" + "1," * 100_001 + "]")


def refused(file: Path, content: bytes) -> str:
    file.write_bytes(content)
    with pytest.raises(InputError) as refusal:
        read_toml(file, "list of mine")
    return str(refusal.value).removeprefix(f"{file}")


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"a = 1\n\nb = \n", ":3: This is no TOML: "),
        (b"a = 1\nb = [", ":2: This is no TOML: "),
        (b"a = 1\na = 2", ":2: This is no TOML: Cannot overwrite a value. Correct this place."),
        (b"a = 1\n[b", ":2: This is no TOML: "),
        (b"x = 1\n\n\xff", ":3: The list of mine is not written in UTF-8 (invalid start byte). Save it as UTF-8."),
        (b"a" + b".a" * 20 + b" = 1", ":1: A key has more than 16 parts. Write less in one place."),
        (b'a = "\x00"', ":1: This is no TOML: Illegal character '\\x00'"),
    ],
)
def test_what_is_no_toml_is_told_with_its_line(tmp_path: Path, content: bytes, told: str) -> None:
    assert refused(tmp_path / "given.toml", content).startswith(told)


def test_a_byte_order_mark_is_nothing(tmp_path: Path) -> None:
    file = tmp_path / "given.toml"
    file.write_bytes(b"\xef\xbb\xbfa = 1\n")
    assert read_toml(file).data == {"a": 1}


@pytest.mark.parametrize(("most", "size"), [(2048, "2 KiB"), (2**20, "1 MiB")])
def test_a_file_that_is_too_large_is_refused_with_the_limit(tmp_path: Path, most: int, size: str) -> None:
    file = tmp_path / "large"
    file.write_bytes(b"x" * most)
    assert len(read_text(file, most)) == most
    file.write_bytes(b"x" * (most + 1))
    with pytest.raises(InputError, match=f"The file is larger than {size}, which none needs to be"):
        read_text(file, most)


@pytest.mark.parametrize("name", ["none.toml", ".", "a\0b", "x" * 300])
def test_a_file_that_cannot_be_read_is_told(tmp_path: Path, name: str) -> None:
    with pytest.raises(InputError, match=r"The file cannot be read \(.+\)\. Check the path and its permissions\."):
        read_text(tmp_path / name, 10)


class Row(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)

    id: int
    tags: tuple[str, ...] = ()


class Table(BaseModel):
    row: tuple[Row, ...]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (
            "[[row]]\nid = 1\n\n[[row]]\nid = 'x'",
            ":5: row[1].id: Input should be a valid integer (given: 'x'). Correct it.",
        ),
        ("[[row]]\nid = 1\n\n[[row]]\n", ":4: row[1].id: Field required. Add it."),
        (
            "[[row]]\nid = 1\nname = 2",
            ":3: row[0].name: Extra inputs are not permitted. Remove it, or correct its name.",
        ),
        ("", ":1: row: Field required. Add it."),
        (
            "[[row]]\nid = 1\ntags = ['a',\n 5]",
            ":4: row[0].tags[1]: Input should be a valid string (given: 5). Correct it.",
        ),
    ],
)
def test_what_breaks_the_contract_is_told_with_its_line(tmp_path: Path, text: str, told: str) -> None:
    file = tmp_path / "given.toml"
    file.write_text(text, "utf-8")
    with pytest.raises(InputError) as refusal:
        read_toml(file).validated(Table)
    assert str(refusal.value).startswith(f"{file}{told}")


def test_a_place_in_words() -> None:
    assert in_words(("link", 1, "episode")) == "link[1].episode"
    assert in_words((0, "items", 2)) == "[0].items[2]"
    assert in_words(()) == ""


def test_what_is_shown_of_a_value_is_short() -> None:
    assert shown("x" * 200) == "'" + "x" * 79 + "..."
    assert shown("a\x1b[0m") == "'a\\x1b[0m'"
    assert shown(["a"]) == "['a']"


def test_what_has_no_line_has_that_of_what_is_around_it(tmp_path: Path) -> None:
    document = Document(tmp_path, {}, {("a",): 3, ("a", 0, "b"): 5}, "")
    assert [document.line_of(way) for way in [("a", 0, "b", "c"), ("a", 0, "x"), ("z",)]] == [5, 3, 1]
