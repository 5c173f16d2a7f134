from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from loopback import FakeClock, Loopback, OpenClient

from etl.http.client import SourceClient
from etl.http.opening import open_client
from etl.sources import TMDB


@pytest.fixture
def server() -> Iterator[Loopback]:
    loopback = Loopback()
    thread = threading.Thread(target=loopback.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield loopback
    loopback.close()
    thread.join()


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def client_of(server: Loopback, clock: FakeClock, tmp_path: Path) -> Iterator[OpenClient]:
    """Opens clients of the loopback server that share a cache and a clock; every option can be overridden."""
    with ExitStack() as stack:

        def opened(**overrides: Any) -> SourceClient:
            options: dict[str, Any] = {
                "base_url": server.base_url,
                "credentials": None,
                "cache_path": tmp_path / "cache" / "http.sqlite",
                "state_path": tmp_path / "state" / "buckets.sqlite",
                "contact": "https://example.org/guide",
                "concurrency": 4,
                "max_retries": 3,
                "is_offline": False,
                "is_refresh": False,
                "clock": clock,
                **overrides,
            }
            return stack.enter_context(open_client(options.pop("source", TMDB), **options))

        yield opened


@pytest.fixture
def fast_source() -> Any:
    """TMDB with so many tokens that a test never waits for one."""
    return replace(TMDB, rate=1000.0, burst=1000)
