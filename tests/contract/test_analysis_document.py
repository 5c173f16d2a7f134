"""The questions of docs/analysis.md have the answers that stand there, and need nothing but the database."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pytest

from tests.analysis_document import DOCUMENT, answered, queries

pytest_plugins = ["tests.release_fixtures"]

TEXT = DOCUMENT.read_text("utf-8")
LEAST_QUESTIONS = 10


def sections() -> dict[str, str]:
    """The text of each question by its heading."""
    return {part.partition("\n")[0]: part for part in TEXT.split("\n## ")[1:]}


def test_the_document_says_what_the_catalogue_answers(catalogue_release: Path) -> None:
    assert answered(TEXT, catalogue_release / "episodes.duckdb") == TEXT, "run `make analysis`"


def test_there_are_ten_questions_and_each_has_a_query_with_an_answer() -> None:
    assert len(sections()) >= LEAST_QUESTIONS
    for heading, text in sections().items():
        assert heading.partition(". ")[2].endswith("?"), heading
        for rest in text.split("```sql\n")[1:] or [""]:
            answer = rest.partition("```\n\n")[2].split("\n\n")[0].splitlines()
            assert len(answer) > 2, heading
            assert all(line.startswith("| ") for line in answer), heading
    assert sum(len(queries(text)) for text in sections().values()) == len(queries(TEXT))


@pytest.mark.parametrize("sql", queries(TEXT), ids=list(map(str, range(len(queries(TEXT))))))
def test_a_query_is_one_select_whose_order_leaves_nothing_to_chance(sql: str, catalogue_release: Path) -> None:
    with duckdb.connect(catalogue_release / "episodes.duckdb", read_only=True) as connection:
        (statement,) = connection.extract_statements(sql)
        assert statement.type == duckdb.StatementType.SELECT
        answers = set()
        for threads in (1, 4):
            connection.execute(f"set threads = {threads}")
            answers.add(str(connection.execute(sql).fetchall()))
    assert len(answers) == 1
    assert "\norder by" in sql


def test_an_answer_is_written_below_its_query_and_an_old_one_goes(tmp_path: Path) -> None:
    database = tmp_path / "small.duckdb"
    with duckdb.connect(database) as connection:
        connection.execute("create table things as select 'a | b' as name, null as size")
    document = (
        "Before\n\n```sql\nfrom things\n```\n\n| old |\n| --- |\n| 1 |\n\nAfter\n\n```sql\nselect 1 as one\n```\n"
    )
    once = answered(document, database)
    assert once == (
        "Before\n\n```sql\nfrom things\n```\n\n| name | size |\n| --- | --- |\n| a \\| b |  |\n\nAfter\n\n"
        "```sql\nselect 1 as one\n```\n\n| one |\n| --- |\n| 1 |\n"
    )
    assert answered(once, database) == once
    assert queries(once) == ["from things\n", "select 1 as one\n"]


def test_the_views_that_the_document_names_are_there(catalogue_release: Path) -> None:
    with duckdb.connect(catalogue_release / "episodes.duckdb", read_only=True) as connection:
        views = {
            name for (name,) in connection.execute("select view_name from duckdb_views() where not internal").fetchall()
        }
    assert {view for view in views if f"`{view}`" in TEXT} == views
