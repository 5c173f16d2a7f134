"""How a value is shown to people: lists as their parts, connections with their kind, everything else as it stands."""

from __future__ import annotations

import json
from typing import Any


def told_text(text: str) -> str:
    """A value as the table field_values has it, for people: a list, written there as JSON, as its parts."""
    return value_text(_parsed(text))


def value_text(value: Any) -> str:
    """A value of a table of episodes or films, for people."""
    if value is None:
        return "not published"
    if isinstance(value, list):
        return "; ".join(value_text(one) for one in value) or "none"
    if isinstance(value, dict):
        about = f": {value['description']}" if value.get("description") else ""
        return f"{value.get('episode_key')} ({value.get('connection_type')}{about})"
    return str(value)


def _parsed(text: str) -> Any:
    """The list that a text is, where it is one; any other text as it stands."""
    try:
        return json.loads(text) if text.startswith("[") else text
    except ValueError:
        return text
