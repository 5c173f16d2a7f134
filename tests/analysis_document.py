"""docs/analysis.md: its queries, and its answers as a release of the bundled catalogue gives them.

`python -m tests.analysis_document` writes the answers below the queries anew.
"""

from __future__ import annotations

import re
import tempfile
from pathlib import Path
from typing import Any

import duckdb

from tests.released import STAR_TREK, publish_catalogue

DOCUMENT = Path(__file__).parents[1] / "docs" / "analysis.md"

# A query in its fence, and whatever table stands below it.
_QUERY = re.compile(r"```sql\n(?P<sql>.*?)```\n(?:\n(?:\|[^\n]*\n)+)?", re.DOTALL)


def queries(document: str) -> list[str]:
    """Every query of the document, in its order."""
    return [found["sql"] for found in _QUERY.finditer(document)]


def answered(document: str, database: Path) -> str:
    """The document with the answer of the database below each query."""
    with duckdb.connect(database, read_only=True) as connection:
        return _QUERY.sub(lambda found: f"```sql\n{found['sql']}```\n\n{_answer(connection, found['sql'])}", document)


def _answer(connection: duckdb.DuckDBPyConnection, sql: str) -> str:
    found = connection.execute(sql)
    names = [column[0] for column in found.description or ()]
    rows = [names, ["---"] * len(names), *found.fetchall()]
    return "".join(f"| {' | '.join(map(_cell, row))} |\n" for row in rows)


def _cell(value: Any) -> str:
    return "" if value is None else str(value).replace("|", "\\|")


def main() -> None:
    """Write the answers of today's catalogue into the document."""
    with tempfile.TemporaryDirectory() as folder:
        database = publish_catalogue(Path(folder), STAR_TREK) / "episodes.duckdb"
        DOCUMENT.write_text(answered(DOCUMENT.read_text("utf-8"), database), "utf-8")


if __name__ == "__main__":
    main()
