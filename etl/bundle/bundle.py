"""Reading a bundle: the members of the archive, what each is, and the run that they tell of."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import polars as pl
from pydantic import ValidationError

from etl.bundle.archive import read_archive
from etl.bundle.manifest import FORMAT, Manifest
from etl.bundle.tables import TableFault, read_tables
from etl.bundle.transcript import Transcript, TranscriptFault, read_transcript
from etl.errors import InputError
from etl.inputs.text import MEBIBYTE
from etl.options import Options
from etl.sources import SOURCES

MANIFEST = "manifest.json"
ANSWERS, LAST = "answers", "last"
OF_LINES = ".ndjson"
_ONE_FILE = ("decisions", "waivers", "overrides", "patch")
INPUTS = ("franchise", *_ONE_FILE)
"""The folders of what people wrote; every file keeps its name, which may stand in what is published."""

_MOST_MANIFEST_BYTES = MEBIBYTE
_MEND = "Ask for the file again, or record it anew with trek-etl record."


@dataclass(frozen=True)
class Bundle:
    """A bundle that was read: what it says about itself, the answers, the last release, and files of people."""

    manifest: Manifest
    transcripts: Mapping[str, Transcript]
    last: Mapping[str, pl.DataFrame]
    inputs: Mapping[str, bytes]


def hash_of(content: bytes) -> str:
    """SHA-256 in hexadecimal."""
    return hashlib.sha256(content).hexdigest()


def read_bundle(file: Path) -> Bundle:
    """Read a bundle. Raises InputError for anything else, naming the member and, where there are any, its line."""
    members = read_archive(file)
    manifest = _manifest(file, members.pop(MANIFEST, None))
    for name in sorted({*members, *manifest.members}):
        if name not in members or manifest.members.get(name) != hash_of(members[name]):
            raise _fault(file, name, "is missing, or not as it was recorded.")
    parts: dict[str, dict[str, bytes]] = {folder: {} for folder in (ANSWERS, LAST, *INPUTS)}
    for name, content in members.items():
        folder, _, own_name = name.rpartition("/")
        if folder not in parts or (folder in _ONE_FILE and parts[folder]):
            raise _fault(file, name, "belongs in no bundle.")
        parts[folder][own_name] = content
    inputs = {f"{folder}/{name}": content for folder in INPUTS for name, content in parts[folder].items()}
    _refuse_elsewhere(file, manifest.options, inputs)
    return Bundle(manifest, _transcripts(file, parts[ANSWERS]), _last(file, parts[LAST]), inputs)


def unpack(bundle: Bundle, folder: Path, out: Path) -> Options:
    """Write the files of people below an empty folder, and return the options of a run that reads them there."""
    for name, content in bundle.inputs.items():
        path = folder / name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(content)
    given = bundle.manifest.options
    own = {name.partition("/")[0]: folder / name for name in bundle.inputs}
    return replace(
        given,
        out=out,
        franchise=str(folder / given.franchise),
        decisions=own.get("decisions", folder / "no decisions"),
        waivers=own.get("waivers", folder / "no waivers"),
        overrides=own.get("overrides"),
        patch=own.get("patch"),
    )


def _manifest(file: Path, content: bytes | None) -> Manifest:
    if content is None or len(content) > _MOST_MANIFEST_BYTES:
        raise _fault(file, MANIFEST, "is missing, or larger than any.")
    try:
        said = json.loads(content)
        found = said.get("format") if isinstance(said, dict) else None
        if isinstance(found, int) and found > FORMAT:
            raise InputError(
                f"is a bundle of format {found}, and this trek-etl knows {FORMAT}.", file=file, mend="Use a newer one."
            )
        return Manifest.model_validate_json(content)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        raise _fault(file, MANIFEST, f"{'.'.join(map(str, first['loc']))}: {first['msg']}.") from None
    except (ValueError, RecursionError) as error:
        raise _fault(file, MANIFEST, f"cannot be read ({error}).") from None


def _refuse_elsewhere(file: Path, options: Options, inputs: Mapping[str, bytes]) -> None:
    """The one path that is read from the options must be a member, or it would lead to a file of whoever replays it."""
    if options.franchise not in inputs or not options.franchise.startswith("franchise/"):
        raise _fault(file, MANIFEST, f"options.franchise: there is no member {options.franchise!r}.")
    if options.as_of.tzinfo is None:
        raise _fault(file, MANIFEST, "options.as_of: the time has no zone.")


def _transcripts(file: Path, members: Mapping[str, bytes]) -> dict[str, Transcript]:
    transcripts = {}
    for name, content in members.items():
        source = name.removesuffix(OF_LINES)
        if source not in SOURCES:
            raise _fault(file, f"{ANSWERS}/{name}", "is of no source that is known.")
        try:
            transcripts[source] = read_transcript(content.decode())
        except UnicodeDecodeError as error:
            raise _fault(file, f"{ANSWERS}/{name}", f"is not written in UTF-8 ({error.reason}).") from None
        except TranscriptFault as fault:
            raise _fault(file, f"{ANSWERS}/{name}:{fault.line}", str(fault)) from None
    return transcripts


def _last(file: Path, members: Mapping[str, bytes]) -> dict[str, pl.DataFrame]:
    try:
        return read_tables({name.removesuffix(OF_LINES): content for name, content in members.items()})
    except TableFault as fault:
        raise _fault(file, LAST, str(fault)) from None


def _fault(file: Path, member: str, problem: str) -> InputError:
    return InputError(problem, file=file, where=member, mend=_MEND)
