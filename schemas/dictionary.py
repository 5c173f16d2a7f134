"""The data dictionary, written from the contracts: `python -m schemas.dictionary > docs/data-dictionary.md`."""

from __future__ import annotations

import sys
from collections.abc import Sequence

import pandera.polars as pa

from schemas.physical import key_columns, sql_types
from schemas.tables import TABLES

_INTRODUCTION = """\
# Data dictionary

Every table of `episodes.duckdb`, in the order in which a reader wants to meet them. The same words stand in the
database as comments: `select column_name, comment from duckdb_columns() where table_name = 'episodes'`.

Written by `make dictionary` from the contracts in `schemas/`: change them, not this file. The weight of a column is its
share in completeness; a column without the mark *required* may be null, which means "not known here".
"""

_HEADINGS = ("Column", "Title", "Type", "Meaning", "Unit", "Required", "Weight", "Example")


def dictionary_markdown() -> str:
    """All tables as Markdown: one section a table, one row a column."""
    return "\n".join([_INTRODUCTION, *(_section(name, contract) for name, contract in TABLES.items())])


def main() -> None:
    """Write the dictionary to standard output."""
    sys.stdout.write(dictionary_markdown())


def _section(name: str, contract: pa.DataFrameSchema) -> str:
    key = ", ".join(f"`{column}`" for column in key_columns(contract)) or "none, a row stands for itself"
    types = sql_types(contract)
    rows = [_cells(column, types[column], described) for column, described in contract.columns.items()]
    lines = [
        f"## {name}",
        "",
        str(contract.description),
        "",
        f"Key: {key}.",
        "",
        _row(_HEADINGS),
        _row(["---"] * len(_HEADINGS)),
    ]
    return "\n".join([*lines, *map(_row, rows), ""])


def _cells(name: str, sql_type: str, column: pa.Column) -> list[str]:
    metadata = column.metadata or {}
    example = metadata.get("example")
    return [
        f"`{name}`",
        str(column.title),
        f"`{sql_type}`",
        str(column.description),
        str(metadata.get("unit", "")),
        "" if column.nullable else "required",
        str(metadata.get("weight", "")),
        f"`{example}`" if example else "",
    ]


def _row(cells: Sequence[str]) -> str:
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"


if __name__ == "__main__":
    main()
