"""The whole story of one episode or film, told from the published database alone: numbers, links, values, witnesses."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import duckdb
from rapidfuzz import fuzz, process

from etl.database import open_read_only, quoted, read_rows
from etl.errors import InputError
from etl.plain_text import one_line
from etl.value_text import told_text, value_text
from schemas.episodes import MERGED_FIELDS, MOVIE_FIELDS

_WIDTH = 110
_SHORT = 240
_LONG_ID = 40
_NEAREST = 3
_DATABASE = "episodes.duckdb"
_FILM_FIELDS = ("release_date", *MOVIE_FIELDS)

# Everything that a person may call an episode or a film, each with its key: names(name, key).
_NAMES = """
with names(name, key) as (
    select episode_key, episode_key from episodes union all select episode_id, episode_key from episodes
    union all select movie_key, movie_key from movies union all select movie_id, movie_key from movies
    union all select source || ':' || source_id, episode_key from links
    union all select source_id, episode_key from links
    union all select source || ':' || source_id, movie_key from movie_links
    union all select source_id, movie_key from movie_links
    union all select 'tmdb:' || tmdb_id, episode_key from episodes
    union all select 'tmdb:' || tmdb_id, movie_key from movies
    union all select unnest([imdb_id, 'imdb:' || imdb_id]), episode_key from episodes
    union all select unnest([imdb_id, 'imdb:' || imdb_id]), movie_key from movies
)
"""
_FIND = "select distinct key from names where lower(name) = lower(?) order by key"
_NEAR = """
select name, key from names where name is not null
union select title, episode_key from episodes union select title, movie_key from movies order by all
"""
# As text, because DuckDB gives Python an instant only with the help of another package.
_WITNESSES = """
select * replace (strftime(fetched_at, '%Y-%m-%d %H:%M:%S') as fetched_at)
from field_values where episode_key = ? order by field, is_chosen desc, source
"""
# The explained runs of numbers that an episode lies in or causes.
_SHIFTS = """
select number_shifts.scheme, number_shifts.explanation
from numbering as aired
inner join episodes on episodes.episode_key = aired.episode_key
inner join number_shifts on number_shifts.series = episodes.series and number_shifts.season = aired.season
where aired.scheme = 'aired'
    and aired.episode_key = ?
    and (
        aired.first between number_shifts.from_number and number_shifts.to_number
        or number_shifts.cause_key = aired.episode_key
    )
order by number_shifts.scheme, number_shifts.from_number, number_shifts.kind
"""

Row = dict[str, Any]


def tell_why(folder: Path, asked: str, field: str | None = None) -> str:
    """Tell where everything that is published of an episode or a film comes from; with `field`, of that field alone.

    `folder` is a release or its database. `asked` is a key, a public id, or an id of a source, alone or as source:id.
    Raises InputError where there is no database, no such episode, or no such field.
    """
    path = folder / _DATABASE if folder.is_dir() else folder
    try:
        with open_read_only(path) as connection:
            lines = list(_story(connection, _key_of(connection, asked.strip()), field))
    except duckdb.Error as error:
        raise InputError(
            f"The database cannot be read: {one_line(str(error))}",
            mend="Run trek-etl generate, or name the folder of a release.",
            file=path,
        ) from error
    return "\n".join(lines) + "\n"


def _key_of(connection: duckdb.DuckDBPyConnection, asked: str) -> str:
    keys: list[str] = [key for (key,) in connection.execute(_NAMES + _FIND, [asked]).fetchall()]
    if len(keys) == 1:
        return keys[0]
    if keys:
        raise InputError(
            f"{asked!r} is the name of several: {', '.join(keys)}.", mend="Ask for one of these, or for source:id."
        )
    near = ", ".join(_nearest(connection.execute(_NAMES + _NEAR).fetchall(), asked))
    raise InputError(
        f"There is no episode or film {asked!r}.",
        mend=f"Nearest are {near}." if near else "The release holds none at all.",
    )


def _nearest(names: Sequence[tuple[str, str]], asked: str) -> list[str]:
    texts = [name.casefold() for name, _ in names]
    hits = process.extract(asked.casefold(), texts, scorer=fuzz.ratio, limit=_NEAREST * 6)
    return list(dict.fromkeys(names[place][1] for _, _, place in hits))[:_NEAREST]


def _story(connection: duckdb.DuckDBPyConnection, key: str, field: str | None) -> Iterator[str]:
    films = read_rows(connection, "select * from movies where movie_key = ?", key)
    row = films[0] if films else read_rows(connection, "select * from episodes where episode_key = ?", key)[0]
    fields = _FILM_FIELDS if films else tuple(MERGED_FIELDS)
    if field is not None and field not in fields:
        raise InputError(f"There is no field {field!r}.", where=key, mend=f"Fields are {', '.join(fields)}.")
    yield from _wrapped(f"{key}  ", str(row["title"]))
    if field is None:
        yield from _head(connection, row, is_film=bool(films))
        numbers = read_rows(connection, "from numbering where episode_key = ? order by scheme", key)
        yield from _numbers(numbers, read_rows(connection, _SHIFTS, key))
        yield from _links(connection, key, is_film=bool(films))
    yield from _fields(connection, key, row, fields if field is None else (field,), is_whole=field is not None)


def _head(connection: duckdb.DuckDBPyConnection, row: Row, *, is_film: bool) -> Iterator[str]:
    if is_film:
        facts = [("film", row["movie_id"]), ("release", row["release_date"])]
    else:
        named = read_rows(connection, "select name from series where series = ?", row["series"])
        facts = [
            ("series", f"{row['series']}  {named[0]['name'] if named else ''}"),
            ("number", f"season {row['season']}, episode {row['episode']}  ({row['episode_id']})"),
            ("parts", "1, an ordinary episode" if row["parts"] == 1 else f"{row['parts']}, one story in several parts"),
        ]
    stale = ", some values kept from an earlier run" if row["is_stale"] else ""
    facts += [
        ("era", row["era"] or "none"),
        ("quality", f"{row['quality_overall']:.3f}, {row['grade']}{stale}"),
        ("told by", ", ".join(row["sources"])),
    ]
    for name, value in facts:
        yield from _wrapped(f"  {name:<10}", str(value))


def _numbers(numbers: Sequence[Row], shifts: Sequence[Row]) -> Iterator[str]:
    """All numbers, how they differ from those as aired, and what explains it."""
    if not numbers:
        return
    yield from ("", "Numbers")
    yield from (f"  {row['scheme']:<14}season {row['season']}, {_span(row)}" for row in numbers)
    aired = next((row for row in numbers if row["scheme"] == "aired"), None)
    explained = {row["scheme"] for row in shifts}
    for row in numbers:
        differences = _differences(row, aired, is_explained=row["scheme"] in explained) if aired else []
        if differences:
            yield from _wrapped("  ", f"{row['scheme']} counts {' and '.join(differences)}.")
    for row in shifts:
        yield from _wrapped("  ", row["explanation"])


def _span(row: Row) -> str:
    return f"episode {row['first']}" if row["first"] == row["last"] else f"episodes {row['first']}-{row['last']}"


def _differences(row: Row, aired: Row, *, is_explained: bool) -> list[str]:
    """How a scheme counts the episode; what a sentence explains is not said twice."""
    differences = []
    length, shift = row["last"] - row["first"] + 1, row["first"] - aired["first"]
    if row["last"] - row["first"] != aired["last"] - aired["first"]:
        differences.append("the story as one episode" if length == 1 else f"the story as {length} episodes")
    if is_explained:
        return differences
    if row["season"] != aired["season"]:
        differences.append(f"it in season {row['season']}, which aired as season {aired['season']}")
    elif shift:
        differences.append(f"{abs(shift)} {'more' if shift > 0 else 'fewer'} before it in the season than were aired")
    return differences


def _links(connection: duckdb.DuckDBPyConnection, key: str, *, is_film: bool) -> Iterator[str]:
    table, column = ("movie_links", "movie_key") if is_film else ("links", "episode_key")
    links = read_rows(connection, f"from {table} where {quoted(column)} = ? order by source, source_id", key)
    yield from ("", "Links" if links else "Links: none, only the catalogue or an earlier run knows it")
    wide = max((len(one_line(row["source_id"])) for row in links), default=0)
    for row in links:
        part = f", part {row['part']}" if row.get("part") else ""
        score = f" {row['score']:.2f}" if row.get("score") is not None else ""
        named = one_line(row["source_id"]).ljust(min(wide, _LONG_ID))
        start, rest = (f"{named}  ", "") if len(named) <= _LONG_ID else ("", f"{named} ")
        yield from _wrapped(f"  {row['source']:<14}{start}", f"{rest}{row['method']}{score}{part}: {row['evidence']}")


def _fields(
    connection: duckdb.DuckDBPyConnection, key: str, row: Row, fields: Sequence[str], *, is_whole: bool
) -> Iterator[str]:
    witnesses: dict[str, list[Row]] = {}
    for witness in read_rows(connection, _WITNESSES, key):
        witnesses.setdefault(witness["field"], []).append(witness)
    conflicts = {found["field"]: found for found in read_rows(connection, "from conflicts where episode_key = ?", key)}
    yield from ("", "Fields    (* chosen, ! told otherwise by an independent witness)")
    for field in fields:
        if field in witnesses:
            yield from _field(field, row[field], witnesses[field], is_disputed=field in conflicts, is_whole=is_whole)
    silent = [field for field in fields if field not in witnesses]
    if silent:
        yield from ("", *_wrapped("  nobody says  ", ", ".join(silent)))


def _field(field: str, published: Any, witnesses: Sequence[Row], *, is_disputed: bool, is_whole: bool) -> Iterator[str]:
    chosen = [witness for witness in witnesses if witness["is_chosen"]]
    forms = {witness["normalised"] for witness in chosen}
    yield ""
    yield from _wrapped(f"  {field:<18}", _shown(value_text(published), is_whole=is_whole))
    yield from _wrapped(f"    {'rule':<14}", chosen[0]["rule"] if chosen else "none of these values is published now")
    if is_disputed:
        yield f"    {'conflict':<14}independent witnesses disagree"
    for witness in witnesses:
        mark = "*" if witness["is_chosen"] else " "
        if is_disputed and witness["normalised"] not in forms:
            mark = "!"
        stale = ", kept from an earlier run" if witness["is_stale"] else ""
        value = told_text(witness["value"])
        yield from _wrapped(f"  {mark} {witness['source']:<14}", _shown(value, is_whole=is_whole))
        yield from _wrapped(" " * 18, f"{witness['fetched_at']} UTC{stale}  {witness['source_url'] or ''}")


def _shown(text: str, *, is_whole: bool) -> str:
    return text if is_whole or len(text) <= _SHORT else f"{text[:_SHORT].rstrip()} ... ({len(text)} characters)"


def _wrapped(start: str, text: str) -> list[str]:
    """`text` behind `start`, its further lines below its first one."""
    plain = one_line(text)
    return textwrap.wrap(
        plain,
        _WIDTH,
        initial_indent=start,
        subsequent_indent=" " * min(len(start), _WIDTH // 2),
        break_on_hyphens=False,
    ) or [start.rstrip()]
