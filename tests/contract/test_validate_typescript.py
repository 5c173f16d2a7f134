"""What is read from a TypeScript module is what it exports, whatever its layout."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from etl.load.typescript import guide_to_typescript
from etl.validate.typescript import NoData, inspect_typescript, read_typescript

HOSTILE = [
    {
        "id": "a",
        "texts": [
            "it's",
            'say "x"',
            "back\\slash",
            "line\nend\ttab",
            "</script><!--",
            "\u202e\u0007",
            "😀",
            "// no comment",
        ],
        "as const": "as const",
        "connectionType": "event",
        "numbers": [0, -1, 41153.7, 1e21],
        "flags": [True, False, None],
        "empty": {"list": [], "object": {}},
    }
]


def test_what_the_export_writes_reads_back() -> None:
    source = guide_to_typescript(HOSTILE, ["A notice", "// another: export const x = 1"], franchise="star_trek")
    assert read_typescript(source) == HOSTILE


@pytest.mark.parametrize(
    ("source", "value"),
    [
        ("export const data = []\n", []),
        ("// first line\nexport const data = [{a: 1}]", [{"a": 1}]),
        ("export const data = [\n  {\n    a: 'x', // said\n    'b c': \"y\",\n  },\n]\n", [{"a": "x", "b c": "y"}]),
        ("export const data = [{ kind: 'event' as const }]", [{"kind": "event"}]),
        ("export const data = [{ title: \n 'far below' }]", [{"title": "far below"}]),
    ],
)
def test_the_layout_does_not_count(source: str, value: Any) -> None:
    assert read_typescript(source) == value


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ("", "line 1: exports no constant"),
        ("const data = []", "exports no constant"),
        ("export const data = [\n  call(),\n]", r"line 2: '\(' belongs to no literal"),
        ("export const data = ['open\n']", 'line 1: "\'" belongs to no literal'),
        ("export const data = [`x`]", "line 1: '`' belongs to no literal"),
        ("export const data = [1, 2", "the exported literal is broken"),
        ("export const data = [1] [2]", "the exported literal is broken"),
        ("export const data = ,]", "the exported literal is broken"),
        ("export const data = ", "the exported literal is broken"),
    ],
)
def test_anything_but_a_literal_is_refused(source: str, words: str) -> None:
    with pytest.raises(NoData, match=words):
        read_typescript(source)


@pytest.mark.parametrize("content", [b"\xff\xfe", b"export const data = " + b"[" * 100_000])
def test_an_unreadable_file_is_a_problem(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "x-data.ts").write_bytes(content)
    problems = inspect_typescript(tmp_path / "x-data.ts", [])
    assert [problem.message.startswith("cannot be read: ") for problem in problems] == [True]


def test_without_a_json_guide_it_is_only_read(tmp_path: Path) -> None:
    (tmp_path / "x-data.ts").write_text("export const data = [1]\n", "utf-8")
    assert inspect_typescript(tmp_path / "x-data.ts", None) == []


def test_no_more_than_a_few_differences_are_told(tmp_path: Path) -> None:
    (tmp_path / "x-data.ts").write_text("export const data = [{ id: 'a', n: 1 }, 2, 3, 4, 5, 6, 7, 8]\n", "utf-8")
    problems = inspect_typescript(tmp_path / "x-data.ts", [{"id": "a", "n": 2, "long": "x" * 99}, 0, 0, 0, 0, 0, 0])
    assert [problem.where for problem in problems] == ["[0].n (in a)", "[0].long (in a)", "[1]", "[2]", "[3]", ""]
    assert problems[0].message == "is 1, but the JSON guide says 2"
    assert problems[1].message.startswith("is nothing, but the JSON guide says 'xxx")
    assert problems[1].message.endswith("…")
    assert problems[-1].message == "differs from the JSON guide in more places"
