"""What one source said in a run, as lines of JSON: outcomes in the order in which they were asked for, and costs.

A line is an outcome (`asked` with `answer` or `error`), an outlook (`asked` with `outlook`), or the `usage` of a client
that was closed.
"""

from __future__ import annotations

import json
from collections import defaultdict, deque
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC
from typing import Any

from pydantic import BaseModel, ConfigDict, TypeAdapter, ValidationError

from etl.errors import SourceError
from etl.http.usage import Usage
from etl.sources import Answer, Outlook, Request

Outcome = Answer | SourceError


class TranscriptFault(Exception):
    """A line that no recording has; `line` counts from 1."""

    def __init__(self, line: int, problem: str) -> None:
        super().__init__(problem)
        self.line = line


@dataclass(frozen=True)
class Asked:
    """What makes two requests the same: where they go, and as what the answer is read."""

    host: str
    path: str
    params: tuple[tuple[str, str], ...]
    kind: str

    @classmethod
    def by(cls, request: Request) -> Asked:
        """What a request asks."""
        return cls(request.host, request.path, tuple(sorted(request.params.items())), request.kind)

    def __str__(self) -> str:
        params = "&".join(f"{name}={value}" for name, value in self.params)
        return f"{self.host}{self.path or '/'}" + (f"?{params}" if params else "")


@dataclass
class Transcript:
    """What one source said: outcomes and outlooks by what was asked, in their order, and the bill of each client."""

    outcomes: Mapping[Asked, deque[Outcome]] = field(default_factory=dict)
    outlooks: Mapping[Asked, Outlook] = field(default_factory=dict)
    usages: deque[Usage] = field(default_factory=deque)


class _Line(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    asked: Asked | None = None
    answer: Answer | None = None
    error: SourceError | None = None
    outlook: Outlook | None = None
    usage: Usage | None = None


_LINES = TypeAdapter(_Line)
_KINDS = ({"asked", "answer"}, {"asked", "error"}, {"asked", "outlook"}, {"usage"})


def line_of_outcome(request: Request, outcome: Outcome) -> str:
    """An answer or an error as a line. RecursionError for an answer that is nested too deeply to be written."""
    told = {"answer": _plain_answer(outcome)} if isinstance(outcome, Answer) else {"error": asdict(outcome)}
    return _line({"asked": asdict(Asked.by(request)), **told})


def line_of_outlook(request: Request, outlook: Outlook) -> str:
    """What would have become of a request, as a line."""
    return _line({"asked": asdict(Asked.by(request)), "outlook": outlook})


def line_of_usage(usage: Usage) -> str:
    """What a client has cost, as a line."""
    return _line({"usage": asdict(usage)})


def read_transcript(text: str) -> Transcript:
    """What the lines say. Raises TranscriptFault for the first that no recording has."""
    outcomes: defaultdict[Asked, deque[Outcome]] = defaultdict(deque)
    outlooks: dict[Asked, Outlook] = {}
    usages: deque[Usage] = deque()
    for number, line in enumerate(text.splitlines(), start=1):
        match _read_line(number, line):
            case _Line(usage=Usage() as usage):
                usages.append(usage)
            case _Line(asked=Asked() as asked, outlook=str(outlook)):
                outlooks[asked] = outlook
            case _Line(asked=Asked() as asked, answer=answer, error=error) if outcome := answer or error:
                outcomes[asked].append(outcome)
    return Transcript(dict(outcomes), outlooks, usages)


def _read_line(number: int, text: str) -> _Line:
    try:
        whole = json.loads(text)
        if not isinstance(whole, dict) or set(whole) not in _KINDS or None in whole.values():
            raise TranscriptFault(number, "It is no answer, error, outlook or bill.")
        answer = whole.get("answer")
        if not isinstance(answer, dict):
            return _checked(whole)
        # A payload is anything, and the rest is checked without it.
        payload = answer.pop("payload")
        line = _checked({**whole, "answer": {**answer, "payload": None}})
        return line.model_copy(update={"answer": _whole(line.answer, payload)})
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        raise TranscriptFault(number, f"{'.'.join(map(str, first['loc']))}: {first['msg']}.") from None
    except KeyError:
        raise TranscriptFault(number, "The answer has no payload.") from None
    except (ValueError, RecursionError) as error:
        raise TranscriptFault(number, f"It cannot be read: {error}.") from None


def _whole(answer: Answer | None, payload: Any) -> Answer:
    if answer is None or answer.fetched_at.tzinfo is None:
        raise ValueError("its time has no zone")
    return replace(answer, payload=payload, fetched_at=answer.fetched_at.astimezone(UTC))


def _checked(whole: Mapping[str, Any]) -> _Line:
    """Through JSON again, because only there does strict mode take a text for a time."""
    return _LINES.validate_json(json.dumps(whole))


def _plain_answer(answer: Answer) -> dict[str, Any]:
    error = asdict(answer.error) if answer.error else None
    return {**vars(answer), "fetched_at": answer.fetched_at.isoformat(), "error": error}


def _line(value: Mapping[str, Any]) -> str:
    return json.dumps(value, separators=(",", ":"))
