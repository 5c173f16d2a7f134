"""The text of a file of a person's: UTF-8, and no larger than what such a file can sensibly be."""

from __future__ import annotations

from pathlib import Path

from etl.errors import InputError

MEBIBYTE = 2**20
_BYTE_ORDER_MARK = "\ufeff"


def read_text(file: Path, most_bytes: int, what: str = "file") -> str:
    """The text of `file`, without a byte order mark. Raises InputError, and reads at most a byte too many.

    `what` is what the file is called in an error.
    """
    try:
        with file.open("rb") as opened:
            content = opened.read(most_bytes + 1)
    except (OSError, ValueError) as error:
        # ValueError: a name with a NUL in it is the name of no file.
        reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        problem = f"The {what} cannot be read ({reason})."
        raise InputError(problem, mend="Check the path and its permissions.", file=file) from error
    if len(content) > most_bytes:
        problem = f"The {what} is larger than {_in_words(most_bytes)}, which none needs to be."
        raise InputError(problem, mend="Give the right file, or split this one.", file=file)
    try:
        return content.decode("utf-8").removeprefix(_BYTE_ORDER_MARK)
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        problem = f"The {what} is not written in UTF-8 ({error.reason})."
        raise InputError(problem, mend="Save it as UTF-8.", file=file, line=line) from None


def _in_words(size: int) -> str:
    return f"{size // MEBIBYTE} MiB" if size >= MEBIBYTE else f"{size // 1024} KiB"
