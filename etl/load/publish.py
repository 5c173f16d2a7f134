"""Publishing a folder of files as one: readers see the whole old release or the whole new one, never a mixture.

    outputs/NAME       -> .current/NAME          one relative link a file, made once
    outputs/.current   -> .releases/RUN          replaced in one step: this is the publication
    outputs/.previous  -> .releases/RUN before   kept, so that a reader inside of it is not disturbed

A run that is killed leaves at most folders that no link leads to; the next one removes them.
Whoever reads several files and wants them of one release resolves `.current` once and reads below it.
"""

from __future__ import annotations

import errno
import fcntl
import os
import re
import shutil
import socket
import stat
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path

from etl.errors import InputError, NothingPublished
from etl.load.disk_faults import explained, noticing_removal

_CURRENT = ".current"
_PREVIOUS = ".previous"
_RELEASES = ".releases"
_LOCK = ".lock"
_PARTIAL = ".partial"
_RUN_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:+-]*")
_HOLDER = b"pid "
_LONGEST_HOLDER = 200

_NO_LINKS = (errno.EPERM, errno.EOPNOTSUPP, errno.ENOSYS)


@contextmanager
def locked(out: Path, started_at: str) -> Iterator[None]:
    """Hold `out` for one run, making the folder where there is none; `started_at` is told to a run that comes second.

    Raises NothingPublished while another process holds it. The kernel lets go of the lock of a dead process.
    """
    _refuse_unspeakable(out)
    with explained(out):
        out.mkdir(parents=True, exist_ok=True)
        _refuse_foreign_inside(out)
        lock = os.open(out / _LOCK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o644)
    try:
        _take(lock, out)
        with explained(out):
            _write_holder(lock, f"{_HOLDER.decode()}{os.getpid()} on {socket.gethostname()}, since {started_at}")
        yield
    finally:
        os.close(lock)


@contextmanager
def staged_release(out: Path, run_id: str) -> Iterator[Path]:
    """Give an empty folder to write a release into, and publish what is in it when the block ends without an error.

    The caller holds `locked(out, …)`. After an error, in the block or in publishing, the last release stands untouched.
    """
    if not _RUN_ID.fullmatch(run_id):
        raise ValueError(f"{run_id!r} is no name of a folder")
    staging = out / _RELEASES / f"{run_id}{_PARTIAL}"
    with explained(out):
        out.mkdir(parents=True, exist_ok=True)
        refuse_foreign(out, [])
        _tidy(out)
        staging.mkdir(parents=True)
    try:
        with explained(out):
            with noticing_removal(out, staging):
                yield staging
            _publish(out, staging)
    finally:
        with suppress(OSError):
            _tidy(out)


def refuse_foreign(out: Path, names: list[str]) -> None:
    """Raise InputError where something that is not ours stands at a name that a release needs."""
    for name in names:
        here = out / name
        if os.path.lexists(here) and not _is_ours(here):
            raise InputError(
                "is in the way: a release is published under this name.",
                mend="Move or delete it, or choose another --out.",
                file=here,
            )
    _refuse_foreign_inside(out)


def _refuse_unspeakable(out: Path) -> None:
    """A file name may be any bytes; DuckDB takes only those that are UTF-8."""
    try:
        str(out.absolute()).encode()
    except UnicodeEncodeError:
        raise InputError("has a name that is not UTF-8.", mend="Choose another --out.", file=out) from None


def _refuse_foreign_inside(out: Path) -> None:
    """Raise InputError where something else than ours has a name that a run keeps for itself."""
    for name, (kind, is_ours) in _OWN.items():
        if os.path.lexists(out / name) and not is_ours(out / name):
            raise InputError(
                f"is not a {kind} of ours.", mend="Move or delete it, or choose another --out.", file=out / name
            )


def _publish(out: Path, staging: Path) -> None:
    """Make the staged files durable, then the links to them, then switch."""
    names = sorted(entry.name for entry in staging.iterdir())
    refuse_foreign(out, names)
    _flush(staging)
    release = _free_name(staging)
    staging.rename(release)
    _sync(release.parent)
    for name in names:
        if not os.path.lexists(out / name):
            _link(out / name, f"{_CURRENT}/{name}")
    before = _target(out / _CURRENT)
    if before:
        _replace_link(out / _PREVIOUS, before)
    _sync(out)
    _replace_link(out / _CURRENT, f"{_RELEASES}/{release.name}")
    _sync(out)


def _free_name(staging: Path) -> Path:
    """The folder's name without .partial; a replay of the same run, which has the same id, gets a number behind it."""
    wanted = staging.name.removesuffix(_PARTIAL)
    release, number = staging.with_name(wanted), 1
    while release.exists():
        number += 1
        release = staging.with_name(f"{wanted}.{number}")
    return release


def _tidy(out: Path) -> None:
    """Remove what no reader can reach: half-made and old releases, half-made links, names without a file."""
    kept = {_target(out / name).removeprefix(f"{_RELEASES}/") for name in (_CURRENT, _PREVIOUS)}
    releases = out / _RELEASES
    for folder in sorted(releases.iterdir()) if releases.is_dir() else []:
        # A file, such as one that a file manager leaves in every folder, is none of ours.
        if folder.name not in kept and folder.is_dir() and not folder.is_symlink():
            shutil.rmtree(folder)
    for entry in sorted(out.iterdir()):
        if (_is_ours(entry) and not entry.exists()) or entry.name in (_CURRENT + _PARTIAL, _PREVIOUS + _PARTIAL):
            entry.unlink()


def _replace_link(link: Path, target: str) -> None:
    """Make `link` lead to `target` in one step, whatever it led to before."""
    made = link.with_name(link.name + _PARTIAL)
    _link(made, target)
    made.replace(link)


def _link(link: Path, target: str) -> None:
    try:
        link.symlink_to(target)
    except OSError as error:
        if error.errno not in _NO_LINKS:
            raise
        raise InputError(
            "has no symbolic links, and without them a release cannot be published in one step.",
            mend="Choose an --out on another file system.",
            file=link.parent,
        ) from error


def _target(link: Path) -> str:
    """Where a link leads, as it stands in the link; "" where there is no link."""
    return str(link.readlink()) if link.is_symlink() else ""


def _is_ours(entry: Path) -> bool:
    return _target(entry) == f"{_CURRENT}/{entry.name}"


def _names_holder(lock: Path) -> bool:
    """A regular file that says which run holds the folder or held it last, or that is empty yet."""
    return stat.S_ISREG(lock.lstat().st_mode) and lock.read_bytes()[: len(_HOLDER)] in (b"", _HOLDER)


def _leads_to_release(link: Path) -> bool:
    return _target(link).startswith(f"{_RELEASES}/")


_OWN: Mapping[str, tuple[str, Callable[[Path], bool]]] = {
    _LOCK: ("file", _names_holder),
    _RELEASES: ("folder", lambda folder: stat.S_ISDIR(folder.lstat().st_mode)),
    **{name + suffix: ("link", _leads_to_release) for name in (_CURRENT, _PREVIOUS) for suffix in ("", _PARTIAL)},
}
"""What a run keeps for itself in `out`: whatever has one of these names and is of another kind is a person's."""


def _flush(folder: Path) -> None:
    """Bring every file and folder below `folder` to the disk, the inner ones first."""
    for entry in sorted(folder.iterdir()):
        if entry.is_dir():
            _flush(entry)
        else:
            _sync(entry)
    _sync(folder)


def _sync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _take(lock: int, out: Path) -> None:
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        holder = " ".join(os.pread(lock, _LONGEST_HOLDER, 0).decode("utf-8", "replace").split())
        raise NothingPublished(
            f"Another run ({holder or 'just started'}) is writing to {out}; wait for it or choose another --out."
        ) from error
    except OSError as error:
        raise InputError(
            f"cannot be locked: {error.strerror}.", mend="Choose an --out on a local disk.", file=out
        ) from error


def _write_holder(lock: int, holder: str) -> None:
    os.ftruncate(lock, 0)
    os.pwrite(lock, holder.encode(), 0)
