"""The command that shows the reports of a release and writes its page again."""

from __future__ import annotations

from pathlib import Path

from rich.console import Console

from etl.console import plain_console, show_reports
from etl.errors import ExitCode
from etl.fix_list import fix_list_in_words
from etl.load.release import DATABASE
from etl.load.reports import read_reports
from etl.load.rewrite import rewrite_page

_REPORT_WIDTH = 130


def run_report(folder: Path, fix_list: int | None) -> int:
    """Show every report of a published database, and write its page again; or only what to mend first. Returns 0."""
    if fix_list is not None:
        plain_console().print(fix_list_in_words(read_reports(folder / DATABASE)["fix_list"], fix_list), end="")
        return ExitCode.DONE
    console = Console()
    # A number that is cut off says something else, so a narrow terminal wraps the lines instead.
    console.width = max(console.width, _REPORT_WIDTH)
    show_reports(console, read_reports(folder / DATABASE))
    console.print(f"The page: {rewrite_page(folder)}", soft_wrap=True, highlight=False, markup=False)
    return ExitCode.DONE
