"""What the commands do: arguments in, one call, words out. Results go to stdout, everything else to stderr."""

from __future__ import annotations

import logging
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from rich.console import Console

from etl.as_of import read_as_of
from etl.asking import EXTRACTORS, ask_one
from etl.bundle.record import generate_recorded
from etl.checkup import check_sources, checkup_lines
from etl.console import plain_console, show_cache_stats, show_errors, show_summary, told
from etl.doctor import exit_code, render_findings
from etl.draft import draft_franchise
from etl.ending import exit_code_of
from etl.errors import ExitCode, InputError, SourceError
from etl.examination import examine_sources
from etl.franchise import load_franchise
from etl.health_words import HealthStatus
from etl.http.cache_contents import cache_stats, clear_cache
from etl.load.json_text import to_json
from etl.logs import configure_logs
from etl.options import Options, Outcome, known_words
from etl.pipeline import generate
from etl.plain_text import visible
from etl.plan import render_plan
from etl.planning import plan_run
from etl.settings import Settings, load_settings
from etl.sources import SOURCES, Request

_LOG = logging.getLogger(__name__)
MODES = ("full", "incremental")
NUMBERINGS = ("aired", "tmdb", "parts")


def run_generate(
    *,
    series: Sequence[str],
    season: int | None,
    sources: Sequence[str],
    mode: str,
    is_offline: bool,
    is_refresh: bool,
    has_health_check: bool,
    quality_threshold: float | None,
    max_retries: int,
    concurrency: int | None,
    numbering: str,
    as_of: str | None,
    out: Path,
    cache_dir: Path | None,
    is_strict: bool,
    franchise: str,
    has_catalogue: bool,
    overrides: Path | None,
    is_dry_run: bool,
    is_licence_safe: bool,
    is_accepting_changes: bool,
    patch: Path | None,
    is_verbose: bool,
    is_quiet: bool,
    log_format: str,
    summary_output: Path | None,
    record_into: Path | None = None,
) -> int:
    """Run the pipeline and say how it went. Returns 0, or 2 with `is_strict` if a source or an episode fell short.

    With `is_dry_run` only say what it would ask; nothing is written then, no summary either. With `record_into` a
    bundle of the run is written into this file, also where the run fails.
    """
    settings = load_settings(
        min_metadata_quality=quality_threshold, concurrency=concurrency, trek_etl_cache_dir=cache_dir
    )
    configure_logs(log_format, _level(settings, is_verbose=is_verbose, is_quiet=is_quiet), settings.secrets)
    options = Options(
        out=out,
        as_of=read_as_of(as_of).replace(microsecond=0),
        franchise=franchise,
        has_catalogue=has_catalogue,
        overrides=overrides,
        patch=patch,
        series=_codes(series),
        season=season,
        sources=known_words(_codes(sources), (*EXTRACTORS, "catalogue"), "--source"),
        is_incremental=known_words((mode,), MODES, "--mode") == ("incremental",),
        is_offline=is_offline,
        is_refresh=is_refresh,
        is_licence_safe=is_licence_safe,
        threshold=settings.min_metadata_quality,
        max_retries=max_retries,
        numbering=known_words((numbering,), NUMBERINGS, "--numbering")[0],
        is_accepting_changes=is_accepting_changes,
    )
    if is_dry_run and record_into:
        raise InputError("asks nobody, so there is nothing to record.", where="--dry-run", mend="Leave it out.")
    if is_dry_run:
        plain_console().print(render_plan(plan_run(options, settings)), end="")
        return ExitCode.DONE
    if summary_output:
        _refuse_unwritable(summary_output)
    if has_health_check:
        _tell_health(checkup_lines(check_sources(settings, options)), is_quiet=is_quiet, log_format=log_format)
    errors = Console(stderr=True, quiet=is_quiet or log_format == "json")
    with told(errors) as listen:
        outcome = (
            generate_recorded(record_into, options, settings, listen, _said(errors), is_strict=is_strict)
            if record_into
            else generate(options, settings, listen)
        )
    if is_quiet:
        show_errors(Console(stderr=True), outcome)
    else:
        show_summary(Console(), outcome)
    if summary_output:
        _write_summary(summary_output, outcome)
    return exit_code_of(outcome, is_strict=is_strict)


def run_init(tmdb_id: int, cache_dir: Path | None) -> int:
    """Draft a franchise file for a TMDB series, on stdout. Returns 0."""
    settings = load_settings(trek_etl_cache_dir=cache_dir)
    configure_logs("text", _level(settings, is_verbose=False, is_quiet=False), settings.secrets)
    request = Request(f"/tv/{tmdb_id}", {"append_to_response": "external_ids"}, concerns=str(tmdb_id))
    answer = ask_one("tmdb", request, settings, Options(Path(), read_as_of(None), franchise=""))
    if isinstance(answer, SourceError):
        raise InputError(answer.message, where="--tmdb", mend=answer.category.advice)
    plain_console().print(draft_franchise(answer.payload), end="")
    return ExitCode.DONE


def _tell_health(lines: Sequence[str], *, is_quiet: bool, log_format: str) -> None:
    """Say how the sources fare: in the log where that is for machines, and where all is quiet only what is wrong."""
    console = plain_console(stderr=True)
    for line in lines:
        is_well = line.startswith(HealthStatus.HEALTHY.upper())
        if log_format == "json":
            _LOG.log(logging.INFO if is_well else logging.WARNING, "%s", line)
        elif not (is_well and is_quiet):
            console.print(visible(line))


def run_doctor(sources: Sequence[str], franchise: str, cache_dir: Path | None) -> int:
    """Ask the sources whether they are in order and the pinned ids right. Returns 1 if anything is wrong."""
    settings = load_settings(trek_etl_cache_dir=cache_dir)
    configure_logs("text", _level(settings, is_verbose=False, is_quiet=False), settings.secrets)
    names = known_words(_codes(sources), tuple(EXTRACTORS), "--source") or tuple(EXTRACTORS)
    # Nothing of a cache: what a source said last week does not say that it is well today.
    options = Options(Path(), read_as_of(None), franchise, is_refresh=True, max_retries=1)
    with told(Console(stderr=True)) as listen:
        findings = examine_sources(load_franchise(franchise), names, settings, options, listen)
    plain_console().print(render_findings(findings), end="")
    return exit_code(findings)


def run_cache_stats(cache_dir: Path | None) -> int:
    """Show what the cache holds. Returns 0."""
    settings = load_settings(trek_etl_cache_dir=cache_dir)
    with _explained(settings.cache_path):
        stats = cache_stats(settings.cache_path, _base_urls(settings), datetime.now(UTC))
        show_cache_stats(Console(), settings.cache_path, stats)
    return ExitCode.DONE


def run_cache_clear(cache_dir: Path | None, source: str | None) -> int:
    """Forget all answers, or those of one source. Returns 0."""
    if source is not None:
        known_words((source,), tuple(EXTRACTORS), "--source")
    settings = load_settings(trek_etl_cache_dir=cache_dir)
    with _explained(settings.cache_path):
        forgotten = clear_cache(settings.cache_path, _base_urls(settings), source)
    Console().print(f"{forgotten} answers forgotten ({settings.cache_path}).", soft_wrap=True, markup=False)
    return ExitCode.DONE


def run_cache_path(cache_dir: Path | None) -> int:
    """Show where the cache is. Returns 0."""
    Console().print(
        str(load_settings(trek_etl_cache_dir=cache_dir).cache_path), soft_wrap=True, highlight=False, markup=False
    )
    return ExitCode.DONE


def _base_urls(settings: Settings) -> dict[str, str]:
    return {name: settings.base_url_of(SOURCES[name]) for name in EXTRACTORS}


@contextmanager
def _explained(cache_path: Path) -> Iterator[None]:
    """Say in words that a cache file cannot be read; `generate` itself would set it aside and go on."""
    try:
        yield
    except (sqlite3.Error, OSError) as failure:
        raise InputError(
            f"cannot be used as a cache ({failure}).", file=cache_path, mend="Delete it: it is made anew."
        ) from None


def _level(settings: Settings, *, is_verbose: bool, is_quiet: bool) -> int:
    if is_verbose or settings.debug:
        return logging.DEBUG
    return logging.ERROR if is_quiet else logging.WARNING


def _codes(values: Sequence[str]) -> tuple[str, ...]:
    """Both `--series tng --series ld` and `--series tng,ld`, each once."""
    return tuple(dict.fromkeys(code.strip() for value in values for code in value.split(",") if code.strip()))


def _said(console: Console) -> Callable[[str], None]:
    return lambda text: console.print(visible(text), soft_wrap=True, highlight=False, markup=False)


def _refuse_unwritable(path: Path) -> None:
    """Say before a run, not after it, that its summary cannot be written."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        is_new = not path.exists()
        path.open("ab").close()
        if is_new:
            path.unlink()
    except OSError as failure:
        raise InputError(
            f"cannot be written ({failure.strerror}).", file=path, where="--summary-output", mend="Name another file."
        ) from None


def _write_summary(path: Path, outcome: Outcome) -> None:
    """The summary that VBS's workflow reads; unlike run.json it names the folder."""
    summary = {**outcome.run, "outputPath": str(outcome.out.resolve())}
    partial = path.with_name(f"{path.name}.partial")
    partial.write_text(to_json(summary), encoding="utf-8")
    partial.replace(path)
