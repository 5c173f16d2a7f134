"""Logs: whatever is logged, by whomever and in whatever form, no line holds a secret."""

from __future__ import annotations

import json
import logging
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from etl.errors import InputError
from etl.logs import FORMATS, configure_logs, describe_failure

KEY = "Zx9-sekret_key.0123456789"
REDACTED = "***"


def raise_with_key() -> None:
    raise ValueError(f"refused {KEY}")


def log_an_exception(log: logging.Logger) -> None:
    try:
        raise_with_key()
    except ValueError:
        log.exception("it failed")


def log_a_chain(log: logging.Logger) -> None:
    try:
        try:
            raise_with_key()
        except ValueError as cause:
            raise RuntimeError("outer") from cause
    except RuntimeError:
        log.exception("it failed")


WAYS: dict[str, Callable[[logging.Logger], None]] = {
    "message": lambda log: log.warning("the key is %s" % KEY),  # noqa: G002, UP031
    "argument": lambda log: log.warning("the key is %s", KEY),
    "named argument": lambda log: log.warning("the key is %(key)s", {"key": KEY}),
    "repr": lambda log: log.warning("headers: %r", {"x-key": KEY}),
    "url": lambda log: log.warning("GET https://example.org/3/tv/1?api_key=%s&page=1", KEY),
    "header": lambda log: log.warning("Authorization: Bearer %s", KEY),
    "exception": log_an_exception,
    "chain of exceptions": log_a_chain,
    "exception as argument": lambda log: log.warning("failed: %s", ValueError(KEY)),
}


@pytest.mark.parametrize("log_format", FORMATS)
@pytest.mark.parametrize("way", WAYS)
def test_a_key_is_taken_out(way: str, log_format: str, capsys: pytest.CaptureFixture[str]) -> None:
    configure_logs(log_format, logging.WARNING, [KEY])
    WAYS[way](logging.getLogger("urllib3.connectionpool"))
    line = capsys.readouterr().err
    assert KEY not in line
    assert REDACTED in line


@pytest.mark.parametrize("log_format", FORMATS)
def test_a_key_in_extra_fields_is_in_no_line(log_format: str, capsys: pytest.CaptureFixture[str]) -> None:
    configure_logs(log_format, logging.WARNING, [KEY])
    logging.getLogger("urllib3").warning("asked", extra={"key": KEY, "headers": {"Authorization": f"Bearer {KEY}"}})
    line = capsys.readouterr().err
    assert "asked" in line
    assert KEY not in line


@pytest.mark.parametrize("log_format", FORMATS)
def test_a_key_that_nobody_named_is_taken_out_where_it_looks_like_one(
    log_format: str, capsys: pytest.CaptureFixture[str]
) -> None:
    configure_logs(log_format, logging.WARNING, [])
    logging.getLogger("urllib3").warning("GET /3/tv/1?api_key=%s", KEY)
    assert KEY not in capsys.readouterr().err


def test_a_line_of_json_has_time_level_logger_and_event(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logs("json", logging.WARNING, [KEY])
    logging.getLogger("etl.http.client").warning("TMDB is slow – %s", KEY)
    line = json.loads(capsys.readouterr().err)
    assert {name: line[name] for name in ("level", "logger", "event")} == {
        "level": "warning",
        "logger": "etl.http.client",
        "event": f"TMDB is slow – {REDACTED}",
    }
    assert line["timestamp"].endswith("Z")


def test_an_exception_stands_whole_in_a_line_of_json(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logs("json", logging.WARNING, [KEY])
    log_an_exception(logging.getLogger("etl"))
    line = json.loads(capsys.readouterr().err)
    assert line["exception"].endswith(f"ValueError: refused {REDACTED}")


def test_a_line_of_text_has_the_message_and_the_logger(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logs("text", logging.WARNING, [])
    logging.getLogger("etl.http.client").warning("TMDB is slow")
    line = capsys.readouterr().err
    assert "TMDB is slow" in line
    assert "etl.http.client" in line


def test_nothing_is_logged_to_stdout(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logs("text", logging.DEBUG, [])
    logging.getLogger("etl").debug("asked")
    assert capsys.readouterr().out == ""


def test_what_is_below_the_level_is_not_logged(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logs("text", logging.WARNING, [])
    logging.getLogger("urllib3.connectionpool").debug("Starting new HTTPS connection")
    assert capsys.readouterr().err == ""


def test_warnings_of_libraries_are_logged() -> None:
    program = (
        "import logging, warnings; from etl.logs import configure_logs;"
        f"configure_logs('json', logging.WARNING, ['{KEY}']);"
        f"warnings.warn('{KEY} is old')"
    )
    ended = subprocess.run(
        [sys.executable, "-c", program], cwd=Path(__file__).parents[2], capture_output=True, text=True, check=True
    )
    line = json.loads(ended.stderr)
    assert (line["level"], line["logger"]) == ("warning", "py.warnings")
    assert f"UserWarning: {REDACTED} is old" in line["event"]


@pytest.mark.parametrize("log_format", ["xml", "", "JSON"])
def test_another_format_is_refused(log_format: str) -> None:
    with pytest.raises(InputError) as caught:
        configure_logs(log_format, logging.WARNING, [])
    assert str(caught.value) == f"--log-format: {log_format!r} is no log format. Use text or json."


def test_an_unforeseen_failure_is_described_without_the_key() -> None:
    configure_logs("text", logging.WARNING, [KEY])
    try:
        raise_with_key()
    except ValueError as failure:
        described = describe_failure(failure)
    assert described.startswith("Traceback")
    assert described.endswith(f"ValueError: refused {REDACTED}")


def test_the_keys_of_an_earlier_run_are_not_mixed_up() -> None:
    configure_logs("text", logging.WARNING, [KEY])
    configure_logs("text", logging.WARNING, [])
    assert describe_failure(ValueError(KEY)) == f"ValueError: {KEY}"
