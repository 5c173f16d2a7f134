"""Haste: what a run under chaos has otherwise than in life, so that hundreds of them fit into minutes."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import partial

import pytest

from etl.http.exchange import Timeouts
from etl.sources import SOURCES

PATIENT, IMPATIENT = 10.0, 0.25
"""Seconds until silence is silence: for a clean run on a busy machine, and for one among faults."""

TOTAL_S, PAUSE_S = 1.5, 0.4
"""How long one request may take, and how long a source may tell a faulty run to wait."""


@contextmanager
def hurried(read_s: float) -> Iterator[None]:
    """Let the sources be asked as fast as can be, and give up on them after so many seconds of silence."""
    fast = {name: replace(source, rate=500.0, burst=50) for name, source in SOURCES.items()}
    total_s = TOTAL_S if read_s < TOTAL_S else 3 * read_s
    patience = partial(Timeouts, connect_s=read_s, read_s=read_s, total_s=total_s, pause_s=PAUSE_S)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("etl.asking.SOURCES", fast)
        patch.setattr("etl.http.opening.Timeouts", patience)
        yield
