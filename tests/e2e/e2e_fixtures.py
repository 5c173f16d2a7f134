"""The fixtures of the end-to-end tests; every test module names this one in pytest_plugins."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from e2e_kit import FirstRun, Workplace
from fake_tmdb import FakeTmdb, running_tmdb


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Workplace:
    return Workplace(tmp_path, monkeypatch)


@pytest.fixture
def tmdb() -> Iterator[FakeTmdb]:
    with running_tmdb() as server:
        yield server


@pytest.fixture(scope="session")
def first_run(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FirstRun]:
    with running_tmdb() as server:
        with pytest.MonkeyPatch.context() as monkeypatch:
            place = Workplace(tmp_path_factory.mktemp("first-run"), monkeypatch)
            place.use(server)
            ran = place.generate()
            assert ran.code == 0, ran.said
            first = FirstRun(place, ran, list(server.log))
        yield first


@pytest.fixture
def warm(place: Workplace, first_run: FirstRun) -> Workplace:
    """Where the first run ended: its release, its cache and its server."""
    place.go_on_from(first_run)
    return place
