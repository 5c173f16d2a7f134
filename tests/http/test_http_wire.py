"""What goes over the wire: tokens, retries, pauses, limits, and what each fault is called."""

from __future__ import annotations

import socket
import time
from dataclasses import replace
from email.utils import formatdate
from typing import Any

import pytest
import requests
from loopback import (
    FakeClock,
    Loopback,
    OpenClient,
    chunked_truncated,
    data,
    drip_body,
    drip_headers,
    gzipped,
    hang,
    huge,
    redirect,
    reset,
    reset_in_body,
    status,
    text,
    truncated,
)

from etl.errors import Category, SourceError
from etl.http.bucket import TokenBucket
from etl.http.clock import SystemClock
from etl.http.credentials import Credentials
from etl.http.exchange import Timeouts
from etl.http.retry import retry_after_s
from etl.sources import TMDB, Answer, Request

SHOW = Request("/tv/655")
QUICK = Timeouts(connect_s=2.0, read_s=0.4, total_s=5.0)
DRIPPING = Timeouts(connect_s=2.0, read_s=5.0, total_s=0.5)


def failed(outcome: Answer | SourceError) -> SourceError:
    assert isinstance(outcome, SourceError), outcome
    return outcome


def answered(outcome: Answer | SourceError) -> Answer:
    assert isinstance(outcome, Answer), outcome
    return outcome


@pytest.mark.parametrize(
    ("behaviours", "attempts", "retries"),
    [
        ([data({})], 1, 0),
        ([status(503), status(503), data({})], 3, 2),
        ([status(429, Retry_After="2"), data({})], 2, 1),
        ([status(429), status(429), data({})], 3, 2),
        ([truncated(), data({})], 2, 1),
        ([chunked_truncated, data({})], 2, 1),
        ([reset, data({})], 2, 1),
        ([reset_in_body, data({})], 2, 1),
        ([redirect("/tv/655"), data({})], 2, 0),
    ],
)
def test_every_attempt_on_the_wire_costs_one_token(
    client_of: OpenClient, server: Loopback, behaviours: list[Any], attempts: int, retries: int
) -> None:
    server.on("/tv/655", *behaviours)
    client = client_of()
    assert answered(client.fetch([SHOW])[0]).payload == {}
    usage = client.usage
    assert (usage.tokens, usage.requests, len(server.log), usage.retries) == (attempts, attempts, attempts, retries)


def test_connections_are_used_again_and_bytes_are_counted(client_of: OpenClient, server: Loopback) -> None:
    server.on("/tv/655", data({"a": 1}))
    server.on("/tv/580", status(503), data({"b": 2}))
    accepted: list[Any] = []
    original = server.verify_request
    server.verify_request = lambda *arguments: accepted.append(1) or original(*arguments)  # type: ignore[method-assign, func-returns-value]
    client = client_of(concurrency=1)
    client.fetch([SHOW, Request("/tv/580")])
    assert len(accepted) == 1
    assert client.usage.bytes_received == len(b'{"a": 1}') + len(b"{}") + len(b'{"b": 2}')


def test_faults_are_retried_with_growing_pauses(client_of: OpenClient, server: Loopback, clock: FakeClock) -> None:
    server.on("/tv/655", status(500))
    error = failed(client_of().fetch([SHOW])[0])
    assert (error.category, error.status) == (Category.SERVICE_UNAVAILABLE, 500)
    assert error.message == "TMDB has a fault of its own after 4 attempts (HTTP 500)."
    first, second, third = clock.slept
    assert first == 0
    assert 1.0 <= second <= 1.5
    assert 2.0 <= third <= 2.5
    assert len(server.log) == 4


@pytest.mark.parametrize("max_retries", [0, 1])
def test_no_more_retries_than_allowed(client_of: OpenClient, server: Loopback, max_retries: int) -> None:
    server.on("/tv/655", status(502))
    client = client_of(max_retries=max_retries)
    client.fetch([SHOW])
    assert len(server.log) == client.usage.tokens == max_retries + 1


def test_a_429_pauses_every_thread_for_as_long_as_told(
    client_of: OpenClient, server: Loopback, fast_source: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked_and_given: list[tuple[float, float]] = []
    paused_at: list[float] = []

    class Watched(TokenBucket):
        def acquire(self) -> float:
            asked_at = time.time()
            waited_s = super().acquire()
            asked_and_given.append((asked_at, time.time()))
            return waited_s

        def penalize(self, pause_s: float) -> None:
            super().penalize(pause_s)
            paused_at.append(time.time())

    monkeypatch.setattr("etl.http.opening.TokenBucket", Watched)
    server.on("/tv/0", status(429, Retry_After="1"), data({}))
    for number in range(1, 16):
        server.on(f"/tv/{number}", data({}))
    client = client_of(source=fast_source, concurrency=8, clock=SystemClock())
    outcomes = client.fetch([Request(f"/tv/{number}") for number in range(16)])
    assert all(isinstance(outcome, Answer) for outcome in outcomes)
    assert len(server.log) == client.usage.tokens == 17
    given_later = [given_at for asked_at, given_at in asked_and_given if asked_at > paused_at[0]]
    assert len(given_later) >= 1
    # The pause began a moment before it was noted.
    assert min(given_later) >= paused_at[0] + 0.9


@pytest.mark.parametrize("value", ["garbage", "-5", "1.5", "", "9" * 5000, "Mon, 99 Foo 2026"])
def test_a_senseless_retry_after_is_passed_over(
    client_of: OpenClient, server: Loopback, clock: FakeClock, value: str
) -> None:
    server.on("/tv/655", status(429, Retry_After=value), data({}))
    assert isinstance(client_of().fetch([SHOW])[0], Answer)
    assert clock.slept == [pytest.approx(1.0)]


def test_retry_after_may_be_a_date(client_of: OpenClient, server: Loopback, clock: FakeClock) -> None:
    server.on("/tv/655", status(503, Retry_After=formatdate(clock.now() + 7, usegmt=True)), data({}))
    assert isinstance(client_of().fetch([SHOW])[0], Answer)
    assert clock.slept == [pytest.approx(7.0)]
    assert retry_after_s("Mon, 28 Sep 1987 00:00:00 GMT", clock.now()) == 0
    assert retry_after_s("Fri, 15 Jan 2027 08:00:05 -0000", 1_800_000_000.0) == 5
    assert retry_after_s(None, 0) is None


def test_an_endless_429_ends_as_a_rate_limit_and_stops_the_rest(
    client_of: OpenClient, server: Loopback, clock: FakeClock
) -> None:
    for number in range(5):
        server.on(f"/tv/{number}", status(429, {"status_code": 25}, Retry_After="7"))
    outcomes = client_of(concurrency=1).fetch([Request(f"/tv/{number}") for number in range(5)])
    assert {failed(outcome).category for outcome in outcomes} == {Category.RATE_LIMIT}
    assert "after 4 attempts, and asks for 7 s more (HTTP 429)" in failed(outcomes[0]).message
    assert sum(clock.slept) == pytest.approx(21.0)
    assert len(server.log) == 4


def test_a_pause_longer_than_a_request_may_wait_is_not_waited_for(
    client_of: OpenClient, server: Loopback, clock: FakeClock
) -> None:
    server.on("/tv/655", status(429, Retry_After="3600"))
    client = client_of()
    assert failed(client.fetch([SHOW])[0]).category is Category.RATE_LIMIT
    assert (clock.slept, len(server.log)) == ([], 1)
    other = client_of()
    server.on("/tv/580", data({}))
    assert "and asks for 3600 s more" in failed(other.fetch([Request("/tv/580")])[0]).message
    assert (clock.slept, len(server.log)) == ([], 1)
    clock.advance(8)
    assert isinstance(other.fetch([Request("/tv/580")])[0], Answer)
    assert clock.slept == [pytest.approx(52.0)]
    assert other.usage.waited_s == pytest.approx(52.0)


def test_a_rate_of_ones_own_shrinks_the_burst_with_it(
    client_of: OpenClient, server: Loopback, clock: FakeClock
) -> None:
    for number in range(5):
        server.on(f"/tv/{number}", data({}))
    client = client_of(rate=0.4, concurrency=1)
    client.fetch([Request(f"/tv/{number}") for number in range(5)])
    assert clock.slept == [pytest.approx(2.5)]
    assert client.usage.waited_s == pytest.approx(2.5)


def test_a_token_that_is_too_far_away_is_a_rate_limit(client_of: OpenClient, server: Loopback) -> None:
    server.on("/tv/655", data({}))
    client = client_of(rate=0.001, timeouts=Timeouts(pause_s=1.0))
    client.fetch([SHOW])
    error = failed(client.fetch([Request("/tv/580")])[0])
    assert error.category is Category.RATE_LIMIT
    assert error.message == "The next request to TMDB would have to wait 1000 s."
    assert len(server.log) == client.usage.tokens == 1


@pytest.mark.parametrize(
    ("code", "body", "category", "sentence"),
    [
        (400, {}, Category.UNKNOWN, "TMDB gave an answer that was not foreseen (HTTP 400)."),
        (401, {}, Category.AUTHENTICATION, "TMDB wants a key and none is set (HTTP 401)."),
        (403, {}, Category.AUTHENTICATION, "TMDB refuses this client, which sends no key (HTTP 403)."),
        (402, {}, Category.QUOTA_EXCEEDED, "TMDB says that the quota is used up (HTTP 402)."),
        (
            403,
            {"status_message": "Daily  quota\nreached."},
            Category.QUOTA_EXCEEDED,
            "TMDB says that the quota is used up (HTTP 403): Daily quota reached.",
        ),
        (404, {"status_message": 7}, Category.NOT_FOUND, "TMDB has nothing at /tv/655 (HTTP 404)."),
        (410, [], Category.NOT_FOUND, "TMDB has nothing at /tv/655 (HTTP 410)."),
        (429, {}, Category.RATE_LIMIT, "TMDB wants fewer requests after 1 attempt (HTTP 429)."),
        (503, {}, Category.SERVICE_UNAVAILABLE, "TMDB has a fault of its own after 1 attempt (HTTP 503)."),
        (304, {}, Category.DATA_FORMAT, "TMDB redirects to nowhere or confirms what was not asked (HTTP 304)."),
    ],
)
def test_every_status_has_a_category_and_a_sentence(
    client_of: OpenClient, server: Loopback, code: int, body: Any, category: Category, sentence: str
) -> None:
    server.on("/tv/655", status(code, body) if code != 304 else text(b"", code=304))
    error = failed(client_of(max_retries=0).fetch([SHOW])[0])
    assert (error.category, error.message, error.status) == (category, sentence, code)


@pytest.mark.parametrize(("code", "words"), [(401, "does not accept the key"), (403, "refuses this client or its key")])
def test_a_refused_key_is_told_from_a_missing_one(
    client_of: OpenClient, server: Loopback, code: int, words: str
) -> None:
    server.on("/tv/655", status(code))
    error = failed(client_of(credentials=Credentials("some-token")).fetch([SHOW])[0])
    assert error.category is Category.AUTHENTICATION
    assert words in error.message


def nonsense(handler: Any) -> None:
    handler.wfile.write(b"SSH-2.0-OpenSSH_9.6\r\n")
    handler.close_connection = True


@pytest.mark.parametrize(
    ("behaviour", "category", "words"),
    [
        (reset, Category.NETWORK, "closed the connection before the whole answer was there after 2 attempts"),
        (reset_in_body, Category.NETWORK, "closed the connection"),
        (truncated(), Category.DATA_FORMAT, "broke off at 10 bytes after 2 attempts"),
        (chunked_truncated, Category.DATA_FORMAT, "broke off at"),
        (hang, Category.TIMEOUT, "silent for 0.4 s after 1 attempt"),
        (drip_body, Category.TIMEOUT, "no whole answer within 0.5 s (1 attempt)"),
        (drip_headers, Category.TIMEOUT, "no whole answer within 0.5 s"),
        (nonsense, Category.DATA_FORMAT, "not HTTP"),
        (
            lambda handler: handler.reply(200, b"{}", {"Content-Encoding": "gzip"}),
            Category.DATA_FORMAT,
            "compressed in a way",
        ),
        (redirect("/tv/655"), Category.DATA_FORMAT, "redirects in a circle"),
        (redirect("http://127.0.0.1:99999/"), Category.DATA_FORMAT, "address that is none"),
        (redirect("ftp://127.0.0.1/"), Category.DATA_FORMAT, "address that is none"),
    ],
)
def test_every_fault_of_the_wire_has_a_category_and_a_sentence(
    client_of: OpenClient, server: Loopback, behaviour: Any, category: Category, words: str
) -> None:
    server.on("/tv/655", behaviour)
    began_at = time.monotonic()
    timeouts = DRIPPING if behaviour in (drip_body, drip_headers) else QUICK
    error = failed(client_of(max_retries=1, timeouts=timeouts).fetch([SHOW])[0])
    assert time.monotonic() - began_at < 4
    assert error.category is category, error
    assert words in error.message
    assert "HTTPConnectionPool" not in error.message
    assert error.url == f"{server.base_url}/tv/655"


def test_a_refused_connection_is_a_network_fault_and_quick(client_of: OpenClient, server: Loopback) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
    client = client_of(base_url=f"http://127.0.0.1:{port}")
    error = failed(client.fetch([SHOW])[0])
    assert (error.category, error.message) == (Category.NETWORK, "TMDB could not be reached after 1 attempt.")
    assert client.usage.requests == 1


@pytest.fixture
def nameless(monkeypatch: pytest.MonkeyPatch) -> None:
    """No name has an address, as on a machine without network."""

    def unknown(*_: object) -> None:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)


def test_a_name_that_cannot_be_resolved_is_a_network_fault(client_of: OpenClient, nameless: None) -> None:
    client = client_of(base_url="https://source.invalid/3")
    error = failed(client.fetch([SHOW])[0])
    assert error.category is Category.NETWORK
    assert error.message == "The name of TMDB's server could not be resolved after 1 attempt."
    assert (client.usage.requests, client.usage.tokens) == (1, 0)


def test_nobody_waits_for_the_rate_of_hosts_that_have_no_address(
    client_of: OpenClient, clock: FakeClock, nameless: None
) -> None:
    slow = replace(TMDB, rate=0.01, burst=1)
    client = client_of(source=slow, base_url="https://{host}.invalid", concurrency=1)
    outcomes = client.fetch([Request("/list", host=f"h{number}") for number in range(8)])
    assert {failed(outcome).category for outcome in outcomes} == {Category.NETWORK}
    assert sum("was not asked" in failed(outcome).message for outcome in outcomes) == 5
    assert (client.usage.requests, clock.slept, client.usage.waited_s) == (3, [], 0.0)


def test_a_connection_that_nobody_accepts_is_a_timeout(client_of: OpenClient, monkeypatch: pytest.MonkeyPatch) -> None:
    def slow(*_: object, **__: object) -> None:
        raise TimeoutError

    monkeypatch.setattr("urllib3.util.connection.create_connection", slow)
    error = failed(client_of().fetch([SHOW])[0])
    assert (error.category, error.message) == (
        Category.TIMEOUT,
        "TMDB accepted no connection within 5 s after 1 attempt.",
    )


def test_a_broken_tls_connection_is_a_network_fault_and_pays_too(client_of: OpenClient, server: Loopback) -> None:
    client = client_of(base_url=server.base_url.replace("http://", "https://"), max_retries=1)
    error = failed(client.fetch([SHOW])[0])
    assert (error.category, error.message) == (
        Category.NETWORK,
        "No safe (TLS) connection to TMDB could be made after 2 attempts.",
    )
    assert client.usage.tokens == 2


def test_a_fault_of_the_operating_system_is_a_network_fault(
    client_of: OpenClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    def unreachable(*_: object, **__: object) -> None:
        raise OSError(101, "Network is unreachable")

    monkeypatch.setattr("etl.http.adapter.WholeBodyHTTPConnection.connect", unreachable)
    error = failed(client_of(max_retries=0).fetch([SHOW])[0])
    assert (error.category, error.message) == (Category.NETWORK, "The connection to TMDB failed after 1 attempt.")


def test_an_unforeseen_exception_of_the_library_is_an_error_too(
    client_of: OpenClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    def odd(*_: object, **__: object) -> None:
        raise requests.RequestException("odd: api_key=secret")

    monkeypatch.setattr("etl.http.adapter.SourceAdapter.send", odd)
    error = failed(client_of().fetch([SHOW])[0])
    assert (error.category, error.message) == (Category.UNKNOWN, "TMDB could not be asked (RequestException).")


def test_a_body_of_300_mb_is_refused_early(client_of: OpenClient, server: Loopback) -> None:
    sent: list[int] = []
    server.on("/tv/655", huge(sent))
    client = client_of()
    error = failed(client.fetch([SHOW])[0])
    assert (error.category, error.message) == (
        Category.DATA_FORMAT,
        "TMDB sent more than 64 MiB, which no answer of its has.",
    )
    assert len(server.log) == 1
    assert client.usage.bytes_received < 66 * 2**20
    assert sent[0] < 90 * 2**20


def test_a_gzip_bomb_is_refused_early(client_of: OpenClient, server: Loopback) -> None:
    server.on("/tv/655", gzipped(b" " * (100 * 2**20)))
    client = client_of()
    assert "more than 64 MiB" in failed(client.fetch([SHOW])[0]).message
    assert client.usage.bytes_received < 2**18


def test_a_compressed_answer_is_read(client_of: OpenClient, server: Loopback) -> None:
    server.on("/tv/655", gzipped(b'{"name": "Encounter at Farpoint"}'))
    assert answered(client_of().fetch([SHOW])[0]).payload == {"name": "Encounter at Farpoint"}
    assert server.log[0].headers["Accept-Encoding"] == "gzip, deflate"


def test_the_deadline_covers_retries_but_not_the_wait_for_a_token(client_of: OpenClient, server: Loopback) -> None:
    def late(handler: Any) -> None:
        time.sleep(0.15)
        status(503)(handler)

    server.on("/tv/655", late)
    client = client_of(max_retries=20, timeouts=Timeouts(total_s=0.4))
    error = failed(client.fetch([SHOW])[0])
    assert error.category is Category.TIMEOUT
    assert 1 <= len(server.log) <= 3

    class RealSleep(FakeClock):
        def sleep(self, duration_s: float) -> None:
            time.sleep(duration_s)
            super().sleep(duration_s)

    server.on("/tv/580", data({}))
    slow = client_of(clock=RealSleep(), timeouts=Timeouts(total_s=0.8), concurrency=1)
    slow._wire._bucket.penalize(1.0)
    assert isinstance(slow.fetch([Request("/tv/580")])[0], Answer)
    assert slow.usage.waited_s == pytest.approx(1.0)


def test_no_time_left_is_a_timeout_without_an_attempt(client_of: OpenClient, server: Loopback) -> None:
    client = client_of(timeouts=Timeouts(total_s=0.0))
    assert failed(client.fetch([SHOW])[0]).category is Category.TIMEOUT
    assert (server.log, client.usage.requests) == ([], 0)


@pytest.mark.parametrize("location", ["http://localhost:{port}/tv/655", "http://127.0.0.1:1/", "//example.org/x"])
def test_a_redirect_to_another_place_is_refused(client_of: OpenClient, server: Loopback, location: str) -> None:
    server.on("/tv/655", redirect(location.format(port=server.server_address[1])))
    client = client_of(credentials=Credentials("some-token"))
    error = failed(client.fetch([SHOW])[0])
    assert error.category is Category.DATA_FORMAT
    assert "redirects to another place" in error.message
    assert (len(server.log), client.usage.requests) == (1, 1)


def test_a_step_up_to_https_on_the_same_host_is_followed_and_the_way_down_is_not() -> None:
    from etl.http.base import _place, _upgraded  # noqa: PLC0415

    assert _upgraded(_place("http://api.example.org/3")) == _place("https://api.example.org/x")
    assert _upgraded(_place("https://api.example.org/3")) == _place("https://api.example.org:443/x")
    assert _upgraded(_place("http://api.example.org:8080")) != _place("https://api.example.org")


def test_a_fault_is_not_retried_once_the_source_is_known_to_be_down(client_of: OpenClient, server: Loopback) -> None:
    def late(handler: Any) -> None:
        time.sleep(0.3)
        status(503)(handler)

    server.on("/late", late)
    server.on("/key", status(401))
    outcomes = client_of(concurrency=2).fetch([Request("/late"), Request("/key")])
    assert [failed(outcome).status for outcome in outcomes] == [503, 401]
    assert len(server.log) == 2


def test_retries_under_way_end_when_others_have_shown_that_the_source_is_down(
    client_of: OpenClient, server: Loopback
) -> None:
    for number in range(12):
        server.on(f"/tv/{number}", hang)
    client = client_of(concurrency=4, timeouts=Timeouts(read_s=0.1))
    began_at = time.monotonic()
    outcomes = client.fetch([Request(f"/tv/{number}") for number in range(12)])
    assert all(isinstance(outcome, SourceError) for outcome in outcomes)
    # Six are let in before the third failure; who has never heard the source does not ask it twice.
    assert client.usage.requests <= 6
    assert time.monotonic() - began_at < 3


def test_one_silence_of_a_source_that_has_answered_before_is_forgiven(client_of: OpenClient, server: Loopback) -> None:
    server.on("/tv/1", data({"id": 1}))
    server.on("/tv/2", hang, data({"id": 2}))
    client = client_of(timeouts=QUICK)
    client.fetch([Request("/tv/1")])
    assert answered(client.fetch([Request("/tv/2")])[0]).payload == {"id": 2}
    assert client.usage.requests == 3
