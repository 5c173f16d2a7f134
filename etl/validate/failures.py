"""What the checks find in a database, told as problems: known failures and waivers are those of the release."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import polars as pl

from etl.check_files import check_files
from etl.validate.problems import Problem, Severity
from schemas.checking import ERROR, INFO, WARN

_KEY = ["check_name", "key", "reason"]
_SEVERITIES: Mapping[str, Severity] = {INFO: "notice", WARN: "warning", ERROR: "error"}


def told_failures(found: pl.DataFrame, tables: Mapping[str, pl.DataFrame], path: Path) -> list[Problem]:
    """One problem a failure (FOUND), one notice a waiver in force; `tables` are those of the database at `path`.

    A waiver ends a failure, and an error that the release was allowed to keep is a warning; never so a breach of the
    contract. What the release says of failures that are not found is an error.
    """
    booked = tables["check_failures"]
    known = booked.select(*_KEY, "is_waived", "is_new", "first_seen_run")
    lost = booked.join(found, on=_KEY, how="anti").sort(_KEY)
    judged = found.join(known, on=_KEY, how="left", validate="1:1", maintain_order="left")
    waivers = tables["waivers"].sort("check_name", "key")
    waived = judged.join(waivers, on=["check_name", "key"], how="semi").filter(~pl.col("is_contract"))
    left = judged.join(waived, on=_KEY, how="anti", maintain_order="left")
    return [
        *(_failure(row, path) for row in left.to_dicts()),
        *(
            Problem("error", str(path), f"check_failures: {row['check_name']}: {row['key']}", "is not found any more")
            for row in lost.to_dicts()
        ),
        *_waivers(waivers, path),
    ]


def _failure(row: Mapping[str, Any], path: Path) -> Problem:
    check = check_files()[row["check_name"]]
    severity, since = _SEVERITIES[row["severity"]], ""
    is_booked = not check.is_contract and row["first_seen_run"] is not None
    if is_booked and row["severity"] == ERROR and (row["is_waived"] or not row["is_new"]):
        severity, since = "warning", f" Known since run {row['first_seen_run']}."
    elif is_booked and row["is_new"]:
        since = " NEW in this release."
    message = f"{row['reason']}. {check.rule}{since}"
    return Problem(severity, str(path), f"{check.name}: {row['key']}", message)


def _waivers(waivers: pl.DataFrame, path: Path) -> Iterator[Problem]:
    for row in waivers.to_dicts():
        message = f"waived until {row['until']}: {row['reason']} ({row['failures']} failures pass)"
        yield Problem("notice", str(path), f"waiver: {row['check_name']}: {row['key']}", message)
