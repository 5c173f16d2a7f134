"""What can go wrong, in words that help: the errors any stage may raise; the CLI turns them into exit codes."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum, StrEnum
from pathlib import Path


class ExitCode(IntEnum):
    """The process exit codes; an interface that CI jobs rely on (DESIGN.md, Commands)."""

    DONE = 0
    CONTRACT_BROKEN = 1
    QUALITY_GATE_FAILED = 2
    WRONG_INPUT = 3
    UNEXPECTED = 4
    GUARD = 5


class Category(StrEnum):
    """Why a request to a source failed."""

    NETWORK = "network"
    TIMEOUT = "timeout"
    RATE_LIMIT = "rate-limit"
    AUTHENTICATION = "authentication"
    QUOTA_EXCEEDED = "quota-exceeded"
    NOT_FOUND = "not-found"
    SERVICE_UNAVAILABLE = "service-unavailable"
    DATA_FORMAT = "data-format"
    UNKNOWN = "unknown"

    @property
    def is_retryable(self) -> bool:
        """Whether the same request may succeed later without anybody changing anything."""
        return self in _RETRYABLE

    @property
    def advice(self) -> str:
        """One sentence that says what a person can do."""
        return _ADVICE[self]


_RETRYABLE = frozenset({Category.NETWORK, Category.TIMEOUT, Category.RATE_LIMIT, Category.SERVICE_UNAVAILABLE})

_ADVICE = {
    Category.NETWORK: "Check the connection, then run again: what was fetched so far is in the cache.",
    Category.TIMEOUT: "The source is slow or hangs; run again later: what was fetched so far is in the cache.",
    Category.RATE_LIMIT: "The source asks for a pause; wait a few minutes and run again, or lower its rate limit.",
    Category.AUTHENTICATION: "The source does not let us in. Check its key; README.md says how to get one.",
    Category.QUOTA_EXCEEDED: "The quota of this key is used up; wait until it is renewed, or use another key.",
    Category.NOT_FOUND: "Check the pinned id in the franchise file: the source has nothing at this address.",
    Category.SERVICE_UNAVAILABLE: "The source has a fault of its own; run again later.",
    Category.DATA_FORMAT: "The source sent something that breaks its contract; run with -v, and report it if it stays.",
    Category.UNKNOWN: "Run again with -v and report the log: this failure was not foreseen.",
}


@dataclass(frozen=True)
class SourceError(Exception):
    """A request to a source that gave no usable answer.

    `message` and `url` never hold a credential. `concerns` names what is missing because of it,
    a series code such as "tng" or a film such as "film:tmp".
    """

    source: str
    category: Category
    message: str
    url: str = ""
    status: int | None = None
    concerns: str = ""

    def __str__(self) -> str:
        return f"{self.source}: {self.category}: {self.message}"


class TrekEtlError(Exception):
    """An end of the run that was foreseen; its text is for people, its `exit_code` for scripts."""

    exit_code = ExitCode.UNEXPECTED


class InputError(TrekEtlError):
    """An argument, a setting or a file of a person's that cannot be used as it is."""

    exit_code = ExitCode.WRONG_INPUT

    def __init__(
        self, problem: str, *, mend: str, file: Path | str | None = None, line: int | None = None, where: str = ""
    ) -> None:
        in_file = f"{file}:{line}" if file and line else file
        place = ": ".join(str(part) for part in (in_file, where) if part)
        super().__init__(f"{place}: {problem} {mend}" if place else f"{problem} {mend}")


class ContractBroken(TrekEtlError):
    """What was built or published does not keep its contract."""

    exit_code = ExitCode.CONTRACT_BROKEN


class QualityGateFailed(TrekEtlError):
    """The data are too poor to publish."""

    exit_code = ExitCode.QUALITY_GATE_FAILED


class ChangesRefused(TrekEtlError):
    """The new data would change what is published more than the guard lets pass."""

    exit_code = ExitCode.GUARD


class NothingPublished(TrekEtlError):
    """The run ended without a release, for a reason that is nobody's wrong input."""

    exit_code = ExitCode.UNEXPECTED
