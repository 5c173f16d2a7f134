"""Writing a whole release into a folder: database, exports, attribution, and run.json last."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import polars as pl

from etl.load.attribution import attribution_markdown
from etl.load.flat import write_flat
from etl.load.guide import build_guide
from etl.load.json_text import to_json
from etl.load.typescript import guide_to_typescript
from etl.load.warehouse import write_warehouse
from etl.sources import SOURCES

DATABASE = "episodes.duckdb"
RUN = "run.json"


def write_release(
    folder: Path, tables: Mapping[str, pl.DataFrame], franchise: str, run: Mapping[str, Any]
) -> dict[str, Any]:
    """Write every file of a release into an empty folder and return what stands in run.json.

    `run` is run.json without its last key `files`: name, size and hash of every file, for the database the hash of
    its content, because the same content gives other bytes each time.
    """
    content = write_warehouse(folder / DATABASE, tables)
    guide = build_guide(tables)
    name = franchise.replace("_", "-")
    told = set(tables["field_values"]["source"])
    notices = [source.notice for source in SOURCES.values() if source.name in told]
    texts = {
        f"{name}-data.json": to_json(guide),
        f"{name}-data.ts": guide_to_typescript(guide, notices, franchise=franchise),
        "ATTRIBUTION.md": attribution_markdown(list(SOURCES.values()), tables["sources"]),
    }
    for file, text in texts.items():
        (folder / file).write_text(text, encoding="utf-8", newline="\n")
    write_flat(folder, tables)
    whole = {**run, "files": {path.name: _described(path, content) for path in sorted(folder.iterdir())}}
    (folder / RUN).write_text(to_json(whole), encoding="utf-8", newline="\n")
    return whole


def _described(path: Path, content_hash: str) -> dict[str, Any]:
    if path.name == DATABASE:
        return {"content_hash": content_hash}
    data = path.read_bytes()
    return {"bytes": len(data), "sha256": hashlib.sha256(data).hexdigest()}
