"""What a person sees: how far a run is, how it ended and what to do next, reports as tables."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import polars as pl
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from etl.checks_told import failures_in_words
from etl.health_words import health_lines
from etl.options import Outcome
from etl.plain_text import one_line, visible
from etl.sources import SOURCES
from etl.staleness import stale_lines
from schemas.episodes import WEIGHTS
from schemas.scores import GRADES

if TYPE_CHECKING:
    # Who reads a release has no use for the libraries that read the cache.
    from etl.http.cache_contents import CacheStats

_SHOWN_FIELDS = 5
_SHOWN_CONCERNS = 10
_SHOWN_ROWS = 25
_LONGEST_WORD = 20
_STYLES = {"used": "green", "stale": "yellow", "partial": "yellow", "failed": "red", "no-key": "yellow"}


def plain_console(*, stderr: bool = False) -> Console:
    """For text that is to be printed as it is."""
    return Console(stderr=stderr, soft_wrap=True, highlight=False, markup=False)


@contextmanager
def told(console: Console) -> Iterator[Callable[[str], None]]:
    """Show the latest word of a run on one line, on a terminal only; the words themselves are for nobody else."""
    if not console.is_terminal:
        yield lambda _: None
        return
    with console.status("Asking the sources") as status:
        yield status.update


def show_summary(console: Console, outcome: Outcome) -> None:
    """Say how a run ended: who was asked, what came of it, what is missing, what to do next."""
    tables = outcome.tables
    counts = outcome.run["counts"]
    console.print(
        f"[bold]{counts['episodes']} episodes and {counts['movies']} films[/bold] of {counts['series']} series"
        f" are in {escape(str(outcome.out))}",
        soft_wrap=True,
        highlight=False,
    )
    console.print(_sources_table(tables["sources"]))
    as_of = datetime.fromisoformat(outcome.run["as_of"])
    for line in (*health_lines(tables["sources"].rows(named=True)), *stale_lines(tables["field_values"], as_of)):
        console.print(line, soft_wrap=True, highlight=False, markup=False)
    used = tables["sources"].filter(pl.col("rows") > 0)["source"].to_list()
    if used == ["catalogue"] and not tables["field_values"]["is_stale"].any():
        console.print("No other source gave anything, so this release is made of the bundled catalogue alone.")
    show_errors(console, outcome)
    show_gaps(console, outcome)
    console.print(_quality_table(tables["episodes"]))
    console.print("[bold]Next[/bold]")
    for step in _next_steps(outcome):
        console.print(f"  • {visible(step)}", soft_wrap=True, highlight=False, markup=False)


def show_errors(console: Console, outcome: Outcome) -> None:
    """Say what failed in the run and what to do about it; nothing where nothing failed."""
    for error in _errors_in_words(outcome.tables["errors"].filter(run_id=outcome.run["run_id"])):
        console.print(visible(error), soft_wrap=True, highlight=False, markup=False)


def show_gaps(console: Console, outcome: Outcome) -> None:
    """Say what sources left out although they answered; nothing where they left out nothing."""
    for source, gaps in outcome.run["gaps"].items():
        shown = ", ".join(gaps[:_SHOWN_CONCERNS])
        more = f" and {len(gaps) - _SHOWN_CONCERNS} more (run.json)" if len(gaps) > _SHOWN_CONCERNS else ""
        line = f"! {SOURCES[source].title} answered, but lacks {shown}{more}."
        console.print(line, soft_wrap=True, highlight=False, markup=False)


def _sources_table(sources: pl.DataFrame) -> Table:
    table = Table("Source", "", box=None, pad_edge=False)
    for name in ("Asked", "Cached", "Rows", "Linked", "Review", "Rejected", "Kept"):
        table.add_column(name, justify="right")
    for row in sources.iter_rows(named=True):
        style = _STYLES.get(row["status"], "dim")
        numbers = ("requests", "cache_hits", "rows", "linked", "in_review", "rejected", "carried")
        table.add_row(row["title"], f"[{style}]{row['status']}[/{style}]", *(str(row[name]) for name in numbers))
    return table


def _errors_in_words(errors: pl.DataFrame) -> list[str]:
    """One line a source and kind of failure: what happened, what to do, what it concerns."""
    grouped = errors.group_by("source", "category", "advice", maintain_order=True).agg(
        pl.col("message").first(), pl.col("concerns").str.split(", ").explode()
    )
    return [
        f"! {SOURCES[row['source']].title}: {row['message']} ({row['category']}) {row['advice']}"
        f"{_counted(row['concerns'])}"
        for row in grouped.iter_rows(named=True)
    ]


def _counted(concerns: list[str]) -> str:
    """The series and films by name, or how many where they are too many to read; nothing where there are none."""
    named = list(dict.fromkeys(name for name in concerns if name))
    films, episodes = (sum(name.startswith(kind) for name in named) for kind in ("film:", "episode:"))
    of_episodes = f" and the people of {episodes} episodes" if episodes else ""
    many = f"{len(named) - films - episodes} series and {films} films{of_episodes}"
    told_concerns = ", ".join(named) if len(named) <= _SHOWN_CONCERNS else many
    return f" Concerned: {told_concerns}." if named else ""


def _quality_table(episodes: pl.DataFrame) -> Table:
    grades = dict(episodes.group_by("grade").len().iter_rows())
    told_grades = ", ".join(f"{grades[grade]} {grade}" for grade in GRADES if grade in grades)
    missing = sorted(((int((~episodes[f"has_{name}"]).sum()), name) for name in WEIGHTS), reverse=True)
    told_missing = ", ".join(f"{name} {count}" for count, name in missing[:_SHOWN_FIELDS] if count)
    table = Table(box=None, pad_edge=False, show_header=False)
    table.add_row(
        "Quality", f"{float(episodes['quality_overall'].sum()) / max(episodes.height, 1):.3f} on average: {told_grades}"
    )
    table.add_row("Missing", f"{told_missing or 'nothing'} (of {episodes.height})")
    return table


def _next_steps(outcome: Outcome) -> list[str]:
    tables, out = outcome.tables, outcome.out
    statuses = dict(tables["sources"].select("source", "status").iter_rows())
    steps = []
    if statuses.get("tmdb") == "no-key":
        steps.append(
            "Get a free TMDB key (README.md, How to get a key), put TMDB_API_KEY into .env, and run again:"
            " synopses, guest stars and running times come from there."
        )
    if tables["changes"].height:
        steps.append(f"What changed since the last release stands in {out / 'changes.md'}.")
    if tables["review"].height:
        steps.append(f"{tables['review'].height} rows wait for a person: table review in {out / 'episodes.duckdb'}.")
    if tables["conflicts"].height:
        steps.append(f"{tables['conflicts'].height} fields are told differently by different sources: table conflicts.")
    if tables["rejects"].height:
        steps.append(f"{tables['rejects'].height} rows were refused, each with its reason: table rejects.")
    steps += failures_in_words(tables["check_failures"])
    steps += [f"A decision says nothing any more: {lapsed}" for lapsed in outcome.run["lapsed_decisions"]]
    stale = int(tables["episodes"]["is_stale"].sum())
    if stale:
        steps.append(f"{stale} episodes keep values of an earlier run, because no source gave them again in this run.")
    steps.append(f"See the page: {out / 'report.html'}; the reports: trek-etl report {out}")
    return steps


def show_reports(console: Console, reports: Mapping[str, pl.DataFrame]) -> None:
    """Show every report as a table, long ones cut."""
    for name, frame in reports.items():
        table = Table(title=name.replace("_", " "), title_justify="left", box=None, pad_edge=False)
        for column, data_type in frame.schema.items():
            # A heading may break into words and long text into lines, but never a number or a date.
            heading = column.replace("_", "\n")
            if data_type == pl.String and frame.filter(pl.col(column).str.len_chars() > _LONGEST_WORD).height:
                table.add_column(heading, overflow="fold", min_width=_LONGEST_WORD)
            else:
                table.add_column(heading, justify="right" if data_type.is_numeric() else "left", no_wrap=True)
        for row in frame.head(_SHOWN_ROWS).iter_rows():
            table.add_row(*(escape(_cell(value)) for value in row))
        console.print(table)
        if frame.height > _SHOWN_ROWS:
            console.print(f"... and {frame.height - _SHOWN_ROWS} more rows in report_{name}", highlight=False)
        console.print()


def _cell(value: object) -> str:
    if value is None:
        return ""
    return f"{value:.3f}" if isinstance(value, float) else one_line(str(value))


def show_cache_stats(console: Console, path: Path, stats: CacheStats) -> None:
    """Show what the cache holds, a line a source."""
    console.print(
        f"{stats.answers} answers, {stats.bytes} bytes, in {path}", soft_wrap=True, highlight=False, markup=False
    )
    if not stats.by_source:
        return
    table = Table("Source", box=None, pad_edge=False)
    for name in ("Answers", "Fresh", "Bytes", "Oldest (UTC)", "Newest (UTC)"):
        table.add_column(name, justify="right", no_wrap=True)
    for name, kept in stats.by_source.items():
        title = SOURCES[name].title if name in SOURCES else name
        times = (f"{at:%Y-%m-%d %H:%M}" for at in (kept.oldest_at, kept.newest_at))
        table.add_row(escape(title), str(kept.answers), str(kept.fresh), str(kept.bytes), *times)
    console.print(table, highlight=False)
