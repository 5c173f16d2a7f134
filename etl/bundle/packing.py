"""Putting a bundle together: what people wrote, what the sources said, how it ended, and no secret in any of it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from urllib.parse import urlsplit

from etl.asking import lacks_key
from etl.bundle.archive import is_name
from etl.bundle.bundle import ANSWERS, LAST, MANIFEST, OF_LINES, hash_of
from etl.bundle.manifest import FORMAT, Ended, Manifest, program_of_now, settings_in_words
from etl.bundle.recording import Recorder
from etl.bundle.tables import write_tables
from etl.ending import Ending
from etl.errors import ChangesRefused, InputError
from etl.franchise import franchise_file, load_franchise
from etl.http.scrub import folded_forms
from etl.inputs.text import MEBIBYTE, read_text
from etl.load.json_text import to_json
from etl.load.refusal import refusal_page
from etl.load.release import RUN
from etl.options import Options, Outcome
from etl.settings import DEFAULT_CONTACT, Settings
from etl.sources import SOURCES

_MOST_BYTES_A_FILE = 16 * MEBIBYTE


def gather(options: Options) -> tuple[Options, dict[str, bytes]]:
    """The files that people wrote, as members, and the options with the names of members in place of paths.

    Raises InputError for a file that cannot be read, or whose name no archive can carry.
    """
    franchise = franchise_file(options.franchise)
    known = load_franchise(franchise)
    files = {"franchise": [franchise]}
    if known.catalogue:
        files["franchise"] += [known.catalogue.episodes, known.catalogue.movies, known.catalogue.disputes]
    if known.checks.expected_episodes:
        files["franchise"] += [known.checks.expected_episodes]
    files["waivers"] = [options.waivers] if options.waivers.exists() else []
    files["decisions"] = [options.decisions] if options.decisions.exists() else []
    files["overrides"] = [options.overrides] if options.overrides else []
    files["patch"] = [options.patch] if options.patch else []
    members = {}
    for folder, several in files.items():
        for file in several:
            name = f"{folder}/{file.name}"
            if not is_name(name):
                raise InputError("has a name that no bundle can hold.", file=file, mend="Rename it.")
            members[name] = read_text(file, _MOST_BYTES_A_FILE).encode()
    named = replace(
        options,
        out=Path(),
        franchise=f"franchise/{franchise.name}",
        decisions=Path(),
        waivers=Path(),
        overrides=None,
        patch=None,
    )
    return named, members


def pack(
    recorder: Recorder,
    options: Options,
    inputs: Mapping[str, bytes],
    settings: Settings,
    ended: Ended,
    *,
    is_strict: bool,
) -> dict[str, bytes]:
    """All members of a bundle; `options` and `inputs` are what `gather` gave.

    Raises InputError, naming the member, where one would hold a key, a password or the contact address.
    """
    lines = {f"{ANSWERS}/{source}{OF_LINES}": lines for source, lines in recorder.lines.items() if lines}
    members = {name: "".join(f"{line}\n" for line in several).encode() for name, several in lines.items()}
    members |= {f"{LAST}/{table}{OF_LINES}": rows for table, rows in write_tables(recorder.last).items()}
    members |= inputs
    manifest = Manifest(
        format=FORMAT,
        program=program_of_now(),
        options=options,
        is_strict=is_strict,
        settings=settings_in_words(settings),
        keys=tuple(name for name, source in SOURCES.items() if source.needs_key and not lacks_key(source, settings)),
        ended=ended,
        members={name: hash_of(content) for name, content in sorted(members.items())},
    )
    members[MANIFEST] = f"{manifest.model_dump_json(indent=2)}\n".encode()
    _refuse_secrets(members, settings)
    return members


def ended_of(ending: Ending, out: Path) -> Ended:
    """How a run ended, with the hashes of what it published into `out`, or of its report there of what was refused."""
    match ending.came_to:
        case Outcome() as outcome:
            return Ended(code=ending.code, files=_hashes(outcome))
        case ChangesRefused() if refusal_page(out).is_file():
            return Ended(code=ending.code, refusal=hash_of(refusal_page(out).read_bytes()))
    return Ended(code=ending.code)


def _hashes(outcome: Outcome) -> dict[str, str]:
    """As they stand in run.json, and that of run.json itself, so that no later run can come in between."""
    files = {name: told.get("sha256") or told["content_hash"] for name, told in outcome.run["files"].items()}
    return {**files, RUN: hash_of(to_json(outcome.run).encode())}


def _refuse_secrets(members: Mapping[str, bytes], settings: Settings) -> None:
    for what, secret in _secrets(settings):
        forms = folded_forms(secret)
        for name, content in members.items():
            text = content.decode().lower()
            if any(form in text for form in forms):
                raise InputError(
                    f"holds {what}, so no bundle was written.", where=name, mend="Take it out, and record again."
                )


def _secrets(settings: Settings) -> Iterator[tuple[str, str]]:
    yield from (("a key", key) for key in settings.secrets)
    for source in SOURCES.values():
        address = settings.base_url_of(source) if source.base_url else ""
        if password := urlsplit(address).password:
            yield f"the password of {source.name.upper()}_BASE_URL", password
    if settings.trek_etl_contact != DEFAULT_CONTACT:
        yield "the contact address (TREK_ETL_CONTACT)", settings.trek_etl_contact
