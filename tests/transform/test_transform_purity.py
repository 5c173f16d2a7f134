"""A transform is a pure function of frames and plain values: what it may import and call, read off its source."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

import etl.transform

MODULES = sorted(Path(etl.transform.__file__).parent.glob("**/*.py"))
MAY_IMPORT = (
    "__future__",
    "collections.abc",
    "dataclasses",
    "datetime",
    "functools",
    "operator",
    "polars",
    "rapidfuzz",
    "etl.transform",
    "schemas",
)
"""Frames, plain values and contracts: neither another stage nor files, clock, environment or log."""
MAY_NOT_CALL = {"open", "print", "input", "exec", "eval", "compile", "__import__", "getenv", "environ"}
MAY_NOT_ASK_FOR = {
    "now", "utcnow", "today", "time", "sleep", "map_elements", "map_batches", "map_groups", "map_rows", "sample",
    "shuffle",
}  # fmt: skip
READS_OR_WRITES = ("read_", "write_", "scan_", "sink_")


def breaches(source: str) -> list[str]:
    """What a module's source imports or names that a transform may not."""
    tree = ast.parse(source)
    return sorted({*_foreign_imports(tree), *_impure_names(tree)})


def _foreign_imports(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        names: list[str] = []
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            names = [f"{'.' * node.level}{node.module or ''}"]
        yield from (name for name in names if not _is_allowed(name))


def _is_allowed(name: str) -> bool:
    return any(name == allowed or name.startswith(f"{allowed}.") for allowed in MAY_IMPORT)


def _impure_names(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Name) and node.id in MAY_NOT_CALL:
            yield node.id
        if isinstance(node, ast.Attribute) and (node.attr in MAY_NOT_ASK_FOR or node.attr.startswith(READS_OR_WRITES)):
            yield node.attr


def test_there_are_transforms_to_look_at() -> None:
    assert {"identify", "merge", "quality", "text"} <= {module.stem for module in MODULES}


@pytest.mark.parametrize("module", MODULES, ids=lambda module: module.stem)
def test_a_transform_is_pure(module: Path) -> None:
    assert breaches(module.read_text(encoding="utf-8")) == []


@pytest.mark.parametrize(
    ("source", "breach"),
    [
        ("import os", "os"),
        ("import os.path as paths", "os.path"),
        ("from pathlib import Path", "pathlib"),
        ("import logging, polars", "logging"),
        ("from time import monotonic", "time"),
        ("from etl.http.client import fetch", "etl.http.client"),
        ("from etl.extract import tmdb", "etl.extract"),
        ("from etl.load.publish import publish", "etl.load.publish"),
        ("from etl import settings", "etl"),
        ("import etl.transformations", "etl.transformations"),
        ("from . import text", "."),
        ("def late():\n    import structlog", "structlog"),
        ("from datetime import datetime\nAT = datetime.now()", "now"),
        ("x = frame.map_elements(str)", "map_elements"),
        ("x = open('f')", "open"),
        ("x = pl.read_csv('f')", "read_csv"),
        ("frame.write_parquet('f')", "write_parquet"),
    ],
)
def test_a_breach_is_seen(source: str, breach: str) -> None:
    assert breach in breaches(source)


def test_what_is_pure_is_no_breach() -> None:
    pure = "from datetime import datetime\nimport polars as pl\nfrom schemas.columns import empty\nx = pl.col('now')\n"
    assert breaches(pure) == []
