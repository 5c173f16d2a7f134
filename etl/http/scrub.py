"""Takes credentials out of everything that people and files get to see."""

from __future__ import annotations

import re
from collections.abc import Iterable
from urllib.parse import quote, quote_plus

REDACTED = "***"
_SHORTEST_SECRET = 4  # a shorter one would turn half of every text into asterisks

_PATTERNS = (
    re.compile(r"(?i)(api_?key(?:%3D|[\\\"']*\s*[:=]\s*[\\\"']*))[^\s&\\\"'#,;)}>]+"),
    re.compile(r"(?i)(\bauthorization[\\\"']*\s*[:=]\s*(?:b?[\\\"']+)?(?:(?:bearer|basic|token)\s+)?)[^\s\\\"',;)}]+"),
    re.compile(r"(?i)(\bbearer(?:\s|%20|\+)+)[^\s\\\"',;)}]+"),
)


def scrub(text: str, secrets: Iterable[str] = ()) -> str:
    """Return the text without these secrets (plain or URL-encoded) and without anything that looks like one."""
    for secret in sorted(secrets, key=len, reverse=True):
        if len(secret) >= _SHORTEST_SECRET:
            for form in {secret, quote(secret, safe=""), quote(secret), quote_plus(secret)}:
                text = text.replace(form, REDACTED)
    for pattern in _PATTERNS:
        text = pattern.sub(rf"\1{REDACTED}", text)
    return text
