"""Finds our own credential in what a source sends: no answer may carry it into the cache, the database or an output."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from urllib.parse import unquote

from urllib3.exceptions import HTTPError

from etl.http.scrub import REDACTED, folded_forms, pattern_of

_JSON_ESCAPE = re.compile(r"\\u([0-9a-fA-F]{4})")


class EchoedCredentialError(HTTPError):
    """An answer that holds the credential it was asked with; urllib3 does not retry it."""


def holds_secret(text: str, secret: str) -> bool:
    """Whether the secret stands in the text, also behind the escapes of JSON, of URLs or of HTML."""
    # Plain searches: one pattern of all forms would need half a second for a season.
    forms = folded_forms(secret)
    return any(form in reading for reading in map(str.lower, _readings(text)) for form in forms)


def without_secret(body: bytes, secret: str) -> bytes:
    """The body with asterisks for the secret; nothing of it where it stands there in disguise."""
    text = body.decode("latin-1")
    pattern = pattern_of((secret,))
    clean = pattern.sub(REDACTED, text) if pattern else text
    return b"" if holds_secret(clean, secret) else clean.encode("latin-1")


def _readings(text: str) -> Iterator[str]:
    """The text as it is, and as those read it for whom it is escaped."""
    yield text
    if "\\" in text:
        yield _JSON_ESCAPE.sub(lambda found: chr(int(found[1], 16)), text).replace("\\/", "/")
    if "%" in text:
        yield unquote(text, "latin-1")
    if "&#" in text:
        yield html.unescape(text)
