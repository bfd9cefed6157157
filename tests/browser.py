"""How do the tests look at a page? With a real Chromium, one for all of them, that talks to nobody.

    with Browser(folder) as one:
        one.opens(page)                     # Path of an HTML file
        one.sees("#found")                  # "3 of 3 shown"
        one.presses(Keys.ARROW_DOWN)

It has a new, empty profile, and no network: a request of the page's would be an error in `one.complaints()`, as is
whatever its Content-Security-Policy has refused. Debian's `chromium` and `chromium-driver` are taken; without them the
tests skip, but fail where CI is `true`.
"""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import pytest

from tests import apart  # noqa: F401 - selenium lies there

# isort: split
from selenium import webdriver
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.remote.webelement import WebElement

__all__ = ["Browser", "Keys"]

FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--host-resolver-rules=MAP * ~NOTFOUND",
)


def needs_chromium() -> tuple[str, str]:
    """Return the paths of browser and driver; skip without them, fail where everything must be there."""
    browser = shutil.which("chromium") or shutil.which("google-chrome") or ""
    driver = shutil.which("chromedriver") or ""
    if browser and driver:
        return browser, driver
    if os.environ.get("CI") == "true":
        pytest.fail("chromium and chromedriver are not installed")
    pytest.skip("chromium and chromedriver are not installed")


class Browser:
    """A headless Chromium with a profile of its own in `folder`."""

    def __init__(self, folder: Path) -> None:
        browser, driver = needs_chromium()
        options = webdriver.ChromeOptions()
        options.binary_location = browser
        for flag in (*FLAGS, f"--user-data-dir={folder}"):
            options.add_argument(flag)
        options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
        # Any: selenium's own types are seen only where it lies beside mypy
        self.driver: Any = webdriver.Chrome(options=options, service=webdriver.ChromeService(driver))

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.driver.quit()

    def looks(self, *, scheme: str = "light", width: int = 1280, height: int = 800, touch: bool = False) -> None:
        """Have a screen of this size in CSS pixels, and a preference for light or dark."""
        features = [{"name": "prefers-color-scheme", "value": scheme}]
        self.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": features})
        metrics = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": touch}
        self.driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)

    def opens(self, page: Path) -> None:
        """Open a page, with what was complained of before forgotten."""
        self.driver.get(page.as_uri())

    def find(self, selector: str) -> WebElement:
        """Return the one element."""
        found: WebElement = self.driver.find_element(By.CSS_SELECTOR, selector)
        return found

    def all(self, selector: str) -> list[WebElement]:
        """Return the elements."""
        found: list[WebElement] = self.driver.find_elements(By.CSS_SELECTOR, selector)
        return found

    def sees(self, selector: str) -> str:
        """Return the text that a person sees there."""
        return str(self.find(selector).text)

    def presses(self, *keys: str) -> None:
        """Press keys, one after the other, wherever the focus is."""
        ActionChains(self.driver).send_keys(*keys).perform()

    def asks(self, script: str) -> object:
        """Return what a script of the test's says of the page."""
        return self.driver.execute_script(script)

    def complaints(self) -> list[str]:
        """Return what the browser complained of since it was last asked."""
        return [str(entry["message"]) for entry in self.driver.get_log("browser")]

    def picture(self, path: Path) -> None:
        """Keep a picture of the screen."""
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(self.driver.get_screenshot_as_png())
