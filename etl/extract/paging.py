"""Lists of rows that come in numbered pages: asking for all of them, and checking their rows one by one."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

import polars as pl
from pydantic import BaseModel, ValidationError

from etl.errors import SourceError
from etl.extract.shapes import Extracted, Reject, rejects_frame
from etl.sources import Answer, Client, Request

Model = TypeVar("Model", bound=BaseModel)
Row = dict[str, Any]


def fetch_pages(
    client: Client, first: Request, others_of: Callable[[Any], list[Request]]
) -> list[Answer | SourceError]:
    """One outcome a page, in order: the first page says how many there are, the others are then asked for at once.

    `others_of` reads the requests of the other pages off the first payload. Without the first page nothing is known
    of the others: its error is all there is.
    """
    (outcome,) = client.fetch([first])
    if isinstance(outcome, SourceError):
        return [outcome]
    others = others_of(outcome.payload)
    return [outcome, *(client.fetch(others) if others else [])]


def parse(contract: type[Model], payload: Any) -> tuple[Model | None, str]:
    """The checked payload, or None and the reasons in words."""
    try:
        return contract.model_validate(payload), ""
    except ValidationError as failure:
        errors = failure.errors(include_url=False, include_input=False)
        return None, "; ".join(f"{'.'.join(map(str, e['loc'])) or 'row'}: {e['msg']}" for e in errors)


def problem_with_rows(contract: type[BaseModel], rows: list[Any]) -> str | None:
    """A list of which no row keeps the contract is another kind of list; one without rows may be right."""
    if rows and not any(parse(contract, row)[0] for row in rows):
        return "no row keeps the contract"
    return None


@dataclass
class Gathering(Generic[Model]):
    """The rows of one kind as they come in: each is kept, rejected with its reason, or left out and counted.

    `key` names the column that identifies a row, `known` are the keys that a row is expected to have.
    """

    source: str
    contract: type[Model]
    key: str
    known: frozenset[str]
    rows: list[Row] = field(default_factory=list)
    ids: set[object] = field(default_factory=set)
    rejects: list[Reject] = field(default_factory=list)
    drift: set[str] = field(default_factory=set)
    left_out: Counter[str] = field(default_factory=Counter)
    errors: list[SourceError] = field(default_factory=list)
    answers: int = 0

    def opened(self, outcomes: Sequence[Answer | SourceError]) -> list[Answer]:
        """What was answered, be it from a stale cache; what went wrong is noted."""
        answered = [outcome for outcome in outcomes if isinstance(outcome, Answer)]
        self.errors += [outcome for outcome in outcomes if isinstance(outcome, SourceError)]
        self.errors += [answer.error for answer in answered if answer.error]
        self.answers += sum(answer.error is None for answer in answered)
        return answered

    def checked(self, payload: Any) -> Model | None:
        """The row if it keeps the contract and has not come before; None if it is rejected."""
        row, reason = parse(self.contract, payload)
        if row is not None and getattr(row, self.key) in self.ids:
            reason = f"{self.key}: stands there more than once"
        if row is None or reason:
            source_id = str(payload[self.key]) if isinstance(payload, dict) and self.key in payload else None
            self.rejects.append(Reject(_writable(source_id), reason, payload))
            return None
        self.note_drift("episode", payload, self.known)
        self.ids.add(getattr(row, self.key))
        return row

    def note_drift(self, kind: str, payload: Mapping[str, Any], known: Iterable[str]) -> None:
        """Remember the keys that nobody expected."""
        self.drift |= {f"{kind}.{ascii(key)[1:-1]}" for key in set(payload) - set(known)}

    def extracted(self, kind: str, schema: pl.Schema) -> Extracted:
        """All that was gathered, its rows as the frame `kind`."""
        left_out = (f"{what}: {count}" for what, count in self.left_out.items())
        return Extracted(
            source=self.source,
            frames={kind: pl.DataFrame(self.rows, schema=schema)},
            rejects=rejects_frame(self.source, self.rejects),
            drift=tuple(sorted([*self.drift, *left_out])),
            errors=tuple(self.errors),
            answers=self.answers,
        )


def provenance(answer: Answer) -> Row:
    """Where and when a row was got."""
    return {"source_url": answer.url, "fetched_at": answer.fetched_at, "is_stale": answer.is_stale}


def _writable(text: str | None) -> str | None:
    """An id that is rejected for half of a character shows it as an escape: no frame could hold it."""
    return None if text is None else text.encode("utf-8", "backslashreplace").decode()
