"""What the commands do: arguments in, one call, words out. Results go to stdout, everything else to stderr."""

from __future__ import annotations

import logging
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import cast, get_args

from rich.console import Console

from etl.asking import EXTRACTORS, ask_one
from etl.console import show_cache_stats, show_errors, show_reports, show_summary, told
from etl.draft import draft_franchise
from etl.errors import ExitCode, InputError, SourceError
from etl.http.cache import cache_stats, clear_cache
from etl.load.json_text import to_json
from etl.load.previous import read_previous
from etl.load.reports import read_reports
from etl.load.review_page import review_markdown
from etl.load.rewrite import rewrite_page
from etl.logs import configure_logs
from etl.options import Options, Outcome
from etl.pipeline import generate
from etl.settings import Settings, load_settings
from etl.sources import Request
from etl.validate import inspect_release
from etl.validate.problems import Format, render_problems
from etl.why import tell_why

MODES = ("full", "incremental")
_REPORT_WIDTH = 130
NUMBERINGS = ("aired", "tmdb", "parts")


def run_generate(
    *,
    series: Sequence[str],
    season: int | None,
    sources: Sequence[str],
    mode: str,
    is_offline: bool,
    is_refresh: bool,
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
    is_verbose: bool,
    is_quiet: bool,
    log_format: str,
    summary_output: Path | None,
) -> int:
    """Run the pipeline and say how it went. Returns 0, or 2 with `is_strict` if a source or an episode fell short."""
    settings = load_settings(
        min_metadata_quality=quality_threshold, concurrency=concurrency, trek_etl_cache_dir=cache_dir
    )
    configure_logs(log_format, _level(settings, is_verbose=is_verbose, is_quiet=is_quiet), settings.secrets)
    options = Options(
        out=out,
        as_of=_instant(as_of),
        franchise=franchise,
        has_catalogue=has_catalogue,
        overrides=overrides,
        series=_codes(series),
        season=season,
        sources=_known(_codes(sources), (*EXTRACTORS, "catalogue"), "--source"),
        is_incremental=_known((mode,), MODES, "--mode") == ("incremental",),
        is_offline=is_offline,
        is_refresh=is_refresh,
        threshold=settings.min_metadata_quality,
        max_retries=max_retries,
        numbering=_known((numbering,), NUMBERINGS, "--numbering")[0],
    )
    if summary_output:
        _refuse_unwritable(summary_output)
    errors = Console(stderr=True, quiet=is_quiet or log_format == "json")
    with told(errors) as listen:
        outcome = generate(options, settings, listen)
    if is_quiet:
        show_errors(Console(stderr=True), outcome)
    else:
        show_summary(Console(), outcome)
    if summary_output:
        _write_summary(summary_output, outcome)
    return ExitCode.QUALITY_GATE_FAILED if is_strict and _fell_short(outcome) else ExitCode.DONE


def run_validate(path: Path, output_format: str) -> int:
    """Say what is wrong with a release. Returns 1 if anything is."""
    chosen = cast("Format", _known((output_format,), get_args(Format), "--format")[0])
    problems = inspect_release(path)
    _plain_console().print(render_problems(problems, chosen))
    return ExitCode.CONTRACT_BROKEN if any(problem.severity == "error" for problem in problems) else ExitCode.DONE


def run_why(folder: Path, episode: str, field: str | None) -> int:
    """Tell the story of an episode from a published database. Returns 0."""
    _plain_console().print(tell_why(folder, episode, field), end="")
    return ExitCode.DONE


def run_review(folder: Path) -> int:
    """Show what waits for a person. Returns 0."""
    last = read_previous(folder)
    if last is None:
        raise InputError("holds no release.", file=folder, mend="Run trek-etl generate first.")
    _plain_console().print(review_markdown(last.tables), end="")
    return ExitCode.DONE


def run_init(tmdb_id: int, cache_dir: Path | None) -> int:
    """Draft a franchise file for a TMDB series, on stdout. Returns 0."""
    settings = load_settings(trek_etl_cache_dir=cache_dir)
    configure_logs("text", _level(settings, is_verbose=False, is_quiet=False), settings.secrets)
    request = Request(f"/tv/{tmdb_id}", {"append_to_response": "external_ids"}, concerns=str(tmdb_id))
    answer = ask_one("tmdb", request, settings, Options(Path(), _instant(None), franchise=""))
    if isinstance(answer, SourceError):
        raise InputError(answer.message, where="--tmdb", mend=answer.category.advice)
    _plain_console().print(draft_franchise(answer.payload), end="")
    return ExitCode.DONE


def _plain_console() -> Console:
    """For text that is to be printed as it is."""
    return Console(soft_wrap=True, highlight=False, markup=False)


def run_report(folder: Path) -> int:
    """Show every report of a published database, and write its page again. Returns 0."""
    console = Console()
    # A number that is cut off says something else, so a narrow terminal wraps the lines instead.
    console.width = max(console.width, _REPORT_WIDTH)
    show_reports(console, read_reports(folder / "episodes.duckdb"))
    console.print(f"The page: {rewrite_page(folder)}", soft_wrap=True, highlight=False, markup=False)
    return ExitCode.DONE


def run_cache_stats(cache_dir: Path | None) -> int:
    """Show what the cache holds. Returns 0."""
    settings = load_settings(trek_etl_cache_dir=cache_dir)
    with _explained(settings.cache_path):
        show_cache_stats(Console(), settings.cache_path, cache_stats(settings.cache_path))
    return ExitCode.DONE


def run_cache_clear(cache_dir: Path | None) -> int:
    """Empty the cache. Returns 0."""
    settings = load_settings(trek_etl_cache_dir=cache_dir)
    with _explained(settings.cache_path):
        forgotten = clear_cache(settings.cache_path)
    Console().print(f"{forgotten} answers forgotten ({settings.cache_path}).", soft_wrap=True, markup=False)
    return ExitCode.DONE


def run_cache_path(cache_dir: Path | None) -> int:
    """Show where the cache is. Returns 0."""
    Console().print(
        str(load_settings(trek_etl_cache_dir=cache_dir).cache_path), soft_wrap=True, highlight=False, markup=False
    )
    return ExitCode.DONE


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


def _known(values: tuple[str, ...], known: Sequence[str], option: str) -> tuple[str, ...]:
    for value in values:
        if value not in known:
            raise InputError(f"{value!r} is not known.", where=option, mend=f"Known are {', '.join(known)}.")
    return values


def _instant(text: str | None) -> datetime:
    if text is None:
        return datetime.now(UTC).replace(microsecond=0)
    try:
        instant = datetime.fromisoformat(text)
        return (instant if instant.tzinfo else instant.replace(tzinfo=UTC)).astimezone(UTC).replace(microsecond=0)
    except (ValueError, OverflowError):
        raise InputError(
            f"{text!r} is no time.", where="--as-of", mend="Write it like 2026-11-23 or 2026-11-23T09:00:00Z."
        ) from None


def _fell_short(outcome: Outcome) -> bool:
    sources = outcome.tables["sources"]
    is_poor = "quality" in outcome.tables["rejects"]["stage"]
    return bool(sources["errors"].sum()) or is_poor or bool(outcome.tables["episodes"]["is_stale"].any())


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
