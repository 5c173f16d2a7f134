"""The sources: how fast each may be asked, how far it is trusted, whose data it has, under which licence.

Rates and bursts are those of DESIGN.md ("Talking to sources"), confidences those of DESIGN.md ("Quality");
uptime and accuracy are the calibration of VBS's scorer where it has one (reference/vbs-behaviour.md, 14).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Literal, Protocol

from etl.errors import SourceError


@dataclass(frozen=True)
class Source:
    """One place that data come from. `rate` is requests a second, `burst` how many may go at once.

    `lineage` names whose data they are: two sources of one lineage are one witness.
    A compilation is made from other sources, so its agreement proves nothing, while its dissent is worth a look.
    Where `has_robots`, robots.txt is read and obeyed before anything else is asked.
    `is_prose_free` says that whoever passes on its sentences need only show the notice: no non-commercial clause, no
    share-alike, no reservation of all rights. Facts (titles, dates, names, numbers) are nobody's, whatever it says.
    `edit_page` is the address at which people mend what it says of an episode, with places for the wiki's {page},
    TMDB's {series}, the source's own {season} and {episode}, and its {id} of the episode; empty where people cannot.
    """

    name: str
    title: str
    base_url: str
    rate: float
    burst: int
    confidence: float
    uptime: float
    accuracy: float
    lineage: str
    licence: str
    licence_url: str
    notice: str
    is_compilation: bool = False
    has_robots: bool = False
    needs_key: bool = False
    is_prose_free: bool = False
    edit_page: str = ""


@dataclass(frozen=True)
class Request:
    """One thing to ask: a path below the source's base URL, and how old a cached answer may be.

    `kind` says whether the answer is JSON or text (an HTML page), and so what the payload is. `host` fills the {host}
    of a base URL that has one. `problem_with` looks at the parsed answer and says what breaks the raw contract,
    None if it keeps it: an answer that breaks it is neither used nor cached. `is_overdue` looks at a parsed answer that
    was cached and says whether the source should know better by this day (UTC): such an answer is not fresh, however
    young. `concerns` names what is missing without the answer.
    """

    path: str
    params: Mapping[str, str] = field(default_factory=dict)
    max_age_s: float = 6 * 3600.0
    concerns: str = ""
    kind: Literal["json", "text"] = "json"
    host: str = ""
    problem_with: Callable[[Any], str | None] = field(default=lambda _: None, compare=False)
    is_overdue: Callable[[Any, date], bool] = field(default=lambda _payload, _day: False, compare=False)


@dataclass(frozen=True)
class Answer:
    """What came back: the parsed JSON or the text, the URL without credentials, and when the source sent it (UTC).

    `is_stale` is true for a cached answer older than asked for, given because the source failed; `error` says how.
    """

    payload: Any
    url: str
    fetched_at: datetime
    is_from_cache: bool = False
    is_stale: bool = False
    error: SourceError | None = None


Outlook = Literal["cached", "sent", "barred"]
"""What would become of a request: the cache answers it, it goes to the source, or neither (offline, or forbidden)."""


class Client(Protocol):
    """How an extractor talks to its source; etl/http has the real one."""

    @property
    def source(self) -> Source:
        """Whom this client talks to."""
        ...

    def fetch(self, requests: Sequence[Request]) -> list[Answer | SourceError]:
        """One answer or error a request, in the order of the requests."""
        ...


TMDB = Source(
    name="tmdb",
    title="TMDB",
    base_url="https://api.themoviedb.org/3",
    rate=4.0,
    burst=40,
    confidence=0.85,
    uptime=0.99,
    accuracy=0.92,
    lineage="tmdb",
    licence="TMDB API terms of use",
    licence_url="https://www.themoviedb.org/api-terms-of-use",
    notice="This product uses the TMDB API but is not endorsed or certified by TMDB.",
    needs_key=True,
    is_prose_free=True,
    edit_page="https://www.themoviedb.org/tv/{series}/season/{season}/episode/{episode}/edit",
)

MEMORY_ALPHA = Source(
    name="memory_alpha",
    title="Memory Alpha",
    base_url="https://memory-alpha.fandom.com/api.php",
    rate=1.0,
    burst=3,
    confidence=0.90,
    uptime=0.95,
    accuracy=0.90,
    lineage="memory_alpha",
    licence="CC BY-NC 4.0",
    licence_url="https://creativecommons.org/licenses/by-nc/4.0/",
    notice="Text of the wiki Memory Alpha by its contributors, under CC BY-NC 4.0.",
    has_robots=True,
    edit_page="{page}?action=edit",
)

STAPI = Source(
    name="stapi",
    title="STAPI",
    base_url="https://stapi.co/api/v1/rest",
    rate=2.0,
    burst=10,
    confidence=0.80,
    uptime=0.85,
    accuracy=0.70,
    lineage="memory_alpha",
    licence="CC BY-NC 4.0 (its data are pages of Memory Alpha)",
    licence_url="https://stapi.co/licensing",
    notice="Data of STAPI, which are made from pages of the wiki Memory Alpha, under CC BY-NC 4.0.",
    # Its next copy of the wiki has what is mended there.
    edit_page="{page}?action=edit",
)

TREKCORE = Source(
    name="trekcore",
    title="TrekCore",
    base_url="https://{host}.trekcore.com",
    rate=0.5,
    burst=2,
    confidence=0.75,
    uptime=0.90,
    accuracy=0.85,
    lineage="trekcore",
    licence="all rights reserved; only facts are used",
    licence_url="https://trekcore.com",
    notice="Facts (numbers, dates, codes, stardates) from the episode lists of TrekCore.",
    has_robots=True,
)

TVMAZE = Source(
    name="tvmaze",
    title="TVmaze",
    base_url="https://api.tvmaze.com",
    rate=2.0,
    burst=10,
    confidence=0.75,
    uptime=0.95,
    accuracy=0.85,
    lineage="tvmaze",
    licence="CC BY-SA 4.0",
    licence_url="https://creativecommons.org/licenses/by-sa/4.0/",
    notice="Data of TVmaze, under CC BY-SA 4.0.",
    edit_page="https://www.tvmaze.com/episodes/{id}",
)

CATALOGUE = Source(
    name="catalogue",
    title="Catalogue",
    base_url="",
    rate=0.0,
    burst=0,
    confidence=0.80,
    uptime=1.0,
    accuracy=0.90,
    lineage="catalogue",
    licence="facts, free to use",
    licence_url="",
    notice="Facts of the bundled catalogue: titles, dates, numbers and names, joined from several public data sets.",
    is_compilation=True,
    is_prose_free=True,
)

SOURCES: Mapping[str, Source] = {
    source.name: source for source in (MEMORY_ALPHA, TMDB, TREKCORE, STAPI, TVMAZE, CATALOGUE)
}
