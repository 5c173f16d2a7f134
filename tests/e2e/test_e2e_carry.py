"""Nothing that was published is lost: a fault, a narrow run, a dropped row or a lower grade deletes nothing."""

from __future__ import annotations

import pytest
from e2e_kit import FirstRun, Workplace
from fake_tmdb import HARBOUR_LIGHTS, OUTER_BEACON, FakeTmdb, running_tmdb, status

from etl.http.clock import SystemClock

pytest_plugins = ["e2e_fixtures"]

EPISODES = "select episode_key, episode_id, title, air_date, synopsis, runtime_min, guest_stars from episodes"
DARK_WATER = "select title, air_date, synopsis, directors, writers from episodes where episode_key = 'ob:dark-water'"
LIGHTS = "select episode_id, title, air_date, synopsis, runtime_min, is_stale from episodes where series = 'hl'"


@pytest.fixture
def cold(place: Workplace, tmdb: FakeTmdb, first_run: FirstRun) -> Workplace:
    """The release of the first run is there, its cache is gone."""
    place.begin_with(first_run)
    place.use(tmdb)
    return place


@pytest.fixture(scope="module")
def half_failed(tmp_path_factory: pytest.TempPathFactory, first_run: FirstRun) -> Workplace:
    """After a second run in which TMDB failed for one of the series; nobody writes into it."""
    with pytest.MonkeyPatch.context() as monkeypatch, running_tmdb() as tmdb:
        place = Workplace(tmp_path_factory.mktemp("half-failed"), monkeypatch)
        place.begin_with(first_run)
        place.use(tmdb)
        tmdb.break_at(HARBOUR_LIGHTS, status(500))
        ran = place.generate()
    assert ran.code == 0, ran.said
    return place


def test_what_a_failed_source_said_stays(half_failed: Workplace, first_run: FirstRun) -> None:
    assert half_failed.query(EPISODES) == first_run.query(EPISODES)


def test_what_a_failed_source_said_is_stale(half_failed: Workplace) -> None:
    stale = half_failed.query("select series, is_stale, count(*) from episodes group by all order by all")
    assert stale == [("hl", True, 6), ("ob", False, 4)]


def test_every_kept_value_is_marked(half_failed: Workplace) -> None:
    marked = half_failed.query(
        "select source, is_stale, count(distinct episode_key) from field_values"
        " where episode_key like 'hl:%' group by all order by all"
    )
    assert marked == [("catalogue", False, 6), ("tmdb", True, 6)]
    assert half_failed.json("run.json")["sources"]["tmdb"]["carried"] == 6


def test_links_of_a_failed_source_stay(half_failed: Workplace, first_run: FirstRun) -> None:
    links = "select source, source_id, episode_key, part from links order by all"
    assert half_failed.query(links) == first_run.query(links)


def test_what_is_told_again_is_no_longer_stale(cold: Workplace, first_run: FirstRun) -> None:
    cold.server.break_at("/", status(500))
    cold.generate()
    assert cold.query("select count(*) from episodes where is_stale") == [(10,)]
    cold.server.mend()
    cold.end_cool_downs()
    ran = cold.generate()
    assert ran.code == 0, ran.said
    assert cold.query("select count(*) from episodes where is_stale") == [(0,)]
    assert cold.query("select count(*) from field_values where is_stale") == [(0,)]
    assert cold.query(EPISODES) == first_run.query(EPISODES)


def test_a_stale_answer_of_the_cache_stands_in(warm: Workplace, monkeypatch: pytest.MonkeyPatch) -> None:
    """Ninety days later TMDB fails; the catalogue has none of the synopses."""
    warm.server.break_at("/", status(503))
    later(monkeypatch, days=90)
    ran = warm.generate(out=warm.folder / "fresh")
    assert ran.code == 0, ran.said
    answered = warm.query("select count(synopsis), bool_and(is_stale) from episodes", out=warm.folder / "fresh")
    assert answered == [(9, True)]
    assert warm.json("run.json", warm.folder / "fresh")["sources"]["tmdb"]["status"] == "stale"


def test_a_run_of_one_series_keeps_the_others_and_the_films(warm: Workplace, first_run: FirstRun) -> None:
    warm.server.world.season(9102, 1)["episodes"][2]["overview"] = "Land, at last."
    warm.generate("--series", "ob", "--refresh")
    assert warm.server.paths == [OUTER_BEACON]
    assert warm.query(LIGHTS) == first_run.query(LIGHTS)
    assert warm.query("select synopsis from episodes where episode_key = 'ob:far-shore'") == [("Land, at last.",)]
    films = "select movie_id, title, synopsis, runtime_min, is_stale from movies"
    assert warm.query(films) == first_run.query(films)


def test_an_episode_that_tmdb_drops_stays(warm: Workplace, first_run: FirstRun) -> None:
    """Dark Water is known from TMDB alone."""
    warm.server.world.drop_episode(9102, 1, 70304)
    ran = warm.generate("--refresh")
    assert ran.code == 0, ran.said
    assert warm.query(DARK_WATER) == first_run.query(DARK_WATER)
    assert warm.query("select is_stale from episodes where episode_key = 'ob:dark-water'") == [(True,)]


def test_an_episode_that_falls_below_the_threshold_keeps_its_last_values(warm: Workplace, first_run: FirstRun) -> None:
    warm.server.world.season(9102, 1)["episodes"][3].update(overview="", crew=[], guest_stars=[])
    ran = warm.generate("--refresh", "--quality-threshold", "0.75")
    assert ran.code == 0, ran.said
    assert warm.query(DARK_WATER) == first_run.query(DARK_WATER)
    assert warm.query("select is_stale from episodes where episode_key = 'ob:dark-water'") == [(True,)]


def test_an_episode_below_the_threshold_is_set_aside_with_its_reason(place: Workplace, tmdb: FakeTmdb) -> None:
    place.use(tmdb)
    tmdb.world.season(9102, 1)["episodes"][3].update(overview="", crew=[], guest_stars=[])
    ran = place.generate("--quality-threshold", "0.75")
    assert ran.code == 0, ran.said
    assert place.query("select count(*) from episodes where episode_key = 'ob:dark-water'") == [(0,)]
    ((source_id, stage, reason),) = place.query("select source_id, stage, reason from rejects")
    assert (source_id, stage) == ("ob:dark-water", "quality")
    assert "below the threshold 0.75: it lacks synopsis, directors, plot_points, writers" in reason


def later(monkeypatch: pytest.MonkeyPatch, *, days: int) -> None:
    """Let so many days pass for whoever reads the clock of the network."""
    now = SystemClock.now
    monkeypatch.setattr(SystemClock, "now", lambda self: now(self) + days * 86400)
