"""What is asked of Memory Alpha's MediaWiki action API, and what its answers must hold.

Source of the format: https://www.mediawiki.org/wiki/API:Query.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from pydantic import ValidationError

from etl.extract.shapes import ENDED_MAX_AGE_S, RUNNING_MAX_AGE_S
from etl.extract.wiki_episode import MODULES
from etl.franchise import Series
from etl.sources import Request
from schemas import raw_memory_alpha as contract

SOURCE = "memory_alpha"
MODULE = "Module:EpisodeData/"
PAGES_A_REQUEST = 50
_ALWAYS = {
    "action": "query",
    "format": "json",
    "formatversion": "2",
    "prop": "revisions",
    "rvprop": "content|timestamp",
    "rvslots": "main",
    "redirects": "1",
    "maxlag": "5",
}


def modules_request(asked: Sequence[Series]) -> Request:
    """All data modules."""
    return Request(
        path="",
        params={**_ALWAYS, "titles": "|".join(MODULE + name for name in MODULES)},
        max_age_s=min(_max_age_s(series) for series in asked),
        concerns=", ".join(series.code for series in asked),
        problem_with=problem_with,
    )


def pages_request(series: Series, continuation: Mapping[str, str]) -> Request:
    """Fifty pages of a series, from the beginning or from where an answer says to continue."""
    return Request(
        path="",
        params={
            **_ALWAYS,
            "generator": "categorymembers",
            "gcmtitle": category_of(series),
            "gcmnamespace": "0",
            "gcmlimit": str(PAGES_A_REQUEST),
            **continuation,
        },
        max_age_s=_max_age_s(series),
        concerns=series.code,
        problem_with=problem_with,
    )


def category_of(series: Series) -> str:
    """The category that holds the pages of a series' episodes."""
    return f"Category:{series.ids[SOURCE]} episodes"


def _max_age_s(series: Series) -> float:
    return ENDED_MAX_AGE_S if series.is_ended else RUNNING_MAX_AGE_S


def problem_with(payload: Any) -> str | None:
    """What breaks the raw contract of an answer, None if nothing; errors of the API come as answers."""
    try:
        answer = contract.ApiAnswer.model_validate(payload)
    except ValidationError as failure:
        return f"the answer breaks the contract: {_reasons(failure)}"
    if answer.error:
        return f"the API says {answer.error.code}: {answer.error.info}"
    pages = answer.query.pages
    if pages and not any(parse_page(page)[0] for page in pages):
        return f"no page keeps the contract: {parse_page(pages[0])[1]}"
    return None


def parse_page(payload: object) -> tuple[contract.Page | None, str]:
    """The checked page, or None and the reasons in words."""
    try:
        return contract.Page.model_validate(payload), ""
    except ValidationError as failure:
        return None, _reasons(failure)


def _reasons(failure: ValidationError) -> str:
    errors = failure.errors(include_url=False, include_input=False)
    return "; ".join(f"{'.'.join(map(str, error['loc'])) or 'it'}: {error['msg']}" for error in errors)
