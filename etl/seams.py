"""Where a run touches the world: who answers for the sources, and what was published before.

`generate` takes both as values, so that a bundle can listen to a run, and play its answers again.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import polars as pl

from etl.asking import OpenClient, client_of
from etl.before import last_release
from etl.franchise import Franchise
from etl.options import Options

ReadLast = Callable[[Franchise, Options], dict[str, pl.DataFrame]]


@dataclass(frozen=True)
class Seams:
    """What stands between a run and the world: the clients of the sources, and every table of the last release."""

    open_client: OpenClient = client_of
    read_last: ReadLast = last_release


WORLD = Seams()
"""The sources themselves, and the release in `options.out`."""
