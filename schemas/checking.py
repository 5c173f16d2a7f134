"""The contract of what the SQL checks found, what a person waived of it, and how many episodes a season has."""

from __future__ import annotations

from schemas.columns import DAY, FLAG, INTEGER, TEXT, between, column, one_of, table

INFO, WARN, ERROR = "info", "warn", "error"
SEVERITIES = (INFO, WARN, ERROR)

CHECK_FAILURES = table(
    "check_failures",
    "What the checks of docs/checks.md found in this release; breaches of the contract are never published, so none is here.",
    {
        "check_name": column(TEXT, "The check: a file of sql/checks", is_nullable=False, example="stardate_outlier"),
        "severity": column(
            TEXT,
            "info, warn or error; an error that is new stops a release, unless it is waived",
            is_nullable=False,
            checks=[one_of(SEVERITIES, "is no severity")],
            example="warn",
        ),
        "key": column(TEXT, "What fails, as a waiver names it", is_nullable=False, example="pro:time-amok"),
        "reason": column(TEXT, "Why it fails, in words", is_nullable=False, example="has stardate 607125.6"),
        "is_waived": column(
            FLAG, "Whether a waiver, or --accept-changes, lets it pass", is_nullable=False, example="false"
        ),
        "is_new": column(
            FLAG,
            "Whether the release before did not have it; never in a first release",
            is_nullable=False,
            example="false",
        ),
        "first_seen_run": column(TEXT, "Run that found it first", is_nullable=False, example="20261120T120000Z"),
    },
    key=("check_name", "key", "reason"),
)

WAIVERS = table(
    "waivers",
    "What a person waived (waivers.toml), as it stood when this release was made.",
    {
        "check_name": column(TEXT, "The check", is_nullable=False, example="stardate_outlier"),
        "key": column(TEXT, "What may fail", is_nullable=False, example="pro:time-amok"),
        "reason": column(TEXT, "Why, in the words of the person", is_nullable=False, example="the stardate is said so"),
        "until": column(DAY, "Last day on which it holds", is_nullable=False, example="2027-06-30"),
        "failures": column(
            INTEGER,
            "How many failures it lets pass in this release",
            is_nullable=False,
            checks=[between(0, 1_000_000, "is no number of failures")],
            example="1",
        ),
    },
    key=("check_name", "key"),
)

EXPECTED_EPISODES = table(
    "expected_episodes",
    "How many episodes a season is known to have, as aired; the check expected_episodes counts against it.",
    {
        "series": column(TEXT, "Code of the series", is_nullable=False, example="tng"),
        "season": column(INTEGER, "Season as aired", is_nullable=False, example="1"),
        "episodes": column(
            INTEGER,
            "Episodes as aired, a double-length story counted once",
            is_nullable=False,
            checks=[between(1, 1000, "is no number of episodes")],
            example="25",
        ),
    },
    key=("series", "season"),
)
