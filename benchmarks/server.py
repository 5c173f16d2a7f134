"""A loopback server that plays TMDB: keep-alive, ETag, Cache-Control, the errors that matter, and a log with times."""

from __future__ import annotations

import hashlib
import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

from benchmarks.payloads import Playbook

_APPENDED_AT_MOST = 20
_STOP_CHECK_S = 0.02


@dataclass(frozen=True)
class Exchange:
    """One request as the server saw it; times are seconds of the monotonic clock."""

    arrived_at: float
    answered_at: float
    path: str
    status: int
    bytes: int


@dataclass(frozen=True)
class RunningServer:
    """Where the server is, and what it was asked so far."""

    base_url: str
    log: list[Exchange]


class _Server(ThreadingHTTPServer):
    """Every connection has a thread of its own, and closing waits for all of them."""

    daemon_threads = False
    request_queue_size = 64

    def __init__(self, playbook: Playbook, latency_s: float) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.playbook = playbook
        self.latency_s = latency_s
        self.log: list[Exchange] = []


class _Handler(BaseHTTPRequestHandler):
    server: _Server
    protocol_version = "HTTP/1.1"
    # Head and body leave together; otherwise Nagle and delayed acknowledgements would add 40 ms to every answer.
    wbufsize = 1 << 16
    disable_nagle_algorithm = True
    # A client that forgets a connection does not keep the server from closing.
    timeout = 5

    def do_GET(self) -> None:
        arrived_at = time.monotonic()
        time.sleep(self.server.latency_s)
        status, body = self._answer()
        etag = f'W/"{hashlib.sha1(body, usedforsecurity=False).hexdigest()}"'
        if status == HTTPStatus.OK and self.headers.get("If-None-Match") == etag:
            status, body = HTTPStatus.NOT_MODIFIED, b""
        self.send_response(status)
        self.send_header("Content-Type", "application/json;charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.send_header("ETag", etag)
        self.send_header("Cache-Control", "public, max-age=21600")
        self.end_headers()
        # Logged before the client can know that it has its answer.
        self.server.log.append(Exchange(arrived_at, time.monotonic(), self.path, int(status), len(body)))
        self.wfile.write(body)
        self.wfile.flush()

    def log_message(self, *_arguments: Any) -> None:
        """Keep quiet: the log is a list."""

    def _answer(self) -> tuple[HTTPStatus, bytes]:
        address = urlsplit(self.path)
        if not self.headers.get("Authorization", "").startswith("Bearer "):
            return HTTPStatus.UNAUTHORIZED, _refusal(7, "Invalid API key: You must be granted a valid key.")
        appended = [name for name in parse_qs(address.query).get("append_to_response", [""])[0].split(",") if name]
        if len(appended) > _APPENDED_AT_MOST:
            return HTTPStatus.BAD_REQUEST, _refusal(27, "Too many append to response objects.")
        _, _, kind, number = (*address.path.split("/"), "", "", "")[:4]
        body = self._body(kind, int(number), appended) if number.isdecimal() else None
        if body is None:
            return HTTPStatus.NOT_FOUND, _refusal(34, "The resource you requested could not be found.")
        return HTTPStatus.OK, body

    def _body(self, kind: str, number: int, appended: list[str]) -> bytes | None:
        if kind == "movie":
            return self.server.playbook.films.get(number)
        show = self.server.playbook.shows.get(number) if kind == "tv" else None
        if show is None:
            return None
        head = {name: value for name, value in show.head.items() if name != "external_ids" or name in appended}
        seasons = [int(name.removeprefix("season/")) for name in appended if name.startswith("season/")]
        parts = [
            f', "season/{season}": '.encode() + show.seasons[season] for season in seasons if season in show.seasons
        ]
        return json.dumps(head, ensure_ascii=False).encode()[:-1] + b"".join(parts) + b"}"


def _refusal(code: int, message: str) -> bytes:
    return json.dumps({"status_code": code, "status_message": message, "success": False}).encode()


@contextmanager
def served(playbook: Playbook, latency_s: float = 0.0) -> Iterator[RunningServer]:
    """Play the book on a free port, each answer `latency_s` late, until the block ends; then nothing is left open."""
    with _Server(playbook, latency_s) as server:
        thread = threading.Thread(target=server.serve_forever, args=(_STOP_CHECK_S,), name="tmdb-on-loopback")
        thread.start()
        try:
            yield RunningServer(f"http://127.0.0.1:{server.server_port}/3", server.log)
        finally:
            server.shutdown()
            thread.join()
