"""Scoring one batch of a file: judge, set aside, score, count."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

import polars as pl

from etl.scoring.tally import Tally
from etl.transform.quality import Formula
from etl.transform.record_faults import add_fault, told_faults
from etl.transform.record_score import score_records, trust_of_records


@dataclass(frozen=True)
class Measure:
    """What records are scored by: `sources` is what `read_sources` gave, `as_of` the time that ages are measured at."""

    sources: pl.DataFrame
    as_of: datetime
    half_life_days: float
    formula: Formula

    @cached_property
    def names(self) -> list[str]:
        """The sources that are described."""
        return self.sources["source"].to_list()

    @cached_property
    def trust(self) -> pl.DataFrame:
        """How far each is trusted."""
        return trust_of_records(self.sources)


@dataclass(frozen=True)
class BatchScorer:
    """Scores any batch of the raw rows that `conform` takes, in any thread; what came of it goes to the tally."""

    measure: Measure
    conform: Callable[[pl.DataFrame], pl.DataFrame]
    tally: Tally

    def score(self, raw: pl.DataFrame) -> pl.DataFrame:
        """One row of SCORES a record that can be scored, in the order of the rows."""
        measure = self.measure
        scores = score_records(
            self._usable(self.conform(raw)),
            trust=measure.trust,
            as_of=measure.as_of,
            half_life_days=measure.half_life_days,
            formula=measure.formula,
        )
        self.tally.count(scores)
        return scores

    def _usable(self, facts: pl.DataFrame) -> pl.DataFrame:
        names = self.measure.names
        judged = add_fault(facts, names, self.measure.as_of, self.measure.half_life_days)
        is_faulty = judged["fault"].is_not_null()
        if not is_faulty.any():
            return judged
        self.tally.refuse(told_faults(judged.filter(is_faulty), names))
        return judged.filter(~is_faulty)
