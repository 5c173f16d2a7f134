"""Writing the page of a published release again, from its database alone."""

from __future__ import annotations

import hashlib
import json
import os
from pathlib import Path

from etl.errors import InputError
from etl.load.json_text import to_json
from etl.load.page import page_html
from etl.load.previous import read_previous
from etl.load.release import DATABASE, PAGE, RUN
from etl.load.reports import read_reports


def rewrite_page(out: Path) -> Path:
    """Write the page of the release in `out` again, and return where it is.

    The version that made the release writes the same bytes, and then nothing is touched. Other bytes are stated in
    run.json; where a kill came in between, the next call does it. Raises InputError where there is no usable release,
    or where its folder cannot be written.
    """
    # A run that publishes meanwhile leads `out` elsewhere, so the folder is looked up once.
    folder = (out / DATABASE).resolve().parent
    last = read_previous(folder)
    if last is None:
        raise InputError("holds no release.", file=out, mend="Run trek-etl generate first.")
    html = page_html(last.tables, read_reports(folder / DATABASE)).encode()
    try:
        _replace(folder / PAGE, html)
        if (folder / RUN).exists():
            _replace(folder / RUN, _restated(folder / RUN, html))
    except OSError as error:
        raise InputError(
            f"cannot be written ({error.strerror}).", file=folder, mend="Give write permission to this folder."
        ) from error
    return out / PAGE if (out / PAGE).exists() else folder / PAGE


def _restated(path: Path, html: bytes) -> bytes:
    """run.json with the size and the hash of this page."""
    stated = {"bytes": len(html), "sha256": hashlib.sha256(html).hexdigest()}
    try:
        run = json.loads(path.read_text("utf-8"))
        run["files"] = dict(sorted({**run["files"], PAGE: stated}.items()))
    except (ValueError, TypeError, KeyError) as error:
        raise InputError("is damaged.", file=path, mend="Run trek-etl generate again.") from error
    return to_json(run).encode()


def _replace(path: Path, content: bytes) -> None:
    """Put a file in the place of another in one step, unless the two are equal."""
    if path.exists() and path.read_bytes() == content:
        return
    partial = path.with_name(f".{path.name}.{os.getpid()}.partial")
    partial.write_bytes(content)
    partial.replace(path)
