"""Text instead of JSON, and sources of several hosts."""

from __future__ import annotations

import socket
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from loopback import FakeClock, Handler, Loopback, OpenClient, data, redirect, status, text, truncated

from etl.errors import Category, SourceError
from etl.http.base import Base
from etl.http.credentials import Credentials
from etl.http.payload import decode_text
from etl.sources import MEMORY_ALPHA, TMDB, TREKCORE, Answer, Request

HOUR_S = 3600.0
PAGE = Request("/page.html", kind="text")
HOSTS = replace(TMDB, title="Hosts", rate=1000.0, burst=1000)


def answered(outcome: Answer | SourceError) -> Answer:
    assert isinstance(outcome, Answer), outcome
    return outcome


def failed(outcome: Answer | SourceError) -> SourceError:
    assert isinstance(outcome, SourceError), outcome
    return outcome


@pytest.mark.parametrize(
    ("body", "kind", "expected"),
    [
        ("Café".encode("latin-1"), "text/html; charset=ISO-8859-1", "Café"),
        ("Café".encode(), "text/html", "Café"),
        ("Café".encode(), "", "Café"),
        ("Café".encode("cp1251", "replace"), 'text/html; charset="windows-1251"', "Caf?"),
        ("Ж".encode("cp1251"), 'text/html;x=y; Charset = "windows-1251"', "Ж"),
        (b"Worf\x92s", "text/html; charset=iso-8859-1", "Worf’s"),
        (b"Worf\x92s", "text/html; charset=us-ascii", "Worf’s"),
        (b"Caf\xe9", "text/html; charset=utf-8", "Caf�"),
        (b"Caf\xe9", "text/html", "Caf�"),
        (b"Caf\xc3\xa9", "text/html; charset=no-such", "Café"),
        (b"Caf\xc3\xa9", "text/html; charset=rot13", "Café"),
        (b"Caf\xc3\xa9", "text/html; charset=undefined", "Café"),
        (b"\xef\xbb\xbfCaf\xc3\xa9", "text/html", "Café"),
        ("Café".encode("utf-16"), "text/html; charset=utf-16", "Café"),
    ],
)
def test_a_body_is_read_in_its_charset_and_else_as_utf_8(body: bytes, kind: str, expected: str) -> None:
    assert decode_text(body, kind) == expected


def test_text_comes_as_it_is_and_is_asked_for_as_text(client_of: OpenClient, server: Loopback) -> None:
    server.on("/page.html", text("<html>Café</html>".encode("latin-1"), "text/html; charset=iso-8859-1"))
    server.on("/tv/1", data({}))
    client = client_of()
    assert answered(client.fetch([PAGE])[0]).payload == "<html>Café</html>"
    client.fetch([Request("/tv/1")])
    assert [seen.headers["Accept"].partition(",")[0] for seen in server.log] == ["text/html", "application/json"]
    assert server.log[1].headers["Accept"] == "application/json"


def test_json_asked_for_as_text_stays_text_and_both_kinds_live_side_by_side(
    client_of: OpenClient, server: Loopback
) -> None:
    server.on("/both", data({"id": 1}))
    as_json, as_text = client_of().fetch([Request("/both"), Request("/both", kind="text")])
    assert (answered(as_json).payload, answered(as_text).payload) == ({"id": 1}, '{"id": 1}')


def test_a_page_where_json_was_asked_for_is_refused_as_before(client_of: OpenClient, server: Loopback) -> None:
    server.on("/page.html", text(b"<html></html>", "text/html"))
    error = failed(client_of().fetch([Request("/page.html")])[0])
    assert error.category is Category.DATA_FORMAT
    assert "an HTML page instead of data" in error.message


@pytest.mark.parametrize("body", [b"", b" \r\n\t", b"\xef\xbb\xbf"])
def test_an_empty_page_is_no_answer_and_is_not_kept(client_of: OpenClient, server: Loopback, body: bytes) -> None:
    server.on("/page.html", text(body, "text/html"), text(b"full", "text/html"))
    error = failed(client_of().fetch([PAGE])[0])
    assert (error.category, error.message, error.status) == (Category.DATA_FORMAT, "TMDB sent an empty answer.", 200)
    assert answered(client_of().fetch([PAGE])[0]).payload == "full"


def test_a_truncated_page_is_retried_like_any_other(client_of: OpenClient, server: Loopback) -> None:
    server.on("/page.html", truncated(b"<html"), text(b"<html></html>", "text/html"))
    client = client_of()
    assert answered(client.fetch([PAGE])[0]).payload == "<html></html>"
    assert client.usage.retries == 1


def test_the_caller_judges_the_text(client_of: OpenClient, server: Loopback) -> None:
    server.on("/page.html", text("Café".encode("latin-1"), "text/html; charset=latin-1"))
    heard: list[Any] = []

    def no_table(page: Any) -> str | None:
        heard.append(page)
        return "it has no table"

    error = failed(client_of().fetch([replace(PAGE, problem_with=no_table)])[0])
    assert (error.category, heard) == (Category.DATA_FORMAT, ["Café"])
    assert "it has no table" in error.message
    assert not answered(client_of().fetch([PAGE])[0]).is_from_cache


def test_a_cached_page_is_decoded_as_on_the_day_it_came(
    client_of: OpenClient, server: Loopback, clock: FakeClock
) -> None:
    server.on("/page.html", text("Café".encode("latin-1"), "text/html; charset=latin-1"))
    first = answered(client_of().fetch([PAGE])[0])
    clock.advance(HOUR_S)
    assert answered(client_of().fetch([PAGE])[0]) == replace(first, is_from_cache=True)
    assert answered(client_of(is_offline=True).fetch([PAGE])[0]) == replace(first, is_from_cache=True)
    assert len(server.log) == 1


def test_a_page_that_is_confirmed_keeps_its_charset_whatever_the_304_says(
    client_of: OpenClient, server: Loopback, clock: FakeClock
) -> None:
    def behave(handler: Handler) -> None:
        if handler.headers.get("If-None-Match") == '"1"':
            handler.reply(304, b"", {"ETag": '"1"', "Content-Type": "text/html; charset=utf-8"})
        else:
            handler.reply(200, "Café".encode("latin-1"), {"ETag": '"1"', "Content-Type": "text/html; charset=latin-1"})

    server.on("/page.html", behave)
    first = answered(client_of().fetch([PAGE])[0])
    clock.advance(7 * HOUR_S)
    second = client_of()
    confirmed = answered(second.fetch([PAGE])[0])
    assert confirmed.payload == "Café"
    assert confirmed.fetched_at - first.fetched_at >= timedelta(hours=7)
    assert second.usage.revalidations == 1
    assert answered(client_of().fetch([PAGE])[0]).payload == "Café"


def test_a_stale_page_stands_in_for_a_failure(client_of: OpenClient, server: Loopback, clock: FakeClock) -> None:
    server.on("/page.html", text(b"old", "text/html"), status(500))
    client_of().fetch([PAGE])
    clock.advance(7 * HOUR_S)
    answer = answered(client_of(max_retries=0).fetch([PAGE])[0])
    assert (answer.payload, answer.is_stale) == ("old", True)
    assert answer.error is not None
    assert answer.error.category is Category.SERVICE_UNAVAILABLE


def test_each_request_goes_to_its_host(client_of: OpenClient, server: Loopback) -> None:
    for host in ("tng", "ds-9"):
        server.on(f"/hosts/{host}/page.html", text(host.encode(), "text/html"))
    client = client_of(source=HOSTS, base_url=f"{server.base_url}/hosts/{{host}}/")
    answers = client.fetch([replace(PAGE, host="tng"), replace(PAGE, host="ds-9")])
    assert [answered(answer).payload for answer in answers] == ["tng", "ds-9"]
    assert answered(answers[0]).url == f"{server.base_url}/hosts/tng/page.html"


@pytest.mark.parametrize("host", ["", "TNG", "tng.evil", "tng/..", "t g", "evil.example#", "tng\n", "{host}", "ü"])
def test_what_is_no_host_is_not_asked(client_of: OpenClient, server: Loopback, host: str) -> None:
    server.on("/hosts/tng/page.html", text(b"tng", "text/html"))
    client = client_of(source=HOSTS, base_url=f"{server.base_url}/hosts/{{host}}")
    bad, good = client.fetch([replace(PAGE, host=host, concerns="x"), replace(PAGE, host="tng")])
    error = failed(bad)
    assert (error.category, error.concerns) == (Category.DATA_FORMAT, "x")
    assert error.message == f"Hosts has several hosts, and {host!r} is the name of none."
    assert answered(good).payload == "tng"
    assert [seen.path for seen in server.log] == ["/hosts/tng/page.html"]
    assert client.usage.failures == 1


def test_a_host_for_a_source_that_has_one_only_is_refused(client_of: OpenClient, server: Loopback) -> None:
    error = failed(client_of().fetch([replace(PAGE, host="tng")])[0])
    assert error.category is Category.DATA_FORMAT
    assert "its base URL has no {host}" in error.message
    assert server.log == []


def test_no_credentials_go_to_a_host_that_a_request_names(client_of: OpenClient, server: Loopback) -> None:
    server.on("/hosts/tng/page.html", text(b"tng", "text/html"))
    base_url = f"{server.base_url}/hosts/{{host}}"
    client = client_of(source=HOSTS, base_url=base_url, credentials=Credentials("s3cret-token"))
    answered(client.fetch([replace(PAGE, host="tng")])[0])
    assert "s3cret-token" not in f"{server.log}"


@pytest.fixture
def names(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every name below trek.test is this machine."""
    lookup = socket.getaddrinfo

    def local(host: Any, *args: Any, **kwargs: Any) -> Any:
        return lookup("127.0.0.1" if str(host).endswith(".trek.test") else host, *args, **kwargs)

    monkeypatch.setattr(socket, "getaddrinfo", local)


@pytest.mark.usefixtures("names")
def test_hosts_in_the_name_of_the_server_are_asked_and_none_leads_to_another(
    client_of: OpenClient, server: Loopback
) -> None:
    port = server.server_address[1]
    server.on("/page.html", text(b"page", "text/html"))
    server.on("/moved.html", redirect("/page.html"))
    server.on("/away.html", redirect(f"http://tos.trek.test:{port}/page.html"))
    client = client_of(source=HOSTS, base_url=f"http://{{host}}.trek.test:{port}")
    hosts = ("tng", "tos", "ds9")
    assert [answered(answer).payload for answer in client.fetch([replace(PAGE, host=host) for host in hosts])] == [
        "page"
    ] * 3
    assert {seen.headers["Host"] for seen in server.log} == {f"{host}.trek.test:{port}" for host in hosts}
    assert answered(client.fetch([replace(PAGE, path="/moved.html", host="tng")])[0]).payload == "page"
    seen_before = len(server.log)
    error = failed(client.fetch([replace(PAGE, path="/away.html", host="tng")])[0])
    assert error.category is Category.DATA_FORMAT
    assert "redirects to another place, tos.trek.test" in error.message
    assert len(server.log) == seen_before + 1


@pytest.mark.parametrize("target", ["/hosts/tos/page.html", "/page.html", "/hosts/tng2/page.html", "../tos/page.html"])
def test_a_host_that_is_played_under_a_path_does_not_lead_to_another_either(
    client_of: OpenClient, server: Loopback, target: str
) -> None:
    server.on("/hosts/tng/page.html", redirect(target))
    for path in ("/hosts/tos/page.html", "/page.html", "/hosts/tng2/page.html"):
        server.on(path, text(b"page", "text/html"))
    client = client_of(source=HOSTS, base_url=f"{server.base_url}/hosts/{{host}}")
    assert failed(client.fetch([replace(PAGE, host="tng")])[0]).category is Category.DATA_FORMAT
    assert [seen.path for seen in server.log] == ["/hosts/tng/page.html"]


@pytest.mark.parametrize(
    ("source", "pattern", "host", "robots_url"),
    [
        (TREKCORE, TREKCORE.base_url, "tng", "https://tng.trekcore.com/robots.txt"),
        (TREKCORE, "http://127.0.0.1:1/trekcore/{host}/", "tng", "http://127.0.0.1:1/trekcore/tng/robots.txt"),
        (MEMORY_ALPHA, MEMORY_ALPHA.base_url, "", "https://memory-alpha.fandom.com/robots.txt"),
        (MEMORY_ALPHA, "http://127.0.0.1:1/ma/api.php", "", "http://127.0.0.1:1/ma/robots.txt"),
        (MEMORY_ALPHA, "http://127.0.0.1:1/v1.0", "", "http://127.0.0.1:1/v1.0/robots.txt"),
    ],
)
def test_robots_txt_stands_beside_the_base(source: Any, pattern: str, host: str, robots_url: str) -> None:
    assert Base.of(source, pattern, host).robots_url == robots_url
