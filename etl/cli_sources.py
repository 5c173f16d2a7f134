"""The commands about sources: what they are like, what is kept of them, a franchise file for another series."""

from __future__ import annotations

from typing import Annotated

import typer

from etl.cli_arguments import DEFAULT_FRANCHISE, CacheDir, FranchiseName

cache_app = typer.Typer(help="The sources' answers that are kept on this machine.", no_args_is_help=True)


def init(
    tmdb: Annotated[int, typer.Option(min=1, help="TMDB's id of the series.")],
    cache_dir: CacheDir = None,
) -> int:
    """Draft a franchise file for another series; write it into a file and look it over."""
    from etl.commands import run_init

    return run_init(tmdb, cache_dir)


def doctor(
    source: Annotated[list[str] | None, typer.Option(help="Only this source; repeat for more.")] = None,
    franchise: FranchiseName = DEFAULT_FRANCHISE,
    cache_dir: CacheDir = None,
) -> int:
    """Say whether the sources are reachable, accept the key, and have what is expected under every pinned id."""
    from etl.commands import run_doctor

    return run_doctor(source or [], franchise, cache_dir)


@cache_app.command("stats")
def cache_stats(cache_dir: CacheDir = None) -> int:
    """Say of each source how many answers are kept, how many of them are fresh, how large and how old they are."""
    from etl.commands import run_cache_stats

    return run_cache_stats(cache_dir)


@cache_app.command("clear")
def cache_clear(
    source: Annotated[str | None, typer.Option(help="Only the answers of this source.")] = None,
    cache_dir: CacheDir = None,
) -> int:
    """Forget all answers."""
    from etl.commands import run_cache_clear

    return run_cache_clear(cache_dir, source)


@cache_app.command("path")
def cache_path(cache_dir: CacheDir = None) -> int:
    """Say where answers are kept."""
    from etl.commands import run_cache_path

    return run_cache_path(cache_dir)
