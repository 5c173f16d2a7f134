"""The contract of how a run went: its history, what was asked of whom, and what failed."""

from __future__ import annotations

from schemas.columns import FLAG, INSTANT, INTEGER, NUMBER, TEXT, column, one_of, table

STATUSES = ("used", "stale", "partial", "failed", "no-key", "not-asked")

SOURCES = table(
    "sources",
    "What each source gave in this run, and what it cost.",
    {
        "source": column(TEXT, "The source", is_nullable=False, is_unique=True),
        "title": column(TEXT, "Its name for people", is_nullable=False),
        "status": column(
            TEXT,
            "used, stale, partial, failed, no-key or not-asked",
            is_nullable=False,
            checks=[one_of(STATUSES, "is no status")],
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
        "waited_s": column(NUMBER, "Time spent waiting for the bucket", is_nullable=False, unit="seconds"),
        "licence": column(TEXT, "Licence of its data", is_nullable=False),
        "lineage": column(TEXT, "Whose data they are", is_nullable=False),
    },
)

ERRORS = table(
    "errors",
    "What failed in this run, and what to do about it.",
    {
        "source": column(TEXT, "The source", is_nullable=False),
        "category": column(TEXT, "Kind of failure", is_nullable=False),
        "message": column(TEXT, "What happened, without credentials", is_nullable=False),
        "concerns": column(TEXT, "What is missing because of it: a series or a film", is_nullable=False),
        "status": column(INTEGER, "HTTP status, where there was one"),
        "url": column(TEXT, "Address without credentials", is_nullable=False),
        "is_retryable": column(FLAG, "Whether running again may help", is_nullable=False),
        "advice": column(TEXT, "What to do", is_nullable=False),
    },
)

RUNS = table(
    "runs",
    "History of the releases, the newest last.",
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
