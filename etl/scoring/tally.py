"""What came of the batches of a file: how many scored how well, and who was refused."""

from __future__ import annotations

from dataclasses import dataclass, field

import polars as pl

REFUSED = pl.Schema({"row": pl.UInt32, "episode_id": pl.String, "field": pl.String, "reason": pl.String})


@dataclass(frozen=True)
class Tally:
    """Batches come in any order and from several threads at once: each only appends, sums are made at the end."""

    _scored: list[pl.DataFrame] = field(default_factory=list)
    _refused: list[pl.DataFrame] = field(default_factory=list)

    def count(self, scores: pl.DataFrame) -> None:
        """Note a batch of SCORES."""
        self._scored.append(
            scores.group_by(grade="qualityGrade").agg(
                records=pl.len(),
                overall=pl.col("overall").sum(),
                from_the_future=(pl.col("freshness") > 1.0).sum(),
            )
        )

    def refuse(self, rows: pl.DataFrame) -> None:
        """Note rows of REFUSED."""
        self._refused.append(rows.select(pl.col(name).cast(data_type) for name, data_type in REFUSED.items()))

    def scored(self) -> pl.DataFrame:
        """One row a grade: grade, records, overall (the sum), from_the_future (updated after --as-of)."""
        empty = {"grade": pl.String, "records": pl.UInt32, "overall": pl.Float64, "from_the_future": pl.UInt32}
        together = pl.concat([pl.DataFrame(schema=empty), *self._scored])
        return together.group_by("grade").agg(pl.exclude("grade").sum())

    def refused(self) -> pl.DataFrame:
        """All rows of REFUSED in the order of the file."""
        return pl.concat([pl.DataFrame(schema=REFUSED), *self._refused]).sort("row")
