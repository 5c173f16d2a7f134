"""The franchise: series, films, eras and policies, read from franchises/<name>/franchise.toml, typed and checked."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC
from itertools import chain
from pathlib import Path
from typing import Annotated, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, ValidationInfo
from pydantic.functional_validators import AfterValidator, BeforeValidator

from etl.errors import InputError
from etl.inputs.document import Steps
from etl.inputs.toml_file import read_toml

BUNDLED = Path(__file__).parent / "franchises"
MERGE_ORDER = ("override", "memory_alpha", "tmdb", "trekcore", "stapi", "tvmaze", "catalogue")
ID_NAMES = ("tmdb", "imdb", "tvmaze", "memory_alpha", "stapi", "trekcore")


def _beside(name: Path, info: ValidationInfo) -> Path:
    """A franchise file may come from a stranger, and an error quotes the file it names: so it names its neighbours."""
    folder: Path = (info.context or {})["folder"]
    path = folder / name
    if len(name.parts) != 1 or "\0" in str(name) or not path.is_file():
        raise ValueError("There is no such file beside the franchise file")
    if path.resolve().parent != folder.resolve() and not folder.is_relative_to(BUNDLED):
        raise ValueError("The file leads out of the folder of the franchise file")
    return path


Text = Annotated[str, Field(min_length=1, max_length=2000)]
SeriesCode = Annotated[str, Field(pattern=r"^[a-z0-9]{2,6}$")]
FilmCode = Annotated[str, Field(pattern=r"^[a-z0-9]{2,10}$")]
Identifier = Annotated[str, Field(pattern=r"^[a-z0-9_]+$", max_length=60)]
Years = Annotated[str, Field(pattern=r"^(\d{4}(-\d{4})?)?$")]
Alias = Annotated[str, Field(pattern=r"^[a-z0-9_]{1,40}$")]
PinnedId = Annotated[
    str,
    Field(pattern=r"^[^\x00-\x1f\x7f]{1,100}$"),
    BeforeValidator(lambda value: str(value) if type(value) is int else value),
]
PinnedIds = dict[Annotated[str, Field(pattern=rf"^({'|'.join(ID_NAMES)})$")], PinnedId]
Order = tuple[Annotated[str, Field(pattern=rf"^({'|'.join(MERGE_ORDER)})$")], ...]
FileBeside = Annotated[Path, AfterValidator(_beside)]
Moment = Annotated[AwareDatetime, AfterValidator(lambda moment: moment.astimezone(UTC))]
Share = Annotated[float, Field(ge=0, le=1)]
Days = Annotated[float, Field(gt=0)]


class _Model(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


class Season(_Model):
    """A season as first aired, and the years it plays in: "2364", "2151-2152", or "" where they are not known."""

    number: Annotated[int, Field(ge=0)]
    years: Years = ""
    name: str = ""


class Series(_Model):
    """A series and what the sources call it; `ids` holds pinned ids by name of the source, as text.

    `aliases` are codes that other people's files have for it.
    """

    code: SeriesCode
    name: Text
    kind: Literal["series", "animated"]
    is_ended: bool
    ids: PinnedIds = {}
    aliases: tuple[Alias, ...] = ()
    seasons: tuple[Season, ...] = ()


class Film(_Model):
    """A film; its facts stand in the catalogue. `aliases` are ids that other people's files have for it."""

    code: FilmCode
    title: Text
    years: Years = ""
    ids: PinnedIds = {}
    aliases: tuple[Alias, ...] = ()


class EraRule(_Model):
    """Which seasons of a series an era claims; None is all of them, also those yet to come."""

    series: SeriesCode
    seasons: Annotated[tuple[int, ...], Field(min_length=1)] | None = None

    def claims(self, series: str, season: int) -> bool:
        """Whether this rule puts the season into its era."""
        return self.series == series and (self.seasons is None or season in self.seasons)


class Era(_Model):
    """An in-universe era: texts for people, and what belongs to it."""

    id: Identifier
    title: Text
    years: Text
    stardates: Text
    description: Text
    rules: tuple[EraRule, ...] = ()
    films: tuple[FilmCode, ...] = ()


class FieldPolicy(_Model):
    """How one value of a field is chosen; without an order of its own the franchise's order holds."""

    rule: Literal["order", "agree", "longest", "union"] = "order"
    order: Order | None = None


class MergePolicy(_Model):
    """Which source wins where sources differ."""

    order: Order = MERGE_ORDER
    fields: dict[str, FieldPolicy] = {}

    def policy(self, field: str) -> FieldPolicy:
        """The policy of a field, its order always filled in."""
        own = self.fields.get(field, FieldPolicy())
        return own if own.order is not None else FieldPolicy(rule=own.rule, order=self.order)


class QualityPolicy(_Model):
    """What is good enough to publish, how fast data grow old, how far averages may fall, where the formula differs.

    The formula is etl/formula.py; `max_fall` is how far the average of a series may fall from one release to the next.
    """

    threshold: Share = 0.6
    half_life_running_days: Days = 30.0
    half_life_ended_days: Days = 730.0
    least_freshness: Share | None = None
    shares: dict[Literal["completeness", "accuracy", "freshness", "reliability"], Share] | None = None
    grades: dict[Literal["excellent", "good", "acceptable", "poor"], Share] | None = None
    max_fall: Share = 0.05


class StapiPolicy(_Model):
    """How STAPI is asked: `people_budget` is how many full objects, one request each, a run may ask for; 0 for none."""

    people_budget: Annotated[int, Field(ge=0, le=1000)] = 20


class SourcePolicies(_Model):
    """What a franchise wants otherwise of a source."""

    stapi: StapiPolicy = StapiPolicy()


class GuardPolicy(_Model):
    """How much may change in one run without anybody being asked (docs/redirects.md)."""

    min_rows_share: Share = 0.95
    min_rows_lost: Annotated[int, Field(ge=1)] = 2
    max_renamed_share: Share = 0.02
    min_renamed: Annotated[int, Field(ge=1)] = 3
    max_renumbered: Annotated[int, Field(ge=0)] = 0


class ChecksPolicy(_Model):
    """What the checks count against, named beside the franchise file and whole paths once loaded."""

    expected_episodes: FileBeside | None = None


class Catalogue(_Model):
    """The bundled facts, named beside the franchise file and whole paths once loaded.

    `pages` is the address that a wiki page named in the catalogue begins with.
    """

    episodes: FileBeside
    movies: FileBeside
    disputes: FileBeside
    checked_at: Moment
    pages: Annotated[str, Field(pattern=r"^(https://\S+)?$")] = ""


class Franchise(_Model):
    """All that a run knows beforehand; no other file of the package holds a fact about a franchise."""

    code: Identifier
    name: Text
    series: tuple[Series, ...] = ()
    films: tuple[Film, ...] = ()
    eras: tuple[Era, ...] = ()
    merge: MergePolicy = MergePolicy()
    quality: QualityPolicy = QualityPolicy()
    sources: SourcePolicies = SourcePolicies()
    guard: GuardPolicy = GuardPolicy()
    checks: ChecksPolicy = ChecksPolicy()
    catalogue: Catalogue | None = None

    @property
    def series_codes(self) -> tuple[str, ...]:
        """The codes in the order of the file, which is the order of every output."""
        return tuple(series.code for series in self.series)

    def series_by_code(self, code: str) -> Series:
        """The series of a code; KeyError where there is none."""
        return {series.code: series for series in self.series}[code]

    def era_of_season(self, series: str, season: int) -> Era | None:
        """The era of a season. One that no rule knows yet continues the newest season that one knows."""
        claims = [(rule.seasons or (season,), era) for era in self.eras for rule in era.rules if rule.series == series]
        known = [era for seasons, era in claims if season in seasons]
        newest = [era for _, era in sorted(claims, key=lambda claim: max(claim[0]), reverse=True)]
        return next(iter(known or newest), None)


def load_franchise(name_or_path: str | Path, *, has_catalogue: bool = True) -> Franchise:
    """Read a bundled franchise by its name, or any other by the path of its .toml file; on demand without catalogue."""
    document = read_toml(franchise_file(name_or_path), "franchise file")
    franchise = document.validated(Franchise, {"folder": document.file.parent})
    checks = (_repeated, _unknown_claims, _wrong_ids, _out_of_place)
    for place, problem, mend in chain.from_iterable(check(franchise) for check in checks):
        raise document.fault(place, problem, mend)
    return franchise if has_catalogue else franchise.model_copy(update={"catalogue": None})


def franchise_file(name_or_path: str | Path) -> Path:
    """The file of a bundled franchise, or the path of another .toml file as it is. InputError for anything else."""
    path = Path(name_or_path)
    bundled = {file.parent.name: file for file in sorted(BUNDLED.glob("*/franchise.toml"))}
    if path.suffix != ".toml" and str(name_or_path) not in bundled:
        mend = f"Bundled: {', '.join(bundled)}; or give the path of a .toml file."
        raise InputError(f"There is no franchise {str(name_or_path)!r}.", mend=mend)
    return bundled.get(str(name_or_path), path)


Fault = tuple[Steps, str, str]  # where, the problem, and how to mend it


def _repeated(franchise: Franchise) -> Iterator[Fault]:
    names: dict[Steps, list[str | int]] = {
        ("series",): list(franchise.series_codes),
        ("films",): [film.code for film in franchise.films],
        ("eras",): [era.id for era in franchise.eras],
        ("merge", "order"): list(franchise.merge.order),
    }
    for name, field in franchise.merge.fields.items():
        names["merge", "fields", name, "order"] = list(field.order or ())
    for place, series in enumerate(franchise.series):
        names["series", place, "seasons"] = [season.number for season in series.seasons]
    for where, values in names.items():
        for value in sorted({value for value in values if values.count(value) > 1}):
            last = len(values) - 1 - values[::-1].index(value)
            yield (*where, last), f"{value!r} stands there more than once.", "Keep one of them."


def _unknown_claims(franchise: Franchise) -> Iterator[Fault]:
    seasons = {series.code: {season.number for season in series.seasons} for series in franchise.series}
    films = [film.code for film in franchise.films]
    for place, era in enumerate(franchise.eras):
        for number, rule in enumerate(era.rules):
            where: Steps = ("eras", place, "rules", number)
            if rule.series not in seasons:
                mend = f"Use one of {', '.join(seasons)}."
                yield (*where, "series"), f"There is no series {rule.series!r}.", mend
            elif unknown := sorted(set(rule.seasons or ()) - seasons[rule.series]):
                problem = f"{rule.series} has no season {unknown[0]}."
                yield (*where, "seasons"), problem, "Add it to the series or mend this."
        for film in sorted(set(era.films) - set(films)):
            yield ("eras", place, "films"), f"There is no film {film!r}.", f"Use one of {', '.join(films)}."


def _wrong_ids(franchise: Franchise) -> Iterator[Fault]:
    series: dict[Steps, PinnedIds] = {("series", place): one.ids for place, one in enumerate(franchise.series)}
    films: dict[Steps, PinnedIds] = {("films", place): film.ids for place, film in enumerate(franchise.films)}
    for where, ids in {**series, **films}.items():
        for source in ("tmdb", "tvmaze"):
            if not re.fullmatch(r"[0-9]{1,12}", ids.get(source, "0")):
                mend = "Use the number in the address of its page."
                yield (*where, "ids", source), f"{ids[source]!r} is no number.", mend


def _out_of_place(franchise: Franchise) -> Iterator[Fault]:
    owners: dict[tuple[Steps, str], list[str]] = {}
    for place, series in enumerate(franchise.series):
        for number, season in enumerate(series.seasons):
            where: Steps = ("series", place, "seasons", number)
            rules = [(era.id, rule) for era in franchise.eras for rule in era.rules]
            claiming = [era for era, rule in rules if rule.claims(series.code, season.number)]
            owners[where, f"Season {season.number} of {series.code}"] = claiming
    for place, film in enumerate(franchise.films):
        claiming = [era.id for era in franchise.eras for code in era.films if code == film.code]
        owners[("films", place), f"The film {film.code}"] = claiming
    for (where, name), eras in owners.items():
        if len(eras) != 1:
            yield where, f"{name} belongs to {' and '.join(eras) or 'no era'}.", "Name it in exactly one era."
