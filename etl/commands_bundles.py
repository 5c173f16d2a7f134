"""What `trek-etl replay` does; `record` is `generate` with a file to record into (etl/commands.py)."""

from __future__ import annotations

import logging
from pathlib import Path

from rich.console import Console

from etl.bundle.bundle import read_bundle
from etl.bundle.manifest import differences, program_of_now
from etl.bundle.replay import refuse_used, replay
from etl.console import plain_console, told
from etl.errors import TrekEtlError
from etl.logs import configure_logs, describe_failure
from etl.plain_text import visible


def run_replay(file: Path, out: Path | None) -> int:
    """Play a recorded run again and compare. Returns what the recorded run ended with, or 1 where anything differs."""
    configure_logs("text", logging.WARNING, ())
    if out:
        refuse_used(out)
    bundle = read_bundle(file)
    errors = Console(stderr=True, soft_wrap=True, highlight=False, markup=False)
    others = differences(bundle.manifest.program, program_of_now())
    if others:
        errors.print(visible(f"! Recorded by {', '.join(others)}: other bytes may come of that."))
    with told(Console(stderr=True)) as listen:
        replayed = replay(bundle, out, listen)
    failure = replayed.ending.came_to
    if isinstance(failure, TrekEtlError):
        errors.print(visible(f"! {failure}"))
    elif isinstance(failure, Exception):
        errors.print(visible(f"! {describe_failure(failure)}"))
    plain_console().print(visible(replayed.in_words()), end="")
    return replayed.exit_code
