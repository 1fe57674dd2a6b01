"""A person in Chromium before the running platform."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page

from tests.live_platform import OWNER, LivePlatform
from tests.platform_core.web.browser import Look
from tests.platform_core.web.conftest import chromium

__all__ = ["chromium"]
PASSWORD = "pentaquark-demo"


def log_in(tab: Page, base_url: str) -> None:
    """Log in as the owner, from the page a stranger is sent to."""
    tab.goto(base_url)
    tab.get_by_label("E-mail").fill(OWNER)
    tab.get_by_label("Password").fill(PASSWORD)
    tab.get_by_role("button", name="Log in").click()
    tab.wait_for_url(re.compile(f"{base_url}/(\\?.*)?$"))


@pytest.fixture(scope="module")
def look() -> Look:
    """Collects what the browser complains about."""
    return Look()


@pytest.fixture(scope="module")
def person(chromium: Browser, live_platform: LivePlatform, look: Look) -> Iterator[Page]:
    """One tab for the whole module, logged in as the demo's owner."""
    context = chromium.new_context(
        base_url=live_platform.base_url,
        viewport={"width": look.width, "height": look.height},
        color_scheme="light",
        permissions=["clipboard-read", "clipboard-write"],
    )
    tab = context.new_page()
    tab.set_default_timeout(20_000)
    tab.on("console", look.listen)
    tab.on("pageerror", lambda error: look.complaints.append(str(error)))
    log_in(tab, live_platform.base_url)
    yield tab
    context.close()
