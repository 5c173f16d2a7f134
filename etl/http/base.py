"""Where requests go: a base URL whose {host} is filled in, and the line that no request and no redirect may cross."""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import urlsplit, urlunsplit

from etl.sources import Source

HOST_FIELD = "{host}"
_HOST = re.compile(r"[a-z0-9-]+")
# "api.php" is a file, "v1.0" a folder.
_FILE = re.compile(r"/[^/]+\.[A-Za-z][A-Za-z0-9]*$")
_DEFAULT_PORTS = {"http": 80, "https": 443}


class ForeignRedirectError(Exception):
    """A redirect that leads away from the source: to `host`."""

    def __init__(self, host: str) -> None:
        super().__init__(f"redirected to {host}")
        self.host = host


@dataclass(frozen=True)
class Base:
    """What request paths are relative to.

    Its root is the folder that robots.txt stands in. On the public hosts that is the whole host; on a server that
    plays several hosts under path prefixes each prefix is a host, and so, if `is_confined`, a border.
    """

    url: str
    is_confined: bool = False

    @classmethod
    def of(cls, source: Source, pattern: str, host: str) -> Base:
        """Fill the {host} of a base URL. Raises ValueError, with a sentence, if the host does not fit."""
        has_field = HOST_FIELD in pattern
        if has_field and not _HOST.fullmatch(host):
            message = f"{source.title} has several hosts, and {host!r} is the name of none."
            raise ValueError(message)
        if host and not has_field:
            message = f"{source.title} was to be asked at its host {host!r}, but its base URL has no {HOST_FIELD}."
            raise ValueError(message)
        return cls(pattern.replace(HOST_FIELD, host).rstrip("/"), is_confined=has_field or source.has_robots)

    @property
    def root_url(self) -> str:
        """The address of the root, without a slash at the end."""
        parts = urlsplit(self.url)
        return urlunsplit((parts.scheme, parts.netloc, self._root, "", ""))

    @property
    def robots_url(self) -> str:
        """The address of the robots.txt that speaks of this base."""
        return f"{self.root_url}/robots.txt"

    def address_of(self, path: str) -> str:
        """Return the address of a path below the base; of none, that of the base itself."""
        path = path.lstrip("/")
        return f"{self.url}/{path}" if path else self.url

    def below_root(self, url: str) -> str:
        """Return path and query of an address as the rules of robots.txt see them: from the root on."""
        parts = urlsplit(url)
        path = parts.path.removeprefix(self._root) or "/"
        return f"{path}?{parts.query}" if parts.query else path

    def check(self, url: str) -> None:
        """Raise ForeignRedirectError if the address is outside."""
        home, place = _place(self.url), _place(url)
        if place not in (home, _upgraded(home)):
            raise ForeignRedirectError(place[1])
        if self.is_confined and not f"{urlsplit(url).path}/".startswith(f"{self._root}/"):
            raise ForeignRedirectError(place[1])

    @property
    def _root(self) -> str:
        return _FILE.sub("", urlsplit(self.url).path).rstrip("/")


def _place(url: str) -> tuple[str, str, int | None]:
    parts = urlsplit(url)
    return parts.scheme, parts.hostname or "", parts.port or _DEFAULT_PORTS.get(parts.scheme)


def _upgraded(place: tuple[str, str, int | None]) -> tuple[str, str, int | None]:
    # The way from http to https on the same host is safe, the way back would show the credential to the network.
    scheme, host, port = place
    return ("https", host, _DEFAULT_PORTS["https"]) if port == _DEFAULT_PORTS["http"] else (scheme, host, port)
