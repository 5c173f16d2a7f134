"""Batches in polars' threads come to what the whole comes to in one, however it is cut."""

from __future__ import annotations

import json
from pathlib import Path

import polars as pl
import pytest
from polars.testing import assert_frame_equal
from score_kit import SOURCES, lines_of, measure_of, record, score_at
from test_score_like_vbs import PRESENCE, TIMES, frame_of, made_up
from test_score_rejects import FAULTS

from etl.scoring.batch import BatchScorer
from etl.scoring.reading import line_blocks, open_records
from etl.scoring.tally import Tally
from schemas.metadata_records import RECORD_FIELDS

MIXED = [
    *(fault for fault, _, _ in FAULTS),
    *(record(lastUpdated=told, conflictResolution=["x"]) for told in TIMES),
    *(record(**dict.fromkeys(RECORD_FIELDS, value)) for value in PRESENCE),
    *made_up(40),
]


@pytest.mark.parametrize("ending", ["ndjson", "parquet"])
@pytest.mark.parametrize("height", [1, 7, 1000])
def test_any_cut_comes_to_the_same(tmp_path: Path, ending: str, height: int) -> None:
    file = tmp_path / f"records.{ending}"
    if ending == "ndjson":
        file.write_text(lines_of(*MIXED))
    else:
        told = made_up(60)
        frame_of(
            [{**one, "lastUpdated": None} if place % 9 == 4 else one for place, one in enumerate(told)]
        ).write_parquet(file)
    whole = score_at(tmp_path, file, out="scores.parquet")
    tally = Tally()
    with open_records(file) as records:
        raw = records.raw.collect()
        scorer = BatchScorer(measure_of(tmp_path / "sources.json"), records.conform, tally)
        parts = [scorer.score(part) for part in raw.iter_slices(height)]
    assert_frame_equal(pl.concat(parts), pl.read_parquet(tmp_path / "scores.parquet"))
    assert tally.refused().height == whole.refused > 0
    assert_frame_equal(tally.scored(), whole.grades, check_row_order=False, abs_tol=1e-9)


@pytest.mark.parametrize("size", [1, 100, 10**6])
def test_blocks_hold_every_line_once_with_its_row(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, size: int) -> None:
    monkeypatch.setattr("etl.scoring.reading._BLOCK_BYTES", size)
    lines = ["", *(f"line {n} é" for n in range(40)), " \t", "last"]
    (tmp_path / "records.ndjson").write_bytes("\r\n".join(lines).encode() + b"\xff")
    blocks = list(line_blocks(tmp_path / "records.ndjson"))
    assert [row for block in blocks for row in block.iter_rows()] == [
        *((n, line) for n, line in enumerate(lines) if line.strip() and line != "last"),
        (len(lines) - 1, "last\\xff"),
    ]
    assert (len(blocks) == 1) is (size == 10**6)


def test_no_rows_are_no_scores(tmp_path: Path) -> None:
    (tmp_path / "sources.json").write_text(json.dumps(SOURCES))
    (tmp_path / "records.ndjson").write_text(lines_of(record()))
    with open_records(tmp_path / "records.ndjson") as records:
        scorer = BatchScorer(measure_of(tmp_path / "sources.json"), records.conform, Tally())
        assert scorer.score(records.raw.collect().clear()).is_empty()
