"""The commands; no logic. Heavy imports happen inside the command that needs them, so that help answers at once."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, NoReturn

import typer

from etl.errors import ExitCode, TrekEtlError

app = typer.Typer(
    name="trek-etl",
    help="Builds a trustworthy data set of episodes and films, and can say of every value where it came from.",
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)
cache_app = typer.Typer(help="The sources' answers that are kept on this machine.", no_args_is_help=True)
app.add_typer(cache_app, name="cache")

CacheDir = Annotated[Path | None, typer.Option("--cache-dir", help="Where answers are kept (TREK_ETL_CACHE_DIR).")]
Folder = Annotated[Path, typer.Argument(help="The folder that generate published into.")]


@app.command()
def generate(
    series: Annotated[
        list[str] | None, typer.Option(help="Code of a series, for instance tng; repeat for more.")
    ] = None,
    season: Annotated[int | None, typer.Option(min=0, help="Only this season of the series.")] = None,
    source: Annotated[list[str] | None, typer.Option(help="Only this source; repeat for more.")] = None,
    mode: Annotated[str, typer.Option(help="full, or incremental: leave out ended series already published.")] = "full",
    offline: Annotated[bool, typer.Option("--offline", help="Open no connection: cache and catalogue only.")] = False,
    refresh: Annotated[bool, typer.Option("--refresh", help="Ask the sources even where the cache is fresh.")] = False,
    quality_threshold: Annotated[
        float | None, typer.Option(help="Least quality of an episode, 0 to 1 (MIN_METADATA_QUALITY).  [default: 0.6]")
    ] = None,
    max_retries: Annotated[int, typer.Option(min=0, max=10, help="Attempts after the first, a request.")] = 3,
    concurrency: Annotated[
        int | None, typer.Option(help="Requests at a time, a source (CONCURRENCY).  [default: 5]")
    ] = None,
    numbering: Annotated[str, typer.Option(help="What public ids count: aired, tmdb or parts.")] = "aired",
    as_of: Annotated[str | None, typer.Option(help="The time ages are measured at, ISO 8601.  [default: now]")] = None,
    out: Annotated[Path, typer.Option(help="Where to publish.")] = Path("outputs"),
    cache_dir: CacheDir = None,
    strict: Annotated[
        bool, typer.Option("--strict", help="End with 2 if a source failed or an episode fell below the threshold.")
    ] = False,
    franchise: Annotated[str, typer.Option(help="A bundled franchise, or the path of a franchise file.")] = "star_trek",
    no_catalogue: Annotated[
        bool,
        typer.Option("--no-catalogue", help="Do without the bundled catalogue: the sources alone say what there is."),
    ] = False,
    overrides: Annotated[Path | None, typer.Option(help="Corrections of yours, as TOML (docs/corrections.md).")] = None,
    verbose: Annotated[bool, typer.Option("-v", "--verbose", help="Log every request (DEBUG).")] = False,
    quiet: Annotated[bool, typer.Option("-q", "--quiet", help="Say only what failed.")] = False,
    log_format: Annotated[str, typer.Option(help="text or json.")] = "text",
    summary_output: Annotated[Path | None, typer.Option(help="Also write a summary as JSON into this file.")] = None,
) -> int:
    """Ask the sources, merge what they say, and publish one release."""
    from etl.commands import run_generate

    return run_generate(
        series=series or [],
        season=season,
        sources=source or [],
        mode=mode,
        is_offline=offline,
        is_refresh=refresh,
        quality_threshold=quality_threshold,
        max_retries=max_retries,
        concurrency=concurrency,
        numbering=numbering,
        as_of=as_of,
        out=out,
        cache_dir=cache_dir,
        is_strict=strict,
        franchise=franchise,
        has_catalogue=not no_catalogue,
        overrides=overrides,
        is_verbose=verbose,
        is_quiet=quiet,
        log_format=log_format,
        summary_output=summary_output,
    )


@app.command()
def validate(
    path: Annotated[Path, typer.Argument(help="A published folder, a database, or a viewing guide.")] = Path("outputs"),
    output_format: Annotated[str, typer.Option("--format", help="text, json or github.")] = "text",
) -> int:
    """Say whether what is published keeps its contract."""
    from etl.commands import run_validate

    return run_validate(path, output_format)


@app.command()
def why(
    episode: Annotated[
        str, typer.Argument(help="A key, a public id or a source's id, for instance tng:haven or tmdb:37064.")
    ],
    field: Annotated[str | None, typer.Argument(help="Only this field, in full.")] = None,
    out: Annotated[Path, typer.Option(help="The folder that generate published into.")] = Path("outputs"),
) -> int:
    """Tell where every value of an episode or film comes from."""
    from etl.commands import run_why

    return run_why(out, episode, field)


@app.command()
def review(folder: Folder = Path("outputs")) -> int:
    """Show what waits for a person, with answers to paste into decisions.toml."""
    from etl.commands import run_review

    return run_review(folder)


@app.command()
def report(folder: Folder = Path("outputs")) -> int:
    """Run the SQL reports and write the page (report.html) again, from the published database."""
    from etl.commands import run_report

    return run_report(folder)


@app.command()
def init(
    tmdb: Annotated[int, typer.Option(min=1, help="TMDB's id of the series.")],
    cache_dir: CacheDir = None,
) -> int:
    """Draft a franchise file for another series; write it into a file and look it over."""
    from etl.commands import run_init

    return run_init(tmdb, cache_dir)


@cache_app.command("stats")
def cache_stats(cache_dir: CacheDir = None) -> int:
    """Say how many answers are kept, how large they are, and how old."""
    from etl.commands import run_cache_stats

    return run_cache_stats(cache_dir)


@cache_app.command("clear")
def cache_clear(cache_dir: CacheDir = None) -> int:
    """Forget all answers."""
    from etl.commands import run_cache_clear

    return run_cache_clear(cache_dir)


@cache_app.command("path")
def cache_path(cache_dir: CacheDir = None) -> int:
    """Say where answers are kept."""
    from etl.commands import run_cache_path

    return run_cache_path(cache_dir)


def run(arguments: list[str]) -> int:
    """Run one command line and return its exit code (etl.errors.ExitCode)."""
    # Typer carries its own copy of click; the name is private, so the version is bounded in pyproject.toml.
    from typer._click.exceptions import ClickException, NoArgsIsHelpError, NoSuchOption

    try:
        return int(app(args=arguments, standalone_mode=False) or ExitCode.DONE)
    except NoArgsIsHelpError as asked:
        asked.show()
        return ExitCode.WRONG_INPUT
    except NoSuchOption as wrong:
        return _end(f"{wrong.message}.", _nearest(wrong.option_name, wrong.possibilities), ExitCode.WRONG_INPUT)
    except ClickException as wrong:
        return _end(wrong.format_message(), "trek-etl --help lists what there is.", ExitCode.WRONG_INPUT)
    except TrekEtlError as known:
        return _end(str(known), "", known.exit_code)
    except Exception as unforeseen:  # noqa: BLE001 - the last resort: exit 4 with a text that holds no secret
        from etl.logs import describe_failure

        return _end(describe_failure(unforeseen), "Please report it.", ExitCode.UNEXPECTED)


def _nearest(option: str, possibilities: Sequence[str] | None) -> str:
    from difflib import get_close_matches

    near = get_close_matches(option, possibilities or [], n=1)
    return f"Did you mean {near[0]}?" if near else "trek-etl COMMAND --help lists the options."


def _end(message: str, hint: str, code: ExitCode) -> int:
    typer.echo(f"Error: {message}" + (f"\n{hint}" if hint else ""), err=True)
    return code


def main() -> NoReturn:
    """Entry point of the script trek-etl."""
    sys.exit(run(sys.argv[1:]))
