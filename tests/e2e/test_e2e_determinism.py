"""The same answers and the same --as-of give the same bytes, wherever, whenever and however often."""

from __future__ import annotations

from pathlib import Path

import pytest
from e2e_kit import FirstRun, Workplace, ended, hashes

from etl.http.clock import SystemClock

pytest_plugins = ["e2e_fixtures"]

KATHMANDU = {"TZ": "Asia/Kathmandu", "LC_ALL": "tr_TR.UTF-8", "PYTHONHASHSEED": "1"}
CHATHAM = {"TZ": "Pacific/Chatham", "LC_ALL": "C", "PYTHONHASHSEED": "4711"}


OF_THE_RUN = ("run.json", "report.html")
"""They also say how the sources fared."""


def data_files(out: Path) -> dict[str, str]:
    """All but the files of the run, which have tests of their own."""
    return {name: digest for name, digest in hashes(out).items() if name not in OF_THE_RUN}


@pytest.fixture(scope="module")
def elsewhere(tmp_path_factory: pytest.TempPathFactory, first_run: FirstRun) -> tuple[Path, Path]:
    """Two replays of the first run's answers, by processes in other places of the world."""
    with pytest.MonkeyPatch.context() as monkeypatch:
        place = Workplace(tmp_path_factory.mktemp("elsewhere"), monkeypatch)
        place.go_on_from(first_run)
        outs = place.folder / "kathmandu", place.folder / "a longer path" / "to" / "chatham"
        outs[1].parent.mkdir(parents=True)
        processes = [
            place.start("--concurrency", threads, out=out, **surroundings)
            for out, threads, surroundings in zip(outs, ("1", "8"), (KATHMANDU, CHATHAM), strict=True)
        ]
        for process in processes:
            ran = ended(process)
            assert ran.code == 0, ran.said
    assert first_run.server.paths == []
    return outs


def test_replays_elsewhere_give_the_same_data_files(elsewhere: tuple[Path, Path], first_run: FirstRun) -> None:
    kathmandu, chatham = elsewhere
    assert set(data_files(kathmandu)) > {"episodes.json", "episodes.csv", "episodes.parquet", "harbour-watch-data.ts"}
    assert data_files(kathmandu) == data_files(chatham) == data_files(first_run.out)


@pytest.mark.parametrize("name", OF_THE_RUN)
def test_replays_elsewhere_say_the_same_of_the_run(elsewhere: tuple[Path, Path], name: str) -> None:
    kathmandu, chatham = elsewhere
    assert (kathmandu / name).read_text() == (chatham / name).read_text()


@pytest.mark.parametrize("name", OF_THE_RUN)
def test_a_warm_run_says_the_same_of_itself_as_the_cold_one(
    elsewhere: tuple[Path, Path], first_run: FirstRun, name: str
) -> None:
    assert (elsewhere[0] / name).read_text() == (first_run.out / name).read_text()


def test_an_offline_run_gives_the_same_files_as_the_cold_one(warm: Workplace, first_run: FirstRun) -> None:
    offline = warm.folder / "offline"
    warm.generate("--offline", out=offline)
    assert data_files(offline) == data_files(first_run.out)


def test_a_replay_years_later_gives_the_same_files(
    warm: Workplace, first_run: FirstRun, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Ages are measured at --as-of; the clock on the wall decides what is asked, not what is published."""
    now = SystemClock.now
    monkeypatch.setattr(SystemClock, "now", lambda self: now(self) + 3 * 365 * 86400)
    replay = warm.folder / "replay"
    warm.generate("--offline", out=replay)
    assert data_files(replay) == data_files(first_run.out)


def test_a_replay_into_the_same_folder_gives_the_same_files(warm: Workplace, first_run: FirstRun) -> None:
    warm.generate()
    assert data_files(warm.out) == data_files(first_run.out)
