"""What a bundle says about itself: who recorded what, with which options and settings, and how it ended."""

from __future__ import annotations

import json
import platform
import re
import sys
from importlib.metadata import requires, version
from typing import Annotated, Any
from urllib.parse import urlsplit, urlunsplit

from pydantic import BaseModel, ConfigDict, Field

from etl.errors import ExitCode
from etl.http.scrub import scrub
from etl.options import Options
from etl.settings import Settings

FORMAT = 1
"""Raised whenever an older trek-etl could not replay what a newer one records."""

_NOT_TOLD = {"tmdb_api_key", "trek_etl_contact", "trek_etl_cache_dir"}
_NAME_OF_REQUIREMENT = re.compile(r"[A-Za-z0-9._-]+")

Text = Annotated[str, Field(max_length=300)]
Hash = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]


class _Model(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


class Program(_Model):
    """What a run is made by: versions, and the kind of system, but not which one."""

    trek_etl: Text
    python: Text
    system: Text
    libraries: dict[Text, Text]


class Ended(_Model):
    """How the run ended: its exit code, and the SHA-256 of each published file, of a database that of its content.

    `refusal` is that of the report of what the guard refused.
    """

    code: Annotated[int, Field(ge=ExitCode.DONE, le=ExitCode.GUARD)]
    files: dict[Text, Hash] = {}
    refusal: Hash | None = None


class Manifest(_Model):
    """The first thing to read of a bundle.

    Paths in `options` are names of members. `settings` are for the eyes of people: a replay asks nobody. `keys` names
    the sources that had a key. `members` has the SHA-256 of every other member.
    """

    format: int
    program: Program
    options: Options
    is_strict: bool
    settings: dict[Text, Any]
    keys: tuple[Text, ...]
    ended: Ended
    members: dict[Text, Hash]


def program_of_now() -> Program:
    """What would make a run here and now."""
    needed = (_NAME_OF_REQUIREMENT.match(one) for one in requires("trek-etl") or () if "extra ==" not in one)
    names = sorted(found[0] for found in needed if found)
    return Program(
        trek_etl=version("trek-etl"),
        python=platform.python_version(),
        system=f"{sys.platform} {platform.machine()}",
        libraries={name: version(name) for name in names},
    )


def settings_in_words(settings: Settings) -> dict[str, Any]:
    """The settings without key, contact and folder, and without names and passwords in addresses."""
    told: dict[str, Any] = json.loads(settings.model_dump_json(exclude=_NOT_TOLD))
    return {name: _public(value) if name.endswith("_base_url") else value for name, value in told.items()}


def differences(recorded: Program, here: Program) -> list[str]:
    """What is another version here, in words: the same bytes are only promised where nothing is."""
    pairs = {"trek-etl": (recorded.trek_etl, here.trek_etl), "Python": (recorded.python, here.python)}
    for name, there in recorded.libraries.items():
        pairs[name] = (there, here.libraries.get(name, "not there"))
    return [f"{name} {there} (here {now})" for name, (there, now) in pairs.items() if there != now]


def _public(address: str) -> str:
    parts = urlsplit(address)
    return scrub(urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[2])))
