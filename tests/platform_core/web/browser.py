"""Chromium for the browser tests of pages: signed in, in one theme, at one width."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from django.conf import settings
from django.test import Client
from playwright.sync_api import Browser, ConsoleMessage, Page, Playwright

ARTIFACTS = Path(__file__).resolve().parents[3] / os.environ.get(
    "PENTAQUARK_TEST_ARTIFACTS", "artifacts"
)
CHROMIUM = Path("/usr/bin/chromium")
ARGUMENTS = [
    "--disable-quic",
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


def launch(playwright: Playwright) -> Browser:
    """Start the system's Chromium, else playwright's own, else skip."""
    path = str(CHROMIUM) if CHROMIUM.exists() else None
    try:
        return playwright.chromium.launch(executable_path=path, args=ARGUMENTS)
    except Exception as error:  # noqa: BLE001  (playwright raises its own for a missing browser)
        pytest.skip(f"no Chromium to start: {str(error).splitlines()[0]}")


@dataclass
class Look:
    """How the page is looked at; what the console said against it is collected."""

    theme: str = "light"
    width: int = 1440
    height: int = 900
    complaints: list[str] = field(default_factory=list)

    def listen(self, message: ConsoleMessage) -> None:
        """Keep what the browser complains about: script errors, refused content."""
        if message.type == "error":
            self.complaints.append(message.text)


@contextmanager
def page(browser: Browser, client: Client | None, url: str, look: Look) -> Iterator[Page]:
    """Open a page of the live server at `url`, with the session of `client`."""
    context = browser.new_context(
        viewport={"width": look.width, "height": look.height},
        color_scheme="dark" if look.theme == "dark" else "light",
        permissions=["clipboard-read", "clipboard-write"],
    )
    if client is not None:
        session = client.cookies[settings.SESSION_COOKIE_NAME].value
        context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": session, "url": url}])
    found = context.new_page()
    found.on("console", look.listen)
    found.on("pageerror", lambda error: look.complaints.append(str(error)))
    try:
        yield found
    finally:
        context.close()


def overflow(tab: Page) -> int:
    """Return by how many pixels a page is wider than its window, once charts have followed it."""
    for _ in range(20):
        wider = int(tab.evaluate("document.documentElement.scrollWidth - innerWidth"))
        if wider <= 0:
            return 0
        tab.wait_for_timeout(100)
    return wider
