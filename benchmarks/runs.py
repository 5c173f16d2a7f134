"""Whole runs of the pipeline against the loopback server: cold, warm, replayed, and held back by the bucket."""

from __future__ import annotations

import hashlib
import math
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.payloads import playbook_of
from benchmarks.server import Exchange, served
from benchmarks.table import Row, compared
from etl.franchise import load_franchise
from etl.options import Options, Outcome
from etl.pipeline import generate
from etl.settings import load_settings
from etl.sources import TMDB

LATENCY_S = 0.05
CONCURRENCY = 5
_PACED_S = 3.0
_DATABASE = "episodes.duckdb"


@dataclass(frozen=True)
class Run:
    """One run: its whole time and that until the sources were read, what it cost, and what it published."""

    total_s: float
    extraction_s: float
    requests: int
    cache_hits: int
    files: Mapping[str, str]


def measure_runs() -> Iterator[Row]:
    """Yield the lines of a cold run, a warm one and a replay."""
    playbook = playbook_of(load_franchise("star_trek"))
    as_of = datetime.now(UTC).replace(microsecond=0)
    with TemporaryDirectory(prefix="trek-etl-bench-") as name, served(playbook, LATENCY_S) as server:
        folder = Path(name)
        # The first run of a process also imports, compiles and warms up; it must not make the cold run look slow.
        _run(folder / "rehearsal", "cold", server.base_url, as_of)
        server.log.clear()
        cold = _run(folder, "cold", server.base_url, as_of)
        log = list(server.log)
        warm = _run(folder, "warm", server.base_url, as_of)
        replay = _run(folder, "replay", server.base_url, as_of, is_offline=True)
        asked_again = len(server.log) - len(log)
    _expect(cold.requests == len(log), f"the run counted {cold.requests} requests, the server {len(log)}")
    count, least = len(log), playbook.least_requests
    yield compared("cold run: requests on the wire", count, least, "", "one a series, one a film")
    bound_s = max(bucket_bound_s(count, TMDB.rate), math.ceil(count / CONCURRENCY) * LATENCY_S)
    why = f"lower bound: {count} requests of {LATENCY_S * 1000:.0f} ms, {CONCURRENCY} at a time"
    yield compared("cold run: first request to last answer", _on_the_wire_s(log), bound_s, "s", why)
    yield compared("cold run: extraction", cold.extraction_s, bound_s, "s", "the same bound")
    yield compared("cold run: whole", cold.total_s, bound_s, "s", "the same bound")
    yield compared("warm run: requests", warm.requests, cold.requests, "", "cold")
    yield compared("warm run: answers from the cache", warm.cache_hits, count, "", "answers needed")
    yield compared("warm run: extraction", warm.extraction_s, cold.extraction_s, "s", "cold")
    yield compared("warm run: whole", warm.total_s, cold.total_s, "s", "cold")
    yield compared("replay --offline: requests", asked_again, cold.requests, "", "cold")
    yield compared("replay --offline: whole", replay.total_s, cold.total_s, "s", "cold")
    yield _identical("replay --offline: equal files", replay, cold, "cold")
    yield _identical("replay --offline: equal files", replay, warm, "warm")


def measure_paced_run() -> Iterator[Row]:
    """Yield the line of a run whose rate is so low that the bucket alone decides how long it takes."""
    playbook = playbook_of(load_franchise("star_trek"))
    count = playbook.least_requests
    # As burst falls with the rate, n requests take (n - burst) / rate seconds = n / rate - burst / rate.
    rate = count / (_PACED_S + TMDB.burst / TMDB.rate)
    with TemporaryDirectory(prefix="trek-etl-bench-") as name, served(playbook) as server:
        run = _run(Path(name), "paced", server.base_url, datetime.now(UTC).replace(microsecond=0), rate=rate)
        count = len(server.log)
    bound_s = bucket_bound_s(count, rate)
    why = f"lower bound of the bucket: {count} requests, {burst_of(rate)} at once, {rate:.2f}/s"
    yield compared("paced run: extraction", run.extraction_s, bound_s, "s", why)


def burst_of(rate: float) -> int:
    """How many requests go at once: fewer, in proportion, when less is asked for than TMDB allows."""
    return max(1, math.floor(TMDB.burst * min(1.0, rate / TMDB.rate)))


def bucket_bound_s(requests: int, rate: float) -> float:
    """The least seconds in which the bucket lets so many requests through."""
    return max(0.0, (requests - burst_of(rate)) / rate)


def _run(
    folder: Path, name: str, base_url: str, as_of: datetime, *, rate: float = TMDB.rate, is_offline: bool = False
) -> Run:
    settings = load_settings(
        tmdb_api_key="a-key-for-the-loopback",
        tmdb_base_url=base_url,
        tmdb_rate_limit=rate * 60,
        concurrency=CONCURRENCY,
        trek_etl_cache_dir=folder / "cache",
    )
    options = Options(
        out=folder / name, as_of=as_of, franchise="star_trek", sources=("tmdb", "catalogue"), is_offline=is_offline
    )
    listener = _Listener()
    began_at = time.perf_counter()
    outcome = generate(options, settings, listener)
    total_s = time.perf_counter() - began_at
    costs = outcome.tables["sources"].filter(source=TMDB.name).to_dicts()[0]
    _expect(costs["status"] == "used" and costs["errors"] == 0, f"the {name} run had errors: {costs}")
    return Run(
        total_s=total_s,
        extraction_s=listener.extracted_at - began_at,
        requests=costs["requests"],
        cache_hits=costs["cache_hits"],
        files=_hashes(options.out, outcome),
    )


class _Listener:
    """Hears how far a run is: the first word that is not about an answer of the source ends the extraction."""

    extracted_at = math.nan

    def __call__(self, text: str) -> None:
        if math.isnan(self.extracted_at) and not text.startswith(f"{TMDB.title}: "):
            self.extracted_at = time.perf_counter()


def _hashes(out: Path, outcome: Outcome) -> dict[str, str]:
    """What each published file holds; a database's bytes differ between equal runs, so its content counts."""
    names = sorted(path.name for path in out.iterdir() if not path.name.startswith("."))
    hashes = {name: hashlib.sha256((out / name).read_bytes()).hexdigest() for name in names}
    return hashes | {_DATABASE: str(outcome.run["files"][_DATABASE]["content_hash"])}


def _identical(what: str, one: Run, other: Run, name: str) -> Row:
    names = sorted(one.files.keys() | other.files.keys())
    different = [file for file in names if one.files.get(file) != other.files.get(file)]
    verdict = "identical" if not different else f"differ: {', '.join(different)}"
    return Row(what, f"{len(names) - len(different)}", f"{len(names)} of the {name} run", verdict)


def _on_the_wire_s(log: Sequence[Exchange]) -> float:
    return max(one.answered_at for one in log) - min(one.arrived_at for one in log)


def _expect(is_so: bool, otherwise: str) -> None:
    if not is_so:
        raise RuntimeError(otherwise)
