"""The commands about corrections of people."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from etl.cli_arguments import DEFAULT_FRANCHISE, FranchiseName, Published

overrides_app = typer.Typer(help="The corrections of yours.", no_args_is_help=True)


def adopt(
    file: Annotated[
        Path, typer.Argument(help="A viewing guide (.json or .ts), or patches or overrides of VBS (.json).")
    ],
    output: Annotated[Path | None, typer.Option("-o", "--output", help="Write into this new file.")] = None,
    out: Published = Path("outputs"),
    franchise: FranchiseName = DEFAULT_FRANCHISE,
) -> int:
    """Turn what people wrote into a guide into a file of corrections for --overrides."""
    from etl.commands_corrections import run_adopt

    return run_adopt(file, output, out, franchise)


@overrides_app.command("check")
def overrides_check(
    file: Annotated[Path, typer.Argument(help="A file of corrections.")],
    out: Published = Path("outputs"),
    franchise: FranchiseName = DEFAULT_FRANCHISE,
) -> int:
    """Say which corrections no longer say anything; end with 3 if there are any."""
    from etl.commands_corrections import run_overrides_check

    return run_overrides_check(file, out, franchise)


@overrides_app.command("prune")
def overrides_prune(
    file: Annotated[Path, typer.Argument(help="A file of corrections, as TOML.")],
    out: Published = Path("outputs"),
    franchise: FranchiseName = DEFAULT_FRANCHISE,
) -> int:
    """Take out the corrections that all sources agree with by now, and show them."""
    from etl.commands_corrections import run_overrides_prune

    return run_overrides_prune(file, out, franchise)
