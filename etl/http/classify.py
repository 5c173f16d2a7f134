"""From exceptions, statuses and bodies to a category and one sentence that helps."""

from __future__ import annotations

import re
import socket
from collections.abc import Iterator
from dataclasses import dataclass
from http.client import HTTPException, RemoteDisconnected

import requests
from requests import Response
from requests.exceptions import RequestException, TooManyRedirects
from urllib3.exceptions import (
    ConnectTimeoutError,
    DecodeError,
    HTTPError,
    NameResolutionError,
    NewConnectionError,
    ReadTimeoutError,
    SSLError,
)

from etl.errors import Category
from etl.http.adapter import BodyTooLargeError, TruncatedBodyError
from etl.http.base import ForeignRedirectError
from etl.http.bucket import WaitTooLongError
from etl.http.echo import EchoedCredentialError
from etl.http.exchange import DeadlineExceededError, Timeouts
from etl.http.health import Failure
from etl.http.payload import Kind, parse_payload
from etl.plain_text import one_line

_LONGEST_QUOTE = 160
_LONGEST_PROBLEM = 500
_SERVER_ERROR = 500

FAULTS_OF_THE_WIRE = (
    requests.RequestException,
    HTTPError,
    OSError,
    ValueError,
    WaitTooLongError,
    ForeignRedirectError,
)
"""What a request may raise and failure_of_exception explains."""


@dataclass(frozen=True)
class Asked:
    """What is known of a request when it has failed, for the sentence about it."""

    title: str
    path: str
    attempts: int
    has_credentials: bool
    timeouts: Timeouts

    @property
    def tries(self) -> str:
        """The number of attempts in words."""
        return "1 attempt" if self.attempts == 1 else f"{self.attempts} attempts"


def failure_of_body(asked: Asked, response: Response, kind: Kind) -> Failure:
    """Say why a body that came with 200 cannot be used."""
    if kind == "text":
        return Failure(Category.DATA_FORMAT, f"{asked.title} sent an empty answer.", 200)
    named = response.headers.get("Content-Type", "").partition(";")[0] or "no type"
    size = f"{len(response.content):,} bytes"
    what = "an HTML page" if response.content.lstrip()[:1] == b"<" else "something that is not a JSON object or array"
    return Failure(Category.DATA_FORMAT, f"{asked.title} sent {what} instead of data ({size} of {named}).", 200)


def failure_of_contract(asked: Asked, problem: str) -> Failure:
    """Say that an answer is not what the caller can use; `problem` is what the caller says of it."""
    sentence = f"{asked.title} sent an answer that cannot be used: {one_line(problem)[:_LONGEST_PROBLEM].rstrip('. ')}."
    return Failure(Category.DATA_FORMAT, sentence, 200)


def failure_of_status(asked: Asked, response: Response) -> Failure:
    """Say what a status other than 200 means."""
    status = response.status_code
    says = _quoted_reason(response)
    category, sentence = _meaning(asked, status, says, response.headers.get("Retry-After"))
    return Failure(category, f"{sentence} (HTTP {status}){says and f': {says}'}.", status)


def failure_of_exception(asked: Asked, error: Exception) -> Failure:
    """Say what an exception of requests, urllib3 or the bucket means; its own text is never quoted."""
    causes = [cause for cause in _causes(error) if not _is_wrapping(cause)]
    for kinds, category, sentence in _exception_meanings(asked, causes):
        if any(isinstance(cause, kinds) for cause in causes):
            return Failure(category, sentence)
    return Failure(Category.UNKNOWN, f"{asked.title} could not be asked ({type(error).__name__}).")


def _meaning(asked: Asked, status: int, says: str, retry_after: str | None) -> tuple[Category, str]:  # noqa: PLR0911
    title = asked.title
    if status == 402 or (status in {403, 429} and re.search(r"(?i)\bquota\b", says)):  # noqa: PLR2004
        return Category.QUOTA_EXCEEDED, f"{title} says that the quota is used up"
    match status:
        case 401 if not asked.has_credentials:
            return Category.AUTHENTICATION, f"{title} wants a key and none is set"
        case 401:
            return Category.AUTHENTICATION, f"{title} does not accept the key"
        case 403 if not asked.has_credentials:
            return Category.AUTHENTICATION, f"{title} refuses this client, which sends no key"
        case 403:
            return Category.AUTHENTICATION, f"{title} refuses this client or its key"
        case 404 | 410:
            return Category.NOT_FOUND, f"{title} has nothing at {asked.path}"
        case 429:
            asks = f", and asks for {retry_after} s more" if retry_after and retry_after.isdecimal() else ""
            return Category.RATE_LIMIT, f"{title} wants fewer requests after {asked.tries}{asks}"
    if status >= _SERVER_ERROR:
        return Category.SERVICE_UNAVAILABLE, f"{title} has a fault of its own after {asked.tries}"
    if 300 <= status < 400:  # noqa: PLR2004
        return Category.DATA_FORMAT, f"{title} redirects to nowhere or confirms what was not asked"
    return Category.UNKNOWN, f"{title} gave an answer that was not foreseen"


def _exception_meanings(
    asked: Asked, causes: list[BaseException]
) -> Iterator[tuple[type[BaseException] | tuple[type[BaseException], ...], Category, str]]:
    """Yield the meanings from the most to the least special; several classes of one error may match."""
    title, timeouts = asked.title, asked.timeouts
    host = next((cause.host for cause in causes if isinstance(cause, ForeignRedirectError)), "")
    received = next((cause.received for cause in causes if isinstance(cause, TruncatedBodyError)), 0)
    wait_s = next((cause.wait_s for cause in causes if isinstance(cause, WaitTooLongError)), 0.0)
    limit = next((cause.limit for cause in causes if isinstance(cause, BodyTooLargeError)), 0) / 2**20
    after = f"after {asked.tries}"
    yield (
        DeadlineExceededError,
        Category.TIMEOUT,
        f"{title} gave no whole answer within {timeouts.total_s:g} s ({asked.tries}).",
    )
    yield WaitTooLongError, Category.RATE_LIMIT, f"The next request to {title} would have to wait {wait_s:.0f} s."
    yield BodyTooLargeError, Category.DATA_FORMAT, f"{title} sent more than {limit:g} MiB, which no answer of its has."
    yield (
        ForeignRedirectError,
        Category.DATA_FORMAT,
        f"{title} redirects to another place, {host}, which is not followed.",
    )
    yield (
        EchoedCredentialError,
        Category.DATA_FORMAT,
        f"{title} sent the key back in its answer, so that it was neither used nor kept.",
    )
    yield TooManyRedirects, Category.DATA_FORMAT, f"{title} redirects in a circle ({asked.tries})."
    yield (
        ValueError,
        Category.DATA_FORMAT,
        f"{title} was to be asked at an address that is none.",
    )
    yield TruncatedBodyError, Category.DATA_FORMAT, f"The answer of {title} broke off at {received:,} bytes {after}."
    yield DecodeError, Category.DATA_FORMAT, f"The answer of {title} is compressed in a way that cannot be read."
    yield (
        (NameResolutionError, socket.gaierror),
        Category.NETWORK,
        f"The name of {title}'s server could not be resolved {after}.",
    )
    yield SSLError, Category.NETWORK, f"No safe (TLS) connection to {title} could be made {after}."
    yield (NewConnectionError, ConnectionRefusedError), Category.NETWORK, f"{title} could not be reached {after}."
    yield (
        ConnectTimeoutError,
        Category.TIMEOUT,
        f"{title} accepted no connection within {timeouts.connect_s:g} s {after}.",
    )
    yield ReadTimeoutError, Category.TIMEOUT, f"{title} was silent for {timeouts.read_s:g} s {after}."
    yield (
        (RemoteDisconnected, ConnectionError),
        Category.NETWORK,
        f"{title} closed the connection before the whole answer was there {after}.",
    )
    yield HTTPException, Category.DATA_FORMAT, f"{title} answered with something that is not HTTP {after}."
    yield OSError, Category.NETWORK, f"The connection to {title} failed {after}."


def _causes(error: BaseException) -> Iterator[BaseException]:
    """Yield the error and what it wraps: requests and urllib3 keep causes in `reason` and in `args`."""
    yield error
    reason = getattr(error, "reason", None)
    for inner in (reason, *error.args):
        if isinstance(inner, BaseException):
            yield from _causes(inner)
    if error.__cause__ is not None and error.__cause__ is not reason and error.__cause__ not in error.args:
        yield from _causes(error.__cause__)


def _is_wrapping(error: BaseException) -> bool:
    # requests derives its exceptions from OSError, whatever they wrap; only these two say something by themselves.
    return isinstance(error, RequestException) and not isinstance(error, TooManyRedirects | ValueError)


def _quoted_reason(response: Response) -> str:
    """Return the sentence that a JSON error body of TMDB's shape holds, shortened, or nothing."""
    try:
        said = parse_payload(response.content)
    except ValueError:
        return ""
    sentence = said.get("status_message") if isinstance(said, dict) else None
    if not isinstance(sentence, str):
        return ""
    return one_line(sentence)[:_LONGEST_QUOTE].rstrip(". ")
