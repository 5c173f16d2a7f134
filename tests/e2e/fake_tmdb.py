"""TMDB v3 on loopback: it plays the franchise beside it, checks keys, logs who asked, and breaks on command."""

from __future__ import annotations

import copy
import hashlib
import json
import socket
import struct
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, TypeVar
from urllib.parse import parse_qs, urlsplit

V4_TOKEN = "eyJhbGciOiJIUzI1NiJ9.eyJhdWQi+mFyYm91ci93YXRjaA==.c2lnbmF0dXJl_of-NoValue"  # noqa: S105 - a fake
V3_KEY = "0f1e2d3c4b5a69788796a5b4c3d2e1f0"
KEYS = (V4_TOKEN, V3_KEY)

HARBOUR_LIGHTS, OUTER_BEACON, LAST_KEEPER = "/tv/9101", "/tv/9102", "/movie/9201"
JSON_TYPE = "application/json;charset=utf-8"
MEBIBYTE = 2**20
_APPENDED_AT_MOST = 20

Payload = dict[str, Any]


@dataclass(frozen=True)
class Seen:
    """One request as it came in; `at` is monotonic, the same clock in every process of this machine."""

    at: float
    path: str
    query: dict[str, list[str]]
    headers: dict[str, str]


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: FakeTmdb

    def do_GET(self) -> None:
        parts = urlsplit(self.path)
        path = parts.path.removeprefix("/3")
        query = parse_qs(parts.query)
        self.server.log.append(Seen(time.monotonic(), path, query, dict(self.headers.items())))
        fault = self.server.next_fault(path)
        if fault:
            fault(self)
        elif parts.path.startswith("/3/") and not self._has_key(query):
            self.reply(401, INVALID_KEY)
        else:
            self.answer(path, query)

    def answer(self, path: str, query: dict[str, list[str]]) -> None:
        self.serve(self.server.answer(path, query))

    def serve(self, payload: Payload | None) -> None:
        """Send the answer with an ETag, 304 where the client has it already, 404 where there is none."""
        if payload is None:
            self.reply(404, NOT_FOUND)
            return
        body = json.dumps(payload).encode()
        etag = f'W/"{hashlib.md5(body, usedforsecurity=False).hexdigest()}"'
        if self.headers.get("If-None-Match") == etag:
            self.send(304, b"", {"ETag": etag})
        else:
            self.send(200, body, {"Content-Type": JSON_TYPE, "ETag": etag})

    def reply(self, status: int, payload: Any, headers: dict[str, str] | None = None) -> None:
        self.send(status, json.dumps(payload).encode(), {"Content-Type": JSON_TYPE, **(headers or {})})

    def send(self, status: int, body: bytes, headers: dict[str, str]) -> None:
        self.send_response(status)
        for name, value in {"Content-Length": str(len(body)), **headers}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: Any) -> None:
        pass

    def _has_key(self, query: dict[str, list[str]]) -> bool:
        bearer = self.headers.get("Authorization", "").removeprefix("Bearer ")
        return bearer == V4_TOKEN or query.get("api_key") == [V3_KEY]


Fault = Callable[[Handler], None]


@dataclass
class _Planned:
    fault: Fault
    times: float


@dataclass
class World:
    """What TMDB knows: shows with their seasons, and films; a test changes it as it likes."""

    shows: dict[int, Payload] = field(default_factory=dict)
    films: dict[int, Payload] = field(default_factory=dict)

    def season(self, show_id: int, number: int) -> Payload:
        return next(season for season in self.shows[show_id]["seasons"] if season["season_number"] == number)

    def drop_episode(self, show_id: int, season: int, episode_id: int) -> None:
        episodes = self.season(show_id, season)["episodes"]
        episodes[:] = [episode for episode in episodes if episode["id"] != episode_id]


class FakeTmdb(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 64
    handler: type[Handler] = Handler

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), self.handler)
        self.log: list[Seen] = []
        self.world = harbour_watch()
        self.bytes_sent = 0
        self.closing = threading.Event()
        self._faults: dict[str, list[_Planned]] = {}
        self._lock = threading.Lock()

    @property
    def base_url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}/3"

    @property
    def paths(self) -> list[str]:
        return [seen.path for seen in self.log]

    def break_at(self, path: str, fault: Fault, times: float = float("inf")) -> None:
        """Answer the next `times` requests below `path` with this fault; several faults take turns in their order."""
        self._faults.setdefault(path, []).append(_Planned(fault, times))

    def mend(self) -> None:
        self._faults.clear()

    def begin_anew(self) -> None:
        self.mend()
        self.log.clear()
        self.world = harbour_watch()

    def next_fault(self, path: str) -> Fault | None:
        with self._lock:
            for place, planned in self._faults.items():
                due = next((one for one in planned if one.times > 0), None)
                if path.startswith(place) and due:
                    due.times -= 1
                    return due.fault
        return None

    def answer(self, path: str, query: dict[str, list[str]]) -> Payload | None:
        kind, _, number = path.strip("/").partition("/")
        appended = [name for name in query.get("append_to_response", [""])[0].split(",") if name]
        known = {"tv": self.world.shows, "movie": self.world.films}.get(kind, {})
        if not number.isdecimal() or int(number) not in known:
            return None
        if len(appended) > _APPENDED_AT_MOST:
            return {"success": False, "status_code": 27, "status_message": "Too many append to response objects."}
        return _appended(known[int(number)], appended)

    def handle_error(self, request: Any, client_address: Any) -> None:
        pass  # clients hang up on purpose here

    def close(self) -> None:
        self.closing.set()
        self.shutdown()
        self.server_close()


def _appended(thing: Payload, names: list[str]) -> Payload:
    """The thing with what was asked for beside it; a season that does not exist is just not there."""
    whole = copy.deepcopy(thing)
    seasons = {f"season/{season['season_number']}": season for season in whole.get("seasons", [])}
    extras: Payload = {name: whole.pop(name) for name in ("external_ids", "credits") if name in whole}
    if seasons:
        whole["seasons"] = [{key: season[key] for key in season if key != "episodes"} for season in seasons.values()]
    whole.update((name, value) for name, value in (seasons | extras).items() if name in names)
    return whole


Server = TypeVar("Server", bound=FakeTmdb)


@contextmanager
def running_tmdb() -> Iterator[FakeTmdb]:
    with served(FakeTmdb()) as server:
        yield server


@contextmanager
def served(server: Server) -> Iterator[Server]:
    """Let the server answer in a thread of its own."""
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield server
    finally:
        server.close()
        thread.join()


INVALID_KEY = {
    "status_code": 7,
    "status_message": "Invalid API key: You must be granted a valid key.",
    "success": False,
}
NOT_FOUND = {"success": False, "status_code": 34, "status_message": "The resource you requested could not be found."}
TOO_MANY = {"status_code": 25, "status_message": "Your request count is over the allowed limit.", "success": False}


def status(code: int, payload: Any = None, **headers: str) -> Fault:
    """Answer with this status; header names are written with underscores."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return lambda handler: handler.reply(code, payload if payload is not None else {}, named)


def body(text: str, kind: str = JSON_TYPE) -> Fault:
    """Answer 200 with this text."""
    return lambda handler: handler.send(200, text.encode(), {"Content-Type": kind})


def changed(change: Callable[[Payload], None]) -> Fault:
    """Answer as usual, but with a change."""

    def behave(handler: Handler) -> None:
        parts = urlsplit(handler.path)
        payload = handler.server.answer(parts.path.removeprefix("/3"), parse_qs(parts.query))
        assert payload is not None
        change(payload)
        handler.serve(payload)

    return behave


def redirect(location: str) -> Fault:
    return lambda handler: handler.send(302, b"", {"Location": location, "Set-Cookie": "crumb=of-no-value"})


def echoing_redirect(path: str) -> Fault:
    """Redirect on the same host with the whole query, key and all, and with the header echoed."""

    def behave(handler: Handler) -> None:
        query = urlsplit(handler.path).query
        key = handler.headers.get("Authorization", "")
        handler.send(302, b"", {"Location": f"/3{path}?{query}", "X-Echo": key, "Set-Cookie": f"key={key}"})

    return behave


def echoing_refusal(handler: Handler) -> None:
    """A 401 that quotes the key in its text, as some gateways do."""
    key = handler.headers.get("Authorization") or handler.path
    handler.reply(401, {"status_code": 7, "status_message": f"Invalid API key {key}.", "success": False})


def truncated(handler: Handler) -> None:
    handler.send_response(200)
    handler.send_header("Content-Type", JSON_TYPE)
    handler.send_header("Content-Length", "4000")
    handler.end_headers()
    handler.wfile.write(b'{"id": 9101, "name": "Harbour')
    handler.close_connection = True


def reset(handler: Handler) -> None:
    handler.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    handler.rfile.close()
    handler.connection.close()
    handler.close_connection = True


def hang(handler: Handler) -> None:
    handler.server.closing.wait(20)
    handler.close_connection = True


def held(until: threading.Event) -> Fault:
    """Answer as usual, but not before the event."""

    def behave(handler: Handler) -> None:
        until.wait(20)
        changed(lambda _: None)(handler)

    return behave


def huge(size: int = 300 * MEBIBYTE) -> Fault:
    """A body of this size, sent for as long as anybody takes it, and counted."""

    def behave(handler: Handler) -> None:
        handler.send_response(200)
        handler.send_header("Content-Type", JSON_TYPE)
        handler.send_header("Content-Length", str(size))
        handler.end_headers()
        block = b" " * MEBIBYTE
        for _ in range(size // MEBIBYTE):
            handler.wfile.write(block)
            handler.server.bytes_sent += MEBIBYTE

    return behave


def _episode(
    number: int, episode_id: int, name: str, air_date: str, overview: str, crew: str = "", **other: Any
) -> Payload:
    """`crew` is "Director: A; Writer: B". Season and show are filled in by `_show`."""
    people = [pair.split(": ") for pair in crew.split("; ") if pair]
    return {
        "air_date": air_date,
        "episode_number": number,
        "episode_type": "standard",
        "id": episode_id,
        "name": name,
        "overview": overview,
        "production_code": "",
        "runtime": 44,
        "still_path": None,
        "vote_average": 7.1,
        "vote_count": 12,
        "crew": [
            {"job": job, "name": person, "department": job, "credit_id": f"{episode_id}-{place}", "id": place}
            for place, (job, person) in enumerate(people)
        ],
        "guest_stars": [
            {"character": "Harbour Master", "name": "Elin Strand", "credit_id": f"{episode_id}-g", "id": 77, "order": 0}
        ],
        **other,
    }


def _show(show_id: int, name: str, status_word: str, seasons: dict[int, list[Payload]]) -> Payload:
    filled = [
        {
            "_id": f"{show_id}-{number}",
            "air_date": episodes[0]["air_date"],
            "episodes": [{**episode, "season_number": number, "show_id": show_id} for episode in episodes],
            "name": f"Season {number}",
            "overview": f"Season {number} of {name}.",
            "id": show_id * 100 + number,
            "poster_path": None,
            "season_number": number,
            "vote_average": 7.0,
        }
        for number, episodes in seasons.items()
    ]
    return {
        "id": show_id,
        "name": name,
        "original_name": name,
        "first_air_date": filled[0]["air_date"],
        "overview": "A lighthouse.",
        "number_of_seasons": len(filled),
        "number_of_episodes": sum(len(season["episodes"]) for season in filled),
        "status": status_word,
        "next_episode_to_air": None,
        "episode_run_time": [],
        "seasons": filled,
        "external_ids": {"imdb_id": None},
    }


MARA = "Director: Mara Quill"
LIN_AND_PER = "Director: Lin Sato; Writer: Per Aune"


def harbour_watch() -> World:
    """As TMDB would have it: First Light in two rows, Storm Glass without a pin, Dark Water that nobody knew."""
    lights = _show(
        9101,
        "Harbour Lights",
        "Ended",
        {
            1: [
                _episode(1, 70101, "First Light (1)", "2001-09-10", "The lamp is lit.", MARA, runtime=45),
                _episode(2, 70102, "First Light (2)", "2001-09-10", "The lamp holds.", "Writer: Jon Abel", runtime=47),
                _episode(3, 70103, "Fog Signal", "2001-09-18", "Stardate: 1204.5. Fog closes the strait."),
                _episode(4, 70104, "The Drowned Bell", "2001-09-24", "A bell rings.", f"{MARA}; Writer: Oda Brandt"),
                _episode(5, 70105, "Storm Glass", "2001-10-01", "The glass falls.", production_code="105"),
            ],
            2: [
                _episode(1, 70201, "Lamp Oil", "2002-09-09", "Stardate 1301.2 to 1302.8. The oil runs low."),
                _episode(2, 70202, "Neap Tide", "2002-09-16", ""),
            ],
        },
    )  # fmt: skip
    beacon = _show(
        9102,
        "Outer Beacon",
        "Returning Series",
        {
            1: [
                _episode(1, 70301, "Cold Start", "2026-09-03", "The beacon wakes.", runtime=None),
                _episode(2, 70302, "Signal Loss", "2026-09-10", "Nobody answers."),
                _episode(3, 70303, "Far Shore", "2026-09-17", "Land."),
                _episode(4, 70304, "Dark Water", "2026-09-24", "Something swims below.", LIN_AND_PER),
                _episode(5, 70305, "Episode 5", "", ""),
            ],
        },
    )  # fmt: skip
    film = {
        "id": 9201,
        "imdb_id": "tt9900900",
        "title": "The Last Keeper",
        "original_title": "The Last Keeper",
        "overview": "One lamp is left.",
        "release_date": "2003-05-02",
        "runtime": 113,
        "credits": {"crew": [{"job": "Director", "name": "Mara Quill", "credit_id": "f1", "id": 1}], "cast": []},
        "external_ids": {"imdb_id": "tt9900900"},
    }
    return World({9101: lights, 9102: beacon}, {9201: film})
