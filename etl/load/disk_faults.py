"""Faults of the disk in words of ours: it is full, the folder is closed to us, or somebody removed it meanwhile."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from etl.errors import InputError, NothingPublished

_DISK_TROUBLE = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO)
_MENDS = {
    **dict.fromkeys((errno.EACCES, errno.EPERM, errno.EROFS), "Give write permission, or choose another --out."),
    **dict.fromkeys((errno.ENOTDIR, errno.EEXIST), "No folder can be made there; choose another --out."),
}


@contextmanager
def noticing_removal(out: Path, staging: Path) -> Iterator[None]:
    """Say so if somebody removed what was being written, whatever the writers and the checks make of that."""
    try:
        yield
    except Exception as error:
        if staging.is_dir():
            raise
        raise _removed(out) from error


def _removed(out: Path) -> NothingPublished:
    return NothingPublished(f"{out} was removed while the release was being written; run again.")


@contextmanager
def explained(out: Path) -> Iterator[None]:
    """Say in words of ours that the disk is full or the folder closed to us; other errors pass as they are."""
    try:
        yield
    except Exception as error:
        if _is_disk_trouble(error):
            raise NothingPublished(
                f"{out} could not take the release: {error}. "
                "What was published before stands; see to the disk and run again."
            ) from error
        if isinstance(error, OSError) and _concerns(error, out):
            if error.errno == errno.ENOENT:
                raise _removed(out) from error
            if error.errno in _MENDS:
                raise InputError(f"cannot be written: {error}.", mend=_MENDS[error.errno], file=out) from error
        raise


def _is_disk_trouble(error: Exception) -> bool:
    """Polars and DuckDB tell of a full disk in their text only."""
    if isinstance(error, OSError) and error.errno is not None:
        return error.errno in _DISK_TROUBLE
    return any(os.strerror(number) in str(error) for number in _DISK_TROUBLE)


def _concerns(error: OSError, out: Path) -> bool:
    """Whether the refused path is `out`, within it, or above it."""
    refused = Path(str(error.filename))
    return refused.is_relative_to(out) or out.is_relative_to(refused)
