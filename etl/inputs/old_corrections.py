"""Patches and overrides of the viewing guide's own generator, turned into corrections as this project has them.

They are taken as they are, in their order, the later one winning; but `add` does add, `preserveOnRegeneration` is
obeyed, and no later merge undoes them. What cannot be expressed here is told, with its line, and does not stop a run.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from etl.inputs.document import Document, Steps, in_words
from etl.inputs.old_guide_fields import NothingToCorrect, Values, read_field
from etl.known_names import KnownNames
from schemas.corrections import Addition, EraOverride, Override, Overrides, Removal, SeasonOverride
from schemas.old_corrections import OverrideFile, Patch, PatchFile

Model = TypeVar("Model", bound=BaseModel)
_TARGETS = {"episode": "episode", "movie": "film", "season": "season", "era": "era"}


@dataclass(frozen=True)
class Why:
    """What stands beside every correction of one entry."""

    reason: str
    author: str | None = None
    is_fallback: bool = False


@dataclass
class Gathered:
    """The corrections so far, the last word on each value, and what could not be made one."""

    document: Document
    names: KnownNames
    told: list[str] = field(default_factory=list)
    values: dict[tuple[str, str], Override | SeasonOverride | EraOverride] = field(default_factory=dict)
    added: dict[str, Addition] = field(default_factory=dict)
    removed: dict[str, Removal] = field(default_factory=dict)

    @property
    def overrides(self) -> Overrides:
        """All of it as one file of corrections."""
        values = list(self.values.values())
        return Overrides(
            override=tuple(one for one in values if isinstance(one, Override)),
            season=tuple(one for one in values if isinstance(one, SeasonOverride)),
            era=tuple(one for one in values if isinstance(one, EraOverride)),
            add=tuple(self.added.values()),
            remove=tuple(self.removed.values()),
        )

    def tell(self, steps: Steps, problem: str) -> None:
        """Note what could not be applied."""
        self.told.append(f"{self.document.file.name}:{self.document.line_of(steps)}: {in_words(steps)}: {problem}")

    def correct(self, kind: str, target: str, fields: Mapping[str, Any], steps: Steps, why: Why) -> None:
        """Take over what the fields say of a target that is known."""
        for name, value in fields.items():
            place: Steps = (*steps, "fields", name)
            try:
                values = read_field(kind, name, value, self.names.episode)
            except NothingToCorrect as reason:
                self.tell(place, f"not applied: {name} {reason}.")
            else:
                self.take(kind, target, values, place, why)

    def take(self, kind: str, target: str, values: Values, place: Steps, why: Why) -> None:
        """Take over values, in place of those that were said before."""
        for name, value in values.items():
            self.values[target, name] = self.checked(_MODELS[kind], place, why, value=value, field=name, of=target)

    def checked(self, model: type[Model], place: Steps, why: Why, *, of: str, **given: Any) -> Model:
        """An entry that keeps its contract. Raises InputError with the line where the file gives what breaks it."""
        entry = {_TARGET_FIELDS[model]: of, **given, "reason": why.reason, "author": why.author}
        if "is_fallback" in model.model_fields:
            entry["is_fallback"] = why.is_fallback
        try:
            return model.model_validate(entry)
        except ValidationError as error:
            first = error.errors(include_url=False)[0]
            raise self.document.fault(place, f"{first['msg'].removeprefix('Value error, ')}.", "Correct it.") from None


_MODELS: dict[str, type[Override | SeasonOverride | EraOverride]] = {
    "episode": Override,
    "movie": Override,
    "season": SeasonOverride,
    "era": EraOverride,
}
_TARGET_FIELDS: dict[type[BaseModel], str] = {
    Override: "episode",
    SeasonOverride: "season",
    EraOverride: "era",
    Addition: "episode",
    Removal: "episode",
}


def gather_patches(document: Document, names: KnownNames) -> Gathered:
    """The corrections that a file of patches makes. Raises InputError for a file that is none."""
    gathered = Gathered(document, names)
    file = document.validated(PatchFile)
    _tell_unknown(gathered, (), file)
    for number, patch in enumerate(file.patches):
        _tell_unknown(gathered, ("patches", number), patch)
        _patch(gathered, patch, ("patches", number))
    return gathered


def gather_overrides(document: Document, names: KnownNames) -> Gathered:
    """The corrections that a file of overrides makes. Raises InputError for a file that is none."""
    gathered = Gathered(document, names)
    file = document.validated(OverrideFile)
    _tell_unknown(gathered, (), file)
    for number, one in enumerate(file.overrides):
        steps: Steps = ("overrides", number)
        _tell_unknown(gathered, steps, one)
        target = _target(names, one.targetType, one.targetId)
        if target is None:
            gathered.tell((*steps, "targetId"), f"not applied: there is no {_of(one.targetType, one.targetId)}.")
        else:
            why = Why(one.reason, is_fallback=not one.preserveOnRegeneration)
            gathered.correct(one.targetType, target, one.fields, steps, why)
    return gathered


def _patch(gathered: Gathered, patch: Patch, steps: Steps) -> None:
    why = Why(f"{patch.description} [patch {patch.id}]", patch.author)
    target = _target(gathered.names, patch.targetType, patch.targetId)
    if patch.operation == "remove":
        _remove(gathered, patch, target, steps, why)
    elif patch.operation == "add" and target is None and patch.targetType == "episode":
        _add(gathered, patch, steps, why)
    elif target is None:
        mend = " It can be added in the franchise file." if patch.operation == "add" else ""
        gathered.tell((*steps, "targetId"), f"not applied: there is no {_of(patch.targetType, patch.targetId)}.{mend}")
    elif patch.operation == "add" and _is_another(gathered.names, patch, target):
        problem = f"not added: {patch.targetId} is another episode, {target}."
        gathered.tell((*steps, "targetId"), f"{problem} Give the key of the one that is meant, or another number.")
    elif target in gathered.removed and patch.operation == "update":
        gathered.tell((*steps, "targetId"), f"not applied: an earlier patch removes {patch.targetId}.")
    else:
        gathered.removed.pop(target, None)
        gathered.correct(patch.targetType, target, patch.fields, steps, why)


def _is_another(names: KnownNames, patch: Patch, target: str) -> bool:
    """Whether what is to be added has the id of an episode with another title: that one must not be renamed."""
    title = patch.fields.get("title")
    return patch.targetType == "episode" and isinstance(title, str) and not names.is_called(target, title)


def _remove(gathered: Gathered, patch: Patch, target: str | None, steps: Steps, why: Why) -> None:
    if patch.fields:
        gathered.tell((*steps, "fields"), "ignored: a patch that removes needs no fields.")
    if target is None or patch.targetType == "era":
        reason = "an era is removed in the franchise file" if target else f"there is no {patch.targetId[:60]!r}"
        gathered.tell((*steps, "targetId"), f"not applied: {reason}.")
        return
    keys = gathered.names.episodes_of(target) if patch.targetType == "season" else [target]
    for key in keys:
        gathered.added.pop(key, None)
        gathered.removed[key] = gathered.checked(Removal, steps, why, of=key)


def _add(gathered: Gathered, patch: Patch, steps: Steps, why: Why) -> None:
    """A new episode: its id says where it stands, its title what it is called, its date when it was aired."""
    title, air_date = patch.fields.get("title"), patch.fields.get("airDate")
    if not isinstance(title, str) or not title.strip() or air_date is None:
        raise gathered.document.fault((*steps, "fields"), "A new episode needs title and airDate.", "Add them.")
    new = gathered.names.new_episode(patch.targetId, title)
    if new is None:
        problem = f"{patch.targetId[:60]!r} says no series of the franchise, season and number"
        gathered.tell((*steps, "targetId"), f"not applied: {problem}, or the title has no letters.")
        return
    if gathered.names.episode(new.key):
        problem = f"not added, because it is known as {new.key}; its fields are applied to that."
        gathered.tell((*steps, "targetId"), problem)
    else:
        gathered.added[new.key] = gathered.checked(
            Addition,
            (*steps, "fields"),
            why,
            of=new.key,
            season=new.season,
            number=new.number,
            title=title,
            air_date=air_date,
        )
    others = {name: value for name, value in patch.fields.items() if (name, value) not in new.said.items()}
    gathered.correct("episode", new.key, others, steps, why)


def _target(names: KnownNames, kind: str, name: str) -> str | None:
    find = {"episode": names.episode, "movie": names.film, "season": names.season, "era": names.era}[kind]
    return find(name)


def _of(kind: str, name: str) -> str:
    return f"{_TARGETS[kind]} {name[:60]!r}"


def _tell_unknown(gathered: Gathered, steps: Steps, model: BaseModel) -> None:
    for name in model.model_extra or {}:
        gathered.tell((*steps, name), "ignored: nothing is known of this key.")
