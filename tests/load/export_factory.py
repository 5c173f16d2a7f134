"""A small release: frames that keep their contracts, with titles that want to break out of every format.

Run as a script with a folder, it writes every text and file the exports make, for comparing bytes between processes.
"""

from __future__ import annotations

import sys
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import polars as pl

from etl.load.attribution import attribution_markdown
from etl.load.flat import write_flat
from etl.load.json_text import to_json
from etl.load.typescript import guide_to_typescript
from etl.published.guide import build_guide
from etl.sources import CATALOGUE, TMDB
from schemas.checks import broken_rules
from schemas.columns import polars_schema
from schemas.episodes import WEIGHTS
from schemas.tables import TABLES

HOSTILE_TITLE = '"It\'s" </script> \\ `${x}`\nnext */ line'
FORMULA_TITLE = "=cmd|' /C calc'!A0"

FIXES = pl.DataFrame({"series": "tng", "field": "synopsis", "gain": [float(gain) for gain in range(21, 0, -1)]})
"""Some columns of the report fix_list, one row more than quality.json has."""


def frame(name: str, rows: list[dict[str, Any]]) -> pl.DataFrame:
    """The table `name` with these rows; columns that a row does not give are null."""
    built = pl.DataFrame(rows, schema=polars_schema(TABLES[name]), orient="row")
    broken = broken_rules(TABLES[name], built)
    assert not broken, broken
    return built


SCORES: dict[str, Any] = {
    "quality_overall": 0.8123456789,
    "quality_completeness": 2 / 3,
    "quality_accuracy": 0.875,
    "quality_freshness": 0.1,
    "quality_reliability": 0.9,
    "grade": "good",
    "is_stale": False,
}


def episode(key: str, season: int, number: int, **values: Any) -> dict[str, Any]:
    series = key.split(":", maxsplit=1)[0]
    row: dict[str, Any] = dict.fromkeys(polars_schema(TABLES["episodes"]))
    row |= {"episode_key": key, "episode_id": f"{series}_s{season}_e{number:02}", "series": series}
    row |= {"season": season, "episode": number, "parts": 1, "title": key, "air_date": date(1987, 10, number)}
    row |= {"sources": ["tmdb"], **SCORES, **values}
    return row | {f"has_{name}": row[name] not in (None, [], "") for name in WEIGHTS}


def farpoint() -> dict[str, Any]:
    """The episode of which everything is known."""
    return episode(
        "tng:encounter-at-farpoint",
        1,
        1,
        parts=2,
        title="Encounter at Farpoint",
        air_date=date(1987, 9, 28),
        stardate_from=41153.7,
        stardate_to=41153.7,
        year_from=2364,
        year_to=2364,
        synopsis="Captain Picard leads the crew of the USS Enterprise-D on its maiden voyage, to Deneb IV.",
        production_codes=["40271-721", "40271-722"],
        directors=["Corey Allen"],
        writers=["D. C. Fontana", "Gene Roddenberry"],
        guest_stars=["John de Lancie", "Michael Bell"],
        plot_points=["Q puts humanity on trial."],
        connections=[
            {"episode_key": "tng:hostile", "connection_type": "character", "description": "Q is Q."},
            {"episode_key": "tas:beyond", "connection_type": "event", "description": None},
            {"episode_key": "tng:unpublished", "connection_type": "storyline", "description": "Nobody saw it."},
        ],
        runtime_min=92,
        tmdb_id=37064,
        imdb_id="tt0094030",
        memory_alpha_url="https://memory-alpha.fandom.com/wiki/Encounter_at_Farpoint_(episode)",
        era="tng_era",
        quality_overall=0.95,
        grade="excellent",
    )


@cache
def episodes() -> pl.DataFrame:
    """Five episodes, not in document order."""
    rows = [
        episode("tng:hostile", 1, 2, title=HOSTILE_TITLE, stardate_from=41209.2, guest_stars=[], synopsis=""),
        farpoint(),
        episode("tng:formula", 2, 1, title=FORMULA_TITLE, tmdb_id=-1, directors=["+1", "Ω Ωmega"], guest_stars=None),
        episode("tas:beyond", 1, 1, title="Beyond the Farthest Star", stardate_from=5221.8, stardate_to=5221.3),
        episode("tas:yesteryear", 1, 2, title="Yesteryear — 昨日 🖖\u2028", stardate_from=47988.0, stardate_to=47988.0),
    ]
    return frame("episodes", rows)


def movie(code: str, position: int, **values: Any) -> dict[str, Any]:
    row: dict[str, Any] = dict.fromkeys(polars_schema(TABLES["movies"]))
    row |= {"movie_key": f"film:{code}", "movie_id": code, "release_date": date(1982, 6, 4), "position": position}
    return row | {"title": code, "era": "tos_era", "sources": ["tmdb"], **SCORES, **values}


@cache
def movies() -> pl.DataFrame:
    wrath = {"years": "2285", "stardate_from": 8130.3, "stardate_to": 8141.6, "synopsis": "Khan's revenge."}
    return frame(
        "movies",
        [movie("twok", 3, title="Star Trek II: The Wrath of Khan", **wrath), movie("tmp", 1, title="Motion")],
    )


@cache
def series() -> pl.DataFrame:
    counted = {"is_ended": True, "seasons": 1, "episodes": 2}
    tas = {"series": "tas", "position": 1, "name": "Star Trek: The Animated Series", "kind": "animated"}
    tng = {"series": "tng", "position": 2, "name": "Star Trek: The Next Generation", "kind": "series"}
    return frame("series", [row | counted for row in (tas, tng)])


@cache
def seasons() -> pl.DataFrame:
    def season(code: str, number: int, era: str, position: int, **values: Any) -> dict[str, Any]:
        row = {"season_id": f"{code}_s{number}", "series": code, "season": number, "kind": "series", "notes": ""}
        row |= {"title": f"{code.upper()} Season {number}", "era": era, "position": position, "episodes": 2}
        return row | values

    return frame(
        "seasons",
        [
            season("tng", 2, "tng_era", 2, episodes=1),
            season("tng", 1, "tng_era", 1, years="2364", stardate_from=41153.7, stardate_to=41986.0, notes="It begins"),
            season("tas", 1, "tos_era", 2, kind="animated", years="2269–2270"),
            season("tng", 3, "tng_era", 3, episodes=0),
        ],
    )


@cache
def eras() -> pl.DataFrame:
    shown = {"years": "2364–2379", "stardates": "41xxx", "description": "Picard's time."}
    return frame(
        "eras",
        [
            {"era": "far_future", "position": 3, "title": "Far future"} | shown,
            {"era": "tng_era", "position": 2, "title": "The Next Generation"} | shown,
            {"era": "tos_era", "position": 1, "title": "The Original Series"} | shown,
        ],
    )


def source_row(name: str, status: str, **values: Any) -> dict[str, Any]:
    counted = ("rows", "linked", "rejected", "in_review", "carried", "requests", "cache_hits", "tokens", "retries")
    counted += ("errors", "consecutive_failures", "successes")
    row: dict[str, Any] = {"source": name, "title": name, "status": status, "waited_s": 0.0}
    return row | dict.fromkeys(counted, 0) | {"licence": "terms", "lineage": name} | values


@cache
def sources() -> pl.DataFrame:
    return frame("sources", [source_row("tmdb", "used", rows=5), source_row("catalogue", "stale", rows=5)])


def release() -> dict[str, pl.DataFrame]:
    """The tables that the exports read."""
    return {
        "episodes": episodes(),
        "movies": movies(),
        "series": series(),
        "seasons": seasons(),
        "eras": eras(),
        "sources": sources(),
    }


HEADER = ["Made by trek-etl.", TMDB.notice]


def write_everything(folder: Path) -> None:
    """Every export of the small release, in `folder`."""
    tables = release()
    guide = build_guide(tables)
    texts = {
        "star-trek-data.json": to_json(guide),
        "star-trek-data.ts": guide_to_typescript(guide, HEADER, franchise="star_trek"),
        "ATTRIBUTION.md": attribution_markdown([TMDB, CATALOGUE], tables["sources"]),
    }
    for name, text in texts.items():
        (folder / name).write_text(text, encoding="utf-8")
    write_flat(folder, tables, FIXES)


if __name__ == "__main__":
    write_everything(Path(sys.argv[1]))
