from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import duckdb
import polars as pl
import pytest

from etl.content_hash import content_hash
from etl.database import literal, open_in_memory, open_read_only, quoted, read_frame, read_tables
from etl.errors import ContractBroken, ExitCode
from etl.load import warehouse
from etl.load.warehouse import write_warehouse
from etl.sql_files import sql_files
from schemas.episodes import EPISODES
from schemas.guide import SCHEMES
from schemas.physical import key_columns, sql_types
from schemas.tables import TABLES
from tests.factories import added, changed, empty_tables, frame, tiny_tables


def query(path: Path, select: str) -> list[tuple[Any, ...]]:
    with open_read_only(path) as connection:
        return read_frame(connection, select).rows()


def column_types(path: Path, table: str) -> dict[str, str]:
    rows = query(path, "select table_name, column_name, data_type from duckdb_columns()")
    return {column: data_type for name, column, data_type in rows if name == table}


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("written") / "episodes.duckdb"
    write_warehouse(path, tiny_tables())
    return path


@pytest.fixture
def database(written: Path, tmp_path: Path) -> Path:
    return Path(shutil.copy(written, tmp_path))


def test_every_table_comes_back_as_it_was_in_the_order_of_its_key(database: Path) -> None:
    with open_read_only(database) as connection:
        tables, broken = read_tables(connection)
    assert broken == []
    for name, contract in TABLES.items():
        expected = tiny_tables()[name].sort(key_columns(contract) or pl.all(), nulls_last=True)
        assert tables[name].equals(expected), name
        assert tables[name].schema == expected.schema, name


def test_columns_have_the_types_of_the_contract_even_where_all_values_are_missing(tmp_path: Path) -> None:
    path = tmp_path / "empty.duckdb"
    tables = {**empty_tables(), "review": tiny_tables()["review"].with_columns(source_url=pl.lit(None, pl.String))}
    write_warehouse(path, tables)
    for name, contract in TABLES.items():
        assert column_types(path, name) == sql_types(contract), name
    types = column_types(path, "episodes")
    assert types["connections"] == "STRUCT(episode_key VARCHAR, connection_type VARCHAR, description VARCHAR)[]"
    assert types["directors"] == "VARCHAR[]"
    assert column_types(path, "runs")["as_of"] == "TIMESTAMP WITH TIME ZONE"


def test_every_table_view_and_column_is_commented(database: Path) -> None:
    silent = query(
        database,
        "select table_name, column_name from duckdb_columns() where not internal and comment is null"
        " union all select table_name, '' from duckdb_tables() where comment is null"
        " union all select view_name, '' from duckdb_views() where not internal and comment is null",
    )
    assert silent == []
    comments = dict(query(database, "select table_name, comment from duckdb_tables()"))
    assert comments["episodes"] == EPISODES.description
    assert comments["report_grades"] == "How many episodes earn which grade?"
    quotes = query(
        database,
        "select comment from duckdb_columns() where table_name = 'episodes' and column_name = 'tmdb_id'",
    )
    assert quotes == [("TMDB's id of the episode, of its first part where TMDB has several",)]


def test_the_file_is_in_the_older_format_and_stands_alone(database: Path) -> None:
    versions = query(database, "select tags['storage_version'] from duckdb_databases() where not internal")
    assert versions == [("v1.4.0+",)]
    assert [path.name for path in database.parent.iterdir()] == ["episodes.duckdb"]


def test_keys_and_required_columns_are_constraints(database: Path) -> None:
    kinds = query(
        database,
        "select constraint_type, constraint_column_names from duckdb_constraints()"
        " where table_name = 'numbering' and constraint_type = 'PRIMARY KEY'",
    )
    assert kinds == [("PRIMARY KEY", ["episode_key", "scheme"])]
    nullable = query(
        database, "select column_name from duckdb_columns() where table_name = 'links' and is_nullable order by 1"
    )
    assert nullable == [("part",)]


def test_the_content_hash_knows_no_order_of_rows_but_every_value(tmp_path: Path) -> None:
    tables = tiny_tables()
    shuffled = {name: rows.sample(fraction=1, shuffle=True, seed=7) for name, rows in tables.items()}
    first = write_warehouse(tmp_path / "a.duckdb", tables)
    assert write_warehouse(tmp_path / "b.duckdb", shuffled) == first
    assert write_warehouse(tmp_path / "c.duckdb", dict(reversed(tables.items()))) == first
    other = changed(tables, "episodes", "tas:yesteryear", is_stale=False)
    assert write_warehouse(tmp_path / "d.duckdb", other) != first
    with open_read_only(tmp_path / "b.duckdb") as connection:
        assert content_hash(read_tables(connection)[0]) == first


@pytest.mark.parametrize(
    "change",
    [
        {"title": "Yesteryear "},
        {"directors": []},
        {"directors": [""]},
        {"writers": ["a", "b"]},
        {"stardate_from": 5373.4},
    ],
)
def test_every_kind_of_value_counts_in_the_content_hash(change: dict[str, object]) -> None:
    tables = tiny_tables()
    assert content_hash(changed(tables, "episodes", "tas:yesteryear", **change)) != content_hash(tables)


def test_an_old_file_is_replaced_whole_and_its_log_is_not_played_into_the_new_one(tmp_path: Path) -> None:
    path = tmp_path / "episodes.duckdb"
    path.write_bytes(b"old")
    (tmp_path / "episodes.duckdb.wal").write_bytes(b"log of a killed writer")
    write_warehouse(path, tiny_tables())
    assert query(path, "select count(*) from episodes") == [(4,)]
    assert [found.name for found in tmp_path.iterdir()] == ["episodes.duckdb"]


def test_a_failure_leaves_the_old_file_and_nothing_else(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(_: duckdb.DuckDBPyConnection) -> None:
        raise RuntimeError("no report today")

    path = tmp_path / "episodes.duckdb"
    path.write_bytes(b"old")
    monkeypatch.setattr(warehouse, "create_reports", fail)
    with pytest.raises(RuntimeError, match="no report today"):
        write_warehouse(path, tiny_tables())
    assert path.read_bytes() == b"old"
    assert [found.name for found in tmp_path.iterdir()] == ["episodes.duckdb"]


def test_a_quote_in_the_path_is_no_sql(tmp_path: Path) -> None:
    folder = tmp_path / "Captain's log; drop"
    folder.mkdir()
    write_warehouse(folder / "it's.duckdb", tiny_tables())
    assert query(folder / "it's.duckdb", "select count(*) from movies") == [(1,)]


def test_all_broken_rules_are_told_at_once(tmp_path: Path) -> None:
    tables = changed(tiny_tables(), "episodes", "tas:yesteryear", title=" ", grade="superb")
    tables = {**tables, "strangers": frame("eras", []), "links": tables["links"].drop("score")}
    del tables["runs"]
    with pytest.raises(ContractBroken) as caught:
        write_warehouse(tmp_path / "episodes.duckdb", tables)
    text = str(caught.value)
    assert caught.value.exit_code == ExitCode.CONTRACT_BROKEN
    for reason in (
        "table runs: is missing",
        "table strangers: no such table belongs to a release",
        "title is blank",
        "grade is no grade",
        "table links: missing columns ['score']",
    ):
        assert reason in text
    assert list(tmp_path.iterdir()) == []


def test_identifiers_and_texts_cannot_break_out() -> None:
    with open_in_memory() as connection:
        name = 'a"b; drop table x'
        text = literal("it's")
        select = f"select {text} as {quoted(name)}"
        assert read_frame(connection, select).to_dicts() == [{name: "it's"}]


@pytest.mark.parametrize(
    ("statement", "reason"),
    [
        ("drop table errors", "table errors: is missing"),
        ("alter table eras drop title", "table eras: column title is missing"),
        ("alter table eras add extra int", "table eras: column extra is unknown"),
        ("alter table eras alter years type blob using 'x'::blob", "table eras: column years is BLOB, not VARCHAR"),
        (
            "create or replace table eras as select title, * exclude (title) from eras",
            "table eras: the columns stand in another order",
        ),
        (
            "alter table eras alter years type interval using interval 1 day",
            "table eras: column years is INTERVAL, not VARCHAR",
        ),
        ("update movies set grade = 'superb'", "grade is no grade"),
    ],
)
def test_a_foreign_table_is_described_before_a_row_of_it_is_read(database: Path, statement: str, reason: str) -> None:
    with duckdb.connect(database) as connection:
        connection.execute(statement)
    with open_read_only(database) as connection:
        broken = read_tables(connection)[1]
    assert len(broken) == 1
    assert reason in broken[0]


def test_views_show_plain_words(database: Path) -> None:
    listed = query(
        database,
        "select series_name, number, title, stardate, years, directors, writers from episode_list"
        " where episode_key like 'tng:%'",
    )
    tng = "Star Trek: The Next Generation"
    assert listed == [
        (tng, "1x01", "Encounter at Farpoint", "41153.7", "2364", "Corey Allen", "D. C. Fontana, Gene Roddenberry"),
        (tng, "1x02", "The Naked Now", "41209.2–41209.3", None, "Paul Lynch", "D. C. Fontana"),
    ]
    assert query(database, "select place, kind, item_id, released::varchar from watch_order") == [
        (1, "animated", "tas_s1", "1973-09-08"),
        (2, "movie", "twok", "1982-06-04"),
        (3, "series", "tng_s1", "1987-09-28"),
    ]
    assert query(database, "select title, aired, parts, tmdb, imdb from numbers where episode_key like 'tng:%'") == [
        ("Encounter at Farpoint", "1x01", "1x01/02", "1x01", None),
        ("The Naked Now", "1x02", "1x03", "1x02", None),
    ]
    assert query(database, "select title, value, source from provenance where field = 'imdb_id'") == [
        ("Star Trek II: The Wrath of Khan", "tt0084726", "TMDB"),
        ("Encounter at Farpoint", "tt0094030", "TMDB"),
    ]
    assert query(database, "select count(*) from provenance where title = 'The Naked Now!'") == [(0,)]


def test_a_whole_stardate_is_written_without_a_fraction(tmp_path: Path) -> None:
    tables = changed(tiny_tables(), "episodes", "tas:yesteryear", stardate_from=5373.0, year_from=2269, year_to=2270)
    write_warehouse(tmp_path / "x.duckdb", tables)
    listed = query(tmp_path / "x.duckdb", "select stardate, years from episode_list where title = 'Yesteryear'")
    assert listed == [("5373", "2269–2270")]


def test_every_numbering_scheme_has_a_column(database: Path) -> None:
    assert list(column_types(database, "numbers")) == ["episode_key", "title", *SCHEMES]


def test_views_and_reports_describe_exactly_their_columns(database: Path) -> None:
    for kind, prefix in (("views", ""), ("reports", "report_")):
        for sql in sql_files(kind).values():  # type: ignore[arg-type]
            assert list(column_types(database, prefix + sql.name)) == list(sql.columns), sql.name


def test_the_newest_release_may_hold_rows_without_a_key(tmp_path: Path) -> None:
    reject = {"source": "tmdb", "stage": "extract", "reason": "has no id", "payload": "{}"}
    tables = added(added(empty_tables(), "rejects", **reject), "rejects", **reject)
    write_warehouse(tmp_path / "x.duckdb", tables)
    assert query(tmp_path / "x.duckdb", "select count(*) from rejects") == [(2,)]
