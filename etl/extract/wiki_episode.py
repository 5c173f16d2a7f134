"""An episode's raw row: what its page's sidebar, cast and text say, and what the data modules say of it."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

from mwparserfromhell.wikicode import Wikicode

from etl.extract.wiki_cast import cast
from etl.extract.wikitext import EPISODE_SUFFIX, people, references, render
from schemas.raw_memory_alpha import MODULE_FIELDS, PEOPLE_FIELDS, TEXT_FIELDS, Page

MODULES = ("A", "N", "S", "P", "D", "M", "Y")
"""The data modules: series, number, season, production code, and the day, month and year of the air date."""

_SEASON = re.compile(r"\s*(\d{1,3})(?!\d)")


def _folded(title: str) -> str:
    return " ".join(title.replace("_", " ").casefold().split())


@dataclass(frozen=True)
class Modules:
    """The data modules by name. Keys may be written with or without " (episode)", and with other capitals."""

    tables: Mapping[str, Mapping[str, str]]
    is_stale: bool = False
    _folded_tables: dict[str, dict[str, str]] = field(init=False, default_factory=dict)

    def __post_init__(self) -> None:
        for name, table in self.tables.items():
            self._folded_tables[name] = {_folded(key): value.strip() for key, value in table.items()}

    def value(self, name: str, title: str) -> str | None:
        """What a module says of a page, None if nothing: under its own title, then under the other form of it."""
        table = self._folded_tables.get(name, {})
        exact = _folded(title)
        bare = exact.removesuffix(EPISODE_SUFFIX)
        return next((table[key] for key in (exact, bare, bare + EPISODE_SUFFIX) if table.get(key)), None)


def is_episode(title: str, modules: Modules) -> bool:
    """Whether a module gives the page a number."""
    return modules.value("N", title) is not None


def season_of(row: Mapping[str, Any]) -> int | None:
    """The season that a raw row names, None if it names none."""
    found = (_SEASON.match(row[name] or "") for name in ("n", "s", "nSeason"))
    return next((int(match[1]) for match in found if match), None)


def episode_row(
    page: Page, text: Wikicode, sidebar: Mapping[str, Wikicode], modules: Modules, codes: Collection[str]
) -> dict[str, Any]:
    """The row of a page, but for where it came from; `series_code` is None where module A has no code of `codes`."""
    code = modules.value("A", page.title)
    return {
        "title": page.title,
        "pageid": page.pageid,
        "series_code": code if code in codes else None,
        "sidebar_title": _text(sidebar, "title"),
        **{name: _text(sidebar, name) for name in TEXT_FIELDS},
        **{name: (people(sidebar[name]) if name in sidebar else None) or None for name in PEOPLE_FIELDS},
        **{name: modules.value(name.upper(), page.title) for name in MODULE_FIELDS},
        "guest_stars": cast(text) or None,
        "references": references(text, codes) or None,
        "timestamp": page.revisions[0].timestamp,
    }


def _text(sidebar: Mapping[str, Wikicode], name: str) -> str | None:
    return (render(sidebar[name]) if name in sidebar else "") or None
