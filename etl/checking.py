"""The checks of a run: what they find, what a person waived, and what must not be published because of it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

import polars as pl

from etl.bookkeeping import run_id_of
from etl.check_files import check_files
from etl.checks_told import cut, named
from etl.errors import ContractBroken, QualityGateFailed
from etl.expected import expected_episodes
from etl.franchise import Franchise
from etl.options import Options
from etl.toml_text import toml_string
from etl.transform.failures import count_waived, judge_failures, new_errors
from etl.validate.checks import check_data
from schemas.history import QUALITY

Tables = Mapping[str, pl.DataFrame]


def book_checks(
    franchise: Franchise, options: Options, waived: pl.DataFrame, tables: Tables, last: Tables
) -> dict[str, pl.DataFrame]:
    """Check the tables of a release that is about to be published.

    Out: its tables `check_failures`, `waivers` and `expected_episodes`; `found`, what the checks of the data found
    (etl.validate.checks.FOUND); and `lapsed` with a sentence for each of the waivers (`waived`) that lets nothing pass.
    The contract is left to whoever inspects the database.
    """
    expected = {"expected_episodes": expected_episodes(franchise)}
    found = check_data({**tables, **expected})
    runs = last["runs"].sort("release")["run_id"]
    failures = judge_failures(
        found,
        last["check_failures"],
        waived,
        run_id=run_id_of(options),
        last_run_id=None if runs.is_empty() else runs[-1],
        as_of=options.as_of.date(),
        accepts_all=options.is_accepting_changes,
    )
    waivers = count_waived(waived, failures)
    return {
        **expected,
        "found": found,
        "check_failures": failures,
        "waivers": waivers,
        "lapsed": pl.concat([tables["lapsed"], _idle(waivers)]),
    }


def refuse_failures(tables: Tables, as_of: date) -> None:
    """Raise ContractBroken, in words, for errors that the last release did not have, and for waivers that are over."""
    over = tables["waivers"].filter(pl.col("until") < as_of).sort("check_name", "key").to_dicts()
    stopping = new_errors(tables["check_failures"]).sort("check_name", "key")
    lines = [
        *(line for row in over for line in _expired(row, tables["check_failures"])),
        *(line for rows in stopping.partition_by("check_name") for line in _stopping(rows)),
    ]
    if lines:
        raise ContractBroken("\n".join(["Nothing was published:", *lines]))


def quality_fell(stopped: pl.DataFrame, report: str, max_fall: float) -> QualityGateFailed:
    """The error that the average quality of series fell (`stopped`: CHANGES of kind quality), in one sentence.

    `report` says where the answers to paste are.
    """
    falls = stopped.filter(kind=QUALITY).sort("series").select("series", "old", "new").rows()
    told = ", ".join(f"that of {series} from {old} to {new}" for series, old, new in falls)
    return QualityGateFailed(
        f"The average quality of a series fell by more than {max_fall}, growing older left aside ({told}), so nothing"
        f" was published.\n{report}\nIf this is right, run again with --accept-changes, or paste the answers of the"
        " report into decisions.toml."
    )


def _idle(waivers: pl.DataFrame) -> pl.DataFrame:
    rows = waivers.filter(failures=0).select("check_name", "key").sort("check_name", "key").rows()
    idle = [f"waiver {name} {key}: nothing of the kind was found; remove the waiver." for name, key in rows]
    return pl.DataFrame({"decision": idle}, schema={"decision": pl.String})


def _expired(waiver: Mapping[str, Any], failures: pl.DataFrame) -> Iterator[str]:
    name, key = waiver["check_name"], waiver["key"]
    yield f"The waiver of {name} {key} held until {waiver['until']}; mend what it lets pass, renew it, or take it out."
    yield from (f"  {named(row)}" for row in failures.filter(check_name=name, key=key).to_dicts())


def _stopping(rows: pl.DataFrame) -> Iterator[str]:
    """The new errors of one check: some of them, what to do, and the waiver to paste for the first."""
    first = rows.row(0, named=True)
    check = check_files()[first["check_name"]]
    yield f"{check.name} fails where the last release did not: {check.rule}"
    yield from (f"  {line}" for line in cut([named(row) for row in rows.to_dicts()]))
    yield f"{check.mend} If this is right, run again with --accept-changes, or put a waiver into waivers.toml:"
    yield from ("  [[waiver]]", f"  check = {toml_string(check.name)}", f"  key = {toml_string(first['key'])}")
    yield from ('  reason = "say why"', "  until = 2000-01-01  # choose the last day on which it holds")
