from __future__ import annotations

import json

from etl.validate import Problem, render_problems

PROBLEMS = [
    Problem("error", "outputs/a,b.json", "[0].title: x", "50% is\nwrong\r"),
    Problem("warning", "outputs/c.md", "", "is not listed\x1b[31m"),
]


def test_text_is_one_line_a_problem_without_control_characters() -> None:
    assert render_problems(PROBLEMS).split("\n") == [
        "error: outputs/a,b.json: [0].title: x: 50% is wrong ",
        "warning: outputs/c.md: is not listed [31m",
        "1 errors, 1 warnings",
    ]
    assert render_problems([], "text") == "0 errors, 0 warnings"


def test_json_holds_everything() -> None:
    assert json.loads(render_problems(PROBLEMS, "json")) == {
        "errors": 1,
        "warnings": 1,
        "problems": [
            {"severity": "error", "file": "outputs/a,b.json", "where": "[0].title: x", "message": "50% is\nwrong\r"},
            {"severity": "warning", "file": "outputs/c.md", "where": "", "message": "is not listed\x1b[31m"},
        ],
    }


def test_github_annotations_are_escaped() -> None:
    assert render_problems(PROBLEMS, "github").split("\n") == [
        "::error file=outputs/a%2Cb.json,title=[0].title%3A x::50%25 is%0Awrong%0D",
        "::warning file=outputs/c.md,title=trek-etl validate::is not listed\x1b[31m",
    ]
    assert render_problems([], "github") == ""


def test_a_problem_in_words_names_file_and_place() -> None:
    assert str(Problem("error", "a.json", "", "is missing")) == "a.json: is missing"
    assert str(Problem("error", "a.json", "[0]", "is missing")) == "a.json: [0]: is missing"
