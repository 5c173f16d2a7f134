"""What the token bucket and the cache cost by themselves."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.table import Row, amount, compared, ratio
from etl.http.bucket import TokenBucket
from etl.http.cache import Entry, ResponseCache
from etl.http.clock import SystemClock
from etl.http.opening import open_client
from etl.http.state import StateFile
from etl.sources import TMDB, Answer, Request

_PLENTY = 1_000_000
_ACQUISITIONS = 5_000
_BODY_BYTES = 200_000
_HITS = 40
_BASE_URL = "http://127.0.0.1:9/3"


def measure_bucket() -> Iterator[Row]:
    """Yield the line of a bucket that never makes anybody wait."""
    with TemporaryDirectory(prefix="trek-etl-bench-") as folder:
        bucket = TokenBucket(
            StateFile(Path(folder) / "state.sqlite"), "bench", rate=float(_PLENTY), burst=_PLENTY, clock=SystemClock()
        )
        try:
            bucket.acquire()
            acquire_s = _mean_s(bucket.acquire, _ACQUISITIONS)
        finally:
            bucket.close()
    yield Row(
        "token bucket: acquisitions a second, uncontended",
        amount(round(1 / acquire_s), ""),
        f"{amount(TMDB.rate, '')}/s, the rate of {TMDB.title}",
        ratio(1 / acquire_s, TMDB.rate),
    )
    yield compared(
        "token bucket: one acquire", acquire_s * 1e6, 1e6 / TMDB.rate, "µs", f"between two tokens of {TMDB.title}"
    )


def measure_cache_hit() -> Iterator[Row]:
    """Yield the line of a fresh answer from the cache, through the client, beside a plain file with the same body."""
    body = _body()
    with TemporaryDirectory(prefix="trek-etl-bench-") as name:
        folder = Path(name)
        request = Request("/tv/1", max_age_s=3600.0)
        plain = folder / "body.json"
        plain.write_bytes(body)
        _remember(folder / "cache.sqlite", f"{_BASE_URL}{request.path}", body)
        with open_client(
            TMDB,
            base_url=_BASE_URL,
            credentials=None,
            cache_path=folder / "cache.sqlite",
            state_path=folder / "state.sqlite",
            contact="benchmarks",
            concurrency=1,
            max_retries=0,
            is_offline=True,
            is_refresh=False,
        ) as client:

            def hit() -> None:
                answer = client.fetch([request])[0]
                if not isinstance(answer, Answer) or not answer.is_from_cache:
                    raise RuntimeError(f"the cache did not answer: {answer}")

            hit_s = _mean_s(hit, _HITS)
        plain_s = _mean_s(lambda: json.loads(plain.read_bytes()), _HITS)
    what = f"cache hit: {len(body) / 1000:.0f} kB through the client"
    yield compared(what, hit_s * 1e3, plain_s * 1e3, "ms", "a plain file, read and parsed")


def _body() -> bytes:
    row = {"id": 1, "name": "A row of two hundred bytes", "overview": "x" * 130, "season_number": 1}
    return json.dumps({"episodes": [row] * (_BODY_BYTES // len(json.dumps(row)))}).encode()


def _remember(path: Path, url: str, body: bytes) -> None:
    cache = ResponseCache(path)
    try:
        cache.put(Entry.of(url, body, datetime.now(UTC), {"Content-Type": "application/json"}))
    finally:
        cache.close()


def _mean_s(work: Callable[[], object], times: int) -> float:
    began_at = time.perf_counter()
    for _ in range(times):
        work()
    return (time.perf_counter() - began_at) / times
