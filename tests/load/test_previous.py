from __future__ import annotations

from pathlib import Path

import duckdb
import polars as pl
import pytest

from etl.errors import ExitCode, InputError
from etl.load.previous import DATABASE, read_previous
from etl.load.warehouse import write_warehouse
from schemas.physical import key_columns
from schemas.tables import TABLES
from tests.factories import RUN_ID, empty_tables, tiny_tables


def test_the_last_release_comes_back_whole(tmp_path: Path) -> None:
    write_warehouse(tmp_path / DATABASE, tiny_tables())
    previous = read_previous(tmp_path)
    assert previous is not None
    assert previous.run_id == RUN_ID
    assert list(previous.tables) == list(TABLES)
    for name, frame in tiny_tables().items():
        order = key_columns(TABLES[name]) or frame.columns
        assert previous.tables[name].equals(frame.sort(order, nulls_last=True)), name


def test_nothing_published_is_nothing(tmp_path: Path) -> None:
    assert read_previous(tmp_path) is None
    assert read_previous(tmp_path / "no such folder") is None


def test_the_connection_is_closed_and_nothing_is_left_behind(tmp_path: Path) -> None:
    write_warehouse(tmp_path / DATABASE, tiny_tables())
    read_previous(tmp_path)
    with duckdb.connect(tmp_path / DATABASE) as connection:
        connection.execute("select 1")
    assert [path.name for path in tmp_path.iterdir()] == [DATABASE]


@pytest.mark.parametrize("content", [b"", b"garbage" * 1000, b"SQLite format 3\x00" + bytes(4096)])
def test_a_file_that_is_no_database_is_wrong_input(tmp_path: Path, content: bytes) -> None:
    (tmp_path / DATABASE).write_bytes(content)
    with pytest.raises(InputError, match="cannot be read") as caught:
        read_previous(tmp_path)
    assert caught.value.exit_code == ExitCode.WRONG_INPUT
    assert str(tmp_path / DATABASE) in str(caught.value)
    assert "move the folder away, or pick another one with --out" in str(caught.value)


def test_a_truncated_database_and_a_folder_in_its_place_are_wrong_input(tmp_path: Path) -> None:
    write_warehouse(tmp_path / DATABASE, tiny_tables())
    content = (tmp_path / DATABASE).read_bytes()
    (tmp_path / DATABASE).write_bytes(content[: len(content) // 2])
    with pytest.raises(InputError):
        read_previous(tmp_path)
    (tmp_path / "other" / DATABASE).mkdir(parents=True)
    with pytest.raises(InputError):
        read_previous(tmp_path / "other")


def test_a_database_of_another_version_is_wrong_input(tmp_path: Path) -> None:
    write_warehouse(tmp_path / DATABASE, tiny_tables())
    with duckdb.connect(tmp_path / DATABASE) as connection:
        connection.execute("drop table review")
        connection.execute("alter table eras add column colour text")
    with pytest.raises(InputError) as caught:
        read_previous(tmp_path)
    assert "table eras: column colour is unknown; table review: is missing." in str(caught.value)


def test_many_reasons_are_shortened(tmp_path: Path) -> None:
    with duckdb.connect(tmp_path / DATABASE) as connection:
        connection.execute("create table cats (name text)")
    with pytest.raises(InputError, match=f"and {len(TABLES) - 5} more"):
        read_previous(tmp_path)


def test_a_release_of_no_run_is_wrong_input(tmp_path: Path) -> None:
    write_warehouse(tmp_path / DATABASE, empty_tables())
    with pytest.raises(InputError, match="table runs is empty"):
        read_previous(tmp_path)


def test_the_newest_run_is_the_one_that_was_published_last_whatever_time_it_was_given(tmp_path: Path) -> None:
    tables = tiny_tables()
    tables["runs"] = tables["runs"].with_columns(
        run_id=pl.when(pl.col("release") == 2).then(pl.lit("a")).otherwise(pl.lit("z")),
        as_of=pl.col("as_of").reverse(),
    )
    write_warehouse(tmp_path / DATABASE, tables)
    previous = read_previous(tmp_path)
    assert previous is not None
    assert previous.run_id == "a"
