"""What validate found as Markdown, for the summary page that GitHub shows of a step."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from etl.errors import InputError
from etl.markdown_text import escaped
from etl.validate.problems import Problem

# GitHub refuses a summary of more than 1 MiB; who has so many problems reads the log.
_MOST_ROWS = 100


def summary_markdown(path: Path, problems: Sequence[Problem]) -> str:
    """A heading, the verdict, and a table of the problems, errors first."""
    errors = [problem for problem in problems if problem.severity == "error"]
    others = [problem for problem in problems if problem.severity != "error"]
    verdict = "breaks its contract" if errors else "keeps its contract"
    lines = [
        f"### trek-etl validate: {escaped(str(path))} {verdict}",
        "",
        f"{len(errors)} errors, {len(others)} warnings.",
        "",
    ]
    if problems:
        lines += ["| | File | Place | What is wrong |", "|---|---|---|---|"]
        lines += [_row(problem) for problem in [*errors, *others][:_MOST_ROWS]]
        lines += [f"\nand {len(problems) - _MOST_ROWS} more." for _ in problems[_MOST_ROWS : _MOST_ROWS + 1]]
        lines.append("")
    return "\n".join(lines)


def append_summary(file: Path, path: Path, problems: Sequence[Problem]) -> None:
    """Write the summary behind what other commands of the step wrote. Raises InputError where that cannot be done."""
    try:
        with file.open("a", encoding="utf-8", newline="\n") as summary:
            summary.write(f"{summary_markdown(path, problems)}\n")
    except OSError as error:
        raise InputError(
            f"cannot be written ({error.strerror}).",
            file=file,
            where="GITHUB_STEP_SUMMARY",
            mend="Unset the variable, or let it name a file.",
        ) from error


def _row(problem: Problem) -> str:
    cells = (problem.severity, Path(problem.file).name, problem.where, problem.message)
    return f"| {' | '.join(escaped(cell) for cell in cells)} |"
