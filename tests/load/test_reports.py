from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import duckdb
import polars as pl
import pytest

from etl.database import open_read_only, read_frame
from etl.errors import InputError
from etl.load.reports import read_reports
from etl.load.warehouse import write_warehouse
from schemas.episodes import WEIGHTS
from schemas.scores import GRADES
from tests.factories import AS_OF, RUN_ID, added, empty_tables, tiny_tables


@pytest.fixture(scope="module")
def reports(tmp_path_factory: pytest.TempPathFactory) -> dict[str, pl.DataFrame]:
    path = tmp_path_factory.mktemp("reports") / "episodes.duckdb"
    write_warehouse(path, tiny_tables())
    return read_reports(path)


def test_reading_again_gives_what_the_tables_hold(tmp_path: Path) -> None:
    path = tmp_path / "episodes.duckdb"
    for tables in (tiny_tables(), empty_tables()):
        write_warehouse(path, tables)
        with open_read_only(path) as connection:
            for name, frame in read_reports(path).items():
                assert read_frame(connection, f"from report_{name}").equals(frame), name
    assert [found.name for found in tmp_path.iterdir()] == ["episodes.duckdb"]


def test_summary(reports: dict[str, pl.DataFrame]) -> None:
    assert reports["summary"].to_dicts() == [
        {
            "run_id": RUN_ID,
            "as_of": AS_OF,
            "series": 2,
            "seasons": 2,
            "episodes": 4,
            "movies": 1,
            "first_air_date": date(1973, 9, 8),
            "last_air_date": date(1987, 10, 5),
            "quality_overall": 0.755,
            "quality_completeness": 0.5,
            "stale_episodes": 1,
            "conflicts": 1,
            "in_review": 1,
            "rejects": 2,
            "errors": 1,
        }
    ]


def test_summary_counts_the_errors_of_this_run_alone(tmp_path: Path) -> None:
    tables = tiny_tables()
    earlier = tables["errors"].with_columns(run_id=pl.lit("20261001T000000Z"))
    write_warehouse(tmp_path / "episodes.duckdb", {**tables, "errors": pl.concat([tables["errors"], earlier, earlier])})
    assert read_reports(tmp_path / "episodes.duckdb")["summary"]["errors"].to_list() == [1]


def test_stale_values(tmp_path: Path) -> None:
    tables = tiny_tables()
    ages = {"tng:the-naked-now": timedelta(days=3, hours=23), "film:twok": timedelta(hours=5)}
    tables["field_values"] = tables["field_values"].with_columns(
        is_stale=pl.col("episode_key").is_in(list(ages)),
        fetched_at=pl.col("episode_key").replace_strict(
            {key: AS_OF - age for key, age in ages.items()}, default=AS_OF, return_dtype=pl.Datetime("us", "UTC")
        ),
    )
    stale = tables["field_values"].filter("is_stale")
    write_warehouse(tmp_path / "episodes.duckdb", tables)
    of_tmdb = stale.filter(source="tmdb").height
    oldest, newest = AS_OF - timedelta(days=3, hours=23), AS_OF - timedelta(hours=5)
    assert read_reports(tmp_path / "episodes.duckdb")["stale_values"].rows() == [
        ("catalogue", "Bundled catalogue", 2, 1, 0, oldest, oldest, 3),
        ("tmdb", "TMDB", of_tmdb, 2, of_tmdb, oldest, newest, 3),
    ]


def test_grades(reports: dict[str, pl.DataFrame]) -> None:
    assert reports["grades"].rows() == [
        ("excellent", 1, 0.25, 0.95, 0.95),
        ("good", 1, 0.25, 0.8, 0.8),
        ("acceptable", 2, 0.5, 0.62, 0.65),
        ("poor", 0, 0.0, None, None),
        ("insufficient", 0, 0.0, None, None),
    ]
    assert tuple(reports["grades"]["grade"]) == GRADES


def test_missing_fields(reports: dict[str, pl.DataFrame]) -> None:
    rows = {row[0]: row[1:] for row in reports["missing_fields"].rows()}
    assert rows["plot_points"] == (0.8, 3, 0.75, round(100 * 0.8 / 11 * 0.75, 2))
    assert rows["air_date"] == (1.0, 1, 0.25, round(100 / 11 / 4, 2))
    assert rows["title"] == (1.0, 0, 0.0, 0.0)
    assert {field: weight for field, (weight, *_) in rows.items()} == WEIGHTS
    assert next(iter(rows)) == "plot_points"


def test_by_series(reports: dict[str, pl.DataFrame]) -> None:
    chosen = reports["by_series"].drop("name", "first_air_date", "last_air_date")
    assert chosen.rows() == [
        ("tas", 1, 2, 2, 0.635, 0.5, 1, 0, 0),
        ("tng", 1, 2, 3, 0.875, 0.5, 0, 1, 1),
    ]


def test_by_season(reports: dict[str, pl.DataFrame]) -> None:
    chosen = reports["by_season"].drop("first_air_date", "last_air_date")
    assert chosen.rows() == [
        ("tas", 1, 2, 2, 0.635, 0.5, "tas_s1_e02"),
        ("tng", 1, 2, 3, 0.875, 0.5, "tng_s1_e02"),
    ]


def test_by_source(tmp_path: Path) -> None:
    tables = tiny_tables()
    override = tables["field_values"].filter(field="air_date", source="catalogue").to_dicts()[0]
    tables = added(tables, "field_values", **{**override, "source": "override", "is_chosen": True})
    write_warehouse(tmp_path / "episodes.duckdb", tables)
    tmdb = tables["field_values"].filter(source="tmdb").height
    assert read_reports(tmp_path / "episodes.duckdb")["by_source"].rows() == [
        ("tmdb", "TMDB", "used", 6, 5, tmdb, tmdb, round(tmdb / (tmdb + 1), 4)),
        ("override", "override", None, 0, 0, 1, 1, round(1 / (tmdb + 1), 4)),
        ("catalogue", "Bundled catalogue", "used", 5, 5, 2, 0, 0.0),
    ]


def test_lowest_quality(reports: dict[str, pl.DataFrame]) -> None:
    rows = reports["lowest_quality"].rows()
    assert [row[0] for row in rows] == ["tas_s1_e02", "tas_s1_e01", "tng_s1_e02", "tng_s1_e01"]
    lacks = "air_date, synopsis, directors, plot_points, writers, guest_stars, production_codes, connections"
    assert rows[0][3:] == (0.62, "acceptable", f"{lacks}, imdb_id, tmdb_id, memory_alpha_url")
    assert rows[3][5] == ""


def test_disagreements(reports: dict[str, pl.DataFrame]) -> None:
    assert reports["disagreements"].rows()[:2] == [("title", 1, 1, 1.0), ("air_date", 1, 0, 0.0)]
    assert set(reports["disagreements"]["compared"][2:]) == {0}


def test_sources_of_one_lineage_are_one_witness(tmp_path: Path) -> None:
    tables = tiny_tables()
    tables["sources"] = tables["sources"].with_columns(lineage=pl.lit("tmdb"))
    write_warehouse(tmp_path / "episodes.duckdb", tables)
    compared = read_reports(tmp_path / "episodes.duckdb")["disagreements"]
    assert compared.filter(field="air_date")["compared"].item() == 0


def test_people(reports: dict[str, pl.DataFrame]) -> None:
    rows = reports["people"].rows()
    assert rows[0] == ("D. C. Fontana", 2, 0, 2, "tng", date(1987, 9, 28), date(1987, 10, 5))
    assert ("Hal Sutherland", 1, 1, 0, "tas", date(1973, 9, 8), date(1973, 9, 8)) in rows
    assert ("John D. F. Black", 1, 0, 1, "tng", date(1987, 10, 5), date(1987, 10, 5)) in rows


def test_an_empty_release_has_every_report(tmp_path: Path) -> None:
    write_warehouse(tmp_path / "episodes.duckdb", empty_tables())
    reports = read_reports(tmp_path / "episodes.duckdb")
    assert reports["summary"]["episodes"].to_list() == [0]
    assert reports["grades"]["episodes"].to_list() == [0] * len(GRADES)
    assert reports["missing_fields"]["missing"].to_list() == [0] * len(WEIGHTS)
    assert reports["missing_fields"]["share"].null_count() == len(WEIGHTS)


def test_reports_hold_plain_types(reports: dict[str, pl.DataFrame]) -> None:
    plain = {pl.String, pl.Int64, pl.Float64, pl.Date, pl.Datetime}
    for name, frame in reports.items():
        assert {data_type.base_type() for data_type in frame.dtypes} <= plain, name


def test_a_missing_or_foreign_database_is_wrong_input(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"nothing\.duckdb: The reports cannot be read"):
        read_reports(tmp_path / "nothing.duckdb")
    with duckdb.connect(tmp_path / "foreign.duckdb") as connection:
        connection.execute("create table cats (name text)")
    with pytest.raises(InputError, match="Run trek-etl generate again"):
        read_reports(tmp_path / "foreign.duckdb")


def test_completeness(reports: dict[str, pl.DataFrame]) -> None:
    completeness = reports["completeness"]
    assert completeness.height == 2 * len(WEIGHTS)
    assert completeness["series"].unique(maintain_order=True).to_list() == ["tas", "tng"]
    assert completeness.filter(series="tng")["field"].to_list()[-1] == "memory_alpha_url"
    assert completeness.filter(field="air_date").rows() == [
        ("tas", "air_date", 2, 1, 0.5),
        ("tng", "air_date", 2, 2, 1.0),
    ]


def test_agreement(reports: dict[str, pl.DataFrame]) -> None:
    """Of two fields that both state, one is told differently; a source is not compared with itself."""
    assert reports["agreement"].rows() == [("catalogue", "tmdb", 2, 2, 1, 0.5)]


def test_agreement_leaves_prose_out_and_takes_a_shorter_list_for_no_contradiction(tmp_path: Path) -> None:
    tables = tiny_tables()
    for field, text in (("synopsis", "Other words."), ("directors", '["Paul Lynch", "Another"]')):
        told = {"field": field, "value": text, "normalised": text, "source": "stapi", "rule": "union"}
        told |= {"fetched_at": AS_OF, "is_stale": False, "is_chosen": False}
        tables = added(tables, "field_values", episode_key="tng:the-naked-now", **told)
    write_warehouse(tmp_path / "episodes.duckdb", tables)
    agreement = read_reports(tmp_path / "episodes.duckdb")["agreement"]
    assert agreement.filter(source="stapi").rows() == [("stapi", "tmdb", 2, 1, 1, 1.0)]


def test_agreement_within_one_lineage_says_so(tmp_path: Path) -> None:
    tables = tiny_tables()
    tables["sources"] = tables["sources"].with_columns(lineage=pl.lit("tmdb"))
    write_warehouse(tmp_path / "episodes.duckdb", tables)
    assert read_reports(tmp_path / "episodes.duckdb")["agreement"]["witnesses"].to_list() == [1]
