"""A zip archive of a few small files: the same members are the same bytes, and a hostile one harms nobody.

Members have one folder at most, and no name of theirs is ever trusted as a path. APPNOTE 6.3.10 describes the format.
"""

from __future__ import annotations

import os
import re
import stat
import struct
import zipfile
import zlib
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO

from etl.errors import InputError
from etl.inputs.text import MEBIBYTE

MOST_MEMBERS = 64
MOST_BYTES = 512 * MEBIBYTE
"""Of all members together, unpacked: a bundle of a large franchise has a tenth of that."""
MOST_PACKED_BYTES = 128 * MEBIBYTE

_NAME = re.compile(r"(?:[a-z]{1,20}/)?[^/\\:\x00-\x1f\x7f]{1,120}")
_BEGINNING = (1980, 1, 1, 0, 0, 0)
_MODE = 0o600
_UNIX = 3
_ENCRYPTED = 0x1
_KNOWN_WAYS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
_FAULTS = (zipfile.BadZipFile, zlib.error, struct.error, EOFError, RuntimeError, ValueError)
_MEND = "Ask for the file again, or record it anew with trek-etl record."

# The record that ends an archive, without a comment behind it; before it may stand where a larger one is.
_END = struct.Struct("<4s4H2LH")
_END_SIGN = b"PK\x05\x06"
_LARGE_SIGN = b"PK\x06\x07"
_LARGE_BYTES = 20
_MOST_DIRECTORY_BYTES = MOST_MEMBERS * 512


def is_name(name: str) -> bool:
    """Whether a member may have this name: a file, or a file in a folder, of no special meaning to anybody."""
    return bool(_NAME.fullmatch(name)) and name.rpartition("/")[2] not in (".", "..")


def refuse_existing(file: Path) -> None:
    """Raise InputError where something stands under this name already, or its folder cannot be written."""
    if os.path.lexists(file):
        raise InputError("exists already.", file=file, mend="Name a new file.")
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        partial = _partial(file)
        os.close(os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, _MODE))
        partial.unlink()
    except OSError as failure:
        raise _unwritable(file, failure) from None


def write_archive(file: Path, members: Mapping[str, bytes]) -> None:
    """Write the members, in the order of their names, for nobody else to read; the file appears whole or not at all.

    Raises InputError where it cannot be written, or would be larger than `read_archive` takes.
    """
    if len(members) > MOST_MEMBERS or sum(map(len, members.values())) > MOST_BYTES:
        raise InputError(
            f"would hold more than {MOST_BYTES // MEBIBYTE} MiB.", file=file, mend="Record fewer series: --series CODE."
        )
    partial = _partial(file)
    try:
        with suppress(FileNotFoundError):
            partial.unlink()
        handle = os.open(partial, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, _MODE)
        with os.fdopen(handle, "w+b") as opened:
            with zipfile.ZipFile(opened, "w", zipfile.ZIP_DEFLATED, compresslevel=6) as archive:
                for name in sorted(members):
                    archive.writestr(_described(name), members[name])
            opened.flush()
            os.fsync(opened.fileno())
        partial.replace(file)
    except OSError as failure:
        with suppress(OSError):
            partial.unlink()
        raise _unwritable(file, failure) from None


def read_archive(file: Path) -> dict[str, bytes]:
    """Every member by its name. Raises InputError for what `write_archive` never writes, and reads no more than that.

    Refused are: another kind of file, a damaged one, too many or too large members, two of one name, folders, links,
    encrypted members, and names that would lead anywhere.
    """
    try:
        if not stat.S_ISREG(file.stat().st_mode):
            raise _refused(file, "is no file.")
        with file.open("rb") as opened:
            _refuse_large_directory(file, opened)
            with zipfile.ZipFile(opened) as archive:
                return _members(file, archive)
    except OSError as failure:
        raise InputError(
            f"cannot be read ({failure.strerror or failure}).", file=file, mend="Check the path."
        ) from None
    except _FAULTS as failure:
        raise _refused(file, f"is damaged, or no bundle ({failure}).") from None


def _members(file: Path, archive: zipfile.ZipFile) -> dict[str, bytes]:
    infos = archive.infolist()
    names = {info.filename.casefold() for info in infos}
    if len(names) < len(infos):
        raise _refused(file, "holds two members of one name.")
    for info in infos:
        _refuse_strange(file, info)
    if sum(info.file_size for info in infos) > MOST_BYTES:
        raise _refused(file, f"holds more than {MOST_BYTES // MEBIBYTE} MiB.")
    # No more is unpacked than a member says that it has, and its checksum must be right.
    return {info.filename: archive.read(info) for info in infos}


def _refuse_strange(file: Path, info: zipfile.ZipInfo) -> None:
    name = info.filename
    mode = info.external_attr >> 16
    is_plain = not mode or stat.S_IFMT(mode) in (0, stat.S_IFREG)
    if not is_name(name) or not is_plain:
        raise _refused(file, f"holds {name[:80]!r}, which belongs in no bundle.")
    if info.flag_bits & _ENCRYPTED or info.compress_type not in _KNOWN_WAYS:
        raise _refused(file, f"holds {name!r} in a way that no bundle uses.")


def _refuse_large_directory(file: Path, opened: BinaryIO) -> None:
    """A directory of millions of members would fill the memory before any of them could be looked at."""
    size = opened.seek(0, os.SEEK_END)
    if size > MOST_PACKED_BYTES:
        raise _refused(file, f"is larger than {MOST_PACKED_BYTES // MEBIBYTE} MiB, which no bundle is.")
    opened.seek(max(0, size - _END.size - _LARGE_BYTES))
    tail = opened.read()
    end = tail[-_END.size :]
    if len(end) < _END.size or not end.startswith(_END_SIGN):
        raise _refused(file, "is damaged, or no bundle (its end is missing).")
    _, _, _, _, count, directory_bytes, _, _ = _END.unpack(end)
    if count > MOST_MEMBERS or directory_bytes > _MOST_DIRECTORY_BYTES or tail.startswith(_LARGE_SIGN):
        raise _refused(file, "holds more members than any bundle.")


def _described(name: str) -> zipfile.ZipInfo:
    info = zipfile.ZipInfo(name, _BEGINNING)
    info.compress_type = zipfile.ZIP_DEFLATED
    info.create_system = _UNIX
    info.external_attr = (stat.S_IFREG | _MODE) << 16
    return info


def _partial(file: Path) -> Path:
    return file.with_name(f"{file.name}.partial")


def _refused(file: Path, problem: str) -> InputError:
    return InputError(problem, file=file, mend=_MEND)


def _unwritable(file: Path, failure: OSError) -> InputError:
    return InputError(f"cannot be written ({failure.strerror or failure}).", file=file, mend="Name another file.")
