"""Fixtures of the browser tests."""

import os
from collections.abc import Iterator

import pytest

from tests.platform_core.web import browser as browsers


@pytest.fixture(scope="module")
def chromium() -> Iterator[object]:
    """A running Chromium; the test is skipped where there is none."""
    sync_api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    os.environ.setdefault(
        "DJANGO_ALLOW_ASYNC_UNSAFE", "true"
    )  # playwright runs a loop in this thread
    with sync_api.sync_playwright() as playwright:
        running = browsers.launch(playwright)
        yield running
        running.close()


@pytest.fixture(autouse=True)
def strict_headers(settings: object) -> None:
    """Send the security headers, whether or not the settings name the middleware yet."""
    name = "platform_core.web.security.SecurityHeadersMiddleware"
    if name not in settings.MIDDLEWARE:
        settings.MIDDLEWARE = [*settings.MIDDLEWARE[:2], name, *settings.MIDDLEWARE[2:]]
