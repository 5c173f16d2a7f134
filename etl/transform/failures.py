"""What the checks found, held against the last release and against what a person waived: the ratchet."""

from __future__ import annotations

from datetime import date

import polars as pl

from schemas.checking import CHECK_FAILURES, ERROR, WAIVERS
from schemas.columns import polars_schema

_NAMED = ["check_name", "key"]


def judge_failures(
    found: pl.DataFrame,
    last: pl.DataFrame,
    waived: pl.DataFrame,
    *,
    run_id: str,
    last_run_id: str | None,
    as_of: date,
    accepts_all: bool,
) -> pl.DataFrame:
    """The table `check_failures` (CHECK_FAILURES) of a run.

    `found` has check_name, severity, key, reason; `last` is CHECK_FAILURES of the last release, made by `last_run_id`,
    None where there is none; `waived` (WAIVERS) lets pass what it names up to and including its day `until`, and
    `accepts_all` every new error. A replay of the last run finds as new what that run found as new.
    """
    before = last.group_by(_NAMED).agg(was_new=pl.col("is_new").all(), seen=pl.col("first_seen_run").first())
    holding = waived.filter(pl.col("until") >= as_of).select(*_NAMED, is_waived=pl.lit(value=True))
    is_replay = last_run_id == run_id
    is_new = pl.when(pl.col("seen").is_null()).then(last_run_id is not None).otherwise(pl.col("was_new") & is_replay)
    is_accepted = pl.lit(accepts_all) & pl.col("is_new") & (pl.col("severity") == ERROR)
    return (
        found.join(before, on=_NAMED, how="left", validate="m:1", maintain_order="left")
        .join(holding, on=_NAMED, how="left", validate="m:1", maintain_order="left")
        .with_columns(is_new=is_new, first_seen_run=pl.col("seen").fill_null(run_id))
        .with_columns(pl.col("is_waived").fill_null(value=False) | is_accepted)
        .select(*polars_schema(CHECK_FAILURES))
    )


def new_errors(failures: pl.DataFrame) -> pl.DataFrame:
    """The failures (CHECK_FAILURES) that stop a release: errors which the last one did not have and nobody waived."""
    return failures.filter(pl.col("is_new") & ~pl.col("is_waived"), severity=ERROR)


def count_waived(waived: pl.DataFrame, failures: pl.DataFrame) -> pl.DataFrame:
    """The table `waivers` (WAIVERS) with the number of `failures` (CHECK_FAILURES) that each names."""
    met = failures.group_by(_NAMED).agg(met=pl.len().cast(pl.Int64))
    return (
        waived.join(met, on=_NAMED, how="left", validate="1:1", maintain_order="left")
        .with_columns(failures=pl.col("met").fill_null(0))
        .select(*polars_schema(WAIVERS))
    )
