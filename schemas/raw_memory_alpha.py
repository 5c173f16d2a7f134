"""The raw contract of Memory Alpha: what an answer of the MediaWiki action API must hold before a page of it is used.

Types are checked by Pydantic, strictly, page by page; what stands in a page's text is wikitext, where anything may be
missing. Keys in KNOWN_* are expected; any other key is drift.
"""

from __future__ import annotations

from typing import Annotated

import polars as pl
from pydantic import AfterValidator, AliasPath, BaseModel, ConfigDict, Field

from schemas.columns import FLAG, INSTANT, INTEGER, TEXT, TEXTS
from schemas.raw_tmdb import Markup, Name, Whole

CREDIT = pl.Struct({"actor": pl.String, "character": pl.String, "section": pl.String})

MODULE_FIELDS = ("n", "s", "p", "d", "m", "y")
"""Fields of an episode in the data modules; module A, the series, becomes `series_code`."""

PEOPLE_FIELDS = ("writer", "teleplay", "story", "director", "wsWrittenBy", "wsTeleplayBy", "wsStoryBy", "wsDirectedBy")
"""Sidebar fields that hold people; the second four are those of pages before 2018."""

TEXT_FIELDS = (
    "date",
    "wsTitle",
    "wsDate",
    "nSeason",
    "nEpisode",
    "sProductionSerialNumber",
    "bFeatureLength",
    "nAirdateYear",
    "sAirdateMonth",
    "nAirdateDay",
    "nYear",
    "nStardate",
)
"""Sidebar fields that hold a text; all but the first are those of pages before 2018."""

EPISODE_FRAME = pl.Schema(
    {
        "title": TEXT,
        "pageid": INTEGER,
        "series_code": TEXT,
        "sidebar_title": TEXT,
        **dict.fromkeys(TEXT_FIELDS, TEXT),
        **dict.fromkeys(PEOPLE_FIELDS, TEXTS),
        **dict.fromkeys(MODULE_FIELDS, TEXT),
        "guest_stars": pl.List(CREDIT),
        "references": TEXTS,
        "timestamp": TEXT,
        "source_url": TEXT,
        "fetched_at": INSTANT,
        "is_stale": FLAG,
    }
)
"""`title` is the page's; the sidebar's own is `sidebar_title`. `references` are titles of pages."""

KNOWN_SIDEBAR_KEYS = frozenset([*TEXT_FIELDS, *PEOPLE_FIELDS]) | {
    "title",
    "image",
    "imagecap",
    "image2",
    "imagecap2",
    "other date",
    "sImageTitle",
    "sImageSource",
    "sImageText",
    "wsImage",
    "sSeries",
}

KNOWN_ANSWER_KEYS = frozenset(["batchcomplete", "continue", "query", "warnings", "limits", "servedby", "requestid"])


class _Row(BaseModel):
    model_config = ConfigDict(strict=True)


class Revision(_Row):
    """A revision of a page; `content` is its wikitext, or Lua in a module."""

    timestamp: Name
    content: Markup = Field(validation_alias=AliasPath("slots", "main", "content"))


def _named(title: str) -> str:
    """A page's title is its id, so an empty one names nothing."""
    if not title.strip():
        raise ValueError("is empty")
    return title


class Page(_Row):
    """A page. It has no revisions where they did not fit into the answer: then a continuation brings them."""

    pageid: Whole = 0
    title: Annotated[Name, AfterValidator(_named)]
    missing: bool = False
    invalid: bool = False
    revisions: list[Revision] = []


class ApiError(_Row):
    """What the API answers, with HTTP 200, where it has no answer."""

    code: str
    info: str = ""


class Query(_Row):
    """The pages, checked one by one."""

    pages: list[object] = []


class ApiAnswer(_Row):
    """An answer. An empty category has no `query`; `continue` holds what to add to the next request."""

    query: Query = Query()
    continuation: dict[str, str] = Field(default={}, validation_alias="continue")
    error: ApiError | None = None
