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
    told = _rows(file, rejects["row"]) if file.suffix in PARQUET else _lines(file, rejects["row"].to_list())
    with written_whole(path) as place, place.open("w", encoding="utf-8") as out:
        for (_, episode_id, field, reason), (line, record) in zip(rejects.iter_rows(), told, strict=True):
            why = reason or explain_line(record)
            reject = {"line": line, "episodeId": episode_id, "field": field, "reason": why, "record": record}
            out.write(json.dumps(reject, ensure_ascii=False) + "\n")
            first = first or f"line {line}: {field}: {why}" if field else first or f"line {line}: {why}"
    return first


def _lines(file: Path, rows: list[int]) -> Iterator[tuple[int, str]]:
    """The number and the text of these lines. What is no UTF-8 is shown as escapes."""
    wanted = set(rows)
    with file.open("rb") as lines:
        for row, line in enumerate(lines):
            if row in wanted:
                yield row + 1, line.decode("utf-8", errors="backslashreplace").rstrip("\r\n")


def _rows(file: Path, rows: pl.Series) -> Iterator[tuple[int, str]]:
    whole = whole_rows(file, rows)
    told = whole.select(ROW, record=pl.struct(pl.exclude(ROW)).struct.json_encode()).sort(ROW)
    for row, record in told.iter_rows():
        yield row + 1, record


def explain_line(line: str) -> str:
    """Why a line holds no record, and how to mend it."""
    repeated: list[str] = []

    def note_repeated(pairs: list[tuple[str, object]]) -> object:
        names = [name for name, _ in pairs]
        repeated.extend(name for place, name in enumerate(names) if name in names[:place])
        return dict(pairs)

    try:
        value = json.loads(line, object_pairs_hook=note_repeated)
    except (ValueError, RecursionError) as failure:
        return f"This is no JSON: {failure}. {_MEND}"
    if not isinstance(value, dict):
        return f"This is no JSON object. {_MEND}"
    return f"The key {repeated[-1]!r} stands there twice. {_MEND}" if repeated else f"There is nothing in it. {_MEND}"
