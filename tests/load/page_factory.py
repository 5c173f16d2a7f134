"""The tiny release, grown for the page: enough episodes to be cut, texts that want to break out, several witnesses."""

from __future__ import annotations

import json
import random
from datetime import UTC, datetime
from itertools import accumulate
from pathlib import Path
from string import ascii_lowercase
from typing import Any

import polars as pl

from etl.load.page import page_html
from etl.load.reports import read_reports
from etl.load.warehouse import write_warehouse
from tests.factories import RUN_ID, Row, added, frame, tiny_tables

HOSTILE = (
    '</script></style><img src=x onerror="window.broken=1"><script>window.broken=1</script>\' & {{ 7*7 }} \u2028\u202e'
)
HOSTILE_KEY = "tng:hostile"
_EXTRA = 60
_PLAIN_FIELDS = (
    "title",
    "air_date",
    "stardate_from",
    "stardate_to",
    "year_from",
    "production_codes",
    "directors",
    "imdb_id",
)
FETCHED_AT = datetime(2026, 10, 31, 12, tzinfo=UTC)


def value(key: str, field: str, text: str, source: str, **more: Any) -> Row:
    """A row of field_values that is not chosen."""
    row = {"episode_key": key, "field": field, "value": text, "source": source, "normalised": text.casefold()}
    row |= {"fetched_at": FETCHED_AT, "is_stale": False, "is_chosen": False, "rule": "order: tmdb > catalogue"}
    return row | more


def crowded_tables() -> dict[str, pl.DataFrame]:
    """The tiny release with a second season of TNG, whose first episode has hostile texts wherever there can be one."""
    tables = tiny_tables()
    model = tables["episodes"].filter(episode_key="tng:the-naked-now").to_dicts()[0]
    model |= {"season": 2, "directors": ["José Ñandú"], "writers": None, "has_writers": False}
    episodes = [
        model
        | {
            "episode_key": f"tng:story-{number}",
            "episode_id": f"tng_s2_e{number:02}",
            "episode": number,
            "title": f"Story {number}",
            "quality_overall": 0.7 + number / 1000,
        }
        for number in range(2, _EXTRA + 1)
    ]
    hostile = {
        "episode_key": HOSTILE_KEY,
        "episode_id": "tng_s2_e01",
        "episode": 1,
        "title": HOSTILE,
        "synopsis": HOSTILE,
    }
    episodes.append(model | hostile | {"directors": [HOSTILE], "connections": [_connection()]})
    season = tables["seasons"].filter(season_id="tng_s1").to_dicts()[0]
    tables = added(tables, "seasons", **season | {"season_id": "tng_s2", "season": 2, "position": 2, "title": HOSTILE})
    tables["episodes"] = pl.concat([tables["episodes"], frame("episodes", episodes)])
    tables["field_values"] = pl.concat([tables["field_values"], frame("field_values", _values())])
    tables = added(tables, "numbering", episode_key=HOSTILE_KEY, scheme="tmdb", season=1, first=9, last=9)
    conflict = {"episode_key": HOSTILE_KEY, "field": "title", "chosen": HOSTILE, "rule": HOSTILE}
    tables = added(tables, "conflicts", **conflict, values=[HOSTILE, "Hostile"], witnesses=["tmdb", "catalogue"])
    review = {"source": "tmdb", "source_id": HOSTILE, "series": "tng", "title": HOSTILE, "candidate": HOSTILE_KEY}
    tables = added(tables, "review", **review, reason=HOSTILE, source_url="javascript:window.broken=1")
    harmless = {"source_id": "row", "source_url": "https://example.org/row", "reason": "no title is near enough"}
    tables = added(tables, "review", source="tmdb", series="tng", **harmless)
    tables = added(tables, "rejects", source=HOSTILE, stage="extract", reason=HOSTILE, payload="{}")
    failure = {"source": "tmdb", "category": "network", "message": HOSTILE, "concerns": HOSTILE, "url": HOSTILE}
    return added(tables, "errors", run_id=RUN_ID, **failure, is_retryable=True, advice=HOSTILE)


def _connection() -> Row:
    return {"episode_key": "tng:the-naked-now", "connection_type": "event", "description": HOSTILE}


def _values() -> list[Row]:
    told = [
        value(HOSTILE_KEY, "title", HOSTILE, "tmdb", is_chosen=True, source_url="https://example.org/<b>"),
        value(HOSTILE_KEY, "title", "Hostile", "catalogue", source_url="javascript:window.broken=1"),
        value(HOSTILE_KEY, "synopsis", HOSTILE, "tmdb", is_chosen=True, rule=HOSTILE, is_stale=True),
        value(HOSTILE_KEY, "directors", '["not a list', "tmdb"),
    ]
    return told + [value(f"tng:story-{number}", "title", f"Story {number}", "tmdb") for number in range(2, _EXTRA + 1)]


def rich_tables(count: int) -> dict[str, pl.DataFrame]:
    """The tiny release with so many more episodes.

    Six sources tell facts and fifteen guest stars, in another order each; three have a synopsis of 90 words.
    """
    tables, dice = tiny_tables(), random.Random(7)  # noqa: S311 - not for secrets
    vocabulary = ["".join(dice.choices(ascii_lowercase, k=dice.randint(3, 9))) for _ in range(8000)]
    # As in a language, the second word is half as frequent as the first one, and so on.
    frequencies = list(accumulate(1 / rank for rank in range(1, len(vocabulary) + 1)))

    def text(words: int) -> str:
        return " ".join(dice.choices(vocabulary, cum_weights=frequencies, k=words))

    model = tables["episodes"].filter(episode_key="tng:encounter-at-farpoint").to_dicts()[0]
    episodes, values = [], []
    for number in range(1, count + 1):
        key = f"tng:story-{number}"
        named = {"episode_key": key, "episode_id": f"tng_s3_e{number:03}", "season": 3, "episode": number}
        people = [text(2) for _ in range(15)]
        episodes.append(model | named | {"title": text(3), "synopsis": text(90), "guest_stars": people})
        for source in ("tmdb", "memory_alpha", "stapi", "trekcore", "tvmaze", "catalogue"):
            url = f"https://{source}.example.org/{number}"
            values += [value(key, field, str(model[field]), source, source_url=url) for field in _PLAIN_FIELDS]
            guests = json.dumps(dice.sample(people, k=len(people)))
            values.append(value(key, "guest_stars", guests, source, source_url=url))
            if source in ("tmdb", "memory_alpha", "tvmaze"):
                values.append(value(key, "synopsis", text(90), source, source_url=url))
    tables["episodes"] = pl.concat([tables["episodes"], frame("episodes", episodes)])
    tables["field_values"] = pl.concat([tables["field_values"], frame("field_values", values)])
    return tables


def page_of(tables: dict[str, pl.DataFrame], folder: Path) -> str:
    """The page of these tables; their database is written into `folder`, for the reports."""
    write_warehouse(folder / "episodes.duckdb", tables)
    return page_html(tables, read_reports(folder / "episodes.duckdb"))
