"""The contract of how a run went: its history, what was asked of whom, and what failed."""

from __future__ import annotations

import pandera.polars as pa

from schemas.columns import FLAG, INSTANT, INTEGER, NUMBER, TEXT, column, one_of, table

STATUSES = ("used", "stale", "partial", "failed", "no-key", "not-asked")

HEALTH = ("healthy", "degraded", "unhealthy")


def _fared() -> dict[str, pa.Column]:
    """The columns that say how a source fared in a run, for the newest run and for the history."""
    return {
        "status": column(
            TEXT,
            "used, stale, partial, failed, no-key or not-asked",
            is_nullable=False,
            checks=[one_of(STATUSES, "is no status")],
        ),
        "health": column(
            TEXT,
            "healthy, degraded (it fails now and then) or unhealthy (it is left alone for a while); null where it was never asked",
            checks=[one_of(HEALTH, "is no state of health")],
        ),
        "rows": column(INTEGER, "Rows that kept the raw contract", is_nullable=False),
        "linked": column(INTEGER, "Rows linked to an episode or a film", is_nullable=False),
        "rejected": column(INTEGER, "Rows refused", is_nullable=False),
        "in_review": column(INTEGER, "Rows that wait for a person", is_nullable=False),
        "carried": column(INTEGER, "Episodes with values kept from the last release", is_nullable=False),
        "requests": column(INTEGER, "Attempts on the wire", is_nullable=False),
        "cache_hits": column(INTEGER, "Answers from the cache without a request", is_nullable=False),
        "tokens": column(INTEGER, "Tokens taken from the bucket", is_nullable=False),
        "retries": column(INTEGER, "Attempts beyond the first", is_nullable=False),
        "errors": column(INTEGER, "Requests without a live answer", is_nullable=False),
        "error_rate": column(
            NUMBER,
            "Errors among all that it was asked, answers from the cache included; null where that was nothing",
            unit="share",
        ),
        "waited_s": column(NUMBER, "Time spent waiting for the bucket", is_nullable=False, unit="seconds"),
        "consecutive_failures": column(INTEGER, "Failures in a row, over runs", is_nullable=False),
        "successes": column(INTEGER, "Answers since its health is kept, over runs", is_nullable=False),
        "response_median_s": column(NUMBER, "Half of its last 100 answers took no longer", unit="seconds"),
        "response_p95_s": column(NUMBER, "95 % of its last 100 answers took no longer", unit="seconds"),
        "last_success_at": column(INSTANT, "When it answered last"),
        "failing_since": column(INSTANT, "When the first of its failures in a row was"),
        "cool_down_until": column(INSTANT, "Until when it is left alone"),
    }


SOURCES = table(
    "sources",
    "What each source gave in this run, what it cost, and how it fares.",
    {
        "source": column(TEXT, "The source", is_nullable=False, is_unique=True),
        "title": column(TEXT, "Its name for people", is_nullable=False),
        **_fared(),
        "licence": column(TEXT, "Licence of its data", is_nullable=False),
        "lineage": column(TEXT, "Whose data they are", is_nullable=False),
    },
)

SOURCE_HISTORY = table(
    "source_history",
    "What each source gave in the last 50 runs, this one included, and how it fared.",
    {
        "run_id": column(TEXT, "Id of the run", is_nullable=False),
        "as_of": column(INSTANT, "The time that ages are measured at", is_nullable=False),
        "source": column(TEXT, "The source", is_nullable=False),
        **_fared(),
    },
    key=("run_id", "source"),
)

COVERAGE = table(
    "coverage",
    "What each source was to tell of a season, and how much of it came: losses that no error announces.",
    {
        "source": column(TEXT, "The source", is_nullable=False),
        "series": column(TEXT, "Code of the series", is_nullable=False),
        "season": column(INTEGER, "Season as aired", is_nullable=False),
        "episodes": column(INTEGER, "Aired episodes that it was to speak of", is_nullable=False),
        "titled": column(INTEGER, "Of these, how many it gave a title in this run", is_nullable=False),
        "dated": column(INTEGER, "Of these, how many it gave a readable air date", is_nullable=False),
    },
    key=("source", "series", "season"),
)

ERRORS = table(
    "errors",
    "What failed in the last 50 runs, this one included, and what to do about it.",
    {
        "run_id": column(TEXT, "Id of the run", is_nullable=False),
        "source": column(TEXT, "The source", is_nullable=False),
        "category": column(TEXT, "Kind of failure", is_nullable=False),
        "message": column(TEXT, "What happened, without credentials", is_nullable=False),
        "concerns": column(
            TEXT,
            "What is missing because of it: a series, a film (film:...), the people of an episode (episode:...)",
            is_nullable=False,
        ),
        "status": column(INTEGER, "HTTP status, where there was one"),
        "url": column(TEXT, "Address without credentials", is_nullable=False),
        "is_retryable": column(FLAG, "Whether running again may help", is_nullable=False),
        "advice": column(TEXT, "What to do", is_nullable=False),
    },
)

RUNS = table(
    "runs",
    "History of the releases, one row a run; the highest release number is the newest.",
    {
        "run_id": column(TEXT, "Id of the run", is_nullable=False, is_unique=True),
        "as_of": column(INSTANT, "The time that ages are measured at", is_nullable=False),
        "version": column(TEXT, "Version of trek-etl", is_nullable=False),
        "franchise": column(TEXT, "Code of the franchise", is_nullable=False),
        "numbering": column(TEXT, "Scheme of the public ids", is_nullable=False),
        "episodes": column(INTEGER, "Published episodes", is_nullable=False),
        "movies": column(INTEGER, "Published films", is_nullable=False),
        "quality_overall": column(NUMBER, "Mean quality of the episodes", is_nullable=False, unit="share"),
        "conflicts": column(INTEGER, "Fields on which witnesses disagree", is_nullable=False),
        "in_review": column(INTEGER, "Rows that wait for a person", is_nullable=False),
        "rejects": column(INTEGER, "Rows refused", is_nullable=False),
        "errors": column(INTEGER, "Failed requests", is_nullable=False),
        "release": column(
            INTEGER,
            "Which release of its folder it made, from 1; a replay that changes nothing keeps the number",
            is_nullable=False,
            is_unique=True,
        ),
        "compared_with": column(TEXT, "Run that made the release before; null for a first release"),
    },
)

RUN_SERIES = table(
    "run_series",
    "History of each series, one row a release in which it had episodes.",
    {
        "run_id": column(TEXT, "Id of the run", is_nullable=False),
        "as_of": column(INSTANT, "The time that ages are measured at", is_nullable=False),
        "series": column(TEXT, "Code of the series", is_nullable=False),
        "episodes": column(INTEGER, "Published episodes", is_nullable=False),
        "quality_overall": column(NUMBER, "Mean quality of the episodes", is_nullable=False, unit="share"),
        "quality_completeness": column(NUMBER, "Mean completeness of the episodes", is_nullable=False, unit="share"),
    },
    key=("run_id", "series"),
)
