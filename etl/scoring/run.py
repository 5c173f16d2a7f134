"""Scoring a file of records: read, judge, score and write in batches, so that any number of them fits into memory."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import BinaryIO

import polars as pl

from etl.errors import InputError
from etl.scoring.batch import BatchScorer, Measure
from etl.scoring.reading import NDJSON, PARQUET, open_records
from etl.scoring.rejects import write_rejects
from etl.scoring.tally import Tally
from etl.scoring.writing import explained, written_whole
from schemas.metadata_records import SCORES

STANDARD_OUTPUT = Path("-")
_ROWS_AT_ONCE = 25_000
"""Polars would take whole row groups, several at a time: two gigabytes for Parquet files as others write them."""


@dataclass(frozen=True)
class Scoring:
    """What to score, into which files, and by what."""

    file: Path
    out: Path
    rejects: Path
    measure: Measure


@dataclass(frozen=True)
class Scored:
    """What came of it: `Tally.scored`, how many were refused, and the first of them in words."""

    grades: pl.DataFrame
    refused: int
    first_refused: str


def score_file(scoring: Scoring) -> Scored:
    """Score every record that can be scored; write the others, with their reasons, into the rejects.

    Both files are written whole or not at all, and rejects of an earlier run do not outlive a run without any. Raises
    InputError for a file that cannot be used, also where not one of its records can be scored.
    """
    _refuse_wrong_names(scoring)
    with _output(scoring.out) as place:
        tally = _score_into(place, scoring)
        grades, refused = tally.scored(), tally.refused()
        if refused.is_empty():
            scoring.rejects.unlink(missing_ok=True)
            return Scored(grades, 0, "")
        first = write_rejects(scoring.rejects, scoring.file, refused)
        if grades.is_empty():
            mend = f"All are in {scoring.rejects}."
            raise InputError(f"Not one record can be scored; {first}", file=scoring.file, mend=mend)
    return Scored(grades, refused.height, first)


def _refuse_wrong_names(scoring: Scoring) -> None:
    if scoring.out != STANDARD_OUTPUT and scoring.out.suffix not in (*NDJSON, *PARQUET):
        known = ", ".join((*NDJSON, *PARQUET))
        raise InputError(
            "Its ending does not say what to write.", file=scoring.out, where="--out", mend=f"Use {known}."
        )
    for option, path in (("--out", scoring.out), ("--rejects", scoring.rejects)):
        if path.resolve() == scoring.file.resolve():
            raise InputError("This would write over the records.", file=path, where=option, mend="Name another file.")
    if scoring.out.resolve() == scoring.rejects.resolve():
        raise InputError("This is --out as well.", file=scoring.out, where="--rejects", mend="Name another file.")


@contextmanager
def _output(out: Path) -> Iterator[Path]:
    """A place to write to. Standard output gets it in one piece at the end: nothing is said before all is known."""
    if out != STANDARD_OUTPUT:
        with written_whole(out) as place:
            yield place
        return
    with explained("standard output"), TemporaryDirectory(prefix="trek-etl-") as folder:
        place = Path(folder) / "scores.ndjson"
        yield place
        with place.open("rb") as scores:
            _copy_to_standard_output(scores)


def _copy_to_standard_output(scores: BinaryIO) -> None:
    try:
        shutil.copyfileobj(scores, sys.stdout.buffer)
        sys.stdout.flush()
    except BrokenPipeError:
        # Whoever reads has seen enough, as `head` does. What Python still holds must not fail when it ends.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _score_into(place: Path, scoring: Scoring) -> Tally:
    tally = Tally()
    with open_records(scoring.file) as records:
        scorer = BatchScorer(scoring.measure, records.conform, tally)
        scores = records.raw.map_batches(scorer.score, schema=SCORES, streamable=True)
        sink = scores.sink_parquet if place.suffix in PARQUET else scores.sink_ndjson
        try:
            with pl.Config(streaming_chunk_size=_ROWS_AT_ONCE):
                sink(place, engine="streaming")
        except pl.exceptions.ComputeError as failure:
            # Polars says alike that a Parquet file cannot be read and that one cannot be written.
            problem = f"It could not be scored to its end ({str(failure).splitlines()[0]})."
            raise InputError(problem, file=scoring.file, mend="Is the file whole, and is there room for OUT?") from None
    return tally
