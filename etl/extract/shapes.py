"""What goes into an extractor and what comes out of it."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

import polars as pl

from etl.errors import SourceError
from etl.franchise import Film, Series
from schemas.columns import empty, polars_schema
from schemas.provenance import REJECTS

RUNNING_MAX_AGE_S = 6 * 3600.0
ENDED_MAX_AGE_S = 30 * 86400.0

_LONGEST_PAYLOAD = 100_000
_LONGEST_REASON = 1_000
_LONGEST_ID = 200


@dataclass(frozen=True)
class Scope:
    """What to ask for: these series, of them only one season if it is given, and these films."""

    series: tuple[Series, ...]
    films: tuple[Film, ...]
    season: int | None = None

    def pinned(self, source: str) -> list[Series]:
        """The series that are known by an id at this source."""
        return [series for series in self.series if source in series.ids]


@dataclass(frozen=True)
class Extracted:
    """What one source gave.

    `frames` are raw frames by kind ("episodes", "seasons", "movies"), with the source's own field names.
    `rejects` are rows that broke the raw contract; `drift` names keys nobody expected; `errors` are the requests
    that got no live answer, `answers` counts those that got one.
    """

    source: str
    frames: Mapping[str, pl.DataFrame]
    rejects: pl.DataFrame = field(default_factory=lambda: empty(REJECTS))
    drift: tuple[str, ...] = ()
    errors: tuple[SourceError, ...] = ()
    answers: int = 0

    @property
    def rows(self) -> int:
        """Episodes and films that kept the raw contract."""
        return sum(frame.height for kind, frame in self.frames.items() if kind in ("episodes", "movies"))

    def followed_by(self, later: Extracted) -> Extracted:
        """What the same source gave in two rounds; kinds of frames differ between the rounds."""
        return Extracted(
            source=self.source,
            frames={**self.frames, **later.frames},
            rejects=pl.concat([self.rejects, later.rejects]),
            drift=tuple(sorted({*self.drift, *later.drift})),
            errors=(*self.errors, *later.errors),
            answers=self.answers + later.answers,
        )


@dataclass(frozen=True)
class Reject:
    """A row that broke the raw contract."""

    source_id: str | None
    reason: str
    payload: object


def _as_text(payload: object) -> str:
    """JSON, cut where nobody would read on; half of a surrogate pair, which no frame holds, is shown as an escape."""
    whole = json.dumps(payload, ensure_ascii=False, sort_keys=True)
    return _cut(whole, _LONGEST_PAYLOAD).encode("utf-8", "backslashreplace").decode()


def _cut(text: str, most: int) -> str:
    return text if len(text) <= most else f"{text[:most]} ... ({len(text):,} characters)"


def rejects_frame(source: str, rejects: Iterable[Reject]) -> pl.DataFrame:
    """Rejected rows as the table `rejects`, each as JSON, whole but for the rest of one of absurd length."""
    return pl.DataFrame(
        [
            {
                "source": source,
                "source_id": None if reject.source_id is None else _cut(reject.source_id, _LONGEST_ID),
                "stage": "extract",
                "reason": _cut(reject.reason, _LONGEST_REASON),
                "payload": _as_text(reject.payload),
            }
            for reject in rejects
        ],
        schema=polars_schema(REJECTS),
    )
