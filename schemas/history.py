"""The contract of how one release follows another: what changed, what public ids meant, and what is no longer there."""

from __future__ import annotations

from schemas.columns import INSTANT, INTEGER, TEXT, column, one_of, table

ADDED, REMOVED, RETITLED, RENUMBERED = "added", "removed", "retitled", "renumbered"
REASSIGNED, CHANGED, ROWS_LOST, ROW_GONE = "reassigned", "changed", "rows_lost", "row_gone"
QUALITY = "quality"
KINDS = (REMOVED, REASSIGNED, RENUMBERED, RETITLED, ROWS_LOST, ROW_GONE, QUALITY, ADDED, CHANGED)
"""Kinds of change, in the order in which a reader wants to meet them."""

PUBLIC_ID = "public_id"
"""Stands in `field` where the public id of an episode or film changed."""

CHANGES = table(
    "changes",
    "What this release changed, compared with the one before; nothing in a first release.",
    {
        "kind": column(
            TEXT,
            "added, removed, retitled, renumbered, changed (another field), reassigned (a public id means another episode), "
            "rows_lost (a source gives fewer rows of a series), row_gone (one of these rows) or quality (the average of a series fell by more than it may)",
            is_nullable=False,
            checks=[one_of(KINDS, "is no kind of change")],
            example="changed",
        ),
        "subject": column(
            TEXT,
            "The episode or film; the public id where one was reassigned; the source where rows were lost; the series where quality fell",
            is_nullable=False,
            example="tng:encounter-at-farpoint",
        ),
        "series": column(TEXT, "Code of the series; film for a film", is_nullable=False, example="tng"),
        "field": column(
            TEXT,
            "What changed: a column of episodes or movies, public_id, number_ and a scheme, episode_key, rows, or the id of a row",
            is_nullable=False,
            example="air_date",
        ),
        "old": column(TEXT, "What it was; lists as JSON", example="1987-09-26"),
        "new": column(
            TEXT,
            "What it is now; lists as JSON; of a removed episode the one that takes its place",
            example="1987-09-28",
        ),
        "title": column(TEXT, "Title of the episode, film or row, for readers", example="Encounter at Farpoint"),
        "accepted": column(
            TEXT,
            "Who let the guard pass it: --accept-changes, or a decision with its reason; null where nobody had to",
            example="--accept-changes",
        ),
    },
    key=("kind", "subject", "series", "field"),
)

SOURCE_ROWS = table(
    "source_rows",
    "The rows that each source gave when it last answered for a series: the next run is compared with them.",
    {
        "source": column(TEXT, "The source", is_nullable=False, example="tmdb"),
        "source_id": column(TEXT, "The source's own id of the row", is_nullable=False, example="37064"),
        "series": column(TEXT, "Code of the series", is_nullable=False, example="tng"),
        "season": column(INTEGER, "The source's own season; null where it gives none", example="1"),
        "title": column(TEXT, "Title as the source has it", example="Encounter at Farpoint (1)"),
    },
    key=("source", "source_id"),
)

PUBLIC_IDS = table(
    "public_ids",
    "What every public id has meant, and in which releases.",
    {
        "id": column(TEXT, "Public id of an episode or film", is_nullable=False, example="tng_s1_e01"),
        "episode_key": column(
            TEXT, "The episode or film that it means", is_nullable=False, example="tng:encounter-at-farpoint"
        ),
        "numbering": column(
            TEXT, "The scheme that public ids were made from when it began to", is_nullable=False, example="aired"
        ),
        "since_release": column(INTEGER, "First release in which it meant this", is_nullable=False, example="1"),
        "until_release": column(INTEGER, "Last release in which it meant this; null while it does", example="4"),
        "since_run": column(
            TEXT, "Run that made the first of these releases", is_nullable=False, example="20261113T120000Z"
        ),
        "ended_by": column(TEXT, "Run that ended it; null while it holds", example="20261120T120000Z"),
        "why": column(TEXT, "Why it ended, in words; null while it holds", example="renumbered"),
        "accepted": column(TEXT, "Who let the guard pass the end, as in changes", example="--accept-changes"),
    },
    key=("id", "since_release"),
)

REDIRECTS = table(
    "redirects",
    "Public ids of earlier releases and what to use for them now; redirects.json is this table.",
    {
        "old_id": column(TEXT, "Public id as it was", is_nullable=False, example="tng_s4_e07"),
        "new_id": column(TEXT, "Public id now; null where the episode is gone", example="tng_s4_e08"),
        "old_key": column(TEXT, "The episode or film that was meant", is_nullable=False, example="tng:reunion"),
        "new_key": column(
            TEXT, "The one that has its place now; null where the episode is gone", example="tng:reunion"
        ),
        "since_release": column(INTEGER, "First release for which this holds", is_nullable=False, example="1"),
        "until_release": column(INTEGER, "Last release for which this holds", is_nullable=False, example="4"),
        "numbering": column(TEXT, "The scheme that the old id was made from", is_nullable=False, example="aired"),
        "ended_by": column(
            TEXT, "Run since which the old id no longer means this", is_nullable=False, example="20261120T120000Z"
        ),
        "why": column(TEXT, "Why, in words", is_nullable=False, example="renumbered"),
        "accepted": column(TEXT, "Who let the guard pass it, as in changes", example="--accept-changes"),
    },
    key=("old_id", "since_release"),
)

TOMBSTONES = table(
    "tombstones",
    "Episodes and films that were published and are not any more; who comes back leaves this table.",
    {
        "episode_key": column(TEXT, "The episode or film", is_nullable=False, is_unique=True, example="tng:a-trailer"),
        "episode_id": column(TEXT, "Its last public id", is_nullable=False, example="tng_s1_e26"),
        "title": column(TEXT, "Its last title", is_nullable=False, example="A Trailer"),
        "last_run_id": column(
            TEXT, "Run that made the last release with it", is_nullable=False, example="20261113T120000Z"
        ),
        "removed_at": column(
            INSTANT, "As-of time of the run that removed it", is_nullable=False, example="2026-11-20T12:00:00Z"
        ),
        "reason": column(TEXT, "Why it is gone, in words", is_nullable=False, example="it was a trailer"),
        "replaced_by": column(
            TEXT, "The episode that its rows belong to now; null for none", example="tng:encounter-at-farpoint"
        ),
        "last_row": column(
            TEXT, "Its last row of episodes or movies, as JSON", is_nullable=False, example='{"title": "A Trailer"}'
        ),
    },
)
