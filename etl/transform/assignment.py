"""The rest of a source's rows and the rest of the episodes, one to one, inside a series.

The surest pairs first: a pair is linked when each is the other's best by a clear margin and the score is high. Every
link narrows the gaps between linked neighbours, so the next round knows more. It ends when no pair is sure. An optimal
assignment over all pairs would let an unsure pair decide a sure one; this never does.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta

from rapidfuzz import fuzz, process

from etl.transform.link_evidence import Gap, Known, Row, days_between, likeness, part_fit, weigh
from etl.transform.link_gaps import gaps_of, repeated

SURE = 0.85
MARGIN = 0.05
_NEAR_DAYS = 3
_ALIKE_FROM = 50.0
_ALIKE_TITLES = 8

Taken = Mapping[str, tuple[str, int | None]]


@dataclass(frozen=True)
class Choice:
    """A row, the episode (and its part) that it may be, and what speaks for it."""

    source_id: str
    episode_key: str
    part: int | None
    score: float
    evidence: str

    @property
    def slot(self) -> tuple[str, int]:
        """What only one row of a source can take: a title without a part may be the first part's."""
        return (self.episode_key, self.part or 1)


@dataclass(frozen=True)
class Assigned:
    """Sure links, and of each row that is left its likeliest episode and the next one, best first."""

    links: list[Choice] = field(default_factory=list)
    left: dict[str, list[Choice]] = field(default_factory=dict)


def assign(rows: Sequence[Row], registry: Sequence[Known], taken: Taken) -> Assigned:
    """Assign the rows of one source and series that `taken` does not have to episodes that it leaves free.

    `taken` gives episode and part of the linked rows. Specials are not assigned.
    """
    rows = [row for row in rows if row.season != 0]
    pairs = list(_pairs([row for row in rows if row.source_id not in taken], registry))
    known_taken = dict(taken)
    links: list[Choice] = []
    while True:
        choices = list(_weighed(pairs, rows, registry, known_taken))
        sure = list(_sure(choices))
        if not sure:
            return Assigned(links, _best_two(choices))
        links += sure
        known_taken |= {choice.source_id: (choice.episode_key, choice.part) for choice in sure}


Pair = tuple[Row, Known, float | None]


def _pairs(rows: Iterable[Row], registry: Sequence[Known]) -> Iterator[Pair]:
    """Pairs for which anything speaks: title, day or code."""
    titles = [(title, place) for place, known in enumerate(registry) for title in known.title_keys]
    keys = [title for title, _ in titles]
    by_day, by_code = _index(registry)
    for row in rows:
        places: set[int] = set()
        if row.title_key:
            alike = process.extract(
                row.title_key, keys, scorer=fuzz.ratio, score_cutoff=_ALIKE_FROM, limit=_ALIKE_TITLES
            )
            places |= {titles[hit[2]][1] for hit in alike}
        if row.air_date is not None:
            for days in range(-_NEAR_DAYS, _NEAR_DAYS + 1):
                places.update(by_day.get((row.air_date + timedelta(days=days)).toordinal(), []))
        for code in row.production_codes:
            places.update(by_code.get(code, []))
        for place in sorted(places):
            if part_fit(row, registry[place]) > 0:
                yield row, registry[place], likeness(row, registry[place])


def _index(registry: Sequence[Known]) -> tuple[dict[int, list[int]], dict[str, list[int]]]:
    """Places in the registry by day and by production code."""
    by_day: dict[int, list[int]] = {}
    by_code: dict[str, list[int]] = {}
    for place, known in enumerate(registry):
        if known.air_date is not None:
            by_day.setdefault(known.air_date.toordinal(), []).append(place)
        for code in known.production_codes:
            by_code.setdefault(code, []).append(place)
    return by_day, by_code


def _weighed(pairs: Iterable[Pair], rows: Sequence[Row], registry: Sequence[Known], taken: Taken) -> Iterator[Choice]:
    """Every pair that is still free, weighed with the gaps as they are now."""
    used: dict[str, list[int | None]] = {}
    for key, part in taken.values():
        used.setdefault(key, []).append(part)
    free = {known.episode_key for known in registry if is_free(known, used.get(known.episode_key, []))}
    busy_days = repeated(known.air_date for known in registry)
    by_number, by_date = gaps_of(rows, registry, taken, free)
    for row, known, alike in (*pairs, *_alone(rows, registry, (by_number, by_date), pairs)):
        if row.source_id in taken or known.episode_key not in free:
            continue
        is_part_free, part = _free_part(row, known, used.get(known.episode_key, []))
        if is_part_free:
            gap = _gap_of(known, by_number.get(row.source_id), by_date.get(row.source_id))
            is_busy_day = known.air_date in busy_days
            score, evidence = weigh(row, known, alike, gap, is_busy_day=is_busy_day)
            yield Choice(row.source_id, known.episode_key, part, score, evidence)


def _alone(
    rows: Iterable[Row], registry: Iterable[Known], orders: Sequence[Mapping[str, Gap]], pairs: Iterable[Pair]
) -> Iterator[Pair]:
    """Rows without title, each with the episode that stands alone between the same two neighbours."""
    seen = {(row.source_id, known.episode_key) for row, known, _ in pairs}
    by_key = {known.episode_key: known for known in registry}
    for row in rows:
        gaps = [order[row.source_id] for order in orders if row.source_id in order and row.title_key is None]
        for key in sorted({gap.in_turn for gap in gaps if gap.is_alone and gap.in_turn is not None}):
            if (row.source_id, key) not in seen:
                yield row, by_key[key], None


def is_free(known: Known, used: Sequence[int | None]) -> bool:
    """Whether the source may still have a row of the episode."""
    return not used or (None not in used and len({*used}) < known.parts)


def _free_part(row: Row, known: Known, used: Sequence[int | None]) -> tuple[bool, int | None]:
    """Whether what the row would take is free, and which part that is (null for a whole story)."""
    if not used:
        return True, row.part if known.parts > 1 else None
    free = sorted({*range(1, known.parts + 1)} - {*used})
    if row.part is not None:
        return row.part in free, row.part
    return len(free) == 1 and days_between(row.air_date, known.air_date) == 0, free[0]


def _gap_of(known: Known, by_number: Gap | None, by_date: Gap | None) -> Gap | None:
    """The gap that says more of this episode; where the two orders contradict each other, neither names one."""
    gaps = [gap for gap in (by_number, by_date) if gap is not None]
    enclosing = [gap for gap in gaps if known.episode_key in gap.episode_keys]
    if len({gap.in_turn for gap in gaps} - {None}) > 1 or (by_number is not None and by_number not in enclosing):
        return Gap(frozenset([known.episode_key])) if enclosing else None
    return max(enclosing, key=lambda gap: (gap.in_turn == known.episode_key, gap.is_alone), default=None)


def _sure(choices: Sequence[Choice]) -> Iterator[Choice]:
    """Choices that are good enough, and better by a margin than any other of their row and of their slot."""
    of_row: dict[str, list[float]] = {}
    of_slot: dict[tuple[str, int], list[float]] = {}
    for choice in choices:
        of_row.setdefault(choice.source_id, []).append(choice.score)
        of_slot.setdefault(choice.slot, []).append(choice.score)
    second_of_row = {source_id: _second(scores) for source_id, scores in of_row.items()}
    second_of_slot = {slot: _second(scores) for slot, scores in of_slot.items()}
    for choice in choices:
        rival = max(second_of_row[choice.source_id], second_of_slot[choice.slot])
        if choice.score >= SURE and choice.score - rival >= MARGIN:
            yield choice


def _second(scores: list[float]) -> float:
    return sorted(scores, reverse=True)[1] if len(scores) > 1 else 0.0


def _best_two(choices: Iterable[Choice]) -> dict[str, list[Choice]]:
    of_row: dict[str, list[Choice]] = {}
    for choice in choices:
        of_row.setdefault(choice.source_id, []).append(choice)
    return {
        source_id: sorted(several, key=lambda choice: (-choice.score, choice.episode_key))[:2]
        for source_id, several in of_row.items()
    }
