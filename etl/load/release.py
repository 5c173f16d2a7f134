"""Writing a whole release into a folder: database, exports, page, attribution, and run.json last."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any

import polars as pl

from etl.load.attribution import attribution_markdown
from etl.load.changes_page import changes_markdown
from etl.load.flat import write_flat
from etl.load.json_text import to_json
from etl.load.page import page_html
from etl.load.reports import read_reports
from etl.load.review_page import review_markdown
from etl.load.typescript import guide_to_typescript
from etl.load.warehouse import write_warehouse
from etl.published.guide import build_guide
from etl.published.redirects import redirects_of
from etl.sources import SOURCES

DATABASE = "episodes.duckdb"
PAGE = "report.html"
RUN = "run.json"


def write_files(
    folder: Path, tables: Mapping[str, pl.DataFrame], franchise: str, prose_left_out: Collection[str] = ()
) -> str:
    """Write every file of a release but run.json into an empty folder; return the hash of the database's content.

    `prose_left_out` names the sources whose sentences the tables do not hold.
    """
    content_hash = write_warehouse(folder / DATABASE, tables)
    reports = read_reports(folder / DATABASE)
    guide = build_guide(tables)
    name = franchise.replace("_", "-")
    told = set(tables["field_values"]["source"])
    notices = [source.notice for source in SOURCES.values() if source.name in told]
    texts = {
        f"{name}-data.json": to_json(guide),
        f"{name}-data.ts": guide_to_typescript(guide, notices, franchise=franchise),
        "review.md": review_markdown(tables),
        "changes.md": changes_markdown(tables),
        "redirects.json": to_json(redirects_of(tables)),
        PAGE: page_html(tables, reports),
        "ATTRIBUTION.md": attribution_markdown(list(SOURCES.values()), tables["sources"], prose_left_out),
    }
    for file, text in texts.items():
        _write(folder / file, text)
    write_flat(folder, tables, reports["fix_list"])
    return content_hash


def write_run(folder: Path, run: Mapping[str, Any], content_hash: str) -> dict[str, Any]:
    """Write run.json, the last file of a release, and return what stands in it.

    To `run` comes the key `files`: size and hash of every file, for the database the hash of its content, because the
    same content gives other bytes each time.
    """
    whole = {**run, "files": {path.name: _described(path, content_hash) for path in sorted(folder.iterdir())}}
    _write(folder / RUN, to_json(whole))
    return whole


def _write(path: Path, text: str) -> None:
    path.write_text(text, encoding="utf-8", newline="\n")


def _described(path: Path, content_hash: str) -> dict[str, Any]:
    if path.name == DATABASE:
        return {"content_hash": content_hash}
    data = path.read_bytes()
    return {"bytes": len(data), "sha256": hashlib.sha256(data).hexdigest()}
