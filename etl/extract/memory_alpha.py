"""Memory Alpha: the pages of a series' episodes, fifty a request, and the data modules of all series in one.

Pages are asked for by category and not by the titles in module A: that costs a few requests more, but finds pages that
nobody has entered there, needs no module to begin with, and leaves an ended series' answers in the cache when another
series grows.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import polars as pl

from etl.errors import Category, SourceError
from etl.extract.lua_data import LuaError, read_table
from etl.extract.shapes import Extracted, Reject, Scope, rejects_frame
from etl.extract.wiki_api import (
    MODULE,
    PAGES_A_REQUEST,
    SOURCE,
    category_of,
    modules_request,
    pages_request,
    parse_page,
)
from etl.extract.wiki_article import WikitextError, parse_article
from etl.extract.wiki_episode import MODULES, Modules, episode_row, is_episode, season_of
from etl.extract.wikitext import sidebar_of
from etl.franchise import Franchise, Series
from etl.sources import Answer, Client, Request
from schemas import raw_memory_alpha as contract

_MOST_ROUNDS = 40
_YEAR = re.compile(r"[12][0-9]{3}")
_ADDRESS = str.maketrans({"%": "%25", " ": "_", "?": "%3F", "#": "%23", '"': "%22"})

Row = dict[str, Any]


@dataclass(frozen=True)
class _Found:
    """A page with its text, where it was found, and the answer that brought it."""

    page: contract.Page
    code: str
    answer: Answer


@dataclass
class _Harvest:
    """What has been gathered so far; `waiting` are pages whose text did not fit into the answer that named them."""

    pages: dict[str, _Found] = field(default_factory=dict)
    waiting: dict[str, contract.Page] = field(default_factory=dict)
    rejects: list[Reject] = field(default_factory=list)
    drift: set[str] = field(default_factory=set)
    errors: list[SourceError] = field(default_factory=list)
    answers: int = 0

    def usable(self, outcome: Answer | SourceError) -> Answer | None:
        """Note what an outcome says of the source, and return it if it is an answer."""
        if isinstance(outcome, SourceError):
            self.errors.append(outcome)
            return None
        if outcome.error:
            self.errors.append(outcome.error)
        else:
            self.answers += 1
        self._note_drift("answer", outcome.payload, contract.KNOWN_ANSWER_KEYS)
        return outcome

    def _note_drift(self, kind: str, keys: Mapping[str, Any], known: frozenset[str]) -> None:
        self.drift |= {f"{kind}.{ascii(key)[1:-1]}" for key in set(keys) - known}

    def note_sidebar(self, sidebar: Mapping[str, Any]) -> None:
        """Note parameters of a sidebar that nobody expected; numbers are values somebody forgot to name."""
        self._note_drift("sidebar", {key: None for key in sidebar if not key.isdecimal()}, contract.KNOWN_SIDEBAR_KEYS)

    def fail(self, message: str, concerns: str, category: Category = Category.DATA_FORMAT) -> None:
        """Note a failure that the client could not see."""
        self.errors.append(SourceError(SOURCE, category, message, concerns=concerns))


def extract(franchise: Franchise, client: Client, scope: Scope) -> Extracted:
    """Ask the wiki for the episode pages of the series of `scope` that have a code there.

    Frame: "episodes", with the sidebar's and the modules' own field names. Without the modules the pages are still
    used, without a page its row in the modules is not. `franchise` gives the codes that may stand in references.
    """
    asked = scope.pinned(SOURCE)
    harvest = _Harvest()
    modules = _gather_all(harvest, client, asked, first_requests(franchise, scope)) if asked else Modules({})
    codes = {series.ids[SOURCE] for series in franchise.series if SOURCE in series.ids}
    pages_at = client.source.base_url.removesuffix("api.php") + "wiki/"
    rows = [_row(harvest, found, modules, codes, pages_at) for found in harvest.pages.values()]
    wanted = {series.ids[SOURCE] for series in asked}
    episodes = [row for row in rows if row and _is_wanted(harvest, row, wanted, scope.season)]
    for page in harvest.waiting.values():
        harvest.rejects.append(Reject(page.title, "its text never came", {"pageid": page.pageid, "title": page.title}))
    return Extracted(
        source=SOURCE,
        frames={"episodes": pl.DataFrame(episodes, schema=contract.EPISODE_FRAME)},
        rejects=rejects_frame(SOURCE, harvest.rejects),
        drift=tuple(sorted(harvest.drift)),
        errors=tuple(harvest.errors),
        answers=harvest.answers,
    )


def first_years(client: Client, scope: Scope) -> tuple[dict[str, int], list[SourceError]]:
    """Ask for the data modules alone: the year of the first episode by the wiki's code of a series, and what failed."""
    asked = scope.pinned(SOURCE)
    harvest = _Harvest()
    request = modules_request(asked)
    modules = _modules(harvest, request, *client.fetch([request]))
    told = ((code, modules.value("Y", title) or "") for title, code in modules.tables.get("A", {}).items())
    years = sorted(((code, int(year)) for code, year in told if _YEAR.fullmatch(year)), reverse=True)
    return dict(years), harvest.errors


def first_requests(franchise: Franchise, scope: Scope) -> list[Request]:
    """The first wave: the modules, and the first fifty pages of every series."""
    del franchise  # Every extractor has this signature; what is asked first depends on the scope alone.
    asked = scope.pinned(SOURCE)
    return [modules_request(asked), *(pages_request(series, {}) for series in asked)] if asked else []


def next_requests(franchise: Franchise, scope: Scope, request: Request, payload: Any) -> list[Request]:
    """What continues a series' list, if `payload` is not its end."""
    del franchise  # As above.
    continuation = contract.ApiAnswer.model_validate(payload).continuation
    categories = {category_of(series): series for series in scope.pinned(SOURCE)}
    series = categories.get(request.params.get("gcmtitle", ""))
    return [pages_request(series, continuation)] if series and continuation else []


def further_requests(franchise: Franchise, request: Request, place: int, episodes: Mapping[str, int]) -> int:
    """How many requests may follow the one of this place in a series' list, by the number of its episodes."""
    pages = {category_of(series): episodes.get(series.code, 0) for series in franchise.series if SOURCE in series.ids}
    return max(0, math.ceil(pages.get(request.params.get("gcmtitle", ""), 0) / PAGES_A_REQUEST) - place)


def _gather_all(harvest: _Harvest, client: Client, asked: Sequence[Series], requests: Sequence[Request]) -> Modules:
    """Ask for everything, in rounds: the first pages of all series and the modules, then what continues them."""
    modules_outcome, *outcomes = client.fetch(requests)
    modules = _modules(harvest, requests[0], modules_outcome)
    open_series = list(asked)
    tokens: set[tuple[str, ...]] = set()
    for _ in range(_MOST_ROUNDS):
        more: list[tuple[Series, dict[str, str]]] = []
        for series, outcome in zip(open_series, outcomes, strict=True):
            continuation = _gather(harvest, series, outcome)
            token = (series.code, *(f"{key}={value}" for key, value in sorted(continuation.items())))
            if continuation and token in tokens:
                harvest.fail("The wiki continues a list with its own beginning.", series.code)
            elif continuation:
                tokens.add(token)
                more.append((series, continuation))
        if not more:
            return modules
        open_series = [series for series, _ in more]
        outcomes = client.fetch([pages_request(series, continuation) for series, continuation in more])
    harvest.fail("The wiki's lists do not end.", ", ".join(series.code for series in open_series))
    return modules


def _modules(harvest: _Harvest, request: Request, outcome: Answer | SourceError) -> Modules:
    answer = harvest.usable(outcome)
    if answer is None:
        return Modules({})
    tables: dict[str, dict[str, str]] = {}
    for payload in contract.ApiAnswer.model_validate(answer.payload).query.pages:
        page, _ = parse_page(payload)
        if page is None or not page.title.startswith(MODULE) or not page.revisions:
            continue
        try:
            tables[page.title.removeprefix(MODULE)] = read_table(page.revisions[0].content)
        except LuaError as error:
            harvest.fail(f"{page.title} is no flat table: {error}", request.concerns)
            tables[page.title.removeprefix(MODULE)] = {}
    if missing := [name for name in MODULES if name not in tables]:
        harvest.fail(f"No text of {', '.join(MODULE + name for name in missing)}.", request.concerns)
    return Modules(tables, is_stale=answer.is_stale)


def _gather(harvest: _Harvest, series: Series, outcome: Answer | SourceError) -> dict[str, str]:
    """Take the pages out of an answer, and return what continues it."""
    answer = harvest.usable(outcome)
    if answer is None:
        return {}
    content = contract.ApiAnswer.model_validate(answer.payload)
    if not content.query.pages and not content.continuation:
        harvest.fail(f"No page in {category_of(series)}.", series.code, Category.NOT_FOUND)
    for payload in content.query.pages:
        page, reason = parse_page(payload)
        if page and (page.missing or page.invalid):
            reason = "the wiki has no such page"
        if page is None or reason:
            harvest.rejects.append(Reject(_title_of(payload), reason, payload))
        elif page.revisions:
            harvest.waiting.pop(page.title, None)
            harvest.pages.setdefault(page.title, _Found(page, series.ids[SOURCE], answer))
        elif page.title not in harvest.pages:
            harvest.waiting[page.title] = page
    return content.continuation


def _title_of(payload: object) -> str | None:
    """What a page that breaks the contract calls itself; half of a character stays visible as an escape."""
    title = payload.get("title") if isinstance(payload, dict) else None
    return title.encode("utf-8", "backslashreplace").decode() if isinstance(title, str) else None


def _row(harvest: _Harvest, found: _Found, modules: Modules, codes: set[str], pages_at: str) -> Row | None:
    """The raw row of a page, None and a reject for a page that is no episode or cannot be read."""
    page = found.page
    reason, sidebar = "", None
    try:
        text = parse_article(page.revisions[0].content, codes)
        sidebar = sidebar_of(text)
    except WikitextError as error:
        reason = str(error)
    if not reason and sidebar is None and not is_episode(page.title, modules):
        reason = "it has no sidebar of an episode and stands in no data module"
    if reason:
        harvest.rejects.append(Reject(page.title, reason, {"pageid": page.pageid, "title": page.title}))
        return None
    harvest.note_sidebar(sidebar or {})
    row = episode_row(page, text, sidebar or {}, modules, codes)
    return {
        **row,
        "series_code": row["series_code"] or found.code,
        "source_url": pages_at + page.title.translate(_ADDRESS),
        "fetched_at": found.answer.fetched_at,
        "is_stale": found.answer.is_stale or modules.is_stale,
    }


def _is_wanted(harvest: _Harvest, row: Row, wanted: set[str], season: int | None) -> bool:
    if row["series_code"] not in wanted:
        reason = f"{MODULE}A says that it belongs to {row['series_code']}, which was not asked for"
        harvest.rejects.append(Reject(row["title"], reason, {"pageid": row["pageid"], "title": row["title"]}))
        return False
    return season is None or season_of(row) in (season, None)
