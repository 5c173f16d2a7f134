"""The commands; no logic. Heavy imports happen inside the command that needs them, so that help answers at once."""

from __future__ import annotations

import gc
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, NoReturn

import typer

from etl.cli_arguments import DEFAULT_FRANCHISE, CacheDir, Folder, FranchiseName
from etl.cli_corrections import adopt, overrides_app
from etl.cli_sources import cache_app, doctor, init
from etl.errors import ExitCode, TrekEtlError

COLLECTOR_THRESHOLDS = (50_000, 20, 20)
"""A run makes many small objects and hardly a cycle: by default a page of the wiki costs half as much again."""

app = typer.Typer(
    name="trek-etl",
    help="Builds a trustworthy data set of episodes and films, and can say of every value where it came from.",
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)


@app.command()
def generate(
    context: typer.Context,
    series: Annotated[
        list[str] | None, typer.Option(help="Code of a series, for instance tng; repeat for more.")
    ] = None,
    season: Annotated[int | None, typer.Option(min=0, help="Only this season of the series.")] = None,
    source: Annotated[list[str] | None, typer.Option(help="Only this source; repeat for more.")] = None,
    mode: Annotated[str, typer.Option(help="full, or incremental: leave out ended series already published.")] = "full",
    offline: Annotated[bool, typer.Option("--offline", help="Open no connection: cache and catalogue only.")] = False,
    refresh: Annotated[bool, typer.Option("--refresh", help="Ask the sources even where the cache is fresh.")] = False,
    health_check: Annotated[
        bool, typer.Option("--health-check", help="First ask every source one thing, and leave out those that fail.")
    ] = False,
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
    franchise: FranchiseName = DEFAULT_FRANCHISE,
    no_catalogue: Annotated[
        bool,
        typer.Option("--no-catalogue", help="Do without the bundled catalogue: the sources alone say what there is."),
    ] = False,
    overrides: Annotated[
        Path | None, typer.Option(help="Corrections of yours (docs/corrections.md), as TOML, or JSON as VBS has it.")
    ] = None,
    patch: Annotated[Path | None, typer.Option(help="Patches as VBS has them; overrides beat them.")] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Only show what would be asked; send and write nothing.")
    ] = False,
    licence_safe: Annotated[
        bool,
        typer.Option("--licence-safe", help="Leave out sentences whose licence binds whoever passes them on."),
    ] = False,
    accept_changes: Annotated[
        bool, typer.Option("--accept-changes", help="Publish even if the guard would stop what changed (exit code 5).")
    ] = False,
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
        has_health_check=health_check,
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
        is_dry_run=dry_run,
        is_licence_safe=licence_safe,
        is_accepting_changes=accept_changes,
        patch=patch,
        is_verbose=verbose,
        is_quiet=quiet,
        log_format=log_format,
        summary_output=summary_output,
        record_into=context.obj,
    )


@app.command(context_settings={"allow_interspersed_args": False, "ignore_unknown_options": True})
def record(
    file: Annotated[Path, typer.Argument(help="The bundle to write (docs/bundles.md): a new file.")],
    options: Annotated[
        list[str] | None, typer.Argument(help="The options of generate (trek-etl generate --help).")
    ] = None,
) -> int:
    """Run generate, and keep all that it heard in one file, so that anybody can replay the run."""
    given = options or []
    if file.name.startswith("-"):
        raise typer.BadParameter("comes first, then the options of generate.", param_hint="FILE")
    command = typer.main.get_command(app)
    return int(command.main(["generate", *given], "trek-etl record FILE", standalone_mode=False, obj=file) or 0)


@app.command()
def replay(
    file: Annotated[Path, typer.Argument(help="A bundle that record wrote.")],
    out: Annotated[
        Path | None, typer.Option(help="Publish into this new folder.  [default: one that is thrown away]")
    ] = None,
) -> int:
    """Run what was recorded once more, asking nobody, and say of every file whether it has the same bytes."""
    from etl.commands_bundles import run_replay

    return run_replay(file, out)


@app.command()
def validate(
    path: Annotated[Path, typer.Argument(help="A published folder, a database, or a viewing guide.")] = Path("outputs"),
    output_format: Annotated[str, typer.Option("--format", help="text, json or github.")] = "text",
) -> int:
    """Say whether what is published keeps its contract."""
    from etl.reading import run_validate

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
    from etl.reading import run_why

    return run_why(out, episode, field)


@app.command()
def review(folder: Folder = Path("outputs")) -> int:
    """Show what waits for a person, with answers to paste into decisions.toml."""
    from etl.reading import run_review

    return run_review(folder)


@app.command()
def report(
    folder: Folder = Path("outputs"),
    fix_list: Annotated[
        int | None, typer.Option(min=1, help="Only say what to mend first, so many things, with links.")
    ] = None,
) -> int:
    """Run the SQL reports and write the page (report.html) again, from the published database."""
    from etl.reporting import run_report

    return run_report(folder, fix_list)


@app.command()
def diff(
    old: Annotated[Path, typer.Argument(help="A published folder, a database, or a viewing guide.")],
    new: Annotated[Path, typer.Argument(help="Another one, to compare with it.")],
    output_format: Annotated[str, typer.Option("--format", help="text, md or json.")] = "text",
) -> int:
    """Say what changed from one release to another."""
    from etl.reading import run_diff

    return run_diff(old, new, output_format)


@app.command()
def score(
    file: Annotated[Path, typer.Argument(help="Metadata records: .ndjson, .jsonl or .parquet (docs/scoring.md).")],
    out: Annotated[
        Path, typer.Option("--out", "-o", help="Where scores go: .ndjson, .jsonl or .parquet; - is standard output.")
    ],
    sources: Annotated[
        Path | None, typer.Option(help="How far each source is trusted, as JSON.  [default: as a run trusts them]")
    ] = None,
    as_of: Annotated[str | None, typer.Option(help="The time ages are measured at, ISO 8601.  [default: now]")] = None,
    franchise: Annotated[
        str, typer.Option(help="Whose [quality] holds: a bundled franchise, or the path of a franchise file.")
    ] = DEFAULT_FRANCHISE,
    half_life: Annotated[
        float | None,
        typer.Option(help="Days until freshness halves.  [default: the franchise's for series that run]"),
    ] = None,
    rejects: Annotated[
        Path | None, typer.Option(help="Where refused records go.  [default: beside OUT, as .rejects.ndjson]")
    ] = None,
) -> int:
    """Score a file of metadata records by the formula of a run. Ends with 1 if a record was refused."""
    from etl.scoring.command import run_score

    return run_score(
        file=file,
        out=out,
        sources=sources,
        as_of=as_of,
        franchise=franchise,
        half_life=half_life,
        rejects=rejects,
    )


app.command()(init)
app.command()(doctor)
app.command()(adopt)
app.add_typer(overrides_app, name="overrides")
app.add_typer(cache_app, name="cache")


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
    from etl.plain_text import visible

    # Files of people and words of sources are quoted in messages.
    typer.echo(visible(f"Error: {message}" + (f"\n{hint}" if hint else "")), err=True)
    return code


def main() -> NoReturn:
    """Entry point of the script trek-etl."""
    gc.set_threshold(*COLLECTOR_THRESHOLDS)
    sys.exit(run(sys.argv[1:]))
