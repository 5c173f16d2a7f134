"""Coverage: what was wanted of each source against what it told, and the gaps that no error announces."""

from __future__ import annotations

import polars as pl
from transform_factory import day, instant, known, registry, value, values

from etl.transform.coverage import coverage, gaps, success_shares

KEYS = ("tng:haven", "tng:justice", "tng:the-battle")
AS_OF = instant("2026-11-20T12:00:00")
EPISODES = registry(
    known(KEYS[0], "Haven", air_date=day("1987-11-30")),
    known(KEYS[1], "Justice", air_date=day("1987-11-09")),
    known(KEYS[2], "The Battle", season=2, air_date=day("1987-11-16")),
)


def wanted(*sources: str, keys: tuple[str, ...] = KEYS) -> pl.DataFrame:
    pairs = [(source, key) for source in sources for key in keys]
    return pl.DataFrame(pairs, schema=["source", "episode_key"], orient="row")


def told(source: str, *keys: str, field: str = "title", is_stale: bool = False) -> list[dict[str, object]]:
    return [value(key, field, source, "x", is_stale=is_stale) for key in keys]


def shares(frame: pl.DataFrame) -> dict[str, float]:
    return dict(frame.sort("episode_key").iter_rows())


def test_the_share_is_that_of_the_sources_that_named_the_episode() -> None:
    said = values(*told("tmdb", *KEYS), *told("stapi", KEYS[0]))
    assert shares(success_shares(wanted("tmdb", "stapi"), said)) == {KEYS[0]: 1.0, KEYS[1]: 0.5, KEYS[2]: 0.5}


def test_a_row_without_a_title_and_a_value_of_an_earlier_run_are_no_success() -> None:
    said = values(*told("tmdb", KEYS[0], field="air_date"), *told("tmdb", KEYS[1], is_stale=True))
    assert shares(success_shares(wanted("tmdb"), said)) == dict.fromkeys(KEYS, 0.0)


def test_an_episode_that_no_source_can_know_has_no_share() -> None:
    assert set(shares(success_shares(wanted("tmdb", keys=KEYS[:1]), values(*told("tmdb", *KEYS))))) == {KEYS[0]}


def test_coverage_counts_titles_and_dates_a_season() -> None:
    said = values(*told("tmdb", *KEYS), *told("tmdb", KEYS[0], field="air_date"), *told("stapi", KEYS[2]))
    assert coverage(wanted("tmdb", "stapi"), said, EPISODES, AS_OF).rows() == [
        ("stapi", "tng", 1, 2, 0, 0),
        ("stapi", "tng", 2, 1, 1, 0),
        ("tmdb", "tng", 1, 2, 2, 1),
        ("tmdb", "tng", 2, 1, 1, 0),
    ]


def test_what_is_not_aired_need_not_be_known() -> None:
    to_come = registry(
        known(KEYS[0], "Haven", air_date=day("2026-11-20")),
        known(KEYS[1], "Justice", air_date=day("2026-11-21")),
        known(KEYS[2], "The Battle"),
    )
    assert coverage(wanted("tmdb"), values(), to_come, AS_OF).rows() == [("tmdb", "tng", 1, 1, 0, 0)]


def covered(*rows: tuple[str, int, int, int, int]) -> pl.DataFrame:
    columns = ["source", "season", "episodes", "titled", "dated"]
    return pl.DataFrame(rows, schema=columns, orient="row").with_columns(series=pl.lit("tng"))


def test_a_season_of_which_less_than_half_came_is_a_gap() -> None:
    seasons = covered(
        ("tmdb", 1, 10, 5, 5),
        ("tmdb", 2, 10, 4, 4),
        ("tmdb", 3, 10, 0, 10),
        ("tmdb", 4, 10, 10, 0),
        ("tmdb", 5, 9, 5, 4),
    )
    found = gaps(seasons, ["tmdb"]).select("season", "what").rows()
    assert found == [(2, "episodes"), (3, "titles"), (4, "dates"), (5, "dates")]


def test_a_series_of_which_nothing_came_is_one_gap() -> None:
    found = gaps(covered(("tmdb", 1, 10, 0, 0), ("tmdb", 2, 9, 0, 0)), ["tmdb"])
    assert found.rows() == [("tmdb", "tng", None, "episodes", 0, 19)]


def test_a_source_that_did_not_answer_has_no_gaps_but_errors() -> None:
    assert gaps(covered(("tmdb", 1, 10, 0, 0), ("stapi", 1, 10, 0, 0)), ["stapi"])["source"].to_list() == ["stapi"]
