"""The records that could not be scored, kept as they came, each with its place and its reason."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import polars as pl

from etl.scoring.reading import PARQUET, ROW, whole_rows
from etl.scoring.writing import written_whole

_MEND = "Write one JSON object a line, in UTF-8, each key once."


def write_rejects(path: Path, file: Path, rejects: pl.DataFrame) -> str:
    """Write what was refused of `file` as NDJSON: line, episodeId, field, reason, record. Says in words what is first.

    In: row, episode_id, field, reason, by row; the last two are null for a line that holds no record. `line` counts
    from 1, in Parquet the rows. `record` is the line as it came, of Parquet the row as JSON.
    """
    first = ""
    told = _rows(file, rejects["row"]) if file.suffix in PARQUET else _lines(file, set(rejects["row"]))
    with written_whole(path) as place, place.open("w", encoding="utf-8") as out:
        for (_, episode_id, field, reason), (line, record) in zip(rejects.iter_rows(), told, strict=True):
            text = record.decode("utf-8", errors="backslashreplace")
            why = reason or explain_line(record)
            reject = {"line": line, "episodeId": episode_id, "field": field, "reason": why, "record": text}
            out.write(json.dumps(reject, ensure_ascii=False) + "\n")
            first = first or ": ".join(part for part in (f"line {line}", field, why) if part)
    return first


def _lines(file: Path, wanted: set[int]) -> Iterator[tuple[int, bytes]]:
    with file.open("rb") as lines:
        for row, line in enumerate(lines):
            if row in wanted:
                yield row + 1, line.rstrip(b"\r\n")


def _rows(file: Path, rows: pl.Series) -> Iterator[tuple[int, bytes]]:
    told = whole_rows(file, rows).select(ROW, pl.struct(pl.exclude(ROW)).struct.json_encode())
    for row, record in told.sort(ROW).iter_rows():
        yield row + 1, record.encode()


def explain_line(line: bytes) -> str:
    """Why a line holds no record, and how to mend it."""
    repeated: list[str] = []

    def note_repeated(pairs: list[tuple[str, object]]) -> object:
        names = [name for name, _ in pairs]
        repeated.extend(name for place, name in enumerate(names) if name in names[:place])
        return dict(pairs)

    try:
        value = json.loads(line.decode("utf-8"), object_pairs_hook=note_repeated)
    except UnicodeDecodeError as failure:
        return f"This is no UTF-8: {failure.reason} at byte {failure.start + 1}. {_MEND}"
    except (ValueError, RecursionError) as failure:
        return f"This is no JSON: {failure}. {_MEND}"
    if not isinstance(value, dict):
        return f"This is no JSON object. {_MEND}"
    return f"The key {repeated[-1]!r} stands there twice. {_MEND}" if repeated else f"There is nothing to use. {_MEND}"
