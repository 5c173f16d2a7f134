"""redirects.json: old public ids and what to use for them now, for apps that remember ids (docs/redirects.md)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import polars as pl

from schemas.tables import CONTRACT_VERSION

_TOMBSTONE = ("episode_key", "episode_id", "title", "last_run_id", "removed_at", "reason", "replaced_by")


def redirects_of(tables: Mapping[str, pl.DataFrame]) -> dict[str, Any]:
    """What stands in redirects.json, as plain values, from the tables runs, public_ids, redirects and tombstones."""
    run = tables["runs"].sort("release").row(-1, named=True)
    first = tables["public_ids"].sort("since_release", "since_run")["since_run"].first()
    removed_at = pl.col("removed_at").dt.strftime("%Y-%m-%dT%H:%M:%SZ")
    return {
        "contract_version": CONTRACT_VERSION,
        "history": first or run["run_id"],
        "release": run["release"],
        "run_id": run["run_id"],
        "numbering": run["numbering"],
        "redirects": tables["redirects"].sort("old_id", "since_release").to_dicts(),
        "tombstones": tables["tombstones"].with_columns(removed_at).sort("episode_key").select(_TOMBSTONE).to_dicts(),
    }
