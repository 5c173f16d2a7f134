"""Settings: the only reader of the environment and of .env.

An option beats the environment, which beats .env, which beats the franchise file, which beats the default.
"""

from __future__ import annotations

import os
import re
from io import StringIO
from pathlib import Path
from typing import Annotated, Any

from dotenv.parser import parse_stream
from platformdirs import user_cache_path
from pydantic import AfterValidator, Field, SecretStr, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from etl.errors import InputError
from etl.inputs.text import read_text
from etl.sources import SOURCES, Source

_ENV_FILE = Path(".env")
_MOST_BYTES = 64 * 2**10
DEFAULT_CONTACT = "https://github.com/trek-etl/trek-etl"


def _usable_key(value: SecretStr | None) -> SecretStr | None:
    """Blank means no key; white space or control characters inside could smuggle a header.

    A quote or a backslash would be written in another way in a log, where it could not be found again.
    """
    key = re.sub(r"^Bearer(\s+|$)", "", value.get_secret_value().strip()) if value else ""
    if not key:
        return None
    if not key.isascii() or not key.isprintable() or not set(key).isdisjoint(" \"'\\"):
        raise ValueError("holds white space or characters that no key has")
    return SecretStr(key)


def _web_address(value: str) -> str:
    if not re.match(r"https?://[^/\s]+[^\s]*$", value):
        raise ValueError("must start with https:// (or http:// for a server of your own)")
    return value.rstrip("/")


def _with_host(value: str) -> str:
    if "{host}" not in value:
        raise ValueError("must have {host} in it, where the name of the series' site goes")
    return value


def _own_folder(path: Path) -> Path:
    try:
        return path.expanduser()
    except RuntimeError:
        raise ValueError("names the home folder of somebody who has none here") from None


Key = Annotated[SecretStr | None, AfterValidator(_usable_key)]
WebAddress = Annotated[str, AfterValidator(_web_address)]
WebAddressOfHosts = Annotated[str, AfterValidator(_web_address), AfterValidator(_with_host)]
Share = Annotated[float, Field(ge=0.0, le=1.0)]
RequestsAMinute = Annotated[float, Field(gt=0.0, le=6000.0)]


class Settings(BaseSettings):
    """Everything that the surroundings may decide. Names in upper case are the environment's."""

    model_config = SettingsConfigDict(
        env_file=_ENV_FILE, env_file_encoding="utf-8", extra="ignore", frozen=True, env_ignore_empty=True
    )

    tmdb_api_key: Key = None
    tmdb_base_url: WebAddress = SOURCES["tmdb"].base_url
    tmdb_rate_limit: RequestsAMinute | None = None
    memory_alpha_base_url: WebAddress = SOURCES["memory_alpha"].base_url
    memory_alpha_rate_limit: RequestsAMinute | None = None
    stapi_base_url: WebAddress = SOURCES["stapi"].base_url
    trekcore_base_url: WebAddressOfHosts = SOURCES["trekcore"].base_url
    tvmaze_base_url: WebAddress = SOURCES["tvmaze"].base_url
    min_metadata_quality: Share | None = None
    concurrency: Annotated[int, Field(ge=1, le=32)] = 5
    debug: bool = False
    trek_etl_contact: str = DEFAULT_CONTACT
    trek_etl_cache_dir: Annotated[Path, AfterValidator(_own_folder)] = Field(
        default_factory=lambda: user_cache_path("trek-etl")
    )

    @property
    def secrets(self) -> tuple[str, ...]:
        """The texts that must never be seen in a log, an error, a file."""
        return (self.tmdb_api_key.get_secret_value(),) if self.tmdb_api_key else ()

    @property
    def cache_path(self) -> Path:
        """The SQLite file that keeps the sources' answers."""
        return self.trek_etl_cache_dir / "responses.sqlite"

    @property
    def state_path(self) -> Path:
        """The SQLite file that all processes share to keep the rate limits."""
        return self.trek_etl_cache_dir / "state.sqlite"

    def base_url_of(self, source: Source) -> str:
        """Where to reach a source, without a slash at the end."""
        return str(getattr(self, f"{source.name}_base_url"))

    def rate_of(self, source: Source) -> float:
        """How many requests a second a source may get."""
        a_minute = getattr(self, f"{source.name}_rate_limit", None)
        return source.rate if a_minute is None else float(a_minute) / 60.0


class _Workflow(BaseSettings):
    """What GitHub Actions tells the commands of a step."""

    model_config = SettingsConfigDict(frozen=True, env_ignore_empty=True)

    github_step_summary: Path | None = None


def step_summary() -> Path | None:
    """The file that GitHub shows as the summary of a step; None where there is no such step."""
    return _Workflow().github_step_summary


_OPTIONS = {
    "min_metadata_quality": "quality-threshold",
    "concurrency": "concurrency",
    "trek_etl_cache_dir": "cache-dir",
}


def load_settings(**options: Any) -> Settings:
    """Read the surroundings; an option that is not None wins. Raises InputError naming the option or variable."""
    lines = _lines_of_env_file()
    try:
        return Settings(**{name: value for name, value in options.items() if value is not None})
    except ValidationError as failure:
        first = failure.errors(include_url=False, include_input=False)[0]
        name = str(first["loc"][0])
        is_option = options.get(name) is not None
        place = f"--{_OPTIONS[name]}" if is_option else name.upper()
        is_of_file = not is_option and not any(value for key, value in os.environ.items() if key.lower() == name)
        line = lines.get(name) if is_of_file else None
        raise InputError(
            f"{first['msg'].removeprefix('Value error, ')}.",
            file=_ENV_FILE if line else None,
            line=line,
            where=place,
            mend=f"Correct {place}." if is_option else f"Correct {place} in the environment or in .env.",
        ) from None


def _lines_of_env_file() -> dict[str, int]:
    """On which line of .env each variable stands, by its name in lower case; empty where there is no such file.

    Raises InputError for a line that cannot be read: the reader of .env itself would pass over it.
    """
    if not _ENV_FILE.exists():
        return {}
    lines = {}
    for binding in parse_stream(StringIO(read_text(_ENV_FILE, _MOST_BYTES))):
        text = binding.original.string
        # A binding begins with the blank lines before it.
        line = binding.original.line + text[: len(text) - len(text.lstrip())].count("\n")
        if binding.error or "\0" in text:
            mend = "Write NAME=value, or comment it out with #."
            raise InputError("This line cannot be read.", file=_ENV_FILE, line=line, mend=mend)
        if binding.key is not None:
            lines[binding.key.lower()] = line
    return lines
