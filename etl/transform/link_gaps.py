"""Order as evidence: what is free between the linked neighbours of a row, by number and by date."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date

from etl.transform.link_evidence import Gap, Known, Row

_NOWHERE = 10**6
_IN_TURN = 3
Taken = Mapping[str, tuple[str, int | None]]
Linked = tuple[Row, Known, int]
"""A row, its episode, and where that stands in the order."""


def gaps_by_number(
    rows: Sequence[Row], registry: Sequence[Known], taken: Taken, free: Collection[str]
) -> dict[str, Gap]:
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


def gaps_by_date(rows: Sequence[Row], registry: Sequence[Known], taken: Taken, free: Collection[str]) -> dict[str, Gap]:
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
    place_of = {known.episode_key: 2 * place for place, known in enumerate(registry)}
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
    return {row.source_id: Gap(enclosed, in_turn.get(row.source_id)) for row in waiting}


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
    if len(waiting) == len(free) == len(days) <= _IN_TURN:
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
