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
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        partial.touch()
        yield partial
        _sync(partial)
        partial.replace(path)
    except OSError as failure:
        problem = f"cannot be written ({failure.strerror or failure})."
        raise InputError(problem, file=path, mend="Name another file, or make room.") from None
    finally:
        partial.unlink(missing_ok=True)


def _sync(path: Path) -> None:
    with path.open("rb") as file:
        os.fsync(file.fileno())
