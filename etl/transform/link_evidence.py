"""How much speaks for a row being an episode: title, date, code and order weighed together, and said in words.

Each kind of evidence has a strength; what is left of the doubt is the product of what each leaves. So one kind alone
does not reach the threshold of a link, two good ones do: a misspelt title on the right day, a missing title on the
right day in turn. One place does reach it: a row without title and an episode that stand alone between the same two
neighbours, both of them linked, where no day says otherwise.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from rapidfuzz import fuzz

_SAME_TITLE = 0.95
_LIKE_TITLE_AT_MOST = 0.84
_UNLIKE_TITLE = 0.6
_OTHER_TITLE = 0.6
_ATTESTED = 0.7
_ONE_SLIP = 0.8
_OTHER_SEASON = 0.93
_FAR_DATE = 0.93
_FAR_DAYS = 60
_DATE_STRENGTH = ((0, 0.6), (1, 0.5), (3, 0.4), (14, 0.2))
_BUSY_DAY = 0.35
_SAME_CODE = 0.6
_BETWEEN = 0.3
_IN_TURN = 0.65
_ALONE_THERE = 0.86
_FIRST_PART = 0.93
_LATER_PART = 0.87
_UNKNOWN_PART = 0.5
_NUMERALS = (("iii", 3), ("iv", 4), ("ii", 2), ("i", 1))


@dataclass(frozen=True)
class Row:
    """What a row of a source says of itself.

    `is_attested`: another source has the same title. `is_only_title`: no other row of the source has it, whatever part.
    """

    source_id: str
    season: int | None
    number: int | None
    title_key: str | None
    part: int | None
    air_date: date | None
    production_codes: tuple[str, ...]
    is_attested: bool = False
    is_only_title: bool = False


@dataclass(frozen=True)
class Known:
    """What the registry says of an episode. `place` is where it stands in its season."""

    episode_key: str
    season: int | None
    place: float | None
    title_keys: tuple[str, ...]
    part: int | None
    parts: int
    air_date: date | None
    production_codes: tuple[str, ...]


@dataclass(frozen=True)
class Gap:
    """Which free episodes lie between a row's linked neighbours, and which of them is the row's in turn, if clear.

    `is_alone`: between the neighbours there is nothing on either side but this row and that episode.
    """

    episode_keys: frozenset[str]
    in_turn: str | None = None
    is_alone: bool = False


def likeness(row: Row, known: Known) -> float | None:
    """Likeness of the titles, 0 to 1, parts apart; null where the row has no title."""
    if not row.title_key:
        return None
    return max((_alike(row.title_key, title) for title in known.title_keys), default=0.0)


def part_fit(row: Row, known: Known) -> float:
    """How well the parts go together: 0 where they exclude each other."""
    if row.title_key is None and row.part is None:
        return 1.0
    said, meant = _part(row.title_key, row.part), known.part or _part_in_titles(known)
    if meant is None and known.parts > 1:
        return 1.0 if said is None or said <= known.parts else 0.0
    if said == meant:
        return 1.0
    if None not in (said, meant):
        return 0.0
    other = said or meant or 1
    return _FIRST_PART if other == 1 else (_UNKNOWN_PART if said else _LATER_PART)


def weigh(row: Row, known: Known, alike: float | None, gap: Gap | None, *, is_busy_day: bool) -> tuple[float, str]:
    """Score from 0 to 1, and the evidence in words. On a busy day several episodes were aired: it says less."""
    strengths: list[float] = []
    words: list[str] = ["has no title"] if alike is None else [_title_in_words(alike)]
    penalty = part_fit(row, known)
    if alike is not None:
        strengths.append(_SAME_TITLE if alike == 1.0 else min(max(0.0, 2 * alike - 1), _LIKE_TITLE_AT_MOST))
        penalty *= _OTHER_TITLE if alike < _UNLIKE_TITLE else 1.0
    is_enclosed = gap is not None and known.episode_key in gap.episode_keys
    is_in_turn = gap is not None and gap.in_turn == known.episode_key
    is_alone = gap is not None and gap.is_alone and is_in_turn
    days = days_between(row.air_date, known.air_date)
    if penalty == _UNKNOWN_PART and row.is_only_title and alike == 1.0 and days == 0:
        penalty = _FIRST_PART
        words.append("no other part of it is told")
    if days is not None:
        strength = next((strength for limit, strength in _DATE_STRENGTH if days <= limit), 0.0)
        strengths.append(min(strength, _BUSY_DAY) if is_busy_day and not is_alone else strength)
        penalty *= _FAR_DATE if days > _FAR_DAYS and not is_alone else 1.0
        words.append(f"dates are {days} days apart")
    if row.is_attested and days and alike is not None and alike < _ONE_SLIP:
        penalty *= _ATTESTED
        words.append("another source has the same title")
    if shared := sorted({*row.production_codes} & {*known.production_codes}):
        strengths.append(_SAME_CODE)
        words.append(f"production code {shared[0]} is the same")
    if is_enclosed:
        strengths.append(_ALONE_THERE if is_alone and alike is None else _IN_TURN if is_in_turn else _BETWEEN)
        words.append(_place_in_words(is_alone=is_alone, is_in_turn=is_in_turn))
    if days != 0 and None not in (row.season, known.season) and row.season != known.season:
        penalty *= _OTHER_SEASON
        words.append("the seasons differ")
    doubt = 1.0
    for strength in strengths:
        doubt *= 1.0 - strength
    return round((1.0 - doubt) * penalty, 4), ", ".join(words)


def days_between(one: date | None, other: date | None) -> int | None:
    """Days from one date to the other, without sign; null where one is missing."""
    return None if one is None or other is None else abs((one - other).days)


def _title_in_words(alike: float) -> str:
    return "title is the same" if alike == 1.0 else f"title is {alike:.0%} alike"


def _place_in_words(*, is_alone: bool, is_in_turn: bool) -> str:
    if is_alone:
        return "it alone is free between its neighbours"
    return "it is the one in turn between its neighbours" if is_in_turn else "its neighbours enclose it"


def _alike(one: str, other: str) -> float:
    """Likeness of two title keys; one that ends in another number is another title."""
    if one == other or _stem(one) == _stem(other):
        return 1.0
    alike = fuzz.ratio(one, other) / 100.0
    return min(alike, 0.5) if _digits(one) != _digits(other) else alike


def _digits(text: str) -> str:
    return "".join(letter for letter in text if letter.isdigit())


def _stem(title_key: str) -> str:
    """A title key without the Roman numeral at its end: the numeral counts as a part."""
    return next((title_key.removesuffix(ending) for ending, _ in _NUMERALS if title_key.endswith(ending)), title_key)


def _part(title_key: str | None, part: int | None) -> int | None:
    if part is not None or title_key is None:
        return part
    return next((number for ending, number in _NUMERALS if title_key.endswith(ending)), None)


def _part_in_titles(known: Known) -> int | None:
    """The numeral of the title itself; an alias may go without."""
    return _part(known.title_keys[0], None) if known.title_keys else None
