"""What a source can do wrong: faults in place of an answer, and lies that are told in good form.

Every kind draws its details from the chance that it is given, so that a seed says all.
"""

from __future__ import annotations

import gzip
import json
import math
from collections.abc import Callable, Mapping
from random import Random
from typing import Any
from urllib.parse import parse_qs, urlsplit

from tests.e2e import fake_tmdb
from tests.e2e.fake_tmdb import JSON_TYPE, MEBIBYTE, Fault, Handler, echoing_refusal, hang, redirect, reset, truncated
from tests.e2e.harbour_sources import Lie, Row
from tests.http.loopback import chunked_truncated, reset_in_body

_STATUSES = (204, 206, 400, 401, 402, 403, 404, 408, 410, 418, 429, 451, 500, 501, 502, 503, 504, 520, 599)
_PAUSES = (
    "0",
    "1",
    "-5",
    "1.5",
    "99999999999999999999",
    "",
    "soon",
    "\xbd",
    "1e9",
    "Wed, 21 Oct 2099 07:28:00 GMT",
    "Fri, 31 Dec 1999 23:59:59 GMT",
    "Thu, 99 Foo 2026 25:61:61 GMT",
    "Wed, 21 Oct 99999999999 07:28:00 GMT",
)
_GARBAGE = (
    b"",
    b"null",
    b"[]",
    b"{}",
    b'"text"',
    b"17",
    b'{"id": NaN}',
    b'{"id": 1e999, "name": "\\ud800"}',
    b"[" * 100_000,
    b'{"id": ' + b"9" * 5000 + b"}",
    b"\xff\xfe\x00\x01 not text",
    b"<html><body>Please log in</body></html>",
    b"return {[1] = {[2] = }",
)
_ELSEWHERE = ("http://elsewhere.example/", "http://127.0.0.1:1/", "file:///etc/passwd", "//", "", "http://[::1", "\xe9")
_OTHER_TYPES: tuple[Any, ...] = (None, True, -1, 1.5, "", "\x00", [], {}, [[]], {"a": []}, 10**30)
_HUGE = 80 * MEBIBYTE
_DRIP_S = 0.02


def _status(chance: Random) -> Fault:
    return fake_tmdb.status(chance.choice(_STATUSES))


def _told_to_wait(chance: Random) -> Fault:
    return fake_tmdb.status(chance.choice((429, 503, 429, 301)), None, Retry_After=chance.choice(_PAUSES))


def _garbage(chance: Random) -> Fault:
    given = chance.choice((*_GARBAGE, chance.randbytes(chance.randrange(1, 4000))))
    kind = chance.choice((JSON_TYPE, "text/html", "application/octet-stream"))
    return lambda handler: handler.send(200, given, {"Content-Type": kind})


def _badly_packed(chance: Random) -> Fault:
    given = chance.choice((b"not gzip", gzip.compress(b'{"id": 1}')[:-6], gzip.compress(bytes(100 * MEBIBYTE))))
    return lambda handler: handler.send(200, given, {"Content-Type": JSON_TYPE, "Content-Encoding": "gzip"})


def _redirect(chance: Random) -> Fault:
    return chance.choice((redirect(chance.choice(_ELSEWHERE)), _to_itself, fake_tmdb.echoing_redirect("/tv/9102")))


def _to_itself(handler: Handler) -> None:
    handler.send(307, b"", {"Location": handler.path})


def _drip(chance: Random) -> Fault:
    """One byte now and then, so that no read ever times out: of the head, or of the body."""
    is_head = chance.random() < 0.5

    def behave(handler: Handler) -> None:
        if not is_head:
            handler.send_response(200)
            handler.send_header("Content-Length", "100000")
            handler.end_headers()
        handler.wfile.write(b"HTTP/1.1 200 OK\r\nX-Long: " if is_head else b" ")
        while not handler.server.closing.wait(_DRIP_S):
            handler.wfile.write(b"x" if is_head else b" ")

    return behave


def _other_types(chance: Random) -> Fault:
    """The right answer, but a few of its values are of another type."""
    seed = chance.random()

    def changed(body: bytes) -> bytes:
        own = Random(seed)  # noqa: S311 - places, not keys
        try:
            payload = json.loads(body)
        except ValueError:
            return body.replace(b"title", b"\x00")
        for _ in range(own.randrange(1, 4)):
            holder, key = own.choice(list(_places(payload)))
            holder[key] = own.choice(_OTHER_TYPES)
        return json.dumps(payload).encode()

    return _altered(changed)


def _cut(chance: Random) -> Fault:
    """The first part of the right answer, as if that were all of it."""
    share = chance.random()
    return _altered(lambda body: body[: math.floor(share * len(body))])


def _altered(change: Callable[[bytes], bytes]) -> Fault:
    """Answer as usual, but with a change of the body."""

    def behave(handler: Handler) -> None:
        def send(status: int, body: bytes, headers: dict[str, str]) -> None:
            # Another text has another tag; with the tag of the right one the wrong one would be confirmed for ever.
            named = {name: value for name, value in headers.items() if name != "ETag"}
            type(handler).send(handler, status, change(body), named)

        parts = urlsplit(handler.path)
        handler.send = send  # type: ignore[method-assign]
        try:
            handler.answer(parts.path.removeprefix("/3"), parse_qs(parts.query))
        finally:
            del handler.send

    return behave


def _places(payload: Any) -> Any:
    """Every place of a JSON value where another value could stand."""
    inner = payload.items() if isinstance(payload, dict) else enumerate(payload) if isinstance(payload, list) else ()
    for key, value in list(inner):
        yield payload, key
        yield from _places(value)


FAULTS: Mapping[str, Callable[[Random], Fault]] = {
    "status": _status,
    "retry-after": _told_to_wait,
    "reset": lambda chance: chance.choice((reset, reset_in_body)),
    "hang": lambda _: hang,
    "truncated": lambda chance: chance.choice((truncated, chunked_truncated)),
    "garbage": _garbage,
    "badly packed": _badly_packed,
    "huge": lambda _: fake_tmdb.huge(_HUGE),
    "redirect": _redirect,
    "drip": _drip,
    "other types": _other_types,
    "cut": _cut,
    "key echoed": lambda _: echoing_refusal,
}


def _half_missing(chance: Random) -> Lie:
    begin = chance.randrange(2)
    return lambda rows: rows[begin::2]


def _numbers_swapped(chance: Random) -> Lie:
    seed = chance.random()

    def lie(rows: list[Row]) -> list[Row]:
        season = Random(seed).choice(rows)["season"]  # noqa: S311 - places, not keys
        one, other = [row for row in rows if row["season"] == season][-2:]
        for name in ("number", "episode_number"):
            if name in one:
                one[name], other[name] = other[name], one[name]
        return rows

    return lie


LIES: Mapping[str, Callable[[Random], Lie]] = {"half missing": _half_missing, "numbers swapped": _numbers_swapped}
