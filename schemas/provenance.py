"""The contract of who said what: links, values with their witnesses, conflicts, and the rows that wait or were refused."""

from __future__ import annotations

from schemas.columns import FLAG, INSTANT, INTEGER, NUMBER, TEXT, TEXTS, between, column, one_of, table

METHODS = ("pinned", "registered", "production_code", "title", "assignment", "decision", "new")

LINKS = table(
    "links",
    "Which row of which source is which episode, and how we know.",
    {
        "source": column(TEXT, "The source", is_nullable=False, example="tmdb"),
        "source_id": column(TEXT, "The source's own id of the row, as text", is_nullable=False, example="37064"),
        "episode_key": column(TEXT, "The episode", is_nullable=False, example="tng:encounter-at-farpoint"),
        "part": column(INTEGER, "Which part of a story in several rows; null for a whole story", example="1"),
        "method": column(
            TEXT,
            "How the row was linked",
            is_nullable=False,
            checks=[one_of(METHODS, "is no linking method")],
            example="pinned",
        ),
        "score": column(
            NUMBER,
            "How sure the link is",
            is_nullable=False,
            checks=[between(0.0, 1.0, "lies outside of 0 to 1")],
            unit="share",
            example="1.0",
        ),
        "evidence": column(
            TEXT, "What speaks for the link, in words", is_nullable=False, example="the catalogue pins tmdb id 37064"
        ),
    },
    key=("source", "source_id"),
)

MOVIE_LINKS = table(
    "movie_links",
    "Which row of which source is which film.",
    {
        "source": column(TEXT, "The source", is_nullable=False, example="tmdb"),
        "source_id": column(TEXT, "The source's own id of the row, as text", is_nullable=False, example="154"),
        "movie_key": column(TEXT, "The film", is_nullable=False, example="film:twok"),
        "method": column(
            TEXT,
            "How the row was linked",
            is_nullable=False,
            checks=[one_of(METHODS, "is no linking method")],
            example="pinned",
        ),
        "evidence": column(
            TEXT, "What speaks for the link, in words", is_nullable=False, example="the catalogue pins tmdb id 154"
        ),
    },
    key=("source", "source_id"),
)

FIELD_VALUES = table(
    "field_values",
    "Every value of every source for every field, and which of them was chosen by which rule.",
    {
        "episode_key": column(TEXT, "The episode, or the film", is_nullable=False, example="tng:encounter-at-farpoint"),
        "field": column(TEXT, "Name of the column in episodes or movies", is_nullable=False, example="air_date"),
        "source": column(TEXT, "Who says so", is_nullable=False, example="tmdb"),
        "value": column(TEXT, "The value; lists as JSON", is_nullable=False, example="1987-09-28"),
        "normalised": column(TEXT, "The form in which values are compared", is_nullable=False, example="1987-09-28"),
        "source_url": column(
            TEXT,
            "Where it stands, without credentials",
            example="https://memory-alpha.fandom.com/wiki/Encounter_at_Farpoint_(episode)",
        ),
        "fetched_at": column(INSTANT, "When the source said so", is_nullable=False, example="2026-11-20T11:58:00Z"),
        "is_stale": column(FLAG, "Carried over because the source failed", is_nullable=False, example="false"),
        "is_chosen": column(
            FLAG, "Whether the value is (part of) the published one", is_nullable=False, example="true"
        ),
        "rule": column(
            TEXT, "The policy that decided", is_nullable=False, example="order: override > memory_alpha > tmdb"
        ),
    },
    key=("episode_key", "field", "source"),
)

CONFLICTS = table(
    "conflicts",
    "Fields on which witnesses of different lineage disagree.",
    {
        "episode_key": column(TEXT, "The episode, or the film", is_nullable=False, example="tng:encounter-at-farpoint"),
        "field": column(TEXT, "The field", is_nullable=False, example="air_date"),
        "values": column(
            TEXTS,
            "The values, in the order of the witnesses",
            is_nullable=False,
            example='["1990-12-31", "1990-12-01"]',
        ),
        "witnesses": column(TEXTS, "Who says which value", is_nullable=False, example='["memory_alpha", "tmdb"]'),
        "chosen": column(TEXT, "The value that was published", example="1990-12-31"),
        "rule": column(
            TEXT, "The policy that decided", is_nullable=False, example="order: override > memory_alpha > tmdb"
        ),
    },
    key=("episode_key", "field"),
)

REVIEW = table(
    "review",
    "Rows of a source that wait for a person to say which episode they are.",
    {
        "source": column(TEXT, "The source", is_nullable=False, example="tmdb"),
        "source_id": column(TEXT, "The source's own id of the row", is_nullable=False, example="37065"),
        "series": column(TEXT, "Code of the series", is_nullable=False, example="tng"),
        "title": column(TEXT, "Title as the source has it", example="The Naked Now"),
        "candidate": column(TEXT, "The nearest episode, if there is one", example="tng:the-naked-now"),
        "score": column(NUMBER, "How near it is", unit="share", example="0.71"),
        "reason": column(TEXT, "Why a person is asked", is_nullable=False, example="two episodes are equally near"),
        "source_url": column(
            TEXT, "Where to look", example="https://memory-alpha.fandom.com/wiki/Encounter_at_Farpoint_(episode)"
        ),
    },
    key=("source", "source_id"),
)

REJECTS = table(
    "rejects",
    "Rows that were refused, whole, and values that could not be read, with the reason: nothing is dropped silently.",
    {
        "source": column(TEXT, "Where the row comes from", is_nullable=False, example="tmdb"),
        "source_id": column(TEXT, "The source's own id, where the row has one", example="37064"),
        "stage": column(
            TEXT,
            "extract, conform, identify or quality; conform is a value of a row that is used without it",
            is_nullable=False,
            example="extract",
        ),
        "reason": column(
            TEXT, "What is wrong with it", is_nullable=False, example="air_date: Input should be a valid string"
        ),
        "payload": column(TEXT, "The row as JSON", is_nullable=False, example='{"id": 37064, "air_date": 7}'),
    },
)
