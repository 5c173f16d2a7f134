"""TrekCore: one request a series, the page that lists all its episodes, one table a season.

The pages are hand-made tables with unclosed tags, so they are read by an HTML parser, cell by cell.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import polars as pl
from pydantic import ValidationError
from selectolax.lexbor import LexborHTMLParser, LexborNode

from etl.errors import SourceError
from etl.extract.shapes import ENDED_MAX_AGE_S, RUNNING_MAX_AGE_S, Extracted, Reject, Scope, rejects_frame
from etl.franchise import Franchise, Series
from etl.sources import Answer, Client, Request
from schemas import raw_trekcore as contract

SOURCE = "trekcore"
_LIST = "/episodes/index.html"
_TABLE = "table.sortable"
_COLUMN = re.compile(r"col[0-9]+", re.ASCII)
_LONGEST_PAGE = 2_000_000
_MOST_TAGS = 25_000
_NOT_TEXT = ("script", "style", "table")

Row = dict[str, Any]
Cells = dict[str, str]


@dataclass
class _Harvest:
    """What has been gathered so far, row by row."""

    episodes: list[Row] = field(default_factory=list)
    ids: set[str] = field(default_factory=set)
    rejects: list[Reject] = field(default_factory=list)
    drift: set[str] = field(default_factory=set)
    errors: list[SourceError] = field(default_factory=list)
    answers: int = 0


def extract(franchise: Franchise, client: Client, scope: Scope) -> Extracted:
    """Ask TrekCore for the episode list of every series of `scope` that has a pinned host.

    Frame "episodes": the cells as text. A list is always whole, so one season is picked from it here.
    """
    harvest = _Harvest()
    asked = first_requests(franchise, scope)
    for request, outcome in zip(asked, client.fetch(asked), strict=True):
        _gather(harvest, request.host, outcome, scope.season)
    return Extracted(
        source=SOURCE,
        frames={"episodes": pl.DataFrame(harvest.episodes, schema=contract.EPISODE_FRAME)},
        rejects=rejects_frame(SOURCE, harvest.rejects),
        drift=tuple(sorted(harvest.drift)),
        errors=tuple(harvest.errors),
        answers=harvest.answers,
    )


def first_requests(franchise: Franchise, scope: Scope) -> list[Request]:
    """All that is asked: the list of every series of `scope` that has a pinned host."""
    del franchise  # Every extractor has this signature; TrekCore needs the scope alone.
    return [_request(series) for series in scope.pinned(SOURCE)]


def _request(series: Series) -> Request:
    return Request(
        path=_LIST,
        host=series.ids[SOURCE],
        kind="text",
        max_age_s=ENDED_MAX_AGE_S if series.is_ended else RUNNING_MAX_AGE_S,
        concerns=series.code,
        problem_with=_problem_with_list,
    )


def _problem_with_list(payload: Any) -> str | None:
    if not isinstance(payload, str):
        return "the episode list is no text"
    # Nested deeply enough, a page takes the parser a time that grows with the square of its tags.
    if len(payload) > _LONGEST_PAGE or payload.count("<") > _MOST_TAGS:
        return f"the page is too large ({len(payload):,} characters, {payload.count('<'):,} tags)"
    page = _page(payload)
    if page.css_first(_TABLE) is None:
        return "no episode table"
    is_usable = any(_parse(cells)[0] for cells in _listed(page))
    # A season that was only announced has a table with nothing but its head.
    is_bare = page.css_first(f"{_TABLE} td") is None and page.css_first(f"{_TABLE} tr") is not None
    return None if is_usable or is_bare else "no row of the episode table keeps the contract"


def _gather(harvest: _Harvest, host: str, outcome: Answer | SourceError, season: int | None) -> None:
    if isinstance(outcome, SourceError):
        harvest.errors.append(outcome)
        return
    if outcome.error:
        harvest.errors.append(outcome.error)
    else:
        harvest.answers += 1
    provenance = {"source_url": outcome.url, "fetched_at": outcome.fetched_at, "is_stale": outcome.is_stale}
    for cells in _listed(_page(outcome.payload)):
        if season is None or contract.season_of(cells.get("number", "")) in (season, None):
            _gather_episode(harvest, host, cells, provenance)


def _gather_episode(harvest: _Harvest, host: str, cells: Cells, provenance: Row) -> None:
    episode, reason = _parse(cells)
    source_id = f"{host} {cells['number']}" if "number" in cells else None
    if source_id in harvest.ids:
        reason = "number: stands there more than once"
    if episode is None or source_id is None or reason:
        harvest.rejects.append(Reject(source_id, reason, {"host": host, **cells}))
        return
    harvest.drift |= {f"episode.{name}" for name in cells if _COLUMN.fullmatch(name)}
    harvest.ids.add(source_id)
    harvest.episodes.append({"host": host, **episode.model_dump(), **provenance})


def _parse(cells: Cells) -> tuple[contract.Episode | None, str]:
    """The checked row, or None and the reasons in words."""
    try:
        return contract.Episode.model_validate(cells), ""
    except ValidationError as failure:
        errors = failure.errors(include_url=False, include_input=False)
        return None, "; ".join(f"{'.'.join(map(str, error['loc']))}: {error['msg']}" for error in errors)


def _page(html: str) -> LexborHTMLParser:
    # Half of a character (a lone surrogate) is no text that a parser could take.
    return LexborHTMLParser(html.encode("utf-8", "replace").decode())


def _listed(page: LexborHTMLParser) -> Iterator[Cells]:
    """The rows of all seasons, their cells by what stands in them; rows without a filled column are heads."""
    for row in page.css(f"{_TABLE} tr"):
        cells: Cells = {}
        for cell in row.iter():
            if cell.tag == "td":
                _read(cell, cells)
        if cells:
            yield cells


def _read(cell: LexborNode, cells: Cells) -> None:
    column = next(filter(_COLUMN.fullmatch, (cell.attributes.get("class") or "").split()), None)
    text = _text(cell)
    if column is None or not text:
        return
    name = contract.COLUMNS.get(column, column)
    cells.setdefault(name, text)
    if name == "title" and (anchor := cell.css_first("a[href]")) and (link := anchor.attributes["href"]):
        cells.setdefault("link", link.strip())


def _text(cell: LexborNode) -> str:
    """The text of a cell with single spaces; what an unclosed tag put into the cell beside it is left out."""
    parts: list[str] = []
    waiting = [cell]
    while waiting:
        node = waiting.pop()
        if node.tag == "br":
            parts.append(" ")
        elif node.is_text_node:
            parts.append(node.text_content or "")
        elif node.tag not in _NOT_TEXT:
            waiting.extend(reversed(list(node.iter(include_text=True))))
    return " ".join("".join(parts).split())
