"""The tiny release as a folder, and its guide and redirects written by hand: the exporters are not asked for these."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import polars as pl

from etl.load.release import write_files, write_run
from schemas.tables import CONTRACT_VERSION
from tests.factories import AS_OF, FIRST_RUN_ID, RUN_ID, added, changed, tiny_tables

GUIDE = "star-trek-data.json"


def guide() -> list[dict[str, Any]]:
    """The tiny release as a viewing guide: two eras, a season each, and a film in the first."""
    tables = tiny_tables()
    return [
        {
            "id": era,
            "title": era,
            "years": "2265–2293",
            "stardates": "Four-digit stardates",
            "description": "",
            "items": [_season(tables, series), *movies],
        }
        for era, series, movies in (("tos_era", "tas", [_movie()]), ("tng_era", "tng", []))
    ]


def redirects() -> dict[str, Any]:
    """redirects.json of the tiny release."""
    ended = {"since_release": 1, "until_release": 1, "numbering": "aired", "ended_by": RUN_ID}
    return {
        "contract_version": CONTRACT_VERSION,
        "history": FIRST_RUN_ID,
        "release": 2,
        "run_id": RUN_ID,
        "numbering": "aired",
        "redirects": [
            {
                "old_id": "tas_s1_e03",
                "new_id": None,
                "old_key": "tas:lost",
                "new_key": None,
                **ended,
                "why": "removed: it was a trailer",
                "accepted": "--accept-changes",
            },
            {
                "old_id": "tng_s1_e03",
                "new_id": "tng_s1_e02",
                "old_key": "tng:the-naked-now",
                "new_key": "tng:the-naked-now",
                **ended,
                "why": "renumbered",
                "accepted": "decision: counted anew",
            },
        ],
        "tombstones": [
            {
                "episode_key": "tas:lost",
                "episode_id": "tas_s1_e03",
                "title": "Lost",
                "last_run_id": FIRST_RUN_ID,
                "removed_at": AS_OF.isoformat(),
                "reason": "it was a trailer",
                "replaced_by": None,
            }
        ],
    }


def release_tables() -> dict[str, pl.DataFrame]:
    """The tiny release with a day for every episode, which the guide needs."""
    day = {"field": "air_date", "value": "1973-09-15", "normalised": "1973-09-15", "fetched_at": AS_OF}
    told = {"episode_key": "tas:yesteryear", "source": "tmdb", "rule": "order", "is_stale": False, "is_chosen": True}
    tables = changed(tiny_tables(), "episodes", "tas:yesteryear", air_date="1973-09-15", has_air_date=True)
    return added(tables, "field_values", **day, **told)


def write_release(folder: Path) -> Path:
    """A valid folder; returns it."""
    folder.mkdir(parents=True, exist_ok=True)
    tables = release_tables()
    write_run(folder, _run(tables), write_files(folder, tables, "star_trek"))
    return folder


def restate(folder: Path) -> None:
    """Write run.json again for changed files, so that only what they say is wrong, not that they were changed."""
    run = json.loads((folder / "run.json").read_text("utf-8"))
    (folder / "run.json").unlink()
    write_run(folder, run, run["files"]["episodes.duckdb"]["content_hash"])


def write_json(path: Path, value: object) -> None:
    """Write `value` as JSON."""
    path.write_text(json.dumps(value, ensure_ascii=False, indent=2) + "\n", "utf-8")


def _run(tables: dict[str, pl.DataFrame]) -> dict[str, Any]:
    """run.json of the tiny release, but for its files."""
    counted = ("rows", "linked", "rejected", "in_review", "carried", "errors")
    return {
        "run_id": RUN_ID,
        "as_of": AS_OF.isoformat(),
        "generatedAt": AS_OF.isoformat(),
        "version": "0.1.0",
        "contract_version": CONTRACT_VERSION,
        "franchise": "star_trek",
        "mode": "full",
        "dryRun": False,
        "licence_safe": {"is_on": False, "prose_left_out": []},
        "release": 2,
        "changes": {"compared_with": FIRST_RUN_ID, "renumbered": 1},
        "numbering": {"scheme": "aired", "seasons_numbered_as_aired": []},
        "counts": {
            "eras": tables["eras"].height,
            "items": tables["seasons"].height + tables["movies"].height,
            **{name: tables[name].height for name in ("episodes", "movies", "series")},
        },
        "quality": {
            "averageQualityScorePercent": 80.0,
            "qualityThresholdPercent": 60.0,
            "itemsAboveThreshold": 4,
            "itemsBelowThreshold": 0,
            "totalValidationIssues": 0,
        },
        "validation": {"duplicateIds": 0, "validationErrors": 0, "validationWarnings": 0},
        "status": {"fileWritten": True, "outputVerified": True},
        "errors": {"total": 0, "errorRatePercent": 0.0},
        "sources": {"tmdb": {"status": "used", **dict.fromkeys(counted, 1), "error_rate_percent": None}},
        **{name: tables[name].height for name in ("review", "rejects", "conflicts")},
        "stale_episodes": 1,
        "lapsed_decisions": [],
        "gaps": {},
        "drift": {},
    }


def _season(tables: dict[str, pl.DataFrame], series: str) -> dict[str, Any]:
    episodes = [_episode(row) for row in tables["episodes"].filter(series=series).sort("episode").to_dicts()]
    return {
        "id": f"{series}_s1",
        "title": "Season 1",
        "type": "animated" if series == "tas" else "series",
        "year": "2364",
        "stardate": "None",
        "episodes": len(episodes),
        "notes": "",
        "episodeData": episodes,
    }


def _episode(row: dict[str, Any]) -> dict[str, Any]:
    episode = {
        "id": row["episode_id"],
        "title": row["title"],
        "season": row["season"],
        "episode": row["episode"],
        "airDate": str(row["air_date"] or "1973-09-15"),
        "stardate": "None",
        "synopsis": "",
        "plotPoints": [],
        "guestStars": row["guest_stars"] or [],
        "connections": [],
    }
    known = {"memoryAlphaUrl": row["memory_alpha_url"], "tmdbId": row["tmdb_id"], "imdbId": row["imdb_id"]}
    return {**episode, **{name: value for name, value in known.items() if value is not None}}


def _movie() -> dict[str, Any]:
    return {"id": "twok", "title": "Khan", "type": "movie", "year": "2285", "stardate": "8130.3", "notes": ""}
