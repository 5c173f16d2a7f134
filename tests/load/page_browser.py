"""Debian's Chromium with a page in it, driven by Selenium; without a browser it says what is missing."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

import pytest
from selenium import webdriver
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.support.ui import WebDriverWait

PROGRAMS = ("chromium", "chromedriver")
MISSING = (
    "the page is looked at in a browser; missing: {}. To install it:"
    " apt-get update && apt-get install -y chromium chromium-driver"
)
_FLAGS = (
    "--headless --no-sandbox --disable-gpu --disable-dev-shm-usage --disable-quic --no-first-run"
    " --disable-background-networking --disable-component-update --disable-sync --disable-extensions"
)
_PATIENCE_S = 10.0

Answer = TypeVar("Answer")


class Browser:
    """One page in one tab."""

    def __init__(self, driver: webdriver.Chrome, page: Path) -> None:
        self.driver = driver
        self.address = page.as_uri()

    def open(self, anchor: str = "", *, width: int = 1280, is_dark: bool = False, has_script: bool = True) -> None:
        """Load the page anew, in a window of this width."""
        scheme = {"name": "prefers-color-scheme", "value": "dark" if is_dark else "light"}
        size = {"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": width < 600}
        self.command("Emulation.setDeviceMetricsOverride", **size)
        self.command("Emulation.setEmulatedMedia", features=[scheme])
        self.command("Emulation.setScriptExecutionDisabled", value=not has_script)
        # A mere change of the anchor would not load the page.
        self.driver.get("about:blank")
        self.driver.get(self.address + anchor)

    def ask(self, script: str, *arguments: object) -> Any:
        """What a script in the page answers."""
        return self.driver.execute_script(script, *arguments)

    def command(self, name: str, **parameters: Any) -> Any:
        """Call Chrome's DevTools."""
        return self.driver.execute_cdp_cmd(name, parameters)

    def until(self, condition: Callable[[], Answer]) -> Answer:
        """The first answer that is true; the page works on its own, so it is asked again and again."""
        return WebDriverWait(self.driver, _PATIENCE_S, poll_frequency=0.02).until(lambda _: condition())

    def complaints(self) -> list[str]:
        """What the page wrote to the console, uncaught errors and breaches of its policy included."""
        return [entry["message"] for entry in self.driver.get_log("browser")]

    def requests(self) -> list[str]:
        """The addresses that the page asked for, itself the first one; the browser has pages of its own, too."""
        log = self.driver.get_log("performance")
        events = [json.loads(entry["message"])["message"] for entry in log]
        asked = [event["params"] for event in events if event["method"] == "Network.requestWillBeSent"]
        return [one["request"]["url"] for one in asked if one["documentURL"].startswith(self.address)]


def programs() -> list[str]:
    """The paths of browser and driver; skips where one is missing, and fails where CI lacks it."""
    found = {name: shutil.which(name) for name in PROGRAMS}
    missing = [name for name, path in found.items() if path is None]
    if missing and os.environ.get("CI") == "true":
        pytest.fail(MISSING.format(", ".join(missing)))
    if missing:
        pytest.skip(MISSING.format(", ".join(missing)))
    return [str(path) for path in found.values()]


@contextmanager
def browsing(page: Path, profile: Path) -> Iterator[Browser]:
    """A browser with an empty profile of its own."""
    binary, driver_path = programs()
    options = webdriver.ChromeOptions()
    options.binary_location = binary
    for flag in (*_FLAGS.split(), f"--user-data-dir={profile}"):
        options.add_argument(flag)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    driver = webdriver.Chrome(options=options, service=Service(driver_path))
    try:
        yield Browser(driver, page)
    finally:
        driver.quit()
