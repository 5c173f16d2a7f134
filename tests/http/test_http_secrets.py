"""No credential reaches a log, an error, a repr, a file or another host."""

from __future__ import annotations

import io
import logging
import sqlite3
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError
from pathlib import Path
from urllib.parse import quote_plus

import pytest
from loopback import Loopback, OpenClient, data, redirect, reset, status, with_etag
from requests import PreparedRequest, Request

from etl.errors import SourceError
from etl.http.base import Base
from etl.http.client import SourceClient
from etl.http.credentials import Credentials, tmdb_credentials
from etl.http.health import Health
from etl.http.scrub import scrub
from etl.http.wire import user_agent
from etl.sources import Answer
from etl.sources import Request as Asking

V3 = "0123456789abcdef0123456789ABCDEF"
V4 = "eyJhbGciOiJIUzI1NiJ9.eyJhdWQiOiJ0cmVrIn0.s1gn-atu_re"


_NESTED = r'{"text": "{\"api_key\": \"***\", \"authorization\": \"Bearer ***\"}"}'


def prepared(url: str) -> PreparedRequest:
    return Request("GET", url).prepare()


class ScrubbedLines(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        return scrub(super().format(record))


@pytest.fixture
def everything_logged() -> Iterator[io.StringIO]:
    """All that any library logs, down to DEBUG, each finished line scrubbed as etl.logs does it."""
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(ScrubbedLines())
    root = logging.getLogger()
    level = root.level
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    yield stream
    root.removeHandler(handler)
    root.setLevel(level)


def test_a_v3_key_goes_as_a_query_parameter_and_a_v4_token_as_bearer() -> None:
    asked = prepared("https://api.example.org/3/tv/655?language=en-US")
    v3 = tmdb_credentials(f" {V3}\n").on_copy(asked)
    assert v3.url == f"https://api.example.org/3/tv/655?language=en-US&api_key={V3}"
    assert "Authorization" not in v3.headers
    v4 = tmdb_credentials(f"Bearer {V4}").on_copy(asked)
    assert (v4.url, v4.headers["Authorization"]) == (asked.url, f"Bearer {V4}")
    assert asked.url == "https://api.example.org/3/tv/655?language=en-US"
    assert "Authorization" not in asked.headers


def test_an_echoed_key_is_not_sent_twice() -> None:
    sent = tmdb_credentials(V3).on_copy(prepared("https://api.example.org/x?api_key=old&a=1&empty="))
    assert sent.url == f"https://api.example.org/x?a=1&empty=&api_key={V3}"


@pytest.mark.parametrize("key", ["", "  ", "Bearer ", "two words", "line\r\nX-Evil: 1", "ключ"])
def test_a_key_that_cannot_be_sent_is_refused_without_being_shown(key: str) -> None:
    with pytest.raises(ValueError, match="The TMDB key is empty or has spaces") as caught:
        tmdb_credentials(key)
    assert "words" not in str(caught.value)


def test_credentials_never_show_themselves() -> None:
    for credentials in (tmdb_credentials(V3), tmdb_credentials(V4)):
        assert credentials.secret not in f"{credentials!r} {credentials}"


@pytest.mark.parametrize(
    ("text", "clean"),
    [
        ("/3/tv/655?api_key=abc123&page=2", "/3/tv/655?api_key=***&page=2"),
        ("GET /x?a=1&API_KEY=abc123 HTTP/1.1", "GET /x?a=1&API_KEY=*** HTTP/1.1"),
        ("url=%2Fx%3Fapi_key%3Dabc123", "url=%2Fx%3Fapi_key%3D***"),
        ('{"api_key": "abc123"}', '{"api_key": "***"}'),
        ("Authorization: Bearer abc.def-1", "Authorization: Bearer ***"),
        ("{'Authorization': 'Bearer abc', 'a': 1}", "{'Authorization': 'Bearer ***', 'a': 1}"),
        ("{'authorization': b'Basic abc'}", "{'authorization': b'Basic ***'}"),
        ("sent bearer abc.def to", "sent bearer *** to"),
        (r'{"text": "{\"api_key\": \"abc\", \"authorization\": \"Bearer abc\"}"}', _NESTED),
        ("nothing to hide: keys, apis and tokens", "nothing to hide: keys, apis and tokens"),
        ("", ""),
    ],
)
def test_what_looks_like_a_credential_is_taken_out(text: str, clean: str) -> None:
    assert scrub(text) == clean


def test_the_exact_secrets_are_taken_out_in_every_form() -> None:
    key = "p@ss/w+rd&1"
    assert scrub(f"{key} {quote_plus(key)} p%40ss/w%2Brd%261", [key]) == "*** *** ***"
    assert scrub("secret-long secret", ["secret", "secret-long"]) == "*** ***"
    assert scrub("a cat", ["a", ""]) == "a cat"


def talk(client: SourceClient, server: Loopback) -> list[Answer | SourceError]:
    server.on("/ok", with_etag({"id": 1}, '"e"'))
    server.on("/moved", redirect("/ok?from=moved"))
    server.on("/away", redirect("http://localhost:1/"))
    server.on(
        "/flaky", reset, status(503, Set_Cookie="crumb=cookie-secret"), data({}, Set_Cookie="crumb=cookie-secret")
    )
    server.on("/down", status(500))
    server.on("/broken", reset)
    paths = ["/ok", "/ok?x=1", "/moved", "/away", "/flaky", "/missing", "/down", "/broken"]
    return client.fetch([Asking(path, max_age_s=0) for path in paths]) + client.fetch([Asking("/ok", max_age_s=0)])


@pytest.mark.parametrize("key", [V3, V4])
def test_a_key_reaches_the_source_and_nothing_else(
    client_of: OpenClient, server: Loopback, tmp_path: Path, everything_logged: io.StringIO, key: str
) -> None:
    client = client_of(credentials=tmdb_credentials(key), concurrency=1)
    outcomes = talk(client, server)
    assert [type(outcome) for outcome in outcomes] == [Answer] * 3 + [SourceError, Answer] + [SourceError] * 3 + [
        Answer
    ]
    for seen in server.log:
        assert seen.query.get("api_key", [seen.headers.get("Authorization", "").removeprefix("Bearer ")]) == [key]
        assert "Cookie" not in seen.headers
    # Read while the connection is open, so that the write-ahead log still holds the pages.
    files = [file for file in tmp_path.rglob("*") if file.is_file()]
    assert {file.name for file in files} >= {"http.sqlite", "http.sqlite-wal", "buckets.sqlite"}
    kept = b"".join(file.read_bytes() for file in files)
    assert b"/ok" in kept
    for forbidden in (key.encode(), b"cookie-secret", b"Authorization", b"api_key", b"User-Agent"):
        assert forbidden not in kept
    logged = everything_logged.getvalue()
    assert "Retrying" in logged
    assert "GET /ok" in logged
    assert key not in logged
    assert key not in repr(outcomes) + str([str(outcome) for outcome in outcomes]) + repr(client.usage)


def test_a_key_in_what_the_source_says_or_in_an_address_is_taken_out(client_of: OpenClient, server: Loopback) -> None:
    server.on("/tv/1", status(400, {"status_message": f"No such key: {V4}"}))
    server.on("/tv/2", data({}))
    client = client_of(credentials=tmdb_credentials(V4))
    error, answer = client.fetch([Asking("/tv/1", {"api_key": "oops"}), Asking("/tv/2", {"t": V4})])
    assert isinstance(error, SourceError)
    assert (error.message.endswith("No such key: ***."), error.url.endswith("?api_key=***")) == (True, True)
    assert isinstance(answer, Answer)
    assert answer.url.endswith("/tv/2?t=***")


def test_connection_errors_do_not_show_the_key(client_of: OpenClient, everything_logged: io.StringIO) -> None:
    client = client_of(base_url="http://127.0.0.1:1/3", credentials=tmdb_credentials(V3))
    (error,) = client.fetch([Asking("/tv/655")])
    assert isinstance(error, SourceError)
    assert V3 not in repr(error) + str(error) + everything_logged.getvalue()
    assert "api_key=***" in everything_logged.getvalue()


@pytest.mark.parametrize("key", [V3, V4])
def test_what_comes_back_from_the_wire_holds_the_clean_request(
    client_of: OpenClient, server: Loopback, key: str
) -> None:
    server.on("/ok", data({}))
    wire = client_of(credentials=tmdb_credentials(key))._wire
    response = wire.get(f"{server.base_url}/ok", {}, wire.exchange(Health, Base(server.base_url).check))
    assert key not in f"{response.url} {response.request.url} {response.request.headers}"


def test_nothing_of_the_environment_is_sent(
    client_of: OpenClient, server: Loopback, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login me password netrc-secret\n")
    netrc.chmod(0o600)
    monkeypatch.setenv("NETRC", str(netrc))
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:1")
    server.on("/ok", data({}))
    assert isinstance(client_of().fetch([Asking("/ok")])[0], Answer)
    assert "Authorization" not in server.log[0].headers


def test_the_contact_cannot_break_out_of_its_header() -> None:
    assert user_agent("me@example.org\r\nX-Evil: 1") == user_agent("me@example.org X-Evil: 1")
    assert user_agent("Zoë").isascii()


def test_code_that_was_never_installed_has_a_user_agent_too(monkeypatch: pytest.MonkeyPatch) -> None:
    def unknown(name: str) -> str:
        raise PackageNotFoundError(name)

    monkeypatch.setattr("etl.http.wire.version", unknown)
    assert user_agent("me") == "trek-etl/0 (+me)"


def test_a_header_credential_may_have_another_name() -> None:
    sent = Credentials("abc", name="X-Api-Key", prefix="").on_copy(prepared("https://example.org/"))
    assert sent.headers["X-Api-Key"] == "abc"


def test_sqlite_files_hold_json_and_no_pickle(client_of: OpenClient, server: Loopback, tmp_path: Path) -> None:
    server.on("/ok", data({"id": 1}))
    client_of().fetch([Asking("/ok")])
    connection = sqlite3.connect(tmp_path / "cache" / "http.sqlite")
    rows = connection.execute("SELECT json_valid(value), json_extract(value, '$.headers') FROM responses").fetchall()
    connection.close()
    assert rows == [(1, '{"Content-Type":"application/json"}')]
