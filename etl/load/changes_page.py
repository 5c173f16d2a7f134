"""changes.md: what a release changed, for people; the same as plain text for a terminal."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any, Literal

import polars as pl

from etl.load.compared import Side
from etl.load.json_text import to_json
from etl.markdown_text import escaped
from etl.plain_text import one_line
from schemas.history import ADDED, CHANGED, QUALITY, REASSIGNED, REMOVED, RENUMBERED, RETITLED, ROW_GONE, ROWS_LOST

HEADINGS = {
    REMOVED: "Removed",
    REASSIGNED: "Public ids that mean another episode",
    RENUMBERED: "Renumbered",
    RETITLED: "Retitled",
    ROWS_LOST: "Series of which a source gives fewer rows",
    QUALITY: "Series of lower quality",
    ADDED: "Added",
    CHANGED: "Other fields changed",
}
_MOST_SUBJECTS = 500
_LONGEST_VALUE = 160

Row = dict[str, Any]
Subject = tuple[str, str]
DiffFormat = Literal["text", "md", "json"]


@dataclass(frozen=True)
class Style:
    """How headings, names from our own files, and foreign text are written."""

    heading: Callable[[str], str]
    code: Callable[[str], str]
    text: Callable[[str], str]


MARKDOWN = Style(lambda text: f"## {text}\n", lambda text: f"`{one_line(text).replace('`', '')}`", escaped)
PLAIN = Style(lambda text: text, one_line, one_line)


def changes_markdown(tables: Mapping[str, pl.DataFrame]) -> str:
    """The text of changes.md for the tables of a release; the same tables give the same text."""
    run = tables["runs"].sort("release").row(-1, named=True)
    head = f"# Changes\n\nRelease {run['release']}, run {run['run_id']}"
    if run["compared_with"] is None:
        return f"{head}: the first release here, so there is nothing to compare it with.\n"
    return f"{head}, compared with run {run['compared_with']}.\n\n" + render_changes(tables["changes"], MARKDOWN)


def render_changes(changes: pl.DataFrame, style: Style, *, most: int = _MOST_SUBJECTS) -> str:
    """What changed (CHANGES): first how many of each kind, then all of them, at most so many subjects a kind."""
    found = {kind: _subjects(changes, kind) for kind in HEADINGS}
    present = {kind: subjects for kind, subjects in found.items() if subjects}
    if not present:
        return "Nothing changed.\n"
    lines = [*(f"* {HEADINGS[kind]}: {len(subjects)}" for kind, subjects in present.items()), ""]
    gone = _subjects(changes, ROW_GONE)
    for kind, subjects in present.items():
        lines.append(style.heading(f"{HEADINGS[kind]}: {len(subjects)}"))
        for subject, rows in list(subjects.items())[:most]:
            lines += _item(kind, rows, gone.get(subject, []), style)
        if len(subjects) > most:
            lines.append(f"* and {len(subjects) - most} more: table changes")
        lines.append("")
    return "\n".join(lines)


def render_diff(old: Side, new: Side, changes: pl.DataFrame, output_format: DiffFormat) -> str:
    """What changed from `old` to `new` (CHANGES), as text for a terminal, Markdown, or JSON with everything in full."""
    by_id = [side.name for side in (old, new) if not side.has_keys]
    note = f"{' and '.join(by_id)}: no keys there, so episodes are compared by public id." if by_id else ""
    if output_format == "json":
        rows = changes.drop("accepted").to_dicts()
        told = {kind: len(_subjects(changes, kind)) for kind in HEADINGS}
        return to_json({"old": old.name, "new": new.name, "note": note, "counts": told, "changes": rows})
    style = MARKDOWN if output_format == "md" else PLAIN
    head = f"# {escaped(old.name)} → {escaped(new.name)}" if output_format == "md" else f"{old.name} → {new.name}"
    notes = [style.text(note), ""] if note else []
    return "\n".join([head, "", *notes, render_changes(changes, style)])


def in_one_line(row: Row, style: Style) -> str:
    """One change in a sentence."""
    return _SENTENCES[row["kind"]](row, style)


def _subjects(changes: pl.DataFrame, kind: str) -> dict[Subject, list[Row]]:
    rows = changes.filter(kind=kind).sort("series", "subject", "field").to_dicts()
    grouped = groupby(rows, key=lambda row: (row["series"], row["subject"]))
    return {subject: list(of_subject) for subject, of_subject in grouped}


def _item(kind: str, rows: Sequence[Row], gone: Sequence[Row], style: Style) -> Iterator[str]:
    if kind != CHANGED:
        yield from (f"* {in_one_line(row, style)}{_accepted(row, style)}" for row in rows)
    else:
        yield f"* {_named(rows[0], style)}"
        yield from (f"  * {in_one_line(row, style)}" for row in rows)
    yield from (f"  * {in_one_line(row, style)}" for row in gone)


def _accepted(row: Row, style: Style) -> str:
    return f" (accepted: {style.text(row['accepted'])})" if row["accepted"] else ""


def _named(row: Row, style: Style) -> str:
    return f"{style.code(row['subject'])} {style.text(row['title'] or 'without a title')}"


def _value(value: str | None, style: Style) -> str:
    if value is None:
        return "nothing"
    return style.text(value if len(value) <= _LONGEST_VALUE else f"{value[:_LONGEST_VALUE]}…")


def _step(row: Row, style: Style) -> str:
    return f"{_value(row['old'], style)} → {_value(row['new'], style)}"


_SENTENCES: dict[str, Callable[[Row, Style], str]] = {
    REMOVED: lambda row, style: (
        f"{_named(row, style)}, {style.code(row['old'])}; its place has "
        f"{style.code(row['new']) if row['new'] else 'nobody'}"
    ),
    REASSIGNED: lambda row, style: (
        f"{style.code(row['subject'])} was {style.code(row['old'])}, is {style.code(row['new'])} "
        f"{style.text(row['title'] or '')} now"
    ),
    RENUMBERED: lambda row, style: f"{_named(row, style)}, {style.code(row['field'])}: {_step(row, style)}",
    RETITLED: lambda row, style: f"{style.code(row['subject'])}: {_step(row, style)}",
    ROWS_LOST: lambda row, style: (
        f"{style.code(row['subject'])} gives {row['new']} of {row['old']} rows of {style.code(row['series'])}"
    ),
    QUALITY: lambda row, style: (
        f"{style.code(row['subject'])}: the average quality fell, {_step(row, style)}, growing older left aside"
    ),
    ROW_GONE: lambda row, style: f"{style.code(row['field'])} {style.text(row['title'] or 'without a title')}",
    ADDED: lambda row, style: f"{_named(row, style)}, {style.code(row['new'])}",
    CHANGED: lambda row, style: f"{style.code(row['field'])}: {_step(row, style)}",
}
