from __future__ import annotations

import runpy
from pathlib import Path

import pytest

from etl import check_files as module
from etl.check_files import check_files, checked, checks_markdown
from etl.sql_files import SqlFile
from schemas.checking import SEVERITIES
from schemas.emptiness import declared_empty, may_be_empty
from schemas.tables import TABLES

DOCUMENT = Path(__file__).parents[2] / "docs" / "checks.md"
SAID = {"kind": "data", "severity": "warn, error", "owner": "Readers.", "mend": "Look."}


def file(**said: str) -> SqlFile:
    return SqlFile("one", "A rule.", {**SAID, **said}, "select 1")


def test_the_document_says_what_the_checks_say() -> None:
    assert DOCUMENT.read_text("utf-8") == checks_markdown(), "run `make dictionary`"


def test_run_as_a_module_it_writes_to_standard_output(capsys: pytest.CaptureFixture[str]) -> None:
    runpy.run_path(str(module.__file__), run_name="__main__")
    assert capsys.readouterr().out == checks_markdown()


def test_every_check_says_who_cares_and_what_to_do() -> None:
    for check in check_files().values():
        assert set(check.severities) <= set(SEVERITIES), check.name
        assert check.owner.endswith("."), check.name
        assert check.mend.endswith("."), check.name
        assert f"### {check.name}\n\n{check.rule}\n" in checks_markdown()


def test_a_check_is_read_from_its_comments() -> None:
    check = checked(file())
    assert (check.is_contract, check.severities, check.owner, check.mend) == (
        False,
        ("warn", "error"),
        "Readers.",
        "Look.",
    )
    assert checked(file(kind="contract", severity="error")).is_contract


@pytest.mark.parametrize(
    "wrong",
    [
        SqlFile("one", "A rule.", {}, "select 1"),
        file(kind="other"),
        file(severity="warning"),
        file(severity=""),
        file(kind="contract", severity="warn"),
        file(since="1"),
    ],
)
def test_a_check_that_does_not_say_what_it_has_to_is_refused(wrong: SqlFile) -> None:
    with pytest.raises(ValueError, match=r"sql/checks/one.sql: its comments must say kind, severity, owner, mend"):
        checked(wrong)


def test_columns_that_may_be_empty_are_declared_once_in_order_with_a_reason() -> None:
    declared = declared_empty()
    assert declared.select("source_table", "column_name").rows() == sorted(
        set(declared.select("source_table", "column_name").rows())
    )
    for table, column, given_by, reason in declared.rows():
        assert TABLES[table].columns[column].nullable, (table, column)
        assert reason.endswith("."), (table, column)
        assert given_by is None or set(given_by.split()) <= {
            "catalogue",
            "tmdb",
            "memory_alpha",
            "stapi",
            "trekcore",
            "tvmaze",
        }


def test_a_column_may_be_empty_only_while_nobody_who_gives_it_is_used() -> None:
    bare = set(may_be_empty({"catalogue"}).rows())
    assert {("episodes", "synopsis"), ("episodes", "plot_points"), ("episodes", "stardate_from")} <= bare
    assert ("episodes", "stardate_from") not in set(may_be_empty({"catalogue", "stapi"}).rows())
    assert ("episodes", "title") not in bare
    told = set(may_be_empty({"catalogue", "tmdb"}).rows())
    assert ("episodes", "synopsis") not in told
    assert ("episodes", "plot_points") in told
