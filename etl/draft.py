"""The draft of a franchise file for one show of TMDB: what TMDB knows filled in, the rest named for a person."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from typing import Any

from etl.errors import InputError
from etl.toml_text import toml_string

_ENDED = ("ended", "canceled", "cancelled")
_ANIMATION = 16
_LONGEST_CODE, _SHORTEST_CODE = 6, 2
# "film" begins the keys of films.
_TAKEN = ("film",)


def draft_franchise(show: Mapping[str, Any]) -> str:
    """The text of a franchise.toml that `load_franchise` accepts, from TMDB's answer about a show.

    Raises InputError where the answer is not about a show: no id or no name.
    """
    tmdb_id, name = show.get("id"), show.get("name")
    if type(tmdb_id) is not int or tmdb_id < 1 or not isinstance(name, str) or not name.strip():
        raise InputError("This is no show of TMDB: it has no id or no name.", mend="Check the id given with --tmdb.")
    name = name.strip()
    code, year = code_of(name), _year(show.get("first_air_date"))
    return _TEMPLATE.format(
        franchise=_identifier(name) or f"show_{tmdb_id}",
        code=code,
        name=toml_string(name),
        kind="animated" if _is_animated(show) else "series",
        is_ended="true" if str(show.get("status", "")).lower() in _ENDED else "false",
        ids=_ids(tmdb_id, show),
        seasons="".join(f"    {{ number = {number} }},\n" for number in _seasons(show)),
        years=toml_string(year or "unknown"),
    )


def code_of(name: str) -> str:
    """A short code of 2 to 6 letters and digits: the initials of several words, else the beginning of the word."""
    words = re.findall(r"[a-z0-9]+", _plain(name))
    initials = "".join(word[0] for word in words)
    code = initials if _SHORTEST_CODE <= len(initials) <= _LONGEST_CODE else "".join(words)[:_LONGEST_CODE]
    return code if len(code) >= _SHORTEST_CODE and code not in _TAKEN else "show"


def _plain(name: str) -> str:
    whole = unicodedata.normalize("NFKD", name).lower()
    return re.sub(r"['’]", "", "".join(sign for sign in whole if not unicodedata.combining(sign)))


def _identifier(name: str) -> str:
    return "_".join(re.findall(r"[a-z0-9]+", _plain(name)))[:40].strip("_")


def _year(day: Any) -> str:
    return day[:4] if isinstance(day, str) and re.match(r"[0-9]{4}-", day) else ""


def _is_animated(show: Mapping[str, Any]) -> bool:
    genres = show.get("genres")
    return isinstance(genres, list) and any(isinstance(one, Mapping) and one.get("id") == _ANIMATION for one in genres)


def _ids(tmdb_id: int, show: Mapping[str, Any]) -> str:
    external = show.get("external_ids")
    imdb_id = external.get("imdb_id") if isinstance(external, Mapping) else None
    is_known = isinstance(imdb_id, str) and re.fullmatch(r"tt[0-9]{7,}", imdb_id)
    return f"{{ tmdb = {tmdb_id}, imdb = {toml_string(str(imdb_id))} }}" if is_known else f"{{ tmdb = {tmdb_id} }}"


def _seasons(show: Mapping[str, Any]) -> list[int]:
    """The numbers of the seasons; number 0 holds TMDB's specials."""
    seasons = show.get("seasons")
    numbers = (
        [one.get("season_number") for one in seasons if isinstance(one, Mapping)] if isinstance(seasons, list) else []
    )
    return sorted({number for number in numbers if type(number) is int and number > 0})


_TEMPLATE = """\
# A draft made from TMDB. Read it through: what a comment asks for, TMDB does not know.

code = "{franchise}"
name = {name}

[[series]]
# The code begins every key and public id (2 to 6 letters or digits); it can never be changed later.
code = "{code}"
name = {name}
kind = "{kind}"
is_ended = {is_ended}
# Add the ids at the other sources: tvmaze (the number in the address of its page), memory_alpha, stapi, trekcore.
ids = {ids}
# Each season may have years = "2364" or "2364-2365", in which it plays, and a name of its own.
seasons = [
{seasons}]

# The eras order the viewing guide. Every season and film belongs to exactly one; a rule without seasons claims all.
[[eras]]
id = "main"
title = {name}
# The years in which the story plays; here stands the year of the first broadcast.
years = {years}
stardates = "none"
# One sentence about this era.
description = {name}
rules = [{{ series = "{code}" }}]

# Films: [[films]] with code, title, years and ids, each named in the films of one era.
# Which source wins: [merge]; what is good enough: [quality]. Without them the defaults hold.
"""
