"""Real releases that several test files share, each made once a session: the bundled catalogue, asked of nobody."""

from __future__ import annotations

from pathlib import Path

import pytest

from etl.as_of import read_as_of
from etl.options import Options
from etl.pipeline import generate
from etl.settings import Settings

AS_OF = "2026-11-20T12:00:00Z"
FRANCHISE = "star_trek"


def publish_catalogue(folder: Path, *series: str) -> Path:
    """Publish what the bundled catalogue knows, of these series only if any are named; returns the folder."""
    options = Options(
        out=folder / "outputs",
        as_of=read_as_of(AS_OF),
        franchise=FRANCHISE,
        series=series,
        decisions=folder / "decisions.toml",
        is_offline=True,
    )
    settings = Settings(
        _env_file=None, tmdb_api_key=None, min_metadata_quality=None, trek_etl_cache_dir=folder / "cache"
    )
    generate(options, settings, lambda _: None)
    return options.out


@pytest.fixture(scope="session")
def catalogue_release(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """All of Star Trek, as published from the catalogue. Nobody writes into it."""
    return publish_catalogue(tmp_path_factory.mktemp("catalogue"))


@pytest.fixture(scope="session")
def small_release(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two series and the films, as published from the catalogue. Nobody writes into it."""
    return publish_catalogue(tmp_path_factory.mktemp("small"), "pic", "ent")
