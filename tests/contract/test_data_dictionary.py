from __future__ import annotations

import runpy
from pathlib import Path

import polars as pl
import pytest

from schemas import dictionary
from schemas.columns import TEXT, column, table
from schemas.dictionary import dictionary_markdown
from schemas.episodes import CONNECTION, EPISODES
from schemas.guide import NUMBERING
from schemas.physical import key_columns, sql_type
from schemas.provenance import REJECTS
from schemas.tables import TABLES

DOCUMENT = Path(__file__).parents[2] / "docs" / "data-dictionary.md"


def test_the_document_says_what_the_contracts_say() -> None:
    assert DOCUMENT.read_text("utf-8") == dictionary_markdown(), "run `make dictionary`"


def test_every_table_and_every_column_is_described() -> None:
    text = dictionary_markdown()
    for name, contract in TABLES.items():
        section = text.split(f"\n## {name}\n")[1].split("\n## ")[0]
        assert str(contract.description) in section
        for column_name, described in contract.columns.items():
            assert described.description, (name, column_name)
            assert f"| `{column_name}` | " in section


def test_a_row_has_type_meaning_unit_weight_and_example() -> None:
    text = dictionary_markdown()
    meaning = "TMDB's id of the episode, of its first part where TMDB has several"
    assert f"| `tmdb_id` | TMDB id | `BIGINT` | {meaning} |  |  | 0.6 | `37064` |" in text
    assert "| `runtime_min` | Runtime | `BIGINT` | Running time of the whole story | minutes |  |  | `92` |" in text
    assert "Key: `episode_key`, `scheme`." in text
    assert "Key: none, a row stands for itself." in text


def test_a_bar_does_not_break_the_table(monkeypatch: pytest.MonkeyPatch) -> None:
    contract = table("things", "Things.", {"x": column(TEXT, "a | b")})
    monkeypatch.setattr(dictionary, "TABLES", {"things": contract})
    assert "| `x` | X | `VARCHAR` | a \\| b |  |  |  |  |\n" in dictionary_markdown()


def test_run_as_a_module_it_writes_to_standard_output(capsys: pytest.CaptureFixture[str]) -> None:
    runpy.run_path(str(dictionary.__file__), run_name="__main__")
    assert capsys.readouterr().out == dictionary_markdown()


@pytest.mark.parametrize(
    ("data_type", "expected"),
    [
        (pl.String(), "VARCHAR"),
        (pl.List(pl.String()), "VARCHAR[]"),
        (pl.List(pl.String), "VARCHAR[]"),
        (pl.Datetime("us", "UTC"), "TIMESTAMP WITH TIME ZONE"),
        (pl.List(CONNECTION), "STRUCT(episode_key VARCHAR, connection_type VARCHAR, description VARCHAR)[]"),
    ],
)
def test_types_are_written_in_sql(data_type: pl.DataType, expected: str) -> None:
    assert sql_type(data_type) == expected


def test_the_key_is_the_declared_one_or_the_first_unique_column() -> None:
    assert key_columns(NUMBERING) == ["episode_key", "scheme"]
    assert key_columns(EPISODES) == ["episode_key"]
    assert key_columns(REJECTS) == []
