"""The time that ages are measured at, as a person writes it."""

from __future__ import annotations

from datetime import UTC, datetime

from etl.errors import InputError


def read_as_of(text: str | None) -> datetime:
    """ISO 8601 to a time in UTC; without a zone it is UTC, and None is now. Raises InputError for any other text."""
    if text is None:
        return datetime.now(UTC)
    try:
        instant = datetime.fromisoformat(text)
        return (instant if instant.tzinfo else instant.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError):
        raise InputError(
            f"{text!r} is no time.", where="--as-of", mend="Write it like 2026-11-23 or 2026-11-23T09:00:00Z."
        ) from None
