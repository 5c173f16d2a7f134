"""Every table of a release, in the order in which a reader wants to meet them."""

from __future__ import annotations

from schemas.checking import CHECK_FAILURES, EXPECTED_EPISODES, WAIVERS
from schemas.episodes import EPISODES, MOVIES
from schemas.guide import ERAS, NUMBER_SHIFTS, NUMBERING, SEASONS, SERIES
from schemas.history import CHANGES, PUBLIC_IDS, REDIRECTS, SOURCE_ROWS, TOMBSTONES
from schemas.provenance import CONFLICTS, FIELD_VALUES, LINKS, MOVIE_LINKS, REJECTS, REVIEW
from schemas.runs import COVERAGE, ERRORS, RUN_SERIES, RUNS, SOURCE_HISTORY, SOURCES

CONTRACT_VERSION = "1"
"""Raised when a table, a column or a file of a release changes its meaning."""

TABLES = {
    str(contract.name): contract
    for contract in (
        EPISODES,
        MOVIES,
        SERIES,
        SEASONS,
        ERAS,
        NUMBERING,
        NUMBER_SHIFTS,
        LINKS,
        MOVIE_LINKS,
        FIELD_VALUES,
        CONFLICTS,
        REVIEW,
        REJECTS,
        SOURCES,
        COVERAGE,
        ERRORS,
        RUNS,
        SOURCE_HISTORY,
        CHANGES,
        PUBLIC_IDS,
        REDIRECTS,
        TOMBSTONES,
        SOURCE_ROWS,
        RUN_SERIES,
        CHECK_FAILURES,
        WAIVERS,
        EXPECTED_EPISODES,
    )
}
