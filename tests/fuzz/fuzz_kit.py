"""How the fuzz tests look for trouble: how much by default and with HYPOTHESIS_PROFILE=fuzz, and with what.

The default keeps the whole folder within seconds and takes the same examples every time; `make fuzz` looks longer, at
new ones each time. Sources are played without a network: what is tested is what is read, not how it came.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from copy import deepcopy
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

from etl.errors import Category, SourceError
from etl.franchise import Franchise, load_franchise
from etl.http.payload import read_payload
from etl.sources import Answer, Request, Source

IS_LONG = os.environ.get("HYPOTHESIS_PROFILE") == "fuzz"
LARGE = 1_000_000
"""How many characters a text has that wants to take for ever."""
CPU_S = 5.0
"""What reading a large text may cost, on a slow machine too."""

FETCHED_AT = datetime(2026, 11, 20, 12, tzinfo=UTC)


def fuzzed(examples: int, *, factor: int = 60) -> settings:
    """Settings for one test: so many examples by default, `factor` times as many in the long profile."""
    return settings(
        max_examples=examples * factor if IS_LONG else examples,
        derandomize=not IS_LONG,
        database=None,
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )


@contextmanager
def in_reasonable_time(limit_s: float = CPU_S) -> Iterator[None]:
    """Fail where the block takes more processor time than this; what others do on the machine does not count."""
    began_at = time.process_time()
    yield
    took_s = time.process_time() - began_at
    assert took_s < limit_s, f"took {took_s:.1f} s of processor time"


# --- values ---

TEXTS = st.text(st.characters(exclude_categories=[]), max_size=30)
SURE_TEXTS = st.sampled_from(
    ["", " ", "None", "TBA", "2364-13-45", "1987-09-28", "9" * 400, "\x00", "\ud800", "\u202e", "=1", "Part II", "(2)"]
)
NUMBERS = st.one_of(
    st.integers(),
    st.sampled_from([0, -1, 2**31, 2**63 - 1, 2**63, -(2**63) - 1, 10**30]),
    st.floats(),
)
LEAVES = st.one_of(st.none(), st.booleans(), NUMBERS, TEXTS, SURE_TEXTS)
VALUES = st.recursive(
    LEAVES, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3), max_leaves=6
)


@st.composite
def mutated(draw: st.DrawFn, sound: Any) -> Any:
    """A sound payload in which some places hold something else, lack, or stand twice."""
    payload = deepcopy(sound)
    for _ in range(draw(st.integers(1, 4))):
        ways = list(ways_in(payload))
        if not ways:
            return draw(VALUES)
        holder, step = ways[draw(st.integers(0, len(ways) - 1))]
        _mutate(draw, holder, step)
    return payload


def _mutate(draw: st.DrawFn, holder: Any, step: Any) -> None:
    kind = draw(st.sampled_from(["replace", "replace", "remove", "repeat", "add"]))
    if kind == "remove":
        del holder[step]
    elif kind == "repeat" and isinstance(holder, list):
        holder.append(deepcopy(holder[step]))
    elif kind == "add" and isinstance(holder, dict):
        holder[draw(TEXTS)] = draw(VALUES)
    else:
        holder[step] = draw(VALUES)


def ways_in(payload: Any) -> Iterator[tuple[Any, Any]]:
    """Every place in a payload, as the list or object that holds it and the key."""
    steps = payload if isinstance(payload, dict) else range(len(payload)) if isinstance(payload, list) else ()
    for step in steps:
        yield payload, step
        yield from ways_in(payload[step])


def woven(tokens: Sequence[str], *, most: int = 60) -> st.SearchStrategy[str]:
    """Texts made of a language's own marks, where parsers lose their way."""
    return st.lists(st.sampled_from(tokens) | st.text(max_size=3), max_size=most).map("".join)


def tortures(tokens: Sequence[str], size: int = LARGE) -> Iterator[str]:
    """Large texts of one mark, repeated as it is, with a letter between, and on lines of its own."""
    for token in tokens:
        for unit in (token, f"x{token}", f"\n{token}"):
            yield unit * (size // len(unit))


# --- sources without a network ---


@dataclass
class Played:
    """A client that answers as it is told, each answer held against the caller's contract as the real one does."""

    source: Source
    answer: Callable[[Request], Any]
    given: list[Any] = field(default_factory=list)

    def fetch(self, requests: Sequence[Request]) -> list[Answer | SourceError]:
        """What the real client gives for these bodies."""
        return [self._outcome(request) for request in requests]

    def _outcome(self, request: Request) -> Answer | SourceError:
        said = self.answer(request)
        body = said if isinstance(said, bytes) else as_body(said)
        try:
            payload = read_payload(request.kind, body, {})
        except ValueError as error:
            return self._failed(request, str(error))
        if problem := request.problem_with(payload):
            return self._failed(request, problem)
        self.given.append(payload)
        return Answer(payload, "https://source.example/x", FETCHED_AT)

    def _failed(self, request: Request, problem: str) -> SourceError:
        return SourceError(self.source.name, Category.DATA_FORMAT, problem, concerns=request.concerns)


def as_body(value: Any) -> bytes:
    """JSON as a source may send it; a number that JSON does not have makes it none."""
    return json.dumps(value).encode()


def star_trek() -> Franchise:
    """The bundled franchise, without its catalogue."""
    return load_franchise("star_trek", has_catalogue=False)
