"""What proves to a source who asks, kept out of every text by itself."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from requests import PreparedRequest

_V3_KEY = re.compile(r"[0-9a-fA-F]{32}")
_SENDABLE = re.compile(r"[\x21-\x7e]+")


@dataclass(frozen=True)
class Credentials:
    """A secret and where it goes: into the header `name`, or, if `is_query`, into the query parameter `name`.

    `prefix` stands before the secret in a header, such as "Bearer ". The repr never shows the secret.
    """

    secret: str = field(repr=False)
    name: str = "Authorization"
    prefix: str = "Bearer "
    is_query: bool = False

    def on_copy(self, request: PreparedRequest) -> PreparedRequest:
        """Return a copy of the request that carries the secret; the request itself stays clean."""
        copy = request.copy()
        if self.is_query:
            copy.url = self._with_parameter(copy.url or "")
        else:
            copy.headers[self.name] = f"{self.prefix}{self.secret}"
        return copy

    def _with_parameter(self, url: str) -> str:
        parts = urlsplit(url)
        # A redirect may echo the parameter; it must not be sent twice.
        others = [pair for pair in parse_qsl(parts.query, keep_blank_values=True) if pair[0] != self.name]
        return urlunsplit(parts._replace(query=urlencode([*others, (self.name, self.secret)])))


def tmdb_credentials(key: str) -> Credentials:
    """Make TMDB's credentials from either of its keys: the API key (v3, 32 hex digits) or the read access token (v4).

    The v3 key can only go as a query parameter. Raises ValueError, without the key in its text, if it cannot be sent.
    """
    secret = re.sub(r"^Bearer(\s+|$)", "", key.strip())
    if not _SENDABLE.fullmatch(secret):
        message = "The TMDB key is empty or has spaces or other characters that no key has."
        raise ValueError(message)
    if _V3_KEY.fullmatch(secret):
        return Credentials(secret, name="api_key", prefix="", is_query=True)
    return Credentials(secret)
