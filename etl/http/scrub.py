"""Takes credentials out of everything that people and files get to see."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterable
from typing import Any
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


class ScrubbingFilter(logging.Filter):
    """Cleans every record that passes a handler: message, arguments, extra fields and exception text.

    Attach it to handlers, not to loggers: urllib3 logs whole URLs, and a logger's filter does not see its children's
    records. `secrets` are the exact credentials of this run.
    """

    def __init__(self, secrets: Iterable[str] = ()) -> None:
        super().__init__()
        self._secrets = tuple(secrets)

    def filter(self, record: logging.LogRecord) -> bool:
        """Clean the record in place and let it pass."""
        if record.args:
            record.msg, record.args = self._message_of(record), None
        for name, value in list(vars(record).items()):
            if name not in {"exc_info", "args"}:
                setattr(record, name, self._clean(value))
        self._clean_exception(record)
        return True

    def _message_of(self, record: logging.LogRecord) -> str:
        try:
            return record.getMessage()
        except (TypeError, ValueError, KeyError):
            # A message that does not fit its arguments is somebody's mistake, but must not leak either.
            return f"{record.msg} {record.args}"

    def _clean(self, value: Any) -> Any:
        if isinstance(value, str):
            return scrub(value, self._secrets)
        if isinstance(value, dict):
            return {key: self._clean(item) for key, item in value.items()}
        if isinstance(value, list | tuple):
            return [self._clean(item) for item in value]
        if isinstance(value, BaseException):
            return scrub(str(value), self._secrets)
        return value

    def _clean_exception(self, record: logging.LogRecord) -> None:
        if not record.exc_info:
            return
        text = logging.Formatter().formatException(record.exc_info)
        clean = scrub(text, self._secrets)
        if clean != text:
            # Handlers that format the exception object themselves would bring the secret back, so it goes.
            record.exc_text, record.exc_info = clean, None
