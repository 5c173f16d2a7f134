"""A real HTTP server on loopback whose answers a test writes down, and a clock that only moves when told."""

from __future__ import annotations

import gzip
import json
import socket
import struct
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Protocol
from urllib.parse import parse_qs, urlsplit

from etl.http.client import SourceClient


class FakeClock:
    """Starts in 2027; sleeping only moves its hands."""

    def __init__(self, now: float = 1_800_000_000.0) -> None:
        self._now = now
        self._lock = threading.Lock()
        self.slept: list[float] = []

    def now(self) -> float:
        with self._lock:
            return self._now

    def sleep(self, duration_s: float) -> None:
        with self._lock:
            self._now += duration_s
            self.slept.append(duration_s)

    def advance(self, duration_s: float) -> None:
        with self._lock:
            self._now += duration_s


@dataclass(frozen=True)
class Seen:
    at: float
    path: str
    query: dict[str, list[str]]
    headers: dict[str, str]


Behaviour = Callable[["Handler"], None]


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Loopback

    def do_GET(self) -> None:
        parts = urlsplit(self.path)
        behaviour = self.server.behaviour_for(parts.path)
        self.server.log.append(Seen(time.monotonic(), parts.path, parse_qs(parts.query), dict(self.headers.items())))
        behaviour(self)

    def reply(self, status: int, body: bytes, headers: dict[str, str] | None = None) -> None:
        self.send_response(status)
        for name, value in {"Content-Length": str(len(body)), **(headers or {})}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: Any) -> None:
        pass


@dataclass
class Script:
    behaviours: list[Behaviour] = field(default_factory=list)


class Loopback(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 64

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.log: list[Seen] = []
        self.hang_up = threading.Event()
        self._scripts: dict[str, Script] = {}
        self._lock = threading.Lock()

    @property
    def base_url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"

    def on(self, path: str, *behaviours: Behaviour) -> None:
        """Answer requests for the path with these in turn; the last one stays."""
        self._scripts[path] = Script(list(behaviours))

    def behaviour_for(self, path: str) -> Behaviour:
        with self._lock:
            script = self._scripts.get(path)
            if script is None:
                return status(404, {"status_code": 34, "status_message": "Not here."})
            return script.behaviours.pop(0) if len(script.behaviours) > 1 else script.behaviours[0]

    def handle_error(self, request: Any, client_address: Any) -> None:
        pass  # clients that hang up on purpose are what many tests are about

    def close(self) -> None:
        self.hang_up.set()
        self.shutdown()
        self.server_close()


def data(payload: Any, **headers: str) -> Behaviour:
    body = json.dumps(payload).encode()
    names = {name.replace("_", "-"): value for name, value in headers.items()}
    return lambda handler: handler.reply(200, body, {"Content-Type": "application/json", **names})


def text(body: bytes, kind: str = "application/json", code: int = 200) -> Behaviour:
    return lambda handler: handler.reply(code, body, {"Content-Type": kind})


def status(code: int, payload: Any = None, **headers: str) -> Behaviour:
    body = json.dumps(payload or {}).encode()
    names = {name.replace("_", "-"): value for name, value in headers.items()}
    return lambda handler: handler.reply(code, body, {"Content-Type": "application/json", **names})


def redirect(location: str) -> Behaviour:
    return lambda handler: handler.reply(302, b"", {"Location": location, "Set-Cookie": "crumb=cookie-secret"})


def with_etag(payload: Any, etag: str) -> Behaviour:
    def behave(handler: Handler) -> None:
        if handler.headers.get("If-None-Match") == etag:
            handler.reply(304, b"", {"ETag": etag})
        else:
            data(payload, ETag=etag)(handler)

    return behave


def truncated(body: bytes = b'{"id": 655', missing: int = 20) -> Behaviour:
    def behave(handler: Handler) -> None:
        handler.send_response(200)
        handler.send_header("Content-Length", str(len(body) + missing))
        handler.end_headers()
        handler.wfile.write(body)
        handler.close_connection = True

    return behave


def chunked_truncated(handler: Handler) -> None:
    handler.send_response(200)
    handler.send_header("Transfer-Encoding", "chunked")
    handler.end_headers()
    handler.wfile.write(b'5\r\n{"id"\r\n')
    handler.close_connection = True


def reset(handler: Handler) -> None:
    handler.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    handler.rfile.close()
    handler.connection.close()
    handler.close_connection = True


def reset_in_body(handler: Handler) -> None:
    handler.send_response(200)
    handler.send_header("Content-Length", "1000")
    handler.end_headers()
    handler.wfile.write(b'{"id": 655')
    handler.wfile.flush()
    time.sleep(0.05)
    reset(handler)


def hang(handler: Handler) -> None:
    handler.server.hang_up.wait(5)
    handler.close_connection = True


def drip_body(handler: Handler) -> None:
    handler.send_response(200)
    handler.send_header("Content-Length", "100000")
    handler.end_headers()
    while not handler.server.hang_up.wait(0.02):
        handler.wfile.write(b" ")


def drip_headers(handler: Handler) -> None:
    handler.wfile.write(b"HTTP/1.1 200 OK\r\nX-Long: ")
    while not handler.server.hang_up.wait(0.02):
        handler.wfile.write(b"x")


def huge(sent: list[int], size: int = 300 * 2**20) -> Behaviour:
    def behave(handler: Handler) -> None:
        handler.send_response(200)
        handler.send_header("Content-Length", str(size))
        handler.end_headers()
        block = b" " * 2**20
        sent.append(0)
        for _ in range(size // len(block)):
            handler.wfile.write(block)
            sent[-1] += len(block)

    return behave


def gzipped(body: bytes) -> Behaviour:
    packed = gzip.compress(body)
    return lambda handler: handler.reply(200, packed, {"Content-Type": "application/json", "Content-Encoding": "gzip"})


class OpenClient(Protocol):
    """Opens a client of the loopback server (the fixture client_of)."""

    def __call__(self, **overrides: Any) -> SourceClient: ...
