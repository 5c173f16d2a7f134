"""What the guard refused: a report beside the release, never inside of it, and the words of the error."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path

import polars as pl

from etl.load.changes_page import HEADINGS, MARKDOWN, PLAIN, Row, in_one_line, render_changes
from etl.markdown_text import toml_block
from etl.toml_text import toml_string
from schemas.decisions import NOBODY
from schemas.history import QUALITY, REASSIGNED, REMOVED, RENUMBERED, RETITLED, ROW_GONE, ROWS_LOST

_FOLDER = ".refused"
_PAGE = "changes.md"
_PARTIAL = ".partial"
_SHOWN_EXAMPLES = 5
_WAYS_ON = "run again with --accept-changes, or paste the answers of the report into decisions.toml"


def write_refusal(out: Path, tables: Mapping[str, pl.DataFrame]) -> str:
    """Write what was refused into `out`/.refused/changes.md, and say where it is, or why it could not be written.

    `tables` has `stopped` (CHANGES), the changes that nobody accepted, and `changes`, all of them.
    """
    page = refusal_page(out)
    partial = page.with_name(_PAGE + _PARTIAL)
    try:
        page.parent.mkdir(exist_ok=True)
        partial.write_text(_page(tables), encoding="utf-8", newline="\n")
        partial.replace(page)
    except OSError as error:
        return f"The report of it could not be written: {error}."
    return f"All of it: {page}"


def refusal_page(out: Path) -> Path:
    """Where the report of what was refused last stands, if anything was."""
    return out / _FOLDER / _PAGE


def forget_refusal(out: Path) -> None:
    """Remove the report of an earlier refusal, or the half of one: what it says no longer stands in the way."""
    # There is none, or somebody keeps something else there: an old report must not cost a release.
    with suppress(OSError):
        for name in (_PAGE, _PAGE + _PARTIAL):
            (out / _FOLDER / name).unlink(missing_ok=True)
        (out / _FOLDER).rmdir()


def refusal_in_words(stopped: pl.DataFrame, report: str) -> str:
    """What stands in the way (CHANGES), each kind with its number and some examples, and how to go on.

    `report` is what `write_refusal` said.
    """
    lines = ["The new data would change what is published too much, so nothing was published:"]
    for kind, heading in HEADINGS.items():
        rows = stopped.filter(kind=kind).to_dicts()
        shown = [in_one_line(row, PLAIN) for row in rows[:_SHOWN_EXAMPLES]]
        more = [f"and {len(rows) - _SHOWN_EXAMPLES} more"] if len(rows) > _SHOWN_EXAMPLES else []
        if rows:
            lines += [f"  {heading}: {len(rows)}", *(f"    {line}" for line in (*shown, *more))]
    return "\n".join([*lines, report, f"If this is right, {_WAYS_ON}."])


def _page(tables: Mapping[str, pl.DataFrame]) -> str:
    run = tables["runs"].sort("release").row(-1, named=True)
    stopped, changes = tables["stopped"], tables["changes"]
    gone = changes.filter(kind=ROW_GONE).join(
        stopped.filter(kind=ROWS_LOST), on=["subject", "series"], how="semi", maintain_order="left"
    )
    head = [
        "# Not published",
        "",
        f"Run {run['run_id']} would have changed too much, compared with run {run['compared_with']}; the release",
        f"stands as it was. If this is right, {_WAYS_ON.replace('the report', 'this report')}",
        "(docs/corrections.md), each with its reason.",
        "",
    ]
    parts = [
        "\n".join(head),
        render_changes(pl.concat([stopped, gone]), MARKDOWN, most=changes.height),
        "\n".join(["# Answers to paste", *_answers(stopped)]),
        "# All changes\n",
        render_changes(changes, MARKDOWN, most=changes.height),
    ]
    return "\n".join(parts)


def _answers(stopped: pl.DataFrame) -> Iterator[str]:
    """One block a thing that a person can accept: what an id meant before and means now are one thing."""
    answers = [answer for row in stopped.to_dicts() for answer in _answer(row, stopped)]
    for answer in dict.fromkeys(answers):
        yield from toml_block("accept", *answer, 'reason = "say why"')


def _answer(row: Row, stopped: pl.DataFrame) -> Iterator[tuple[str, ...]]:
    kind = row["kind"]
    if kind == ROWS_LOST:
        about = (f"source = {toml_string(row['subject'])}", f"series = {toml_string(row['series'])}")
        yield _lines(ROWS_LOST, *about, expects=row["new"])
    elif kind == QUALITY:
        yield _lines(QUALITY, f"series = {toml_string(row['series'])}", expects=row["new"])
    elif kind == RETITLED:
        count = stopped.filter(kind=RETITLED, series=row["series"]).height
        yield _lines(RETITLED, f"series = {toml_string(row['series'])}", expects=str(count))
    elif kind == REMOVED:
        yield _lines(REMOVED, f"episode = {toml_string(row['subject'])}", expects=toml_string(row["new"] or NOBODY))
    elif kind == REASSIGNED:
        yield _lines(RENUMBERED, f"episode = {toml_string(row['new'])}", expects=toml_string(row["subject"]))
    else:
        yield _lines(RENUMBERED, f"episode = {toml_string(row['subject'])}", expects=toml_string(row["new"]))


def _lines(what: str, *about: str, expects: str) -> tuple[str, ...]:
    return (f"what = {toml_string(what)}", *about, f"expects = {expects}")
