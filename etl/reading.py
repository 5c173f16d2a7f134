"""The commands that read a release and ask nobody: without network and pipeline to import, they answer at once."""

from __future__ import annotations

from pathlib import Path
from typing import cast, get_args

from etl.console import plain_console
from etl.diff import differences
from etl.errors import ExitCode, InputError
from etl.load.changes_page import DiffFormat, render_diff
from etl.load.compared import read_side
from etl.load.previous import read_previous
from etl.load.review_page import review_markdown
from etl.options import known_words
from etl.settings import step_summary
from etl.validate import inspect_release
from etl.validate.problems import Format, render_problems
from etl.validate.summary import append_summary
from etl.why import tell_why


def run_validate(path: Path, output_format: str) -> int:
    """Say what is wrong with a release, on GitHub also in the summary of the step. Returns 1 if anything is."""
    chosen = cast("Format", known_words((output_format,), get_args(Format), "--format")[0])
    problems = inspect_release(path)
    plain_console().print(render_problems(problems, chosen))
    summary = step_summary()
    if summary:
        append_summary(summary, path, problems)
    return ExitCode.CONTRACT_BROKEN if any(problem.severity == "error" for problem in problems) else ExitCode.DONE


def run_why(folder: Path, episode: str, field: str | None) -> int:
    """Tell the story of an episode from a published database. Returns 0."""
    plain_console().print(tell_why(folder, episode, field), end="")
    return ExitCode.DONE


def run_review(folder: Path) -> int:
    """Show what waits for a person. Returns 0."""
    last = read_previous(folder)
    if last is None:
        raise InputError("holds no release.", file=folder, mend="Run trek-etl generate first.")
    plain_console().print(review_markdown(last.tables), end="")
    return ExitCode.DONE


def run_diff(old: Path, new: Path, output_format: str) -> int:
    """Say what changed from one release or guide to another. Returns 0."""
    chosen = cast("DiffFormat", known_words((output_format,), get_args(DiffFormat), "--format")[0])
    before, after = read_side(old), read_side(new)
    changes = differences(before.tables, after.tables, by_id=not (before.has_keys and after.has_keys))
    plain_console().print(render_diff(before, after, changes, chosen), end="")
    return ExitCode.DONE
