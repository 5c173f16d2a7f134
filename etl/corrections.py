"""All that people correct in a run: a file of overrides and a file of patches, in this project's form or the older one.

Patches come first, overrides after them and above them, as in the generator whose files they are.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

from etl.decisions import checked_overrides
from etl.errors import InputError
from etl.franchise import Franchise
from etl.inputs.document import Document
from etl.inputs.literal_file import read_json
from etl.inputs.old_corrections import gather_overrides, gather_patches
from etl.inputs.toml_file import read_toml
from etl.known_names import KnownNames
from schemas.corrections import EraOverride, Override, Overrides, SeasonOverride

_JSON = ".json"
Value = TypeVar("Value", Override, SeasonOverride, EraOverride)


@dataclass(frozen=True)
class Corrections:
    """What is corrected in a run, and in words what could not be."""

    overrides: Overrides = field(default_factory=Overrides)
    told: tuple[str, ...] = ()


@dataclass(frozen=True)
class Given:
    """The files as they were read; what their names mean is known later."""

    overrides: Document | None = None
    patch: Document | None = None

    def understood(self, names: KnownNames) -> Corrections:
        """Hold the files against their contracts and what is known. Raises InputError with file, line and mend."""
        patched = understand(self.patch, names) if self.patch else Corrections()
        corrected = understand(self.overrides, names) if self.overrides else Corrections()
        return Corrections(
            _completed(_together(patched.overrides, corrected.overrides)), (*patched.told, *corrected.told)
        )


def read_given(overrides: Path | None, patch: Path | None) -> Given:
    """Read the files that were named. Raises InputError for what is no JSON or TOML at all."""
    return Given(
        read_corrections(overrides) if overrides else None,
        read_corrections(patch) if patch else None,
    )


def read_corrections(file: Path) -> Document:
    """Read a file of corrections or patches, JSON by its name and TOML else. Raises InputError."""
    what = "file of corrections"
    return read_json(file, what) if file.suffix.lower() == _JSON else read_toml(file, what)


def understand(document: Document, names: KnownNames) -> Corrections:
    """The corrections of one file: patches or overrides of the older form (JSON), or this project's own (TOML)."""
    if document.file.suffix.lower() != _JSON:
        overrides = checked_overrides(document)
        _refuse_unknown_series(document, overrides, names.franchise)
        return Corrections(overrides)
    data = document.data
    if not isinstance(data, dict) or ("patches" in data) == ("overrides" in data):
        raise InputError(
            "This holds neither patches nor overrides.",
            mend="Give an object with version, description, and either patches or overrides.",
            file=document.file,
            line=1,
        )
    gathered = (gather_patches if "patches" in data else gather_overrides)(document, names)
    return Corrections(gathered.overrides, tuple(gathered.told))


def _refuse_unknown_series(document: Document, overrides: Overrides, franchise: Franchise) -> None:
    for number, one in enumerate(overrides.add):
        series = one.episode.partition(":")[0]
        if series not in franchise.series_codes:
            mend = f"Known are {', '.join(franchise.series_codes)}."
            raise document.fault(("add", number, "episode"), f"{series!r} is no series of {franchise.name}.", mend)


def _together(first: Overrides, second: Overrides) -> Overrides:
    """Both, where they say the same the second alone."""
    removed = {one.episode: one for one in (*first.remove, *second.remove)}
    added = {one.episode: one for one in (*first.add, *second.add)}
    for one in second.add:
        removed.pop(one.episode, None)
    return Overrides.model_construct(
        override=tuple({(one.episode, one.field): one for one in (*first.override, *second.override)}.values()),
        season=tuple({(one.season, one.field): one for one in (*first.season, *second.season)}.values()),
        era=tuple({(one.era, one.field): one for one in (*first.era, *second.era)}.values()),
        add=tuple(added.values()),
        remove=tuple(removed.values()),
    )


def _completed(overrides: Overrides) -> Overrides:
    """With the values of added episodes among the corrections, unless something else is said of them."""
    said = {(one.episode, one.field) for one in overrides.override}
    of_added = [value for one in overrides.add for value in one.values]
    rest = tuple(one for one in of_added if (one.episode, one.field) not in said)
    return overrides.model_copy(update={"override": (*overrides.override, *rest)})
