"""The way to the wire: one token an attempt, the credential on a copy, whole bodies within limits, no way out."""

from __future__ import annotations

from collections.abc import Mapping
from http.client import HTTPException
from io import BytesIO
from typing import Any

from requests import PreparedRequest, Response
from requests.adapters import HTTPAdapter
from urllib3 import HTTPConnectionPool, HTTPResponse, HTTPSConnectionPool, PoolManager
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.exceptions import HTTPError, ProtocolError
from urllib3.response import BaseHTTPResponse

from etl.http.credentials import Credentials
from etl.http.echo import EchoedCredentialError, holds_secret, without_secret
from etl.http.exchange import DeadlineExceededError, Exchange, Watchdog, current_exchange
from etl.http.retry import PausingRetry

_CHUNK_BYTES = 2**16
# Whoever asks many hosts needs a pool for each: one that is pushed out closes under the feet of other threads.
_POOLS = 32
# What of an answer can get into the cache: its body and what is asked of it again later.
_STORED_STATUSES = (200, 304)
_STORED_HEADERS = ("Content-Type", "ETag", "Last-Modified")
_FRAMING = frozenset({"content-encoding", "content-length", "transfer-encoding"})


class BodyTooLargeError(HTTPError):
    """A body of more than `limit` bytes, refused before the rest was read; urllib3 does not retry it."""

    def __init__(self, limit: int) -> None:
        super().__init__(f"the body has more than {limit} bytes")
        self.limit = limit


class TruncatedBodyError(ProtocolError):
    """A body that broke off after `received` bytes; urllib3 retries it like any broken connection."""

    def __init__(self, received: int) -> None:
        super().__init__(f"the body broke off after {received} bytes")
        self.received = received


class WholeResponse(HTTPResponse):
    """A response whose body is in memory, so that its connection is free at once.

    It has no original response behind it, and so requests finds no cookies to keep.
    """

    @classmethod
    def of(cls, response: HTTPResponse, body: bytes) -> WholeResponse:
        """Make it from a response of the wire and its decoded body."""
        headers = [(name, value) for name, value in response.headers.items() if name.lower() not in _FRAMING]
        return cls(
            BytesIO(body),
            headers=dict(headers),
            status=response.status,
            version=response.version,
            reason=response.reason,
            preload_content=False,
            decode_content=False,
        )

    def drain_conn(self) -> None:
        """Give the connection back; there is nothing left to read on it."""
        self.release_conn()


class WholeBodyHTTPConnection(HTTPConnection):
    """A connection whose response is there as a whole or not at all, so that urllib3 retries a truncated one."""

    def getresponse(self) -> HTTPResponse:  # type: ignore[override]
        """Read headers and body. Raises urllib3's errors, BodyTooLargeError and DeadlineExceededError."""
        exchange = current_exchange()
        with Watchdog(self.sock, exchange.remaining_s) as watchdog:
            try:
                response = super().getresponse()
                whole = WholeResponse.of(response, _read_body(response, exchange))
            except (ProtocolError, HTTPException, OSError) as error:
                if watchdog.has_bitten:
                    raise DeadlineExceededError from error
                raise
        if watchdog.has_bitten:
            raise DeadlineExceededError  # http.client takes headers that were cut off for an empty answer
        exchange.note_answer()
        return whole


class WholeBodyHTTPSConnection(WholeBodyHTTPConnection, HTTPSConnection):
    """The same over TLS."""


class MeteredHTTPConnectionPool(HTTPConnectionPool):
    """A pool that pays for every attempt: urllib3 comes back to `urlopen` for each retry."""

    ConnectionCls = WholeBodyHTTPConnection

    def urlopen(self, *args: Any, **kwargs: Any) -> BaseHTTPResponse:
        """Take a token, then do what urllib3 does, in the time that the exchange has left."""
        kwargs["timeout"] = current_exchange().begin_attempt()
        return super().urlopen(*args, **kwargs)


class MeteredHTTPSConnectionPool(MeteredHTTPConnectionPool, HTTPSConnectionPool):
    """The same over TLS."""

    ConnectionCls = WholeBodyHTTPSConnection


class SourceAdapter(HTTPAdapter):
    """Sends requests to where their exchange may lead and nowhere else, with the source's credentials."""

    def __init__(self, credentials: Credentials | None, *, max_retries: int, concurrency: int) -> None:
        self._credentials = credentials
        super().__init__(pool_connections=_POOLS, pool_maxsize=concurrency, max_retries=PausingRetry.times(max_retries))

    def init_poolmanager(self, connections: int, maxsize: int, block: bool = False, **pool_kwargs: Any) -> None:
        """Use the pools that pay."""
        self.poolmanager = PoolManager(num_pools=connections, maxsize=maxsize, block=block, **pool_kwargs)
        self.poolmanager.pool_classes_by_scheme = {
            "http": MeteredHTTPConnectionPool,
            "https": MeteredHTTPSConnectionPool,
        }

    def build_response(self, req: PreparedRequest, resp: BaseHTTPResponse) -> Response:
        """Make requests' response. Raises EchoedCredentialError if what could be used or cached holds the credential.

        A refusal or a redirect that holds it is only explained or followed, and so loses it.
        """
        if self._credentials is not None and isinstance(resp, WholeResponse):
            resp = _kept_to_ourselves(resp, self._credentials.secret)
        return super().build_response(req, resp)

    def send(
        self,
        request: PreparedRequest,
        stream: bool = False,
        timeout: float | tuple[float, float] | tuple[float, None] | None = None,
        verify: bool | str = True,
        cert: bytes | str | tuple[bytes | str, bytes | str] | None = None,
        proxies: Mapping[str, str] | None = None,
    ) -> Response:
        """Send a copy of the request that carries the credential. Raises requests' errors and those of the check."""
        current_exchange().check(request.url or "")
        sent = self._credentials.on_copy(request) if self._credentials else request
        response = super().send(sent, stream, timeout, verify, cert, proxies)
        response.raw.release_conn()
        # The copy with the credential ends here: whoever keeps the response keeps the clean request.
        response.request, response.url = request, request.url or ""
        return response


def _kept_to_ourselves(response: WholeResponse, secret: str) -> WholeResponse:
    response.release_conn()
    body = response.data
    headers = "\n".join(response.headers.get(name) or "" for name in _STORED_HEADERS)
    is_echo = holds_secret(body.decode("latin-1"), secret) or holds_secret(headers, secret)
    if is_echo and response.status in _STORED_STATUSES:
        raise EchoedCredentialError
    return WholeResponse.of(response, without_secret(body, secret) if is_echo else body)


def _read_body(response: HTTPResponse, exchange: Exchange) -> bytes:
    body = BytesIO()
    try:
        for chunk in response.stream(_CHUNK_BYTES, decode_content=True):
            body.write(chunk)
            if body.tell() > exchange.max_body_bytes:
                raise BodyTooLargeError(exchange.max_body_bytes)
    except ProtocolError as error:
        if any(isinstance(cause, OSError) for cause in error.args):
            raise
        raise TruncatedBodyError(response.tell()) from error
    finally:
        exchange.count_bytes(response.tell())
        response.close()
    return body.getvalue()
