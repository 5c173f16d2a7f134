"""Releases that several tests share, each made once a session; test modules name this one in pytest_plugins."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.released import HARBOUR_WATCH, STAR_TREK, publish_catalogue


@pytest.fixture(scope="session")
def catalogue_release(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """All of Star Trek, as published from the catalogue. Nobody writes into it."""
    return publish_catalogue(tmp_path_factory.mktemp("catalogue"), STAR_TREK)


@pytest.fixture(scope="session")
def small_release(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three series and a film of an invented franchise, published from its catalogue. Nobody writes into it."""
    return publish_catalogue(tmp_path_factory.mktemp("small"), HARBOUR_WATCH)
