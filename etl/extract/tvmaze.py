"""TVmaze: one request a series, the list of its episodes with the specials.

Source of the format: https://www.tvmaze.com/api#show-episode-list
"""

from __future__ import annotations

from datetime import date
from typing import Any

from selectolax.lexbor import LexborHTMLParser

from etl.extract.paging import Gathering, problem_with_rows, provenance
from etl.extract.shapes import ENDED_MAX_AGE_S, RUNNING_MAX_AGE_S, Extracted, Scope
from etl.franchise import Franchise, Series
from etl.placeholders import has_overdue_title
from etl.sources import Answer, Client, Request
from schemas import raw_tvmaze as contract

SOURCE = "tvmaze"
_BLOCKS = "p, br, div, li"
_BREAK = "\x1e"  # The record separator, which no text of a page holds: the parser takes it as any other character.


def extract(franchise: Franchise, client: Client, scope: Scope) -> Extracted:
    """Ask TVmaze for the series of `scope` that have a pinned TVmaze id.

    Frame: "episodes", with TVmaze's own field names, and `summary_text`, the summary without its HTML. With a season
    in the scope, the others are left out and counted in the drift; specials are season 0.
    """
    gathering = Gathering(SOURCE, contract.Episode, "id", contract.KNOWN_EPISODE_KEYS)
    requests = first_requests(franchise, scope)
    outcomes = client.fetch(requests) if requests else []
    for series, outcome in zip(scope.pinned(SOURCE), outcomes, strict=True):
        for answer in gathering.opened([outcome]):
            _gather(gathering, answer, _show_id(series), scope.season)
    return gathering.extracted("episodes", contract.EPISODE_FRAME)


def first_requests(franchise: Franchise, scope: Scope) -> list[Request]:
    """All that is asked: the list of every pinned series of `scope`."""
    del franchise  # Every extractor has this signature; TVmaze needs the scope alone.
    return [_request(series) for series in scope.pinned(SOURCE)]


def plain_text(html: str | None) -> str | None:
    """What a reader of the HTML sees: entities decoded, single spaces, paragraphs joined by a blank line.

    None where there is nothing to read.
    """
    tree = LexborHTMLParser(html or "")
    tree.strip_tags(["script", "style"])
    for node in tree.css(_BLOCKS):
        node.insert_before(_BREAK)
        node.insert_after(_BREAK)
    text = tree.body.text() if tree.body else ""
    paragraphs = (" ".join(paragraph.split()) for paragraph in text.split(_BREAK))
    return "\n\n".join(filter(None, paragraphs)) or None


def _show_id(series: Series) -> int:
    return int(series.ids[SOURCE])


def _request(series: Series) -> Request:
    return Request(
        path=f"/shows/{_show_id(series)}/episodes",
        params={"specials": "1"},
        max_age_s=ENDED_MAX_AGE_S if series.is_ended else RUNNING_MAX_AGE_S,
        concerns=series.code,
        problem_with=_problem_with_list,
        is_overdue=_has_overdue_title,
    )


def _problem_with_list(payload: Any) -> str | None:
    if not isinstance(payload, list):
        return "this is no list of episodes"
    return problem_with_rows(contract.Episode, payload)


def _has_overdue_title(payload: Any, day: date) -> bool:
    rows = (row for row in payload if isinstance(row, dict))
    return has_overdue_title(((row.get("name"), row.get("airdate")) for row in rows), day)


def _gather(gathering: Gathering[contract.Episode], answer: Answer, show_id: int, season: int | None) -> None:
    for payload in answer.payload:
        episode = gathering.checked(payload)
        if episode is None:
            continue
        if season is not None and season != (0 if episode.is_special else episode.season):
            gathering.left_out["rows of other seasons"] += 1
            continue
        summary_text = plain_text(episode.summary)
        row = {"show_id": show_id, **episode.model_dump(), "summary_text": summary_text, **provenance(answer)}
        gathering.rows.append(row)
