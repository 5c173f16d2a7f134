"""Rebuild the catalogue's episodes.csv and disputes.csv from the facts that were joined from public data sets.

Run it as `python docs/catalogue/rebuild_catalogue.py FACTS.csv`. The same facts give the same bytes.
movies.csv is kept by hand. What we know better than the facts stands in CORRECTIONS, each with its reason.
"""

from __future__ import annotations

import argparse
import csv
import json
import re
import sys
import tomllib
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

CATALOGUE = Path(__file__).resolve().parents[2] / "etl" / "franchises" / "star_trek"
SEPARATOR = "; "
Row = dict[str, str]

# The catalogue's columns, in order, and what the facts call them.
COLUMNS = {
    "key": "key",
    "series": "series",
    "season": "season",
    "episode": "episode",
    "parts": "parts",
    "title": "title",
    "aliases": "aliases",
    "air_date": "air_date",
    "production_codes": "production_codes",
    "stardate_from": "stardate_from",
    "stardate_to": "stardate_to",
    "year_from": "year_from",
    "year_to": "year_to",
    "directors": "directors",
    "writers": "writers",
    "story_by": "story_by",
    "tmdb_season": "tmdb_season",
    "tmdb_episodes": "tmdb_episodes",
    "tmdb_ids": "tmdb_episode_ids",
    "imdb_season": "imdb_season",
    "imdb_episodes": "imdb_episodes",
    "imdb_ids": "imdb_ids",
    "stapi_season": "stapi_season",
    "stapi_episode": "stapi_episode",
    "stapi_id": "stapi_uid",
    "memory_alpha_page": "memory_alpha_page",
    "flags": "flags",
}
# How the facts separate the items of a list.
LISTS = {
    "aliases": " | ",
    "production_codes": ";",
    "directors": ";",
    "writers": ";",
    "story_by": ";",
    "tmdb_episodes": ";",
    "tmdb_episode_ids": ";",
    "imdb_episodes": ";",
    "imdb_ids": ";",
    "flags": ";",
}
DISPUTE_COLUMNS = ("key", "field", "value", "witnesses", "chosen", "reason")


class Correction(NamedTuple):
    """What the facts say, what is right, and why; a correction whose `old` is no longer there is stale and fails."""

    key: str
    field: str
    old: str
    new: str
    reason: str


def _page(key: str, page: str) -> Correction:
    return Correction(key, "memory_alpha_page", "", page, "the wiki's naming rule, safe where every word has a capital")


CORRECTIONS = (
    Correction(
        "ds9:playing-god",
        "production_codes",
        "40512-7",
        "40512-437",
        "the number between its neighbours 436 and 438; so in an older capture of Memory Alpha",
    ),
    Correction(
        "ds9:the-search-part-ii",
        "production_codes",
        "40512-447",
        "40512-448",
        "447 is part one and 449 the next episode; the source repeats 447",
    ),
    Correction(
        "dis:people-of-earth",
        "production_codes",
        "303-32",
        "303",
        "between 302 and 304; the rest is a slip of the source",
    ),
    Correction(
        "ld:temporal-edict", "production_codes", "103-03", "LD-1003", "between LD-1002 and LD-1004 of the same season"
    ),
    Correction(
        "voy:homestead", "year_from", "2377", "2378", "the story celebrates 315 years since first contact in 2063"
    ),
    Correction(
        "voy:homestead", "year_to", "2377", "2378", "the story celebrates 315 years since first contact in 2063"
    ),
    Correction("tng:the-last-outpost", "story_by", "Richard Krzmeien", "Richard Krzemien", "misspelt name"),
    Correction(
        "voy:jetrel",
        "story_by",
        "James Thomton;Scott Nimerfro",
        "James Thornton;Scott Nimerfro",
        "misread name (m for rn)",
    ),
    Correction("ds9:rapture", "story_by", "L.J. Strom", "L. J. Strom", "initials are spaced in all other names"),
    Correction(
        "ds9:tears-of-the-prophets",
        "memory_alpha_page",
        "Tears of the Prophets  (episode)",
        "Tears of the Prophets (episode)",
        "a wiki page name has no double space",
    ),
    Correction("dis:saints-of-imperfection", "year_from", "", "2257", "between episodes of 2257, without a gap"),
    Correction("dis:saints-of-imperfection", "year_to", "", "2257", "between episodes of 2257, without a gap"),
    Correction("dis:but-to-connect", "year_from", "", "3190", "between episodes of 3190, without a gap"),
    Correction("dis:but-to-connect", "year_to", "", "3190", "between episodes of 3190, without a gap"),
    Correction("dis:coming-home", "year_from", "", "3190", "continues the scene of an episode of 3190"),
    Correction("dis:coming-home", "year_to", "", "3190", "continues the scene of an episode of 3190"),
    Correction("snw:strange-new-worlds", "year_from", "", "2259", "the year of the whole season"),
    Correction("snw:strange-new-worlds", "year_to", "", "2259", "the year of the whole season"),
    _page("dis:red-directive", "Red Directive (episode)"),
    _page("dis:jinaal", "Jinaal (episode)"),
    _page("dis:mirrors", "Mirrors (episode)"),
    _page("dis:whistlespeak", "Whistlespeak (episode)"),
    _page("dis:erigah", "Erigah (episode)"),
    _page("dis:labyrinths", "Labyrinths (episode)"),
    _page("dis:lagrange-point", "Lagrange Point (episode)"),
    _page("dis:life-itself", "Life, Itself (episode)"),
    _page("st:runaway", "Runaway (episode)"),
    _page("st:calypso", "Calypso (episode)"),
    _page("st:the-brightest-star", "The Brightest Star (episode)"),
    _page("st:the-escape-artist", "The Escape Artist (episode)"),
    _page("st:q-and-a", "Q&A (episode)"),
    _page("st:ask-not", "Ask Not (episode)"),
)


def corrected(facts: Row) -> Row:
    """The facts of one episode with our corrections."""
    row = dict(facts)
    for correction in CORRECTIONS:
        if correction.key == row["key"]:
            if row[correction.field] != correction.old:
                raise ValueError(
                    f"{correction.key} {correction.field}: expected {correction.old!r}; drop the correction"
                )
            row[correction.field] = correction.new
    return row


def catalogue_row(facts: Row) -> list[str]:
    """One line of episodes.csv."""
    row = corrected(facts)
    return [_joined(name, row[name]) for name in COLUMNS.values()]


def _joined(name: str, text: str) -> str:
    items = text.split(LISTS[name]) if name in LISTS else [text]
    if any(SEPARATOR.strip() in item for item in items):
        raise ValueError(f"{name}: {text!r} holds the separator of lists")
    return SEPARATOR.join(items)


def dispute_rows(facts: Row) -> Iterator[list[str]]:
    """The lines of disputes.csv for one episode: every value that a data set gave, then notes, then our corrections."""
    disputed = json.loads(facts["disputed"] or "{}")
    notes = _notes(facts["chosen_because"], disputed)
    final = corrected(facts)
    for field, witnesses in sorted(disputed.items()):
        yield from _disputed_values(final, field, witnesses, _reason(notes, field))
    for field, note in notes.items():
        if field not in disputed:
            value = _value(facts, field)
            yield [facts["key"], field, value, "", _flag(value == _value(final, field)), note]
    for fix in CORRECTIONS:
        if fix.key == facts["key"] and fix.old:
            yield [fix.key, fix.field, _joined(fix.field, fix.old), "", "false", ""]
            yield [fix.key, fix.field, _joined(fix.field, fix.new), "", "true", fix.reason]


def _disputed_values(
    final: Row, field: str, witnesses: dict[str, str | float | None], reason: str
) -> Iterator[list[str]]:
    chosen = _value(final, field)
    by_value: dict[str, list[str]] = {chosen: []}
    for witness, value in sorted(witnesses.items()):
        by_value.setdefault(_text(value), []).append(witness)
    for value, names in sorted(by_value.items()):
        is_chosen = value == chosen
        yield [final["key"], field, value, SEPARATOR.join(names), _flag(is_chosen), reason if is_chosen else ""]


def _text(value: str | float | None) -> str:
    if value is None:
        return ""
    return value if isinstance(value, str) else str(float(value))


def _value(row: Row, field: str) -> str:
    """The value of a field as the disputes write it: a year is a span where a story has two."""
    if field != "year":
        return row[field]
    return row["year_from"] if row["year_from"] == row["year_to"] else f"{row['year_from']}-{row['year_to']}"


def _flag(is_true: bool) -> str:
    return "true" if is_true else "false"


_AGREED = "sources agree"
_FIELDS = {
    "air_date": "air_date",
    "memory_alpha_page": "memory_alpha_page",
    "one": "parts",  # "one programme when first aired"
    "stardate": "stardate_from",
    "stardate_to": "stardate_to",
    "title": "title",
    "year": "year",
}
# A note begins with the field it speaks of; it may itself hold semicolons.
_BETWEEN_NOTES = re.compile(rf"; (?=(?:{'|'.join(_FIELDS)})\b)")
_FIRST_WORD = re.compile(r"\w+")


def _notes(chosen_because: str, disputed: Iterable[str]) -> dict[str, str]:
    """Why a value was chosen, by field. The few notes that name no field speak of the year, or of the whole episode."""
    unnamed = "year" if "year" in disputed else "title"
    notes = {}
    for note in _BETWEEN_NOTES.split(chosen_because):
        word = _FIRST_WORD.match(note)
        field = _FIELDS.get(word[0] if word else "", unnamed)
        if note != _AGREED:
            notes[field] = note.removeprefix(f"{word[0]}: " if word else "")
    return notes


def _reason(notes: dict[str, str], field: str) -> str:
    """Where the facts give no reason, the newest capture was taken."""
    fallback = "the page name was rebuilt" if field == "memory_alpha_page" else "as in the newest capture"
    if field == "stardate_to":
        fallback = notes.get("stardate_from", fallback)
    return notes.get(field, fallback)


def rebuild(facts: Path, folder: Path) -> None:
    """Write episodes.csv and disputes.csv into the folder."""
    rows = _in_franchise_order(_read(facts))
    _write(folder / "episodes.csv", tuple(COLUMNS), [catalogue_row(row) for row in rows])
    _write(folder / "disputes.csv", DISPUTE_COLUMNS, [line for row in rows for line in dispute_rows(row)])


def _read(file: Path) -> list[Row]:
    with file.open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))


def _in_franchise_order(rows: list[Row]) -> list[Row]:
    franchise = tomllib.loads((CATALOGUE / "franchise.toml").read_text(encoding="utf-8"))
    codes = [series["code"] for series in franchise["series"]]
    return sorted(rows, key=lambda row: (codes.index(row["series"]), int(row["season"]), int(row["episode"])))


def _write(file: Path, header: Sequence[str], lines: Iterable[Sequence[str]]) -> None:
    with file.open("w", encoding="utf-8", newline="") as out:
        writer = csv.writer(out, lineterminator="\n")
        writer.writerow(header)
        writer.writerows(lines)


def main(arguments: Sequence[str] | None = None) -> int:
    """The command line; the exit code."""
    parser = argparse.ArgumentParser(description="Rebuild episodes.csv and disputes.csv of the catalogue.")
    parser.add_argument("facts", type=Path, help="the joined facts, a CSV file")
    parser.add_argument("--out", type=Path, default=CATALOGUE, help="folder to write to (default: the catalogue's own)")
    options = parser.parse_args(arguments)
    rebuild(options.facts, options.out)
    return 0


if __name__ == "__main__":
    sys.exit(main())
