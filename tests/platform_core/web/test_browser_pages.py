"""The gallery of components in a real browser: accessible in both themes, in its frame at both widths.

Every other page is looked at on real content in tests/browser/test_pages.py.
"""

from collections.abc import Callable

import pytest
from django.test import Client
from pytest_django.live_server_helper import LiveServer

from platform_core.accounts.api import Actor
from tests.platform_core.web.browser import ARTIFACTS, Look, overflow, page

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_every_component_is_accessible_and_fits(
    chromium: object,
    live_server: LiveServer,
    actor: Actor,
    page_client: Callable[[Actor], Client],
    theme: str,
) -> None:
    axe_api = pytest.importorskip("axe_playwright_python.sync_playwright")
    look = Look(theme=theme)
    ARTIFACTS.mkdir(parents=True, exist_ok=True)
    with page(chromium, page_client(actor), live_server.url, look) as tab:
        tab.goto(f"{live_server.url}/ui/")
        tab.wait_for_selector(".chart .main-svg", timeout=20_000)
        found = axe_api.Axe().run(tab)
        tab.screenshot(path=ARTIFACTS / f"gallery-{theme}-1440.png", full_page=True)
        wide = overflow(tab)
        tab.set_viewport_size({"width": 360, "height": 800})
        narrow = overflow(tab)
        tab.screenshot(path=ARTIFACTS / f"gallery-{theme}-360.png", full_page=True)
    serious = [
        f"{rule['id']}: {[node['html'][:160] for node in rule['nodes']]}"
        for rule in found.response["violations"]
        if rule["impact"] in ("serious", "critical")
    ]
    assert serious == []
    assert look.complaints == []
    assert (wide, narrow) == (0, 0)
