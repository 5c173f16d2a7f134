"""Reading waivers.toml: what a person looked at and lets pass, every fault named with its place."""

from __future__ import annotations

from difflib import get_close_matches
from pathlib import Path

import polars as pl

from etl.check_files import check_files
from etl.decisions import refuse_repeated
from etl.inputs.toml_file import read_toml
from schemas.checking import WAIVERS
from schemas.columns import polars_schema
from schemas.waivers import Waivers


def read_waivers(file: Path) -> pl.DataFrame:
    """What waivers.toml says (WAIVERS, nothing counted yet); nothing where there is no such file.

    Raises InputError for anything that is no waiver of a check of the data.
    """
    if not file.exists():
        return _as_table(Waivers())
    document = read_toml(file)
    waivers = document.validated(Waivers)
    refuse_repeated(document, "waiver", [(one.check, one.key) for one in waivers.waiver])
    for place, one in enumerate(waivers.waiver):
        check = check_files().get(one.check)
        if check is None:
            near = get_close_matches(one.check, check_files(), n=1)
            mend = f"Did you mean {near[0]}?" if near else "docs/checks.md lists the checks."
            raise document.fault(("waiver", place, "check"), f"There is no check {one.check!r}.", mend)
        if check.is_contract:
            problem = f"{one.check} is a check of the contract, which nobody can waive."
            raise document.fault(("waiver", place, "check"), problem, check.mend)
    return _as_table(waivers)


def _as_table(waivers: Waivers) -> pl.DataFrame:
    rows = [(one.check, one.key, one.reason, one.until, 0) for one in waivers.waiver]
    return pl.DataFrame(rows, schema=polars_schema(WAIVERS), orient="row")
