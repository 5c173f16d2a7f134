"""A STAPI of the tests' own, in the shape of the real one, and the few steps that all its tests take."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Sequence
from copy import deepcopy
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from etl.errors import Category, SourceError
from etl.extract.shapes import Extracted, Scope
from etl.extract.stapi import extract, extract_people
from etl.franchise import Franchise, Series
from etl.sources import STAPI, Answer, Request, Source

FIXTURES = Path(__file__).parent / "fixtures"
RECEIVED_AT = datetime(2026, 11, 1, 8, 0, tzinfo=UTC)
LOOM, OTHER = "SEMA0000900001", "SEMA0000800001"
DEAD = SourceError("stapi", Category.SERVICE_UNAVAILABLE, "answered 503", concerns="all")

Payload = dict[str, Any]
Reply = Any


def fixture(name: str) -> Payload:
    payload: Payload = json.loads((FIXTURES / name).read_text(encoding="utf-8"))
    return payload


def pages_of(rows: Sequence[Payload], total: int | None = None) -> dict[str, Reply]:
    """The search cut in pages of 100, as STAPI cuts it."""
    count = math.ceil(len(rows) / 100)
    return {
        str(number): {
            "page": {
                "pageNumber": number,
                "pageSize": 100,
                "numberOfElements": len(rows[number * 100 : number * 100 + 100]),
                "totalElements": len(rows) if total is None else total,
                "totalPages": count,
                "firstPage": number == 0,
                "lastPage": number >= count - 1,
            },
            "sort": {"clauses": []},
            "episodes": list(rows[number * 100 : number * 100 + 100]),
        }
        for number in range(max(count, 1))
    }


def rows_of(count: int, series: str = LOOM) -> list[Payload]:
    row = fixture("stapi_search.json")["episodes"][3]
    return [
        {**row, "uid": f"EPMA{series[-3:]}{number:06}", "series": {"uid": series, "title": "x"}}
        for number in range(count)
    ]


@dataclass
class FakeStapi:
    """Answers by page number or uid. A payload that has a problem becomes an error of data format."""

    replies: dict[str, Reply]
    waves: list[list[Request]] = field(default_factory=list)

    @property
    def source(self) -> Source:
        return STAPI

    def fetch(self, requests: Sequence[Request]) -> list[Answer | SourceError]:
        self.waves.append(list(requests))
        return [self._outcome(request) for request in requests]

    def _outcome(self, request: Request) -> Answer | SourceError:
        key = request.params.get("pageNumber") or request.params["uid"]
        reply = self.replies[key]
        if isinstance(reply, SourceError | Answer):
            return reply
        if problem := request.problem_with(reply):
            return SourceError("stapi", Category.DATA_FORMAT, problem, concerns=request.concerns)
        return Answer(deepcopy(reply), f"{STAPI.base_url}{request.path}?{key}", RECEIVED_AT)


def series(code: str = "loom", stapi: str | None = LOOM, *, is_ended: bool = True) -> Series:
    ids = {"stapi": stapi} if stapi else {}
    return Series(code=code, name="Loom of Suns", kind="series", is_ended=is_ended, ids=ids)


def run(client: FakeStapi, *asked: Series, season: int | None = None) -> Extracted:
    asked = asked or (series(),)
    return extract(Franchise(code="loom", name="Loom of Suns", series=asked), client, Scope(asked, (), season))


def people(client: FakeStapi, *uids: str) -> Extracted:
    return extract_people(Franchise(code="loom", name="Loom of Suns"), client, uids)


def told(extracted: Extracted) -> list[tuple[str, str, str]]:
    return [(error.category, error.concerns, error.message) for error in extracted.errors]


def spoil(key: str, value: object) -> Callable[[Payload], None]:
    return lambda row: row.update({key: value})


def lack(key: str) -> Callable[[Payload], None]:
    return lambda row: row.pop(key)
