"""The contract of how a run went: its history, what was asked of whom, and what failed."""

from __future__ import annotations

from typing import Literal, get_args

import pandera.polars as pa

from schemas.columns import FLAG, INSTANT, INTEGER, NUMBER, TEXT, column, one_of, table

Status = Literal["used", "stale", "partial", "failed", "no-key", "not-asked"]
STATUSES = get_args(Status)

HEALTH = ("healthy", "degraded", "unhealthy")


def _fared() -> dict[str, pa.Column]:
    """The columns that say how a source fared in a run, for the newest run and for the history."""
    return {
        "status": column(
            TEXT,
            "used, stale, partial, failed, no-key or not-asked",
            is_nullable=False,
            checks=[one_of(STATUSES, "is no status")],
            example="used",
        ),
        "health": column(
            TEXT,
            "healthy, degraded (it fails now and then) or unhealthy (it is left alone for a while); null where it was never asked",
            checks=[one_of(HEALTH, "is no state of health")],
            example="healthy",
        ),
        "rows": column(INTEGER, "Rows that kept the raw contract", is_nullable=False, example="176"),
        "linked": column(INTEGER, "Rows linked to an episode or a film", is_nullable=False, example="175"),
        "rejected": column(INTEGER, "Rows refused", is_nullable=False, example="0"),
        "in_review": column(INTEGER, "Rows that wait for a person", is_nullable=False, example="1"),
        "carried": column(INTEGER, "Episodes with values kept from the last release", is_nullable=False, example="0"),
        "requests": column(INTEGER, "Attempts on the wire", is_nullable=False, example="14"),
        "cache_hits": column(INTEGER, "Answers from the cache without a request", is_nullable=False, example="12"),
        "tokens": column(INTEGER, "Tokens taken from the bucket", is_nullable=False, example="14"),
        "retries": column(INTEGER, "Attempts beyond the first", is_nullable=False, example="0"),
        "errors": column(INTEGER, "Requests without a live answer", is_nullable=False, example="0"),
        "error_rate": column(
            NUMBER,
            "Errors among all that it was asked, answers from the cache included; null where that was nothing",
            unit="share",
            example="0.04",
        ),
        "waited_s": column(
            NUMBER, "Time spent waiting for the bucket", is_nullable=False, unit="seconds", example="1.25"
        ),
        "consecutive_failures": column(INTEGER, "Failures in a row, over runs", is_nullable=False, example="0"),
        "successes": column(INTEGER, "Answers since its health is kept, over runs", is_nullable=False, example="26"),
        "response_median_s": column(
            NUMBER, "Half of its last 100 answers took no longer", unit="seconds", example="0.12"
        ),
        "response_p95_s": column(NUMBER, "95 % of its last 100 answers took no longer", unit="seconds", example="0.4"),
        "last_success_at": column(INSTANT, "When it answered last", example="2026-11-20T11:58:00Z"),
        "failing_since": column(INSTANT, "When the first of its failures in a row was", example="2026-11-19T08:00:00Z"),
        "cool_down_until": column(INSTANT, "Until when it is left alone", example="2026-11-20T12:05:00Z"),
    }


SOURCES = table(
    "sources",
    "What each source gave in this run, what it cost, and how it fares.",
    {
        "source": column(TEXT, "The source", is_nullable=False, is_unique=True, example="tmdb"),
        "title": column(TEXT, "Its name for people", is_nullable=False, example="TMDB"),
        **_fared(),
        "licence": column(TEXT, "Licence of its data", is_nullable=False, example="TMDB API terms of use"),
        "lineage": column(TEXT, "Whose data they are", is_nullable=False, example="tmdb"),
    },
)

SOURCE_HISTORY = table(
    "source_history",
    "What each source gave in the last 50 runs, this one included, and how it fared.",
    {
        "run_id": column(TEXT, "Id of the run", is_nullable=False, example="20261120T120000Z"),
        "as_of": column(
            INSTANT, "The time that ages are measured at", is_nullable=False, example="2026-11-20T12:00:00Z"
        ),
        "source": column(TEXT, "The source", is_nullable=False, example="tmdb"),
        **_fared(),
    },
    key=("run_id", "source"),
)

COVERAGE = table(
    "coverage",
    "What each source was to tell of a season, and how much of it came: losses that no error announces.",
    {
        "source": column(TEXT, "The source", is_nullable=False, example="tmdb"),
        "series": column(TEXT, "Code of the series", is_nullable=False, example="tng"),
        "season": column(INTEGER, "Season as aired", is_nullable=False, example="1"),
        "episodes": column(INTEGER, "Aired episodes that it was to speak of", is_nullable=False, example="25"),
        "titled": column(INTEGER, "Of these, how many it gave a title in this run", is_nullable=False, example="25"),
        "dated": column(INTEGER, "Of these, how many it gave a readable air date", is_nullable=False, example="25"),
    },
    key=("source", "series", "season"),
)

ERRORS = table(
    "errors",
    "What failed in the last 50 runs, this one included, and what to do about it.",
    {
        "run_id": column(TEXT, "Id of the run", is_nullable=False, example="20261120T120000Z"),
        "source": column(TEXT, "The source", is_nullable=False, example="tmdb"),
        "category": column(TEXT, "Kind of failure", is_nullable=False, example="rate-limit"),
        "message": column(TEXT, "What happened, without credentials", is_nullable=False, example="HTTP 429"),
        "concerns": column(
            TEXT,
            "What is missing because of it: a series, a film (film:...), the people of an episode (episode:...)",
            is_nullable=False,
            example="tng",
        ),
        "status": column(INTEGER, "HTTP status, where there was one", example="429"),
        "url": column(
            TEXT, "Address without credentials", is_nullable=False, example="https://api.themoviedb.org/3/tv/655"
        ),
        "is_retryable": column(FLAG, "Whether running again may help", is_nullable=False, example="true"),
        "advice": column(
            TEXT,
            "What to do",
            is_nullable=False,
            example="The source asks for a pause; wait a few minutes and run again, or lower its rate limit.",
        ),
    },
)

RUNS = table(
    "runs",
    "History of the releases, one row a run; the highest release number is the newest.",
    {
        "run_id": column(TEXT, "Id of the run", is_nullable=False, is_unique=True, example="20261120T120000Z"),
        "as_of": column(
            INSTANT, "The time that ages are measured at", is_nullable=False, example="2026-11-20T12:00:00Z"
        ),
        "version": column(TEXT, "Version of trek-etl", is_nullable=False, example="0.1.0"),
        "franchise": column(TEXT, "Code of the franchise", is_nullable=False, example="star_trek"),
        "numbering": column(TEXT, "Scheme of the public ids", is_nullable=False, example="aired"),
        "episodes": column(INTEGER, "Published episodes", is_nullable=False, example="960"),
        "movies": column(INTEGER, "Published films", is_nullable=False, example="14"),
        "quality_overall": column(
            NUMBER, "Mean quality of the episodes", is_nullable=False, unit="share", example="0.87"
        ),
        "conflicts": column(INTEGER, "Fields on which witnesses disagree", is_nullable=False, example="12"),
        "in_review": column(INTEGER, "Rows that wait for a person", is_nullable=False, example="3"),
        "rejects": column(INTEGER, "Rows refused", is_nullable=False, example="5"),
        "errors": column(INTEGER, "Failed requests", is_nullable=False, example="0"),
        "release": column(
            INTEGER,
            "Which release of its folder it made, from 1; a replay that changes nothing keeps the number",
            is_nullable=False,
            is_unique=True,
            example="2",
        ),
        "compared_with": column(
            TEXT, "Run that made the release before; null for a first release", example="20261113T120000Z"
        ),
    },
)

RUN_SERIES = table(
    "run_series",
    "History of each series, one row a release in which it had episodes.",
    {
        "run_id": column(TEXT, "Id of the run", is_nullable=False, example="20261120T120000Z"),
        "as_of": column(
            INSTANT, "The time that ages are measured at", is_nullable=False, example="2026-11-20T12:00:00Z"
        ),
        "series": column(TEXT, "Code of the series", is_nullable=False, example="tng"),
        "episodes": column(INTEGER, "Published episodes", is_nullable=False, example="176"),
        "quality_overall": column(
            NUMBER, "Mean quality of the episodes", is_nullable=False, unit="share", example="0.87"
        ),
        "quality_completeness": column(
            NUMBER, "Mean completeness of the episodes", is_nullable=False, unit="share", example="0.91"
        ),
    },
    key=("run_id", "series"),
)
