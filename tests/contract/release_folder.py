"""The tiny release as a published folder, written by hand: the exporters are not asked."""

from __future__ import annotations

import csv
import hashlib
import json
from pathlib import Path
from typing import Any

import polars as pl

from etl.load.warehouse import write_warehouse
from schemas.tables import CONTRACT_VERSION
from tests.factories import AS_OF, FIRST_RUN_ID, RUN_ID, tiny_tables

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


def write_release(folder: Path) -> Path:
    """A valid folder; returns it."""
    folder.mkdir(parents=True, exist_ok=True)
    tables = tiny_tables()
    content_hash = write_warehouse(folder / "episodes.duckdb", tables)
    ids = tables["episodes"]["episode_id"].to_list()
    write_json(folder / GUIDE, guide())
    (folder / "star-trek-data.ts").write_text("export const starTrekData = []\n", "utf-8")
    write_json(folder / "episodes.json", [{"episode_id": name, "title": "x"} for name in ids])
    with (folder / "episodes.csv").open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([("episode_id", "title"), *((name, 'a "quoted"\ntitle') for name in ids)])
    tables["episodes"].write_parquet(folder / "episodes.parquet")
    write_json(folder / "quality.json", {})
    write_json(folder / "redirects.json", redirects())
    (folder / "changes.md").write_text("# Changes\n", "utf-8")
    (folder / "report.html").write_text("<!doctype html>\n<title>Report</title>\n", "utf-8")
    (folder / "ATTRIBUTION.md").write_text("# Attribution\n", "utf-8")
    state_files(folder, content_hash)
    return folder


def state_files(folder: Path, content_hash: str) -> None:
    """Write run.json as it should be for the other files of `folder`."""
    files = {path.name: _stated(path, content_hash) for path in sorted(folder.iterdir()) if path.name != "run.json"}
    run = {
        "run_id": RUN_ID,
        "as_of": AS_OF.isoformat(),
        "contract_version": CONTRACT_VERSION,
        "files": files,
        "mode": "full",
    }
    write_json(folder / "run.json", run)


def restate(folder: Path) -> None:
    """Write run.json again for changed files, so that only what they say is wrong, not that they were changed."""
    run = json.loads((folder / "run.json").read_text("utf-8"))
    state_files(folder, run["files"]["episodes.duckdb"]["content_hash"])


def write_json(path: Path, value: object) -> None:
    """Write `value` as JSON."""
    path.write_text(json.dumps(value, ensure_ascii=False, indent=2) + "\n", "utf-8")


def _stated(path: Path, content_hash: str) -> dict[str, Any]:
    content = path.read_bytes()
    if path.suffix == ".duckdb":
        return {"content_hash": content_hash}
    return {"bytes": len(content), "sha256": hashlib.sha256(content).hexdigest()}


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
