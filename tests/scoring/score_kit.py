"""Records, sources and one call: what every test of `trek-etl score` needs."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from reference_scorer import score

from etl.scoring.batch import BatchScorer, Measure
from etl.scoring.reading import open_records
from etl.scoring.run import Scored, Scoring, score_file
from etl.scoring.sources_file import read_sources
from etl.scoring.tally import Tally
from etl.transform.quality import STANDARD

Record = dict[str, Any]

AS_OF = datetime(2026, 1, 1, tzinfo=UTC)
NOW_MS = 1_767_225_600_000
SOURCES: dict[str, Any] = {
    "tmdb": {"name": "TMDB", "confidenceLevel": 0.85, "reliability": {"uptime": 0.99, "accuracy": 0.92}},
    "manual": {"confidenceLevel": 0.5, "reliability": {"uptime": 0.6, "accuracy": 0.65, "latency": 100}},
    "memory-alpha": {
        "name": "Memory Alpha",
        "confidenceLevel": 0.9,
        "reliability": {"uptime": 0.95, "accuracy": 0.9},
        "performanceMetrics": {"accuracyRate": 0.7, "successfulRequests": 60, "totalRequests": 80},
    },
}


def record(**told: Any) -> Record:
    """A record that can be scored; a value of None is told as null."""
    return {"episodeId": "tng_s1_e01", "dataSource": "tmdb", "lastUpdated": "2025-12-02T00:00:00.000Z", **told}


def without(told: Record, name: str) -> Record:
    return {key: value for key, value in told.items() if key != name}


def lines_of(*told: Record | str) -> str:
    """NDJSON; a text stands as it is."""
    return "".join((one if isinstance(one, str) else json.dumps(one, ensure_ascii=False)) + "\n" for one in told)


def score_text(folder: Path, text: str | bytes, *, sources: Any = SOURCES, out: str = "scores.ndjson") -> Scored:
    """Score the text as a file of lines, in `folder`."""
    file = folder / "records.ndjson"
    file.write_bytes(text if isinstance(text, bytes) else text.encode())
    return score_at(folder, file, sources=sources, out=out)


def score_at(folder: Path, file: Path, *, sources: Any = SOURCES, out: str = "scores.ndjson") -> Scored:
    described = folder / "sources.json"
    described.write_text(json.dumps(sources), encoding="utf-8")
    return score_file(
        Scoring(
            file=file,
            out=folder / out,
            rejects=folder / "rejects.ndjson",
            measure=measure_of(described),
        )
    )


def measure_of(described: Path) -> Measure:
    return Measure(sources=read_sources(described), as_of=AS_OF, half_life_days=30.0, formula=STANDARD)


def assert_same_in_this_thread(folder: Path, file: Path) -> None:
    """Polars calls us in threads of its own; the same batch in ours comes to what stands in scores.ndjson."""
    with open_records(file) as records:
        scorer = BatchScorer(measure_of(folder / "sources.json"), records.conform, Tally())
        assert_same(scorer.score(records.raw.collect()).to_dicts(), read_lines(folder / "scores.ndjson"))


def read_lines(file: Path) -> list[Record]:
    return [json.loads(line) for line in file.read_bytes().splitlines()]


def scores_of(folder: Path, *told: Record | str) -> list[Record]:
    score_text(folder, lines_of(*told))
    return read_lines(folder / "scores.ndjson")


def rejects_of(folder: Path, text: str | bytes) -> list[Record]:
    """What is refused of these lines, to which one is added that can be scored."""
    good = lines_of(record())
    score_text(folder, (text + good.encode()) if isinstance(text, bytes) else text + good)
    return read_lines(folder / "rejects.ndjson")


def assert_like_vbs(folder: Path, *told: Record) -> None:
    """One run over all of them: a process of DuckDB and polars costs more than a thousand records."""
    assert_same(scores_of(folder, *told), [score(one, SOURCES, NOW_MS) for one in told])


def assert_same(scores: Sequence[Record], expected: Iterable[Record]) -> None:
    """Equal keys in one order, equal texts and lists, numbers within 1e-9."""
    for ours, other in zip(scores, expected, strict=True):
        assert list(ours) == list(other)
        for name, value in other.items():
            if isinstance(value, int | float):
                assert abs(ours[name] - value) <= 1e-9 * max(1.0, abs(value)), (name, ours, other)
            else:
                assert ours[name] == value, (name, ours, other)
