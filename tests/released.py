"""Real releases made from a catalogue alone: nobody is asked."""

from __future__ import annotations

from pathlib import Path

from etl.as_of import read_as_of
from etl.options import Options
from etl.pipeline import generate
from etl.settings import Settings

AS_OF = "2026-11-20T12:00:00Z"
STAR_TREK = "star_trek"
HARBOUR_WATCH = str(Path(__file__).parent / "e2e" / "franchise" / "franchise.toml")


def publish_catalogue(folder: Path, franchise: str, as_of: str = AS_OF) -> Path:
    """Publish what the catalogue of a franchise knows; returns the folder."""
    options = Options(
        out=folder / "outputs",
        as_of=read_as_of(as_of),
        franchise=franchise,
        decisions=folder / "decisions.toml",
        is_offline=True,
    )
    settings = Settings(
        _env_file=None, tmdb_api_key=None, min_metadata_quality=None, trek_etl_cache_dir=folder / "cache"
    )
    generate(options, settings, lambda _: None)
    return options.out
