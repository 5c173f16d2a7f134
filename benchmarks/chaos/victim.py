"""A run in a process of its own, forked from one that has everything imported, so that it can be killed at once."""

from __future__ import annotations

import multiprocessing
import os
import sys
from collections.abc import Mapping, Sequence
from multiprocessing import forkserver
from multiprocessing.process import BaseProcess
from pathlib import Path

import etl.commands  # noqa: F401 - imported here, once, and not in each child
from benchmarks.chaos.injected import PATIENT, hurried
from etl.cli import run

FORKS = multiprocessing.get_context("forkserver")
FORKS.set_forkserver_preload([__name__])


def make_ready() -> None:
    """Start the process that victims are forked from, where it finds what it imports: in the current folder."""
    forkserver.ensure_running()


def start_victim(arguments: Sequence[str], log: Path) -> BaseProcess:
    """Start one command line with this process's environment, in its folder; what it says goes into `log`."""
    process = FORKS.Process(target=_suffer, args=(list(arguments), dict(os.environ), Path.cwd(), log))
    process.start()
    return process


def _suffer(arguments: list[str], variables: Mapping[str, str], folder: Path, log: Path) -> None:
    os.environ.clear()
    os.environ.update(variables)
    os.chdir(folder)
    handle = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    os.dup2(handle, sys.stdout.fileno())
    os.dup2(handle, sys.stderr.fileno())
    with hurried(PATIENT):
        sys.exit(run(arguments))
