"""The frame in a real browser: accessible in both themes and at both widths, within its budget."""

from collections.abc import Callable

import pytest
from django.test import Client
from pytest_django.live_server_helper import LiveServer

from platform_core.accounts.api import Actor
from tests.platform_core.web.browser import ARTIFACTS, Look, page

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

LOOKS = [(theme, width) for theme in ("light", "dark") for width in (360, 1440)]


@pytest.mark.parametrize(("theme", "width"), LOOKS)
@pytest.mark.parametrize(
    ("name", "path"), [("home", "/"), ("gallery", "/ui/"), ("search", "/search/?q=none")]
)
def test_page_has_no_serious_accessibility_finding(
    chromium: object,
    live_server: LiveServer,
    actor: Actor,
    page_client: Callable[[Actor], Client],
    name: str,
    path: str,
    theme: str,
    width: int,
) -> None:
    axe_api = pytest.importorskip("axe_playwright_python.sync_playwright")
    look = Look(theme=theme, width=width)
    with page(chromium, page_client(actor), live_server.url, look) as tab:
        tab.goto(live_server.url + path)
        if path == "/ui/":
            tab.wait_for_selector(".chart .main-svg", timeout=20_000)
        found = axe_api.Axe().run(tab)
        tab.evaluate("scrollTo(0, 0)")
        ARTIFACTS.mkdir(exist_ok=True)
        tab.screenshot(path=ARTIFACTS / f"{name}-{theme}-{width}.png", full_page=True)
        overflow = tab.evaluate("document.documentElement.scrollWidth - innerWidth")
    serious = [
        f"{rule['id']}: {[node['html'][:160] for node in rule['nodes']]}"
        for rule in found.response["violations"]
        if rule["impact"] in ("serious", "critical")
    ]
    assert serious == []
    assert look.complaints == []
    assert overflow <= 0
