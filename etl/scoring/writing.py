"""Writing a file whole or not at all: beside its place first, then renamed over it."""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from etl.errors import InputError


@contextmanager
def written_whole(path: Path) -> Iterator[Path]:
    """A place to write to; it becomes `path` when the context ends well, and nothing is left of it when it does not.

    Raises InputError where the folder cannot be made or written to.
    """
    partial = path.with_name(f".{path.stem}.{secrets.token_hex(4)}.partial{path.suffix}")
    with explained(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        partial.touch()
        try:
            yield partial
            _sync(partial)
            partial.replace(path)
        finally:
            partial.unlink(missing_ok=True)


@contextmanager
def explained(path: Path | str) -> Iterator[None]:
    """Say in words that `path` cannot be written, as an InputError."""
    try:
        yield
    except OSError as failure:
        # What polars raises holds the reason in its text only.
        reason = failure.strerror or str(failure).partition(" (os error")[0]
        raise InputError(f"cannot be written ({reason}).", file=path, mend="Name another file, or make room.") from None


def _sync(path: Path) -> None:
    with path.open("rb") as file:
        os.fsync(file.fileno())
