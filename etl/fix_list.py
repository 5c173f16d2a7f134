"""`trek-etl report --fix-list N`: what to mend first, where, and what to paste where there is no page to mend it at."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import polars as pl

from etl.sources import SOURCES
from etl.toml_text import toml_string
from schemas.columns import polars_schema
from schemas.episodes import CONNECTION, EPISODES

_TYPES = polars_schema(EPISODES)


def fix_list_in_words(fixes: pl.DataFrame, count: int) -> str:
    """The first `count` rows of the report fix_list: gain, who could give it, where to mend it, or what to override."""
    if fixes.is_empty():
        return "Nothing is missing, and no two witnesses disagree.\n"
    shown = fixes.head(count).to_dicts()
    lines = [line for place, row in enumerate(shown, start=1) for line in _entry(place, row)]
    left = fixes.height - len(shown)
    return "\n".join([*lines, *([f"{left} more stand in report_fix_list.", ""] if left else [])])


def _entry(place: int, row: Mapping[str, Any]) -> Iterator[str]:
    episodes = "1 episode" if row["episodes"] == 1 else f"{row['episodes']} episodes"
    yield (
        f"{place}. {row['series']} {row['field']}, {row['problem']} in {episodes}:"
        f" {row['points']:.2f} points each, {row['gain']:.1f} in all"
    )
    sources = [SOURCES[name].title for name in row["sources"].split(", ")] if row["sources"] else []
    if row["problem"] == "disputed":
        yield f"   Disagrees with what is published: {', '.join(sources) or 'somebody who is not asked any more'}"
    else:
        yield f"   Could give it: {', '.join(sources) or 'nobody who is asked for the series and states it elsewhere'}"
    yield f"   First: {row['first_episode']}"
    yield f"   Mend it at: {row['link']}" if row["link"] else "   Mend it by a correction (--overrides FILE):"
    if not row["link"]:
        yield from (f"     {line}" for line in _override(row["first_episode"], row["field"]))
    yield ""


def _override(key: str, field: str) -> tuple[str, ...]:
    named = (f"episode = {toml_string(key)}", f"field = {toml_string(field)}")
    return ("[[override]]", *named, f"value = {_blank(_TYPES[field])}", 'reason = "say why"')


def _blank(data_type: pl.DataType) -> str:
    """A value to fill in; as it stands it is refused, whatever the field."""
    if data_type == pl.List(CONNECTION):
        return '[{ episode_key = "", connection_type = "reference" }]'
    if isinstance(data_type, pl.List):
        return '[""]'
    if data_type == pl.Date:
        return '""  # a day without quotation marks, YYYY-MM-DD'
    return '""  # a number without quotation marks' if data_type.is_numeric() else '""'
