from __future__ import annotations

import logging
from collections.abc import Iterator
from pathlib import Path

import pytest

from etl import logs
from etl.settings import Settings


@pytest.fixture(autouse=True)
def alone(monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """No test sees the settings, the .env or the cache of whoever runs it; the folder is the current one."""
    for name in (*(field.upper() for field in Settings.model_fields), "FORCE_COLOR", "COLUMNS"):
        monkeypatch.delenv(name, raising=False)
    folder = tmp_path_factory.mktemp("alone")
    monkeypatch.chdir(folder)
    monkeypatch.setenv("HOME", str(folder))
    monkeypatch.setenv("XDG_CACHE_HOME", str(folder / "cache"))
    return folder


@pytest.fixture(autouse=True)
def logging_as_before() -> Iterator[None]:
    """configure_logs changes the whole process; afterwards it is as it was."""
    root = logging.getLogger()
    handlers, level, secrets = root.handlers[:], root.level, logs._known_secrets[:]
    root.handlers = []
    yield
    logging.captureWarnings(capture=False)
    root.handlers, logs._known_secrets[:] = handlers, secrets
    root.setLevel(level)
