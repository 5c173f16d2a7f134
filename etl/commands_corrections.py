"""What the commands about corrections do: adopt, overrides check, overrides prune."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import polars as pl
from rich.console import Console

from etl.adopt import adopt_guide
from etl.corrections import Corrections, read_corrections, understand
from etl.errors import ExitCode, InputError
from etl.franchise import Franchise, load_franchise
from etl.inputs.literal_file import read_json, read_typescript
from etl.inputs.overrides_toml import overrides_toml
from etl.known_names import KnownNames, known_names
from etl.load.previous import read_previous
from etl.our_values import values_of_franchise, values_of_release
from etl.plain_text import visible
from etl.prune import find_idle, refuse_other_forms, without_entries
from schemas.columns import empty
from schemas.tables import TABLES

Tables = Mapping[str, pl.DataFrame]
_TYPESCRIPT = (".ts", ".mts")


def run_adopt(file: Path, output: Path | None, folder: Path, franchise_name: str) -> int:
    """Turn a viewing guide, or a file of patches or overrides, into a file of corrections. Returns 0."""
    franchise = load_franchise(franchise_name)
    last = _last_tables(folder)
    names = _names(franchise, last or _no_tables())
    document = read_typescript(file) if file.suffix.lower() in _TYPESCRIPT else read_json(file)
    if isinstance(document.data, list):
        ours = values_of_release(last) if last else values_of_franchise(franchise)
        adopted = adopt_guide(document, names, ours)
        corrections, summary = Corrections(adopted.overrides, tuple(adopted.told)), adopted.summary
    else:
        corrections, summary = understand(document, names), ""
    compared = f"the release in {folder}" if last else "the catalogue, because no release is there"
    head = [f"Corrections taken over from {file.name}.", f"Compared with {compared}.", *([summary] if summary else [])]
    notes = [f"Not taken over: {told}" for told in corrections.told]
    text = overrides_toml(corrections.overrides, head, notes)
    errors = Console(stderr=True, soft_wrap=True, highlight=False, markup=False)
    for line in (*head, *notes):
        errors.print(visible(line))
    if output:
        _write_new(output, text)
    else:
        _plain_console().print(text, end="")
    return ExitCode.DONE


def run_overrides_check(file: Path, folder: Path, franchise_name: str) -> int:
    """Say which corrections of a file say nothing to the release in `folder`. Returns 3 if there are any."""
    document = read_corrections(file)
    last = _needed_tables(folder)
    corrections = understand(document, _names(load_franchise(franchise_name), last))
    idle = find_idle(corrections.overrides, last)
    console = _plain_console()
    for told in corrections.told:
        console.print(visible(told))
    for one in idle:
        console.print(f"{document.file.name}:{document.line_of(one.steps)}: {visible(one.told)}")
    if idle or corrections.told:
        return ExitCode.WRONG_INPUT
    console.print(f"All corrections in {file} are in use.")
    return ExitCode.DONE


def run_overrides_prune(file: Path, folder: Path, franchise_name: str) -> int:
    """Take out of a file the corrections that the sources have made needless, and show them. Returns 0."""
    document = read_corrections(file)
    refuse_other_forms(document)
    last = _needed_tables(folder)
    corrections = understand(document, _names(load_franchise(franchise_name), last))
    entries = [one.steps for one in find_idle(corrections.overrides, last) if one.is_needless]
    console = _plain_console()
    if entries:
        kept, gone = without_entries(document, entries)
        _replace(file, kept)
        console.print(visible(gone), end="")
    Console(stderr=True, soft_wrap=True, highlight=False, markup=False).print(
        f"{len(entries)} needless corrections were taken out of {file}."
    )
    return ExitCode.DONE


def _names(franchise: Franchise, last: Tables) -> KnownNames:
    runs = last["runs"].sort("release")
    return known_names(franchise, last, runs["numbering"][-1] if runs.height else "aired")


def _last_tables(folder: Path) -> Tables | None:
    last = read_previous(folder)
    return last.tables if last else None


def _needed_tables(folder: Path) -> Tables:
    last = _last_tables(folder)
    if last is None:
        raise InputError("holds no release.", file=folder, mend="Run trek-etl generate first.")
    return last


def _no_tables() -> Tables:
    return {name: empty(contract) for name, contract in TABLES.items()}


def _write_new(file: Path, text: str) -> None:
    try:
        with file.open("x", encoding="utf-8", newline="\n") as made:
            made.write(text)
    except OSError as failure:
        raise InputError(
            f"cannot be written ({failure.strerror}).", file=file, where="--output", mend="Name a new file."
        ) from None


def _replace(file: Path, text: str) -> None:
    """Put the text in the place of the file's, which stays whole until then."""
    partial = file.with_name(f"{file.name}.partial")
    try:
        partial.write_text(text, encoding="utf-8", newline="")
        partial.chmod(file.stat().st_mode & 0o777)
        partial.replace(file)
    except OSError as failure:
        raise InputError(
            f"cannot be written ({failure.strerror}).", file=file, mend="Give write permission to it and its folder."
        ) from None


def _plain_console() -> Console:
    return Console(soft_wrap=True, highlight=False, markup=False)
