"""One hash for what a database says: its file's bytes differ between equal runs, this does not."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping

import polars as pl

from schemas.physical import key_columns, sql_types
from schemas.tables import TABLES

_ABOUT_THE_RUN = ("sources", "errors", "runs", "source_history", "run_series")
_TIME_OF_ASKING = "fetched_at"


def content_hash(tables: Mapping[str, pl.DataFrame]) -> str:
    """SHA-256, in hexadecimal, over what the tables of a release say, not over how the run went.

    Left out are the tables about the run and the times of asking: the same answers give the same hash.
    Tables go in the order of TABLES, each as one line of JSON with its name, columns and types, then one line of JSON
    a row in the order of the key (of all columns where a table has no key). The order of the rows given plays no part.
    """
    digest = hashlib.sha256()
    for name, contract in TABLES.items():
        if name in _ABOUT_THE_RUN:
            continue
        header = json.dumps([name, sql_types(contract)])
        rows = tables[name].sort(key_columns(contract) or list(contract.columns), nulls_last=True)
        digest.update(f"{header}\n{rows.drop(_TIME_OF_ASKING, strict=False).write_ndjson()}".encode())
    return digest.hexdigest()
