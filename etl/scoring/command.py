"""What `trek-etl score` does: arguments in, one call, words out."""

from __future__ import annotations

import math
from pathlib import Path

from rich.console import Console

from etl.as_of import read_as_of
from etl.errors import ExitCode, InputError
from etl.formula import formula_of
from etl.franchise import load_franchise
from etl.scoring.batch import Measure
from etl.scoring.run import STANDARD_OUTPUT, Scored, Scoring, score_file
from etl.scoring.sources_file import read_sources
from schemas.scores import GRADES


def run_score(
    *,
    file: Path,
    out: Path,
    sources: Path | None,
    as_of: str | None,
    franchise: str,
    half_life: float | None,
    rejects: Path | None,
) -> int:
    """Score a file of records and say how it went. Returns 0, or 1 if a record was refused."""
    policy = load_franchise(franchise).quality
    if half_life is not None and not (half_life > 0 and math.isfinite(half_life)):
        raise InputError(f"{half_life} is no half-life.", where="--half-life", mend="Give days, more than 0.")
    scoring = Scoring(
        file=file,
        out=out,
        rejects=rejects or _beside(out, file),
        measure=Measure(
            sources=read_sources(sources),
            as_of=read_as_of(as_of),
            half_life_days=policy.half_life_running_days if half_life is None else half_life,
            formula=formula_of(policy),
        ),
    )
    scored = score_file(scoring)
    _tell(scoring, scored)
    return ExitCode.CONTRACT_BROKEN if scored.refused else ExitCode.DONE


def _beside(out: Path, file: Path) -> Path:
    """OUT's name with another ending; beside nothing, in the folder one stands in."""
    named = Path(file.name) if out == STANDARD_OUTPUT else out
    return named.with_suffix(".rejects.ndjson")


def _tell(scoring: Scoring, scored: Scored) -> None:
    """Where the scores themselves go to standard output, words go to the other one."""
    told = Console(stderr=scoring.out == STANDARD_OUTPUT, soft_wrap=True, highlight=False, markup=False)
    warned = Console(stderr=True, soft_wrap=True, highlight=False, markup=False)
    count = int(scored.grades["records"].sum())
    mean = f"{scored.grades['overall'].sum() / count:.3f} on average: " if count else ""
    counts = dict(scored.grades.select("grade", "records").iter_rows())
    grades = ", ".join(f"{counts[grade]:,} {grade}" for grade in GRADES if grade in counts)
    told.print(f"{count:,} records scored, {mean}{grades}".rstrip(", "))
    early = int(scored.grades["from_the_future"].sum())
    if early:
        warned.print(f"{early:,} records were updated after --as-of, so that their freshness is above 1.")
    if scored.refused:
        warned.print(f"{scored.refused:,} records were refused; the first: {scoring.file}: {scored.first_refused}")
        warned.print(f"All of them, with their reasons: {scoring.rejects}")
