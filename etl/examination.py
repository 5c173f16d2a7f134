"""`trek-etl doctor`: asks the sources side by side, so that etl.doctor can judge them and the pinned ids."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

from etl.asking import Listener, client_of, lacks_key
from etl.doctor import Finding, Pin, SourceState, examine, pinned_ids
from etl.errors import Category, SourceError
from etl.extract import catalogue
from etl.extract.shapes import Scope
from etl.franchise import Franchise
from etl.http.client import SourceClient
from etl.options import Options
from etl.planning import ROUNDS
from etl.replies import ASKERS, Replies
from etl.settings import Settings
from etl.sources import SOURCES

Looked = tuple[SourceState, Replies]


def examine_sources(
    franchise: Franchise, names: Sequence[str], settings: Settings, options: Options, listen: Listener
) -> list[Finding]:
    """Ask these sources for every id that the franchise pins, live, and judge what they say.

    Names and years are those of the franchise file and of its catalogue. A source's fault never raises.
    """
    years = first_years(franchise)

    def look(name: str) -> Looked:
        return _look(franchise, name, pinned_ids(franchise, [name], years), settings, options, listen)

    with ThreadPoolExecutor(max_workers=len(SOURCES), thread_name_prefix="doctor") as threads:
        looked = list(threads.map(look, names))
    return examine([state for state, _ in looked], [reply for _, replies in looked for reply in replies])


def first_years(franchise: Franchise) -> dict[str, int]:
    """The year in which a series or film ("film:twok") was first shown, by the catalogue; nothing without one."""
    frames = catalogue.extract(franchise, Scope(franchise.series, franchise.films)).frames
    days = [
        *frames["episodes"].select("series", "air_date").drop_nulls().iter_rows(),
        *frames["movies"].select("key", "release_date").drop_nulls().iter_rows(),
    ]
    return dict(sorted(((code, int(day[:4])) for code, day in days), reverse=True))


def _look(
    franchise: Franchise,
    name: str,
    pins: Sequence[Pin],
    settings: Settings,
    options: Options,
    listen: Listener,
) -> Looked:
    source = SOURCES[name]
    if lacks_key(source, settings):
        return SourceState(name, missing_key=f"{name.upper()}_API_KEY", unexamined=len(pins)), []
    if not pins:
        return SourceState(name, has_pins=False), []
    with client_of(source, settings, options, listen) as client:
        replies = ASKERS[name](franchise, client, pins)
        is_allowed = _is_allowed(franchise, client)
        error = _failure_of(replies) if is_allowed is not False else None
        is_in_vain = all(reply.error for _, reply in replies) and (error is not None or is_allowed is False)
        state = SourceState(
            name,
            error=error,
            is_robots_allowed=None if error else is_allowed,
            clock_skew_s=client.clock_skew_s,
            unexamined=len(pins) if is_in_vain else 0,
        )
    return state, [] if is_in_vain else replies


def _is_allowed(franchise: Franchise, client: SourceClient) -> bool | None:
    """Whether robots.txt allows all that a run would ask; None for a source that is asked without reading one."""
    if not client.source.has_robots:
        return None
    requests = ROUNDS[client.source.name].first(franchise, Scope(franchise.series, franchise.films))
    return not any(client.foresight.is_forbidden(request) for request in requests)


def _failure_of(replies: Replies) -> SourceError | None:
    """Why the source as a whole gave nothing; None if it gave something, or said of an id that it does not have it."""
    errors = [reply.error for _, reply in replies if reply.error]
    if len(errors) < len(replies) or any(error.category is Category.NOT_FOUND for error in errors):
        return None
    return next((error for error in errors if error.status is not None), errors[0])
