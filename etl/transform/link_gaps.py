"""Order as evidence: what is free between the linked neighbours of a row, by number and by date."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date

from etl.transform.link_evidence import Gap, Known, Row, days_between

_NOWHERE = 10**6
_STEP = 2
_ROOM_FOR_ONE = 3 * _STEP
"""Neighbours with one episode between them are two steps apart; one more may stand elsewhere in the source's order."""
_IN_TURN = 3
_SAME_RELEASE_DAYS = 2
_NO_GAP = Gap(frozenset())
Taken = Mapping[str, tuple[str, int | None]]
Linked = tuple[Row, Known, int]
"""A row, its episode, and where that stands in the order."""


def gaps_of(
    rows: Sequence[Row], registry: Sequence[Known], taken: Taken, free: Collection[str]
) -> tuple[dict[str, Gap], dict[str, Gap]]:
    """Gaps by number and gaps by date of the rows that are not linked, by `source_id`.

    Where a row has exactly the day of the episode whose turn it is by date, a number says nothing against that.
    """
    by_number, by_date = _by_number(rows, registry, taken, free), _by_date(rows, registry, taken, free)
    day_of = {known.episode_key: known.air_date for known in registry}
    for row in rows:
        one, other = (gaps.get(row.source_id, _NO_GAP).in_turn for gaps in (by_number, by_date))
        if one is not None and other is not None and row.air_date == day_of[other]:
            apart = days_between(row.air_date, day_of[one])
            if apart is not None and apart > _SAME_RELEASE_DAYS:
                del by_number[row.source_id]
    return by_number, by_date


def _by_number(rows: Sequence[Row], registry: Sequence[Known], taken: Taken, free: Collection[str]) -> dict[str, Gap]:
    """Gaps in the source's own order and the registry's, by season and number."""
    ordered = sorted(
        (row for row in rows if row.season is not None and row.number is not None),
        key=lambda row: (row.season or 0, row.number or 0, row.part or 0, row.source_id),
    )
    known = sorted(
        (one for one in registry if one.season is not None and one.place is not None),
        key=lambda one: (one.season or 0, one.place or 0, one.part or 0, one.episode_key),
    )
    return _gaps(ordered, known, taken, free)


def _by_date(rows: Sequence[Row], registry: Sequence[Known], taken: Taken, free: Collection[str]) -> dict[str, Gap]:
    """Gaps in the order in which both say that the episodes were aired."""
    ordered = sorted(
        (row for row in rows if row.air_date is not None),
        key=lambda row: (
            row.air_date or date.min,
            row.season or 0,
            row.number or _NOWHERE,
            row.part or 0,
            row.source_id,
        ),
    )
    known = sorted(
        (one for one in registry if one.air_date is not None),
        key=lambda one: (
            one.air_date or date.min,
            one.season or 0,
            one.place or _NOWHERE,
            one.part or 0,
            one.episode_key,
        ),
    )
    return _gaps(ordered, known, taken, free)


def _gaps(rows: Sequence[Row], registry: Sequence[Known], taken: Taken, free: Collection[str]) -> dict[str, Gap]:
    """Gaps of the rows that are not linked. Both neighbours are linked; one of them may be the end of the series."""
    place_of = {known.episode_key: _STEP * place for place, known in enumerate(registry)}
    # A story of which a part is linked stays open right after that part, or before it if the first is missing.
    begun: dict[str, int] = {}
    for key, part in taken.values():
        begun[key] = min(part or 1, begun.get(key, part or 1))
    beside = {key: 1 if first == 1 else -1 for key, first in begun.items()}
    open_places = sorted(
        (
            (place_of[known.episode_key] + beside.get(known.episode_key, 0), known)
            for known in registry
            if known.episode_key in free
        ),
        key=lambda one: one[0],
    )
    by_key = {known.episode_key: known for known in registry}
    found: dict[str, Gap] = {}
    waiting: list[Row] = []
    before: Linked | None = None
    for row in rows:
        if row.source_id not in taken:
            waiting.append(row)
        elif (key := taken[row.source_id][0]) in by_key:
            after = (row, by_key[key], place_of[key])
            found |= _between(waiting, before, after, open_places)
            waiting, before = [], after
    return found | (_between(waiting, before, None, open_places) if before else {})


def _between(
    waiting: Sequence[Row], before: Linked | None, after: Linked | None, open_places: Sequence[tuple[int, Known]]
) -> dict[str, Gap]:
    """What is free between two linked neighbours, and which of it is whose in turn."""
    first, last = before[2] if before else -1, after[2] if after else _NOWHERE
    free = [known for place, known in open_places if first < place < last] if waiting else []
    if not free:
        return {}
    enclosed = frozenset(known.episode_key for known in free)
    in_turn = _in_turn(waiting, free)
    is_alone = len(waiting) == len(free) == 1 and last - first <= _ROOM_FOR_ONE
    if is_alone and before and after and _is_another_day(waiting[0], free[0], before[1], after[1]):
        return {waiting[0].source_id: Gap(enclosed)}
    return {row.source_id: Gap(enclosed, in_turn.get(row.source_id), is_alone) for row in waiting}


def _is_another_day(row: Row, known: Known, before: Known, after: Known) -> bool:
    """Both days fit between the neighbours, and are not the same: rather two episodes than one that is misdated."""
    days = (row.air_date, known.air_date)
    apart = days_between(*days)
    return (
        apart is not None
        and apart > _SAME_RELEASE_DAYS
        and all((before.air_date or date.min) < (day or date.min) < (after.air_date or date.max) for day in days)
    )


def _in_turn(waiting: Sequence[Row], free: Sequence[Known]) -> dict[str, str]:
    """A row and an episode that alone have their day; and few rows and as many episodes, of different days, in turn."""
    days = {row.air_date for row in waiting}
    shared = repeated(row.air_date for row in waiting) | repeated(known.air_date for known in free)
    alone = {known.air_date: known.episode_key for known in free if known.air_date not in shared}
    found = {
        row.source_id: alone[row.air_date]
        for row in waiting
        if row.air_date is not None and row.air_date in alone and row.air_date not in shared
    }
    if len(waiting) == len(free) == len(days - {None}) <= _IN_TURN:
        return {row.source_id: known.episode_key for row, known in zip(waiting, free, strict=True)} | found
    return found


def repeated(days: Iterable[date | None]) -> set[date]:
    """Days that stand there more than once."""
    seen: set[date] = set()
    again: set[date] = set()
    for day in days:
        if day is not None:
            (again if day in seen else seen).add(day)
    return again
