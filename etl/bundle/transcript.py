"""What one source said in a run, as lines of JSON: outcomes in the order in which they were asked for, and costs.

A line is an outcome (`asked` with `answer` or `error`), an outlook (`asked` with `outlook`), or, of a client that was
closed, what it cost (`usage`) and how its source fares (`vitals`).
"""

from __future__ import annotations

import json
from collections import defaultdict, deque
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC
from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationError

from etl.errors import SourceError
from etl.http.health import Vitals
from etl.http.usage import Usage
from etl.sources import Answer, Outlook, Request

Outcome = Answer | SourceError


class TranscriptFault(Exception):
    """A line that no recording has; `line` counts from 1."""

    def __init__(self, line: int, problem: str) -> None:
        super().__init__(problem)
        self.line = line


@dataclass(frozen=True)
class Closing:
    """What a client had cost when it was closed, and how its source fared then."""

    usage: Usage = field(default_factory=Usage)
    vitals: Vitals = field(default_factory=Vitals)


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
    closings: deque[Closing] = field(default_factory=deque)


class _Line(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


class _AnswerLine(_Line):
    asked: Asked
    answer: Answer

    @property
    def outcome(self) -> Outcome:
        return self.answer


class _ErrorLine(_Line):
    asked: Asked
    error: SourceError

    @property
    def outcome(self) -> Outcome:
        return self.error


class _OutlookLine(_Line):
    asked: Asked
    outlook: Outlook


class _ClosingLine(_Line):
    usage: Usage
    vitals: Vitals


AnyLine = _AnswerLine | _ErrorLine | _OutlookLine | _ClosingLine

_KINDS: Mapping[frozenset[str], type[AnyLine]] = {
    frozenset(kind.model_fields): kind for kind in (_AnswerLine, _ErrorLine, _OutlookLine, _ClosingLine)
}


def line_of_outcome(request: Request, outcome: Outcome) -> str:
    """An answer or an error as a line. RecursionError for an answer that is nested too deeply to be written."""
    told = {"answer": _plain_answer(outcome)} if isinstance(outcome, Answer) else {"error": asdict(outcome)}
    return _line({"asked": asdict(Asked.by(request)), **told})


def line_of_outlook(request: Request, outlook: Outlook) -> str:
    """What would have become of a request, as a line."""
    return _line({"asked": asdict(Asked.by(request)), "outlook": outlook})


def line_of_closing(usage: Usage, vitals: Vitals) -> str:
    """What a client has cost and how its source fares, as a line."""
    # Whose trial is running says something of this machine, and nothing of the source.
    return _line({"usage": asdict(usage), "vitals": asdict(replace(vitals, trial=None))})


def read_transcript(text: str) -> Transcript:
    """What the lines say. Raises TranscriptFault for the first that no recording has."""
    outcomes: defaultdict[Asked, deque[Outcome]] = defaultdict(deque)
    outlooks: dict[Asked, Outlook] = {}
    closings: deque[Closing] = deque()
    for number, text_of_line in enumerate(text.splitlines(), start=1):
        line = _read_line(number, text_of_line)
        if isinstance(line, _ClosingLine):
            closings.append(Closing(line.usage, line.vitals))
        elif isinstance(line, _OutlookLine):
            outlooks[line.asked] = line.outlook
        else:
            outcomes[line.asked].append(line.outcome)
    return Transcript(dict(outcomes), outlooks, closings)


def _read_line(number: int, text: str) -> AnyLine:
    try:
        whole = json.loads(text)
        kind = _KINDS.get(frozenset(whole)) if isinstance(whole, dict) else None
        if kind is None:
            raise TranscriptFault(number, "It is no answer, error, outlook or bill.")
        payload = _take_payload(whole)
        # Through JSON again, because only there does strict mode take a text for a time.
        line = kind.model_validate_json(json.dumps(whole))
        return _with_payload(line, payload) if isinstance(line, _AnswerLine) else line
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        raise TranscriptFault(number, f"{'.'.join(map(str, first['loc']))}: {first['msg']}.") from None
    except KeyError:
        raise TranscriptFault(number, "The answer has no payload.") from None
    except (ValueError, RecursionError) as error:
        raise TranscriptFault(number, f"It cannot be read: {error}.") from None


def _take_payload(whole: dict[str, Any]) -> Any:
    """The payload of an answer, in whose place None is put: it may be anything, and the rest is checked without it."""
    answer = whole.get("answer")
    payload = None
    if isinstance(answer, dict):
        payload, answer["payload"] = answer["payload"], None
    return payload


def _with_payload(line: _AnswerLine, payload: Any) -> _AnswerLine:
    answer = line.answer
    if answer.fetched_at.tzinfo is None:
        raise ValueError("its time has no zone")
    whole = replace(answer, payload=payload, fetched_at=answer.fetched_at.astimezone(UTC))
    return line.model_copy(update={"answer": whole})


def _plain_answer(answer: Answer) -> dict[str, Any]:
    error = asdict(answer.error) if answer.error else None
    return {**vars(answer), "fetched_at": answer.fetched_at.isoformat(), "error": error}


def _line(value: Mapping[str, Any]) -> str:
    return json.dumps(value, separators=(",", ":"))
