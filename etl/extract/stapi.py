"""STAPI: all pages of the episode search, and the people of chosen episodes.

The search cannot be narrowed with GET, where its filters are ignored: all rows are read, and those of the scope kept.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

from etl.errors import Category, SourceError
from etl.extract.paging import Gathering, Row, fetch_pages, parse, problem_with_rows, provenance
from etl.extract.shapes import ENDED_MAX_AGE_S, RUNNING_MAX_AGE_S, Extracted, Scope
from etl.franchise import Franchise
from etl.sources import Answer, Client, Request
from schemas import raw_stapi as contract

SOURCE = "stapi"
_ROWS_A_PAGE = 100
_PEOPLE = ("directors", "writers", "teleplay_authors", "story_authors", "performers")


def extract(franchise: Franchise, client: Client, scope: Scope) -> Extracted:
    """Ask STAPI for all episodes and keep those of the series of `scope` that have a pinned STAPI uid.

    Frame: "episodes", with STAPI's own field names; series and season are flat (series_uid, season_title). How many
    rows were of other series and seasons stands in the drift.
    """
    gathering = Gathering(SOURCE, contract.Episode, "uid", contract.KNOWN_EPISODE_KEYS)
    uids = frozenset(series.ids[SOURCE] for series in scope.pinned(SOURCE))
    for first in first_requests(franchise, scope):
        outcomes = fetch_pages(client, first, partial(next_requests, franchise, scope, first))
        pages = gathering.opened(outcomes)
        gathering.errors += _miscounted(pages)
        for page in pages:
            _gather(gathering, page, uids, scope.season)
    return gathering.extracted("episodes", contract.EPISODE_FRAME)


def first_requests(franchise: Franchise, scope: Scope) -> list[Request]:
    """The first page of all episodes, if a series of `scope` is pinned."""
    del franchise  # Every extractor has this signature; STAPI needs the scope alone.
    return [_page_request(0, _max_age_s(scope))] if scope.pinned(SOURCE) else []


def next_requests(franchise: Franchise, scope: Scope, request: Request, payload: Any) -> list[Request]:
    """The other pages, when `payload` is the first."""
    del franchise  # As above.
    if request.params["pageNumber"] != "0":
        return []
    count = contract.Search.model_validate(payload).page.total_pages
    return [_page_request(number, _max_age_s(scope)) for number in range(1, count)]


def further_requests(franchise: Franchise, request: Request, place: int, episodes: Mapping[str, int]) -> int:
    """How many other pages there may be, before the first is known: by the number of episodes of each series."""
    del request  # Every source that pages has this signature; here only the first page has others behind it.
    pinned = [series.code for series in franchise.series if SOURCE in series.ids]
    pages = math.ceil(sum(episodes.get(code, 0) for code in pinned) / _ROWS_A_PAGE)
    return max(0, pages - 1) if place == 1 else 0


def extract_people(franchise: Franchise, client: Client, uids: Sequence[str]) -> Extracted:
    """Ask STAPI for the full objects of these episodes, one request each: how many it may be is the caller's budget.

    Frame: "people", the names by role (directors, writers, teleplay_authors, story_authors, performers).
    """
    del franchise  # As above.
    gathering = Gathering(SOURCE, contract.FullEpisode, "uid", contract.KNOWN_DETAIL_KEYS)
    requests = [people_request(uid) for uid in dict.fromkeys(uids)]
    for answer in gathering.opened(client.fetch(requests) if requests else []):
        episode = gathering.checked(answer.payload["episode"])
        if episode:
            names = {role: [person.name for person in getattr(episode, role)] for role in _PEOPLE}
            gathering.rows.append({"uid": episode.uid, **names, **provenance(answer)})
    return gathering.extracted("people", contract.PEOPLE_FRAME)


def _max_age_s(scope: Scope) -> float:
    return ENDED_MAX_AGE_S if all(series.is_ended for series in scope.pinned(SOURCE)) else RUNNING_MAX_AGE_S


def _page_request(number: int, max_age_s: float) -> Request:
    return Request(
        path="/episode/search",
        params={"pageNumber": str(number), "pageSize": str(_ROWS_A_PAGE)},
        max_age_s=max_age_s,
        concerns="all",
        problem_with=_problem_with_page(number),
    )


def people_of(uid: str) -> str:
    """What is missing without an episode's full object."""
    return f"episode:{uid}"


def people_request(uid: str) -> Request:
    """The full object of an episode."""
    return Request(
        path="/episode",
        params={"uid": uid},
        max_age_s=ENDED_MAX_AGE_S,
        concerns=people_of(uid),
        problem_with=_problem_with_detail(uid),
    )


def _problem_with_page(number: int) -> Callable[[Any], str | None]:
    def problem(payload: Any) -> str | None:
        search, reason = parse(contract.Search, payload)
        if search is None:
            return f"the page breaks the contract: {reason}"
        if search.page.page_number != number:
            return f"asked for page {number}, got {search.page.page_number}"
        return problem_with_rows(contract.Episode, search.episodes)

    return problem


def _problem_with_detail(uid: str) -> Callable[[Any], str | None]:
    def problem(payload: Any) -> str | None:
        detail, reason = parse(contract.Detail, payload)
        if detail is None:
            return f"the episode breaks the contract: {reason}"
        if detail.episode is None:
            return f"there is no episode {uid}"
        return None if detail.episode.uid == uid else f"asked for episode {uid}, got {detail.episode.uid}"

    return problem


def _miscounted(pages: Sequence[Answer]) -> list[SourceError]:
    """An error if the pages together hold another number of episodes than the first announces."""
    if not pages:
        return []
    total = contract.Search.model_validate(pages[0].payload).page.total_elements
    rows = [row for page in pages for row in page.payload["episodes"]]
    uids = [row["uid"] for row in rows if isinstance(row, dict) and isinstance(row.get("uid"), str)]
    given = len(rows) - len(uids) + len(set(uids))
    if given == total:
        return []
    return [
        SourceError(SOURCE, Category.DATA_FORMAT, f"says {total} rows, gave {given}", url=pages[0].url, concerns="all")
    ]


def _gather(gathering: Gathering[contract.Episode], page: Answer, uids: frozenset[str], season: int | None) -> None:
    gathering.note_drift("search", page.payload, contract.KNOWN_SEARCH_KEYS)
    for payload in page.payload["episodes"]:
        if beyond := _beyond_scope(payload, uids, season):
            gathering.left_out[beyond] += 1
        elif episode := gathering.checked(payload):
            gathering.rows.append({**_flat(episode), **provenance(page)})


def _beyond_scope(payload: Any, uids: frozenset[str], season: int | None) -> str:
    """What a row is that was not asked for; "" for one that was, or that does not say well enough."""
    match payload:
        case {"series": {"uid": str(uid)}} if uid not in uids:
            return "rows of other series"
        case {"seasonNumber": int() | None as number} if season is not None and number != season:
            return "rows of other seasons"
    return ""


def _flat(episode: contract.Episode) -> Row:
    row = episode.model_dump(by_alias=True, exclude={"series", "season"})
    season = episode.season
    return {
        **row,
        "series_uid": episode.series.uid,
        "series_title": episode.series.title,
        "season_uid": season.uid if season else None,
        "season_title": season.title if season else None,
    }
