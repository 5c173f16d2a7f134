"""A tiny valid release: two series, four episodes (one of two parts), one film, with lists and unknown values."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from typing import Any

import polars as pl

from schemas.columns import polars_schema
from schemas.episodes import MERGED_FIELDS, MOVIE_FIELDS, WEIGHTS
from schemas.tables import TABLES

Row = dict[str, Any]

AS_OF = datetime(2026, 11, 1, 12, 30, tzinfo=UTC)
FIRST_RUN_ID, RUN_ID = "20261001T000000Z", "20261101T123000Z"


def frame(name: str, rows: list[Row]) -> pl.DataFrame:
    """The table `name` with these rows; a column that a row does not give is null."""
    return pl.DataFrame(rows, schema=polars_schema(TABLES[name]), orient="row")


def changed(tables: dict[str, pl.DataFrame], table: str, key: str, **values: object) -> dict[str, pl.DataFrame]:
    """The same tables, with these values in the rows of `table` whose first column is `key`."""
    original = tables[table]
    is_meant = pl.col(original.columns[0]) == key
    new = [
        pl.when(is_meant)
        .then(pl.lit(pl.Series([value], dtype=original.schema[name])))
        .otherwise(pl.col(name))
        .alias(name)
        for name, value in values.items()
    ]
    return {**tables, table: original.with_columns(new)}


def without(tables: dict[str, pl.DataFrame], table: str, key: str) -> dict[str, pl.DataFrame]:
    """The same tables, without the rows of `table` whose first column is `key`."""
    original = tables[table]
    return {**tables, table: original.filter(pl.col(original.columns[0]) != key)}


def added(tables: dict[str, pl.DataFrame], table: str, **row: object) -> dict[str, pl.DataFrame]:
    """The same tables, with one more row at the end of `table`."""
    return {**tables, table: pl.concat([tables[table], frame(table, [row])])}


def empty_tables() -> dict[str, pl.DataFrame]:
    """A release that holds nothing at all."""
    return {name: frame(name, []) for name in TABLES}


def tiny_tables() -> dict[str, pl.DataFrame]:
    """All tables of the tiny release, keeping every contract and every SQL check."""
    rows = {
        "episodes": _EPISODES,
        "movies": _MOVIES,
        "series": _SERIES,
        "seasons": _SEASONS,
        "eras": _ERAS,
        "numbering": _NUMBERING,
        "number_shifts": _NUMBER_SHIFTS,
        "links": [_link(row) for row in _EPISODES],
        "movie_links": _MOVIE_LINKS,
        "field_values": [*_witnesses(), *_DISSENT],
        "conflicts": _CONFLICTS,
        "review": _REVIEW,
        "rejects": _REJECTS,
        "sources": _SOURCES,
        "coverage": _COVERAGE,
        "errors": _ERRORS,
        "runs": _RUNS,
        "source_history": _SOURCE_HISTORY,
        "changes": _CHANGES,
        "public_ids": _PUBLIC_IDS,
        "redirects": _REDIRECTS,
        "tombstones": _TOMBSTONES,
        "source_rows": [_source_row(row) for row in _EPISODES],
        "run_series": _RUN_SERIES,
        # No check finds anything in it.
        "check_failures": [],
        "waivers": [],
        "expected_episodes": [{"series": series, "season": 1, "episodes": 2} for series in ("tas", "tng")],
    }
    return {name: frame(name, rows[name]) for name in TABLES}


def _scores(overall: float, grade: str) -> Row:
    return {
        "quality_overall": overall,
        "quality_completeness": 0.5,
        "quality_accuracy": 0.9,
        "quality_freshness": 1.0,
        "quality_reliability": 0.8,
        "grade": grade,
        "is_stale": False,
    }


def _episode(key: str, season: int, number: int, overall: float, grade: str, **fields: object) -> Row:
    series = key.partition(":")[0]
    row: Row = {
        "episode_key": key,
        "episode_id": f"{series}_s{season}_e{number:02d}",
        "series": series,
        "season": season,
        "episode": number,
        "parts": 1,
        "sources": ["tmdb"],
        **_scores(overall, grade),
        **fields,
    }
    return {**row, **{f"has_{name}": row.get(name) not in (None, []) for name in WEIGHTS}}


_EPISODES = [
    _episode(
        "tng:encounter-at-farpoint",
        1,
        1,
        0.95,
        "excellent",
        parts=2,
        title="Encounter at Farpoint",
        air_date=date(1987, 9, 28),
        stardate_from=41153.7,
        stardate_to=41153.7,
        year_from=2364,
        year_to=2364,
        synopsis="The Enterprise leaves on her first mission.",
        production_codes=["40271-721"],
        directors=["Corey Allen"],
        writers=["D. C. Fontana", "Gene Roddenberry"],
        guest_stars=["John de Lancie", "DeForest Kelley"],
        plot_points=["Q puts humanity on trial."],
        connections=[
            {"episode_key": "tng:the-naked-now", "connection_type": "character", "description": "The crew meets."},
            {"episode_key": "tas:yesteryear", "connection_type": "reference", "description": None},
        ],
        runtime_min=92,
        tmdb_id=37064,
        imdb_id="tt0094030",
        memory_alpha_url="https://memory-alpha.fandom.com/wiki/Encounter_at_Farpoint",
        era="tng_era",
    ),
    _episode(
        "tng:the-naked-now",
        1,
        2,
        0.8,
        "good",
        title="The Naked Now",
        air_date=date(1987, 10, 5),
        stardate_from=41209.2,
        stardate_to=41209.3,
        synopsis="An old sickness makes the crew drunk.",
        directors=["Paul Lynch"],
        writers=["D. C. Fontana"],
        story_by=["John D. F. Black"],
        era="tng_era",
    ),
    _episode(
        "tas:beyond-the-farthest-star",
        1,
        1,
        0.65,
        "acceptable",
        title="Beyond the Farthest Star",
        air_date=date(1973, 9, 8),
        directors=["Hal Sutherland"],
        production_codes=[],
        era="tos_era",
    ),
    _episode("tas:yesteryear", 1, 2, 0.62, "acceptable", title="Yesteryear", is_stale=True, era="tos_era"),
]

_MOVIES = [
    {
        "movie_key": "film:twok",
        "movie_id": "twok",
        "release_date": date(1982, 6, 4),
        "title": "Star Trek II: The Wrath of Khan",
        "stardate_from": 8130.3,
        "stardate_to": 8130.3,
        "directors": ["Nicholas Meyer"],
        "runtime_min": 113,
        "tmdb_id": 154,
        "imdb_id": "tt0084726",
        "era": "tos_era",
        "position": 2,
        "years": "2285",
        "sources": ["tmdb"],
        **_scores(0.7, "acceptable"),
    }
]

_SERIES = [
    {
        "series": "tng",
        "position": 2,
        "name": "Star Trek: The Next Generation",
        "kind": "series",
        "is_ended": True,
        "tmdb_id": 655,
        "imdb_id": "tt0092455",
        "seasons": 1,
        "episodes": 2,
        "first_air_date": date(1987, 9, 28),
        "last_air_date": date(1987, 10, 5),
        "quality_overall": 0.875,
    },
    {
        "series": "tas",
        "position": 1,
        "name": "Star Trek: The Animated Series",
        "kind": "animated",
        "is_ended": True,
        "seasons": 1,
        "episodes": 2,
        "first_air_date": date(1973, 9, 8),
        "last_air_date": date(1973, 9, 8),
        "quality_overall": 0.635,
    },
]

_SEASONS = [
    {
        "season_id": "tng_s1",
        "series": "tng",
        "season": 1,
        "title": "Star Trek: The Next Generation Season 1",
        "kind": "series",
        "era": "tng_era",
        "position": 1,
        "years": "2364",
        "stardate_from": 41153.7,
        "stardate_to": 41209.3,
        "episodes": 2,
        "first_air_date": date(1987, 9, 28),
        "notes": "",
    },
    {
        "season_id": "tas_s1",
        "series": "tas",
        "season": 1,
        "title": "Star Trek: The Animated Series Season 1",
        "kind": "animated",
        "era": "tos_era",
        "position": 1,
        "episodes": 2,
        "first_air_date": date(1973, 9, 8),
        "notes": "Drawn by Filmation.",
    },
]

_ERAS = [
    {
        "era": era,
        "position": position,
        "title": title,
        "years": years,
        "stardates": "Four-digit stardates",
        "description": f"The {title}.",
    }
    for era, position, title, years in (
        ("tos_era", 1, "Original Series Era", "2265–2293"),
        ("tng_era", 2, "Next Generation Era", "2364–2379"),
    )
]


def _number(key: str, scheme: str, first: int, last: int | None = None) -> Row:
    return {"episode_key": key, "scheme": scheme, "season": 1, "first": first, "last": last or first}


_NUMBERING = [
    _number("tng:encounter-at-farpoint", "aired", 1),
    _number("tng:the-naked-now", "aired", 2),
    _number("tas:beyond-the-farthest-star", "aired", 1),
    _number("tas:yesteryear", "aired", 2),
    _number("tng:encounter-at-farpoint", "parts", 1, 2),
    _number("tng:the-naked-now", "parts", 3),
    _number("tng:encounter-at-farpoint", "tmdb", 1),
    _number("tng:the-naked-now", "tmdb", 2),
]

_NUMBER_SHIFTS = [
    {
        "series": "tng",
        "season": 1,
        "scheme": "tvmaze",
        "from_number": 2,
        "to_number": 2,
        "shift": 1,
        "kind": "shift",
        "cause_key": "tng:encounter-at-farpoint",
        "explanation": "tvmaze numbers tng season 1 one higher from episode 2 on, "
        "because “Encounter at Farpoint” counts as two there.",
    }
]


def _link(episode: Row) -> Row:
    return {
        "source": "tmdb",
        "source_id": str(episode.get("tmdb_id") or episode["episode_id"]),
        "episode_key": episode["episode_key"],
        "method": "title",
        "score": 0.98,
        "evidence": "title and series are equal",
    }


_MOVIE_LINKS = [
    {"source": "tmdb", "source_id": "154", "movie_key": "film:twok", "method": "pinned", "evidence": "pinned id"}
]


def _value(key: str, field: str, value: object, source: str = "tmdb", *, is_chosen: bool = True) -> Row:
    text = value if isinstance(value, str) else json.dumps(value, default=str)
    return {
        "episode_key": key,
        "field": field,
        "source": source,
        "value": text,
        "normalised": text.casefold(),
        "source_url": f"https://example.org/{source}",
        "fetched_at": datetime(2026, 10, 31, 23, 59, 59, 123456, tzinfo=UTC),
        "is_stale": False,
        "is_chosen": is_chosen,
        "rule": "order",
    }


def _witnesses() -> list[Row]:
    """TMDB states every value that is published."""
    stories = [(row["episode_key"], list(MERGED_FIELDS), row) for row in _EPISODES]
    stories += [(row["movie_key"], list(MOVIE_FIELDS), row) for row in _MOVIES]
    return [
        _value(key, field, row[field])
        for key, fields, row in stories
        for field in fields
        if row.get(field) not in (None, [])
    ]


_DISSENT = [
    _value("tng:the-naked-now", "title", "The Naked Now!", "catalogue", is_chosen=False),
    _value("tng:the-naked-now", "air_date", "1987-10-05", "catalogue", is_chosen=False),
]

_CONFLICTS = [
    {
        "episode_key": "tng:the-naked-now",
        "field": "title",
        "values": ["The Naked Now", "The Naked Now!"],
        "witnesses": ["tmdb", "catalogue"],
        "chosen": "The Naked Now",
        "rule": "order",
    }
]

_REVIEW = [
    {
        "source": "tmdb",
        "source_id": "99999",
        "series": "tng",
        "title": "The Making of",
        "candidate": "tng:the-naked-now",
        "score": 0.4,
        "reason": "no title is near enough",
    }
]

_REJECTS = [
    {"source": "tmdb", "stage": "extract", "reason": "has no id", "payload": '{"name": "Lost"}'},
    {"source": "tmdb", "source_id": "12", "stage": "extract", "reason": "has no name", "payload": '{"id": 12}'},
]


def _source(name: str, title: str, **counts: object) -> Row:
    zero = (
        "rows",
        "linked",
        "rejected",
        "in_review",
        "carried",
        "requests",
        "cache_hits",
        "tokens",
        "retries",
        "errors",
        "consecutive_failures",
        "successes",
    )
    return {
        "source": name,
        "title": title,
        "status": "used",
        **dict.fromkeys(zero, 0),
        "waited_s": 0.0,
        "licence": "free to use",
        "lineage": name,
        **counts,
    }


def _without_terms(source: Row) -> Row:
    return {name: value for name, value in source.items() if name not in ("title", "licence", "lineage")}


_SOURCES = [
    _source(
        "tmdb",
        "TMDB",
        health="healthy",
        rows=6,
        linked=5,
        in_review=1,
        rejected=2,
        requests=3,
        tokens=3,
        errors=1,
        error_rate=0.25,
        successes=12,
        response_median_s=0.25,
        response_p95_s=1.5,
        last_success_at=AS_OF,
    ),
    _source("catalogue", "Bundled catalogue", rows=5, linked=5),
]

_COVERAGE = [
    {"source": "tmdb", "series": "tas", "season": 1, "episodes": 2, "titled": 0, "dated": 2},
    {"source": "tmdb", "series": "tng", "season": 1, "episodes": 2, "titled": 2, "dated": 2},
]

_ERRORS = [
    {
        "run_id": RUN_ID,
        "source": "tmdb",
        "category": "timeout",
        "message": "no answer within 30 s",
        "concerns": "tas",
        "url": "https://example.org/tv/1992",
        "is_retryable": True,
        "advice": "Run again later.",
    }
]

_RUNS = [
    {
        "run_id": run_id,
        "as_of": as_of,
        "version": "0.1.0",
        "franchise": "star_trek",
        "numbering": "aired",
        "episodes": 4,
        "movies": 1,
        "quality_overall": 0.755,
        "conflicts": 1,
        "in_review": 1,
        "rejects": 2,
        "errors": 1,
        "release": release,
        "compared_with": compared_with,
    }
    for run_id, as_of, release, compared_with in (
        (FIRST_RUN_ID, datetime(2026, 10, 1, tzinfo=UTC), 1, None),
        (RUN_ID, AS_OF, 2, FIRST_RUN_ID),
    )
]

_SOURCE_HISTORY = [
    {"run_id": run["run_id"], "as_of": run["as_of"], **_without_terms(source)} for run in _RUNS for source in _SOURCES
]
# In the first release The Naked Now was number 3, and TAS had a third episode.
_CHANGES = [
    {
        "kind": "removed",
        "subject": "tas:lost",
        "series": "tas",
        "field": "public_id",
        "old": "tas_s1_e03",
        "title": "Lost",
        "accepted": "--accept-changes",
    },
    {
        "kind": "renumbered",
        "subject": "tng:the-naked-now",
        "series": "tng",
        "field": "public_id",
        "old": "tng_s1_e03",
        "new": "tng_s1_e02",
        "title": "The Naked Now",
        "accepted": "decision: counted anew",
    },
]


def _meaning(public_id: str, key: str, since: int = 1, **ended: object) -> Row:
    run_id = FIRST_RUN_ID if since == 1 else RUN_ID
    return {
        "id": public_id,
        "episode_key": key,
        "numbering": "aired",
        "since_release": since,
        "since_run": run_id,
        **ended,
    }


_RENUMBERED = {"ended_by": RUN_ID, "why": "renumbered", "accepted": "decision: counted anew", "until_release": 1}
_REMOVED = {"ended_by": RUN_ID, "why": "removed: it was a trailer", "accepted": "--accept-changes", "until_release": 1}

_PUBLIC_IDS = [
    _meaning("tng_s1_e01", "tng:encounter-at-farpoint"),
    _meaning("tng_s1_e03", "tng:the-naked-now", **_RENUMBERED),
    _meaning("tng_s1_e02", "tng:the-naked-now", 2),
    _meaning("tas_s1_e01", "tas:beyond-the-farthest-star"),
    _meaning("tas_s1_e02", "tas:yesteryear"),
    _meaning("tas_s1_e03", "tas:lost", **_REMOVED),
    _meaning("twok", "film:twok"),
]

_REDIRECTS = [
    {
        "old_id": "tas_s1_e03",
        "old_key": "tas:lost",
        "numbering": "aired",
        "since_release": 1,
        **_REMOVED,
    },
    {
        "old_id": "tng_s1_e03",
        "new_id": "tng_s1_e02",
        "old_key": "tng:the-naked-now",
        "new_key": "tng:the-naked-now",
        "numbering": "aired",
        "since_release": 1,
        **_RENUMBERED,
    },
]

_TOMBSTONES = [
    {
        "episode_key": "tas:lost",
        "episode_id": "tas_s1_e03",
        "title": "Lost",
        "last_run_id": FIRST_RUN_ID,
        "removed_at": AS_OF,
        "reason": "it was a trailer",
        "last_row": '{"episode_key":"tas:lost"}',
    }
]


def _source_row(episode: Row) -> Row:
    link = _link(episode)
    return {name: link[name] for name in ("source", "source_id")} | {
        "series": episode["series"],
        "season": episode["season"],
        "title": episode["title"],
    }


_RUN_SERIES = [
    {
        "run_id": run["run_id"],
        "as_of": run["as_of"],
        "series": series,
        "episodes": 2,
        "quality_overall": quality,
        "quality_completeness": 0.5,
    }
    for run, qualities in zip(_RUNS, ((0.64, 0.85), (0.635, 0.875)), strict=True)
    for series, quality in zip(("tas", "tng"), qualities, strict=True)
]
