"""Takes credentials out of everything that people and files get to see."""

from __future__ import annotations

import base64
import re
from collections.abc import Iterable, Iterator
from functools import lru_cache
from urllib.parse import quote, quote_plus

REDACTED = "***"
_SHORTEST_SECRET = 4  # a shorter one would turn half of every text into asterisks
_SHORTEST_ENCODED = 8  # what is left of a short one in base64 is found in any text

_PATTERNS = (
    re.compile(r"(?i)(api_?key(?:%3D|[\\\"']*\s*[:=]\s*[\\\"']*))[^\s&\\\"'#,;)}>]+"),
    re.compile(r"(?i)(\bauthorization[\\\"']*\s*[:=]\s*(?:b?[\\\"']+)?(?:(?:bearer|basic|token)\s+)?)[^\s\\\"',;)}]+"),
    re.compile(r"(?i)(\bbearer(?:\s|%20|\+)+)[^\s\\\"',;)}]+"),
)


def scrub(text: str, secrets: Iterable[str] = ()) -> str:
    """Return the text without these secrets, in whatever form of `forms_of`, and without what looks like one."""
    found = pattern_of(tuple(secrets))
    if found:
        text = found.sub(REDACTED, text)
    for pattern in _PATTERNS:
        text = pattern.sub(rf"\1{REDACTED}", text)
    return text


@lru_cache(maxsize=16)
def folded_forms(secret: str) -> tuple[str, ...]:
    """Return the forms of a secret in lower case, for looking for them in a text in lower case."""
    return tuple({form.lower() for form in forms_of(secret)}) if len(secret) >= _SHORTEST_SECRET else ()


@lru_cache(maxsize=16)
def pattern_of(secrets: tuple[str, ...]) -> re.Pattern[str] | None:
    """Return what finds any of these secrets in a text, None if there is nothing to look for."""
    forms = {form for secret in secrets if len(secret) >= _SHORTEST_SECRET for form in forms_of(secret)}
    longest_first = sorted(forms, key=lambda form: (-len(form), form))
    return re.compile("|".join(map(re.escape, longest_first)), re.IGNORECASE) if forms else None


def forms_of(secret: str) -> Iterator[str]:
    """Yield how a secret may be written: as it is, URL-encoded, in hexadecimal, in base64 at any place of a text."""
    yield from (secret, quote(secret, safe=""), quote(secret), quote_plus(secret))
    if len(secret) >= _SHORTEST_ENCODED:
        data = secret.encode()
        yield data.hex()
        for offset in range(3):
            for encode in (base64.b64encode, base64.urlsafe_b64encode):
                encoded = encode(bytes(offset) + data).decode().rstrip("=")
                # The first letters depend on what stands before, the last one on what stands behind.
                yield encoded[(0, 2, 3)[offset] : len(encoded) - bool((offset + len(data)) % 3)]
