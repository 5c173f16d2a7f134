"""Asking every wanted source one thing before a run, to see how it fares; the run then leaves the unwell ones alone."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace

from etl import policies
from etl.asking import EXTRACTORS, check_one, is_wanted, lacks_key
from etl.errors import Category, SourceError
from etl.extract.probes import probe_of
from etl.extract.shapes import Scope
from etl.franchise import Franchise, load_franchise
from etl.health_words import health_lines
from etl.http.exchange import Timeouts
from etl.http.health import Vitals
from etl.options import Options
from etl.settings import Settings
from etl.source_health import health_columns
from etl.sources import SOURCES, Source

# Whoever needs longer for one small document would hold up a run for minutes.
TIMEOUTS = Timeouts(connect_s=3.0, read_s=5.0, total_s=10.0)
_MOST_RETRIES = 1


@dataclass(frozen=True)
class Checkup:
    """How one source fares; `error` is why it gave no answer, `not_asked` why it was not asked at all."""

    source: Source
    vitals: Vitals = field(default_factory=Vitals)
    error: SourceError | None = None
    not_asked: str = ""


def check_sources(settings: Settings, options: Options) -> list[Checkup]:
    """Ask the sources that a run with these options would ask, at the same time; one failure makes a source unwell.

    Raises InputError as the run would.
    """
    franchise = load_franchise(options.franchise, has_catalogue=options.has_catalogue)
    scope = policies.scope_of(franchise, options)
    wanted = [SOURCES[name] for name in EXTRACTORS if is_wanted(name, options)]
    with ThreadPoolExecutor(max_workers=len(EXTRACTORS), thread_name_prefix="checkup") as threads:
        return list(threads.map(lambda source: _check(source, franchise, scope, settings, options), wanted))


def checkup_lines(checkups: Sequence[Checkup]) -> list[str]:
    """One line a source with what to do, those that are well together; then why a source gave no answer."""
    rows = [{"title": one.source.title, "error_rate": None, **health_columns(one.vitals)} for one in checkups]
    return [
        *(f"NOT ASKED  {one.source.title}: {one.not_asked}" for one in checkups if one.not_asked),
        *health_lines(rows),
        *(
            f"! {one.source.title}: {one.error.message} ({one.error.category}) {one.error.category.advice}"
            for one in checkups
            if one.error
        ),
    ]


def _check(source: Source, franchise: Franchise, scope: Scope, settings: Settings, options: Options) -> Checkup:
    probe = probe_of(source.name, franchise, scope)
    if options.is_offline:
        return Checkup(source, not_asked="this run is offline.")
    if probe is None:
        return Checkup(source, not_asked="nothing that is wanted has an id there.")
    if lacks_key(source, settings):
        advice = Category.AUTHENTICATION.advice
        return Checkup(source, not_asked=f"no key is set ({source.name.upper()}_API_KEY). {advice}")
    # What is in the cache says nothing of how the source fares now.
    live = replace(options, is_refresh=True, max_retries=min(options.max_retries, _MOST_RETRIES))
    outcome, vitals = check_one(source, probe, settings, live, TIMEOUTS)
    error = outcome if isinstance(outcome, SourceError) else outcome.error
    return Checkup(source, vitals, error)
