"""What a run begins with: the last release, and what there still is to ask."""

from __future__ import annotations

from collections.abc import Mapping

import polars as pl

from etl import policies
from etl.errors import InputError
from etl.extract.shapes import Scope
from etl.franchise import Franchise
from etl.load.previous import read_previous
from etl.options import Options
from schemas.columns import empty
from schemas.tables import TABLES


def last_release(franchise: Franchise, options: Options) -> dict[str, pl.DataFrame]:
    """Every table of the release in `options.out`, empty where there is none.

    Raises InputError for a release of another franchise, and for one that cannot be read.
    """
    last = read_previous(options.out)
    strangers = set(last.tables["episodes"]["series"]) - set(franchise.series_codes) if last else set()
    if strangers:
        raise InputError(
            f"The last release there has series that {franchise.name} does not know: {', '.join(sorted(strangers))}.",
            file=options.out,
            mend="Choose another --out.",
        )
    return {name: empty(contract) for name, contract in TABLES.items()} | dict(last.tables if last else {})


def still_to_ask(scope: Scope, options: Options, last: Mapping[str, pl.DataFrame]) -> Scope:
    """What of `scope` is to be asked for: in incremental mode the ended series that are published are left out."""
    published = set(last["episodes"]["series"])
    return policies.still_to_ask(scope, published, is_incremental=options.is_incremental)
