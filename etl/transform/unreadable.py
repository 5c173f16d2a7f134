"""Days that a source states in a form that nobody can read: the row is used, and the value is kept with the reason."""

from __future__ import annotations

import polars as pl

from etl.transform.text import present_text
from schemas.columns import polars_schema
from schemas.provenance import REJECTS


def unreadable_days(rows: pl.DataFrame, said: pl.Series) -> pl.DataFrame:
    """Rejects (contract REJECTS, stage conform) for air dates that became null although something is said.

    In: `rows` (EPISODE_ROWS) and, in their order, what the source itself says of the day. Blanks and placeholders such
    as "TBA" say nothing.
    """
    lost = rows.with_columns(said=said).filter(
        pl.col("air_date").is_null() & present_text(pl.col("said")).is_not_null()
    )
    return lost.select(
        "source",
        "source_id",
        stage=pl.lit("conform"),
        reason=pl.format("its air date {} cannot be read, so the row is used without one", pl.col("said")),
        payload=pl.struct("series", "season", "number", "title", air_date="said").struct.json_encode(),
    ).cast(polars_schema(REJECTS))
