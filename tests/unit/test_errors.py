"""Errors: each says what happened and what to do, and how the process ends."""

from __future__ import annotations

from pathlib import Path

import pytest

from etl.errors import (
    Category,
    ContractBroken,
    ExitCode,
    InputError,
    NothingPublished,
    QualityGateFailed,
    SourceError,
    TrekEtlError,
)


@pytest.mark.parametrize("category", Category)
def test_every_category_says_what_to_do(category: Category) -> None:
    assert category.advice.endswith(".")


def test_no_two_categories_give_the_same_advice() -> None:
    assert len({category.advice for category in Category}) == len(Category)


def test_only_what_may_pass_by_itself_is_tried_again() -> None:
    assert {category.value for category in Category if category.is_retryable} == {
        "network",
        "timeout",
        "rate-limit",
        "service-unavailable",
    }


def test_the_exit_codes_are_those_that_scripts_rely_on() -> None:
    assert [(code.name, code.value) for code in ExitCode] == [
        ("DONE", 0),
        ("CONTRACT_BROKEN", 1),
        ("QUALITY_GATE_FAILED", 2),
        ("WRONG_INPUT", 3),
        ("UNEXPECTED", 4),
        ("GUARD", 5),
    ]


@pytest.mark.parametrize(
    ("kind", "code"),
    [(TrekEtlError, 4), (ContractBroken, 1), (QualityGateFailed, 2), (NothingPublished, 4)],
)
def test_every_end_has_its_exit_code(kind: type[TrekEtlError], code: int) -> None:
    error = kind("why")
    assert (error.exit_code, str(error)) == (code, "why")


@pytest.mark.parametrize(
    ("file", "where", "text"),
    [
        (None, "", "is wrong. Mend it."),
        (None, "--out", "--out: is wrong. Mend it."),
        (Path("a.csv"), "", "a.csv: is wrong. Mend it."),
        ("a.csv", "row 2", "a.csv: row 2: is wrong. Mend it."),
    ],
)
def test_a_wrong_input_names_file_and_place_and_how_to_mend_it(file: Path | str | None, where: str, text: str) -> None:
    error = InputError("is wrong.", mend="Mend it.", file=file, where=where)
    assert (str(error), error.exit_code) == (text, ExitCode.WRONG_INPUT)


def test_a_sources_error_reads_as_source_kind_and_message() -> None:
    assert str(SourceError("tmdb", Category.NOT_FOUND, "nothing is there", status=404)) == (
        "tmdb: not-found: nothing is there"
    )
