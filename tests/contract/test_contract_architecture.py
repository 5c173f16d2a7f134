"""The rules that keep the house clean, read off the imports and the text of the code itself."""

from __future__ import annotations

import ast
import csv
import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
STAGES = ("http", "extract", "transform", "validate", "load")
LONGEST_FILE = 300
STAR_TREK = ROOT / "etl" / "franchises" / "star_trek"


@dataclass(frozen=True)
class Module:
    """One source file: its name as Python imports it, and its tree."""

    name: str
    path: Path

    @cached_property
    def tree(self) -> ast.Module:
        return ast.parse(self.path.read_text("utf-8"))

    @property
    def stage(self) -> str | None:
        """The stage it belongs to; None for what stands above the stages or beside them."""
        return stage_of(self.name)

    @cached_property
    def imports(self) -> frozenset[str]:
        """Everything that is imported, also inside of functions, as full names; no import is relative."""
        return frozenset(name for node in ast.walk(self.tree) for name in _imported(node))

    def __str__(self) -> str:
        return self.name


def _imported(node: ast.AST) -> Iterator[str]:
    if isinstance(node, ast.Import):
        yield from (alias.name for alias in node.names)
    if isinstance(node, ast.ImportFrom):
        assert node.level == 0, "a relative import"
        yield from (f"{node.module}.{alias.name}" for alias in node.names)


def stage_of(name: str) -> str | None:
    package, _, rest = name.partition(".")
    first = rest.partition(".")[0]
    return first if package == "etl" and first in STAGES else None


def modules_below(*packages: str) -> list[Module]:
    paths = [path for package in packages for path in sorted((ROOT / package).rglob("*.py"))]
    return [Module(".".join(path.relative_to(ROOT).with_suffix("").parts), path) for path in paths]


MODULES = modules_below("etl", "schemas")


def test_the_code_is_found() -> None:
    assert {module.stage for module in MODULES} == {None, *STAGES}
    assert "schemas.tables" in {module.name for module in MODULES}


@pytest.mark.parametrize("stage", STAGES)
def test_a_stage_imports_no_other_stage(stage: str) -> None:
    found = {
        f"{module} imports {name}"
        for module in MODULES
        if module.stage == stage
        for name in module.imports
        if stage_of(name) not in (None, stage)
    }
    assert found == set()


def test_a_stage_imports_nothing_of_what_stands_above_the_stages() -> None:
    """pipeline, asking, rows and their like know the stages; a stage that knew them would know all others."""
    above = {module.name for module in MODULES if any(stage_of(name) for name in module.imports)}
    above -= {module.name for module in MODULES if module.stage}
    found = {
        f"{module} imports {name}"
        for module in MODULES
        if module.stage
        for name in module.imports
        if name.rpartition(".")[0] in above or name in above
    }
    assert found == set()


def test_schemas_import_nothing_from_etl() -> None:
    found = {
        f"{module} imports {name}"
        for module in modules_below("schemas")
        for name in module.imports
        if name.partition(".")[0] == "etl"
    }
    assert found == set()


def test_the_pipeline_alone_knows_the_order_of_the_stages() -> None:
    """Others above the stages see three of them at most, and its steps are for nobody else: too few to run the flow."""
    seen = {module.name: {stage_of(name) for name in module.imports} - {None} for module in MODULES}
    assert {name for name, stages in seen.items() if len(stages) > 3} == set()
    assert {name for name, stages in seen.items() if {"transform", "load"} <= stages} == set()
    assert {module.name for module in MODULES if "etl.steps" in module.imports} == {"etl.pipeline"}
    assert seen["etl.pipeline"] == {"load", "validate"}


def test_transforms_do_no_input_output_and_know_no_clock() -> None:
    """Pure functions of frames: no file, no network, no log, no time, no environment."""
    impure = {"duckdb", "io", "logging", "os", "pathlib", "random", "requests", "socket", "sqlite3", "structlog"}
    impure |= {"subprocess", "sys", "tempfile", "threading", "time", "urllib"}
    found = {
        f"{module} imports {name}"
        for module in MODULES
        if module.stage == "transform"
        for name in module.imports
        if name.partition(".")[0] in impure
    }
    found |= {
        f"{module} calls {node.attr}"
        for module in MODULES
        if module.stage == "transform"
        for node in ast.walk(module.tree)
        if isinstance(node, ast.Attribute) and node.attr in {"now", "today", "utcnow"}
    }
    assert found == set()


ROWS_IN_PYTHON = {
    "etl.transform.link_rest": "the assignment compares the rows that nothing linked with the free episodes of their "
    "series, each with each, in rounds: that is no column operation, and a series has some hundred rows",
    "etl.transform.nearest": "one search among the titles of a series for each row that nothing linked",
    "etl.transform.people": "the edit distance of two names that are alike already, which no column operation gives",
    "etl.transform.decide": "what a person decided, one entry of a file after the other",
    "etl.transform.lapsed": "what a person decided, one entry of a file after the other",
    "etl.transform.correct": "what a person corrected, one entry of a file after the other",
    "etl.transform.guard": "which decisions let a change pass, one entry of a file after the other",
    "etl.transform.prose": "the names of the fields that are there, some dozen",
    "etl.transform.record_score": "the titles of the sources, some dozen",
    "etl.transform.conform_record_columns": "arr.to_list is an expression: it makes another kind of column",
}
"""The transforms that may look at rows one by one, and why that is no loop over all that the sources say."""

CALLS_FOR_EVERY_ROW = {"map_elements", "map_batches", "map_groups", "map_rows", "apply"}
TAKES_ROWS_OUT = {
    "iter_rows",
    "iter_slices",
    "rows",
    "rows_by_key",
    "row",
    "to_dicts",
    "to_dict",
    "to_list",
    "to_numpy",
}
COLLECTS = {"list", "tuple", "set", "frozenset", "sorted", "dict", "zip", "enumerate", "map", "filter", "reversed"}


def row_loops(tree: ast.AST) -> set[str]:
    """What makes Python go over the rows of a frame: calls that take them out, and loops over a column."""
    found: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in TAKES_ROWS_OUT:
            found.add(node.func.attr)
        looped = [node.iter] if isinstance(node, ast.For | ast.comprehension) else []
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in COLLECTS:
            looped += node.args
        found |= {ast.unparse(one) for one in looped if _is_column(one)}
    return found


def _is_column(node: ast.AST) -> bool:
    return (
        isinstance(node, ast.Subscript) and isinstance(node.slice, ast.Constant) and isinstance(node.slice.value, str)
    )


def test_transforms_never_call_python_for_every_row() -> None:
    found = {
        f"{module}: {node.attr}"
        for module in MODULES
        if module.stage == "transform"
        for node in ast.walk(module.tree)
        if isinstance(node, ast.Attribute) and node.attr in CALLS_FOR_EVERY_ROW
    }
    assert found == set()


def test_only_the_transforms_named_here_look_at_rows_one_by_one() -> None:
    looping = {module.name for module in MODULES if module.stage == "transform" and row_loops(module.tree)}
    assert looping == set(ROWS_IN_PYTHON)


@pytest.mark.parametrize(
    "code",
    [
        "[f(key) for key in frame.select('key').rows()]",
        "[f(row) for row in frame.iter_rows(named=True)]",
        "taken = dict(frame.select('key', 'part').rows())",
        "[f(one) for one in frame.to_dicts()]",
        "keys = frame['key'].to_list()",
        "for key in frame['key']: f(key)",
        "found = {key for key in frame['key'] if key}",
        "found = set(frame['key'])",
        "for key, part in zip(frame['key'], parts): f(key, part)",
    ],
)
def test_a_loop_over_rows_would_be_found(code: str) -> None:
    assert row_loops(ast.parse(code))


@pytest.mark.parametrize(
    "code", ["for name in frame.columns: f(name)", "names = set(columns)", "registry['key'].implode()"]
)
def test_what_is_no_loop_over_rows_is_let_pass(code: str) -> None:
    assert not row_loops(ast.parse(code))


def reads_the_environment(module: Module) -> bool:
    names = {"environ", "environb", "getenv", "getenvb", "load_dotenv", "dotenv_values", "BaseSettings"}
    attributes = {node.attr for node in ast.walk(module.tree) if isinstance(node, ast.Attribute)}
    imported = {name.rpartition(".")[2] for name in module.imports}
    keywords = {node.arg for node in ast.walk(module.tree) if isinstance(node, ast.keyword)}
    return bool(names & (attributes | imported)) or "env_file" in keywords


def test_settings_alone_reads_the_environment() -> None:
    assert [module.name for module in MODULES if reads_the_environment(module)] == ["etl.settings"]


def test_nothing_is_printed() -> None:
    found = {
        f"{module}:{node.lineno}"
        for module in MODULES
        for node in ast.walk(module.tree)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in {"print", "pprint"}
    }
    assert found == set()


def test_no_file_is_too_long() -> None:
    lengths = {module.name: len(module.path.read_text("utf-8").splitlines()) for module in MODULES}
    assert {name: length for name, length in lengths.items() if length > LONGEST_FILE} == {}


# --- no fact about Star Trek stands in the code ---

WORDS = (
    "star.?trek",
    "starfleet",
    "enterprise",
    "federation",
    "klingon",
    "vulcan",
    "borg",
    "kirk",
    "picard",
    "trekkie",
)
# These codes are no English words; the others (ent, dis, pic, pro, st, ld) count where they are the whole text.
CLEAR_CODES = ("tos", "tas", "tng", "ds9", "voy", "snw", "sfa")
PROSE_KEYWORDS = {"example", "help", "description"}
DESCRIBING = {"column", "table"}
DEFAULT_FRANCHISE = ("etl.cli_arguments", "star_trek")
"""The one place where the interface names a franchise: the default of --franchise."""


def _series() -> list[dict[str, str]]:
    series: list[dict[str, str]] = tomllib.loads((STAR_TREK / "franchise.toml").read_text("utf-8"))["series"]
    return series


def _titles() -> set[str]:
    """Episode titles of two words and more: a single word may be anybody's."""
    with (STAR_TREK / "episodes.csv").open(encoding="utf-8", newline="") as file:
        titles = {row["title"].lower() for row in csv.DictReader(file)}
    return {title for title in titles if " " in title}


def _prose(tree: ast.Module) -> set[int]:
    """The ids of string nodes for people: docstrings, texts that stand alone, examples, descriptions, help."""
    told: set[int] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Expr):
            told.add(id(node.value))
        if isinstance(node, ast.keyword) and node.arg in PROSE_KEYWORDS:
            told |= {id(inner) for inner in ast.walk(node.value)}
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in DESCRIBING:
            told |= {id(argument) for argument in node.args[1:2]}
    return told


def spoken_texts(module: Module) -> list[str]:
    """String constants that the program works with."""
    told = _prose(module.tree)
    return [
        node.value
        for node in ast.walk(module.tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in told
    ]


def names_star_trek(text: str, titles: set[str], names: set[str], codes: set[str]) -> bool:
    low = text.lower()
    pattern = "|".join((*WORDS, *(rf"\b{code}\b" for code in CLEAR_CODES)))
    return bool(re.search(pattern, low)) or low in codes | titles or any(name in low for name in names)


def test_no_word_of_star_trek_stands_in_the_code() -> None:
    names = {series["name"].lower() for series in _series()}
    codes = {series["code"] for series in _series()}
    titles = _titles()
    found = {
        (module.name, text)
        for module in MODULES
        for text in spoken_texts(module)
        if names_star_trek(text, titles, names, codes)
    }
    assert found - {DEFAULT_FRANCHISE} == set()


@pytest.mark.parametrize(
    "code",
    [
        'SERIES = ["tng"]',
        'X = "Starfleet"',
        'def f(a="the cage"): ...',
        'f"{x} on the Enterprise"',
        'd = {"dis": 1}',
    ],
)
def test_a_word_of_star_trek_would_be_found(tmp_path: Path, code: str) -> None:
    path = tmp_path / "planted.py"
    path.write_text(f'"""Star Trek in a docstring is fine."""\ncolumn(TEXT, "tng", example="tng")\n{code}\n', "utf-8")
    codes = {series["code"] for series in _series()}
    found = [text for text in spoken_texts(Module("planted", path)) if names_star_trek(text, _titles(), set(), codes)]
    assert len(found) == 1
