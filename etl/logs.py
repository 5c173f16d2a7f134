"""Logging to stderr, as text or JSON lines; no line ever holds a secret."""

from __future__ import annotations

import logging
import sys
import traceback
from collections.abc import Sequence
from typing import Any

import structlog

from etl.errors import InputError
from etl.http.scrub import scrub

FORMATS = ("text", "json")

_known_secrets: list[str] = []


def configure_logs(log_format: str, level: int, secrets: Sequence[str]) -> None:
    """Send all logging, that of libraries too, to stderr, scrubbed of `secrets` and of what looks like one."""
    if log_format not in FORMATS:
        raise InputError(f"{log_format!r} is no log format.", where="--log-format", mend=f"Use {' or '.join(FORMATS)}.")
    _known_secrets[:] = secrets
    shared: list[structlog.typing.Processor] = [
        structlog.stdlib.add_logger_name,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
    ]
    renderer = (
        structlog.processors.JSONRenderer(sort_keys=True, ensure_ascii=False)
        if log_format == "json"
        else structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty())
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, renderer, _clean],
        )
    )
    logging.basicConfig(level=level, handlers=[handler], force=True)
    logging.captureWarnings(capture=True)


def _clean(_logger: Any, _method: str, line: Any) -> str:
    """The last step, on the finished line: whatever was logged, by whomever, in whatever form."""
    return scrub(line, _known_secrets)


def describe_failure(failure: BaseException) -> str:
    """An unforeseen failure with its traceback, scrubbed."""
    return scrub("".join(traceback.format_exception(failure)).rstrip(), _known_secrets)
