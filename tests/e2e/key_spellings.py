"""In what forms a key could stand in a file."""

from __future__ import annotations

from base64 import b64encode
from urllib.parse import quote, quote_plus


def spellings(key: str) -> set[bytes]:
    """The key as it is, URL-encoded, and the halves of it that would be enough for a guess."""
    middle = len(key) // 2
    whole = {key, quote(key, safe=""), quote(key), quote_plus(key), key.upper(), key.lower()}
    parts = (*whole, key[:middle], key[middle:])
    # The cache keeps bodies in base64, where a text looks different at each of three places.
    encoded = {b64encode(bytes(at) + part.encode())[4:-4] for part in parts for at in range(3)}
    return {text.encode() for text in parts} | encoded
