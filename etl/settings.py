"""Settings: the only reader of the environment and of .env.

An option beats the environment, which beats .env, which beats the franchise file, which beats the default.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

from platformdirs import user_cache_path
from pydantic import AfterValidator, Field, SecretStr, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from etl.errors import InputError
from etl.sources import SOURCES, Source

DEFAULT_CONTACT = "https://github.com/trek-etl/trek-etl"


def _usable_key(value: SecretStr | None) -> SecretStr | None:
    """Blank means no key; white space or control characters inside could smuggle a header."""
    key = value.get_secret_value().strip() if value else ""
    if not key:
        return None
    if not key.isascii() or not key.isprintable() or " " in key:
        raise ValueError("holds white space or characters that no key has")
    return SecretStr(key)


def _web_address(value: str) -> str:
    if not value.startswith(("http://", "https://")):
        raise ValueError("must start with https:// (or http:// for a server of your own)")
    return value.rstrip("/")


Key = Annotated[SecretStr | None, AfterValidator(_usable_key)]
WebAddress = Annotated[str, AfterValidator(_web_address)]
Share = Annotated[float, Field(ge=0.0, le=1.0)]
RequestsAMinute = Annotated[float, Field(gt=0.0, le=6000.0)]


class Settings(BaseSettings):
    """Everything that the surroundings may decide. Names in upper case are the environment's."""

    model_config = SettingsConfigDict(
        env_file=".env", env_file_encoding="utf-8", extra="ignore", frozen=True, env_ignore_empty=True
    )

    tmdb_api_key: Key = None
    tmdb_base_url: WebAddress = SOURCES["tmdb"].base_url
    tmdb_rate_limit: RequestsAMinute | None = None
    min_metadata_quality: Share | None = None
    concurrency: Annotated[int, Field(ge=1, le=32)] = 5
    debug: bool = False
    trek_etl_contact: str = DEFAULT_CONTACT
    trek_etl_cache_dir: Annotated[Path, AfterValidator(Path.expanduser)] = Field(
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


def load_settings(**options: Any) -> Settings:
    """Read the surroundings; an option that is not None wins. Raises InputError naming the variable."""
    try:
        return Settings(**{name: value for name, value in options.items() if value is not None})
    except ValidationError as failure:
        first = failure.errors(include_url=False, include_input=False)[0]
        variable = str(first["loc"][0]).upper()
        raise InputError(
            f"{first['msg']}.", where=variable, mend=f"Correct {variable} in the environment or in .env."
        ) from None
