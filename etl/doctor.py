"""Whether the sources are in order: reachable, key accepted, robots allowed, and every pinned id what it claims to be.

A pure core: whoever calls has asked the sources and says what they answered.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from etl.errors import Category, ExitCode, SourceError
from etl.franchise import Franchise
from etl.plain_text import one_line

Level = Literal["good", "doubtful", "wrong"]
_MARKS: Mapping[Level, str] = {"good": "ok", "doubtful": "??", "wrong": "!!"}
_YEARS_APART = 1
_CLOCK_SKEW_S = 300.0
# A header Date has whole seconds, and the answer was on its way.
_SAME_TIME_S = 5.0


@dataclass(frozen=True)
class Pin:
    """An id that the franchise file pins, and what should stand there; `concerns` is a series code or a film key."""

    source: str
    id: str
    concerns: str
    name: str
    year: int | None = None


@dataclass(frozen=True)
class Reply:
    """What the source has under the id; `name` is None where it has no names for such ids, `error` says why not."""

    name: str | None = ""
    year: int | None = None
    error: SourceError | None = None


@dataclass(frozen=True)
class SourceState:
    """How a source itself behaved; None where that was not looked at.

    `missing_key` names the variable that holds no key, for want of which the source was not asked; without pins it was
    not asked either. `clock_skew_s` is by how much the clock here is ahead of its own; `unexamined` counts the pinned
    ids that it told nothing of.
    """

    source: str
    error: SourceError | None = None
    missing_key: str = ""
    is_robots_allowed: bool | None = None
    clock_skew_s: float | None = None
    has_pins: bool = True
    unexamined: int = 0


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at, and how it is."""

    level: Level
    source: str
    subject: str
    text: str


def pinned_ids(franchise: Franchise, sources: Sequence[str], years: Mapping[str, int]) -> list[Pin]:
    """All ids that the franchise pins at these sources; `years` gives the first year of a series code or film key."""
    named = [(series.code, series.name, series.ids) for series in franchise.series]
    named += [(f"film:{film.code}", film.title, film.ids) for film in franchise.films]
    return [
        Pin(source, ids[source], code, name, years.get(code))
        for source in sources
        for code, name, ids in named
        if source in ids
    ]


def examine(states: Sequence[SourceState], replies: Sequence[tuple[Pin, Reply]]) -> list[Finding]:
    """Judge every source and the pinned ids that it was asked for, in the order given."""
    findings = []
    for state in states:
        findings += _of_source(state)
        findings += [_of_pin(pin, reply) for pin, reply in replies if pin.source == state.source]
    return findings


def exit_code(findings: Sequence[Finding]) -> ExitCode:
    """1 if anything is wrong; what is doubtful is told, and no more."""
    is_wrong = any(finding.level == "wrong" for finding in findings)
    return ExitCode.CONTRACT_BROKEN if is_wrong else ExitCode.DONE


def render_findings(findings: Sequence[Finding]) -> str:
    """One line a finding, and a count at the end."""
    wide_source = max((len(finding.source) for finding in findings), default=0)
    wide_subject = max((len(one_line(finding.subject)) for finding in findings), default=0)
    lines = [
        f"{_MARKS[one.level]}  {one.source:<{wide_source}}  {one_line(one.subject):<{wide_subject}}"
        f"  {one_line(one.text)}"
        for one in findings
    ]
    counts = {level: sum(one.level == level for one in findings) for level in _MARKS}
    told = f"{counts['good']} in order, {counts['doubtful']} doubtful, {counts['wrong']} wrong."
    return "\n".join([*lines, "", told]) + "\n"


def _of_source(state: SourceState) -> list[Finding]:
    findings = [_reached(state)]
    if state.is_robots_allowed is not None:
        allowed = "allows what we ask" if state.is_robots_allowed else "forbids some of what we ask, so it is not asked"
        findings.append(Finding("good" if state.is_robots_allowed else "wrong", state.source, "robots.txt", allowed))
    if state.clock_skew_s is not None:
        skew = state.clock_skew_s
        apart = f"{abs(skew):.0f} s {'ahead of' if skew > 0 else 'behind'}"
        told = f"the clock here is {'the same as' if abs(skew) < _SAME_TIME_S else apart} the source's"
        level: Level = "good" if abs(skew) <= _CLOCK_SKEW_S else "wrong"
        mend = "" if level == "good" else ": set it, or answers are taken for fresh or stale wrongly"
        findings.append(Finding(level, state.source, "clock", told + mend))
    if state.unexamined:
        findings.append(Finding("doubtful", state.source, _counted(state.unexamined), "not examined"))
    return findings


def _counted(ids: int) -> str:
    return "1 id" if ids == 1 else f"{ids} ids"


def _reached(state: SourceState) -> Finding:
    error = state.error
    if state.missing_key:
        return Finding("doubtful", state.source, "key", f"none is set ({state.missing_key}), so nothing was asked")
    if not state.has_pins:
        return Finding("good", state.source, "source", "not asked: the franchise pins no id there")
    if error is None:
        return Finding("good", state.source, "source", "reachable, accepts us")
    is_key = error.category in {Category.AUTHENTICATION, Category.QUOTA_EXCEEDED}
    return Finding("wrong", state.source, "key" if is_key else "source", _failure(error))


def _of_pin(pin: Pin, reply: Reply) -> Finding:
    subject = f"{pin.concerns} = {pin.id}"
    if reply.error is not None:
        return Finding("wrong", pin.source, subject, f"{_named(pin.name, pin.year)}: {_failure(reply.error)}")
    level = _level(pin, reply)
    if reply.name is None:
        return Finding(level, pin.source, subject, _by_year(pin, reply))
    if level == "good":
        return Finding(level, pin.source, subject, f"is {_named(reply.name, reply.year)}")
    verdict = "may not be" if level == "doubtful" else "is not"
    text = f"{verdict} {_named(pin.name, pin.year)}: the source has {_named(reply.name, reply.year)} there"
    return Finding(level, pin.source, subject, text)


def _level(pin: Pin, reply: Reply) -> Level:
    """Good with the same name and year; a shorter or longer form of the name, or none, is believed with the year."""
    has_years = pin.year is not None and reply.year is not None
    if has_years and abs((pin.year or 0) - (reply.year or 0)) > _YEARS_APART:
        return "wrong"
    if reply.name is None:
        return "good" if has_years else "doubtful"
    ours, theirs = comparable(pin.name), comparable(reply.name)
    if ours == theirs:
        return "good"
    short, long = sorted((ours, theirs), key=len)
    if not short or long[: len(short)] != short:
        return "wrong"
    return "good" if has_years else "doubtful"


def _by_year(pin: Pin, reply: Reply) -> str:
    begun = "begins in an unknown year" if reply.year is None else f"begins in {reply.year}"
    ours = "an unknown year" if pin.year is None else str(pin.year)
    return f"{begun} there, {pin.name!r} in {ours}; the source has no name for it"


def comparable(name: str) -> tuple[str, ...]:
    """The words of a name without case, accents and punctuation."""
    plain = "".join(sign for sign in unicodedata.normalize("NFKD", name) if not unicodedata.combining(sign))
    joined = re.sub(r"['’‘`´ʼ]", "", plain.casefold().replace("&", " and "))
    return tuple(re.findall(r"[^\W_]+", joined))


def _named(name: str, year: int | None) -> str:
    return f"{name!r} ({year})" if year is not None else f"{name!r}"


def _failure(error: SourceError) -> str:
    return f"{error.message} ({error.category}) {error.category.advice}"
