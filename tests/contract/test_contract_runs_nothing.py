"""Nothing that comes from outside can become code: no pickle, no eval, no shell, no other process, anywhere in etl."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
FILES = sorted(path for package in ("etl", "schemas") for path in (ROOT / package).rglob("*.py"))

# Modules that make objects or code out of bytes, start processes, or reach into memory.
FORBIDDEN_MODULES = {
    *("pickle", "cPickle", "dill", "cloudpickle", "joblib", "shelve", "marshal", "copyreg", "jsonpickle"),
    *("subprocess", "multiprocessing", "pty", "pexpect", "ctypes", "cffi", "code", "codeop", "runpy", "imp"),
    *("yaml", "xmlrpc", "telnetlib", "ftplib"),
}
FORBIDDEN_CALLS = {"eval", "exec", "compile", "__import__", "breakpoint", "input"}
FORBIDDEN_ATTRIBUTES = {
    *("system", "popen", "startfile", "fork", "forkpty", "mktemp", "import_module", "exec_module"),
    *("execl", "execle", "execlp", "execv", "execve", "execvp", "execvpe", "deserialize", "unpickle"),
    *("spawnl", "spawnle", "spawnlp", "spawnv", "spawnve", "spawnvp", "posix_spawn", "create_subprocess_shell"),
}


def faults(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        match node:
            case ast.Import(names=names):
                yield from (alias.name for alias in names if alias.name.partition(".")[0] in FORBIDDEN_MODULES)
            case ast.ImportFrom(module=str(module)) if module.partition(".")[0] in FORBIDDEN_MODULES:
                yield module
            case ast.Call(func=ast.Name(id=name)) if name in FORBIDDEN_CALLS:
                yield f"{name}()"
            case ast.Attribute(attr=name) if name in FORBIDDEN_ATTRIBUTES:
                yield f".{name}"
            case ast.keyword(arg="shell" | "allow_pickle"):
                yield f"{node.arg}="
            case ast.keyword(arg="serializer", value=value) if ast.unparse(value) != "'json'":
                yield f"serializer={ast.unparse(value)}"


@pytest.mark.parametrize("path", FILES, ids=[str(path.relative_to(ROOT)) for path in FILES])
def test_nothing_is_unpickled_evaluated_or_started(path: Path) -> None:
    assert list(faults(ast.parse(path.read_text("utf-8")))) == []


@pytest.mark.parametrize(
    "code",
    [
        "import pickle",
        "import os.path, subprocess as s",
        "from pickle import loads",
        "from multiprocessing.pool import Pool",
        "eval(text)",
        "x = [exec(c) for c in code]",
        "os.system('ls')",
        "run(command, shell=True)",
        "SQLiteDict(path, serializer='pickle')",
        "pl.LazyFrame.deserialize(file)",
        "importlib.import_module(name)",
    ],
)
def test_each_of_them_would_be_found(code: str) -> None:
    assert len(list(faults(ast.parse(code)))) == 1


def test_the_cache_is_told_to_keep_json() -> None:
    """requests-cache pickles unless it is told otherwise."""
    tree = ast.parse((ROOT / "etl" / "http" / "cache.py").read_text("utf-8"))
    told = [node for node in ast.walk(tree) if isinstance(node, ast.keyword) and node.arg == "serializer"]
    assert [ast.unparse(keyword.value) for keyword in told] == ["'json'"]
