"""Taking over what people wrote into a viewing guide: its hand-made values as corrections, all the rest told.

Hand-made are plot points, guest stars, connections and stardates of episodes, which the older generator never writes;
and notes, in-universe years and stardates of seasons and films, unless their ids carry a TMDB id, as those it made do.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from etl.adopt_map import Mapped, OldRow, map_guide
from etl.errors import InputError
from etl.inputs.document import Document, shown
from etl.inputs.old_corrections import Gathered, Why
from etl.inputs.old_guide_fields import NothingToCorrect, Values, read_field
from etl.known_names import KnownNames
from etl.our_values import OurValues
from schemas.corrections import Overrides
from schemas.old_guide import OldEra, OldGuide

_HAND_MADE = {
    "episode": ("plotPoints", "guestStars", "connections", "stardate"),
    "season": ("notes", "year", "stardate"),
    "movie": ("notes", "year", "stardate"),
}
_GENERATED = {
    "episode": (
        *("title", "airDate", "synopsis", "productionCode", "director", "writer"),
        *("memoryAlphaUrl", "tmdbId", "imdbId"),
    ),
    "season": ("title",),
    "movie": ("title",),
    "era": ("title", "years", "stardates", "description"),
}
_NO_YEAR = "TBD"
_SILENT = ("is empty", "says that the stardate is not known", "was made up")
# When a season or a film was first shown, as our tables call it.
_SHOWN_AT = {"season": "first_air_date", "movie": "release_date"}
# Prose of two sources always differs, so that it is counted and not listed.
_PROSE = ("synopsis", "description")


@dataclass
class Adopted:
    """The corrections that a guide gives, how many rows were mapped, and in words what was not taken over."""

    overrides: Overrides
    rows: int
    mapped: int
    same: int
    told: list[str] = field(default_factory=list)

    @property
    def summary(self) -> str:
        """One sentence for people."""
        taken = sum(len(getattr(self.overrides, name)) for name in ("override", "season"))
        return (
            f"{self.mapped} of {self.rows} rows are known here; {taken} values are taken over, "
            f"{self.same} are the same here already, {len(self.told)} things are told below."
        )


def adopt_guide(document: Document, names: KnownNames, ours: OurValues) -> Adopted:
    """Turn the guide's hand-made values into corrections. Raises InputError for what is no guide of this franchise."""
    guide = document.validated(OldGuide)
    mapped = map_guide(guide, names)
    found = [*mapped.seasons, *mapped.films, *mapped.episodes]
    rows = len(found) + len(mapped.unmapped)
    if rows and not found:
        problem = f"None of its {rows} rows is known as {names.franchise.name}."
        raise InputError(problem, mend="Name another --franchise.", file=document.file)
    taking = _Taking(Gathered(document, names), ours, mapped)
    for row, reason in mapped.unmapped:
        taking.tell(row, f"is not mapped: {reason}")
    for place, era in enumerate(guide.root):
        taking.compare_era(place, era)
    # Hand-made ids first: the same season may stand there a second time, generated.
    for kind, found_rows in (("season", mapped.seasons), ("movie", mapped.films), ("episode", mapped.episodes)):
        taking.take(kind, sorted(found_rows, key=lambda one: _is_generated(one[0], names)))
    told = [*taking.gathered.told, *taking.counted()]
    return Adopted(taking.gathered.overrides, rows, len(found), taking.same, told)


@dataclass
class _Taking:
    gathered: Gathered
    ours: OurValues
    mapped: Mapped
    same: int = 0
    differing: Counter[str] = field(default_factory=Counter)
    unknown: Counter[str] = field(default_factory=Counter)

    def tell(self, row: OldRow, sentence: str) -> None:
        """Note something of a row, with its id and title."""
        self.gathered.tell(row.steps, f"{row.id[:60]} {row.title[:60]!r} {sentence}.")

    def take(self, kind: str, found: Sequence[tuple[OldRow, str]]) -> None:
        """Take over the hand-made values of rows whose targets were found; compare the others."""
        for row, target in found:
            holder = row.episode or row.item
            self.unknown.update(f"{kind} {name}" for name in holder.model_extra or {})
            is_hand_made = kind == "episode" or not _is_generated(row, self.gathered.names)
            for name in _HAND_MADE[kind]:
                self._take(kind, target, row, name, getattr(holder, name), is_hand_made=is_hand_made)
            for name in _GENERATED[kind]:
                self._compare(kind, target, row, name, getattr(holder, name))

    def compare_era(self, place: int, era: OldEra) -> None:
        """Tell the texts of an era that differ: they are the franchise file's to say."""
        self.unknown.update(f"era {name}" for name in era.model_extra or {})
        if self.gathered.names.era(era.id) is None:
            self.gathered.tell((place,), f"there is no era {era.id[:60]!r}; its items are looked at all the same.")
            return
        for name in _GENERATED["era"]:
            value = getattr(era, name)
            if value and value != self.ours.value("era", era.id, name):
                self._differs("era", name, (place, name), value, self.ours.value("era", era.id, name))

    def counted(self) -> Iterator[str]:
        """What is told in numbers, because there may be a lot of it."""
        for what, count in sorted(self.differing.items()):
            yield f"{what} differs from ours in {_rows(count)}: it was generated there, and is not taken over."
        for what, count in sorted(self.unknown.items()):
            yield f"{what[:80]}: nothing is known of this key, found in {_rows(count)}."

    def _take(self, kind: str, target: str, row: OldRow, name: str, value: Any, *, is_hand_made: bool) -> None:
        steps = (*row.steps, name)
        if name == "year" and self._says_when_it_was_shown(kind, target, value):
            return
        try:
            values = read_field(kind, name, value, self._key_of)
        except NothingToCorrect as reason:
            if not str(reason).startswith(_SILENT):
                self.tell(row, f"gives nothing for {name}: it {reason}")
            return
        news = {field: told for field, told in values.items() if not self._is_ours(kind, target, field, told)}
        self.same += len(values) - len(news)
        if news and not is_hand_made:
            self.differing[f"{kind} {name}"] += 1
        elif news:
            self._keep(kind, target, row, news, steps)

    def _says_when_it_was_shown(self, kind: str, target: str, value: str | None) -> bool:
        """Whether this is no in-universe year but that of the broadcast, which the older generator writes."""
        shown_at = self.ours.value(kind, target, _SHOWN_AT[kind])
        return value is None or value == _NO_YEAR or (shown_at is not None and value[:4] == str(shown_at.year))

    def _keep(self, kind: str, target: str, row: OldRow, news: Values, steps: tuple[str | int, ...]) -> None:
        line = self.gathered.document.line_of(steps)
        why = Why(f"taken over from {self.gathered.document.file.name}, line {line}")
        taken = self.gathered.values
        for field_name, value in news.items():
            before = taken.get((target, field_name))
            if before is None:
                self.gathered.take(kind, target, {field_name: value}, steps, why)
            elif isinstance(value, list):
                both = [*before.value, *(one for one in value if one not in before.value)]
                self.gathered.take(kind, target, {field_name: both}, steps, why)
            elif before.value != value:
                self.tell(
                    row, f"says {value!r} for {field_name} of {target}, an earlier row {before.value!r}, which is kept"
                )

    def _compare(self, kind: str, target: str, row: OldRow, name: str, value: Any) -> None:
        try:
            values = read_field(kind, name, value, self._key_of)
        except NothingToCorrect:
            return
        for field_name, told in values.items():
            if self._is_ours(kind, target, field_name, told):
                self.same += 1
            else:
                ours = self.ours.value(kind, target, field_name)
                self._differs(kind, name, (*row.steps, name), told, ours, row.id)

    def _differs(
        self, kind: str, name: str, steps: tuple[str | int, ...], told: Any, ours: Any, row_id: str = ""
    ) -> None:
        if name in _PROSE:
            self.differing[f"{kind} {name}"] += 1
        else:
            whose = f"{row_id[:60]}: " if row_id else ""
            self.gathered.tell(steps, f"{whose}not taken over: {shown(told)} there, {shown(ours)} here.")

    def _is_ours(self, kind: str, target: str, field_name: str, told: Any) -> bool:
        ours = self.ours.value(kind, target, field_name)
        return ours is not None and _comparable(ours) == _comparable(told)

    def _key_of(self, name: str) -> str | None:
        """An id as the guide uses it: first that of its own row, whatever number we would give it."""
        return self.mapped.keys.get(name) or self.gathered.names.episode(name)


def _rows(count: int) -> str:
    return "1 row" if count == 1 else f"{count:,} rows"


def _is_generated(row: OldRow, names: KnownNames) -> bool:
    place = names.place(row.item.id)
    return place is not None and place.is_of_tmdb


def _comparable(value: Any) -> Any:
    """A value for comparing: people in any order and case, days as text."""
    if isinstance(value, list):
        return sorted(_comparable(one) if isinstance(one, str) else _told(one) for one in value)
    return " ".join(value.casefold().split()) if isinstance(value, str) else str(value)


def _told(connection: Mapping[str, Any]) -> str:
    return repr(sorted((name, value) for name, value in connection.items() if value))
