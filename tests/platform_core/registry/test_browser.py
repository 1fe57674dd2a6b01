"""Promotion, undo and accessibility of the model pages in a real browser."""

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.test import Client

from platform_core.registry import api
from tests import factories
from tests.platform_core.registry.bundles import register
from tests.platform_core.web import browser as browsers
from tests.platform_core.web.conftest import chromium

__all__ = ["chromium"]
pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
PATHS = ("", "films/", "films/versions/2/", "films/compare/")


@pytest.fixture
def films(db):
    """An actor whose model `films` has three versions; the first is champion."""
    actor = factories.actor(factories.organisation("Northwind Films"))
    made = [register(actor, content=str(n).encode(), auc=0.8 + n / 100) for n in (1, 2, 3)]
    api.set_alias(actor=actor, model=made[0].model, alias="champion", version=made[0])
    return actor


@pytest.fixture
def client(films):
    browser_like = Client()
    browser_like.force_login(films.user)
    return browser_like


def champion(actor):
    return api.resolve(organisation=actor.organisation, name="films").number


def test_a_version_is_promoted_with_a_reason_and_the_promotion_undone(
    chromium, client, films, live_server
):
    look = browsers.Look()
    with browsers.page(chromium, client, live_server.url, look) as page:
        page.goto(f"{live_server.url}/models/films/")
        page.locator("table").get_by_role("button", name="Promote").first.click()
        page.locator("dialog[open] [name=reason]").fill("beats it on the last week")
        page.locator("dialog[open] [type=submit]").click()
        page.get_by_text("Version 3 is the champion of films now").wait_for()
        assert champion(films) == 3
        page.get_by_text("beats it on the last week").wait_for()
        with page.expect_navigation():
            page.locator(".toast [data-undo]").click()
        page.get_by_text("Rolled back ·").first.wait_for()
    assert champion(films) == 1
    assert look.complaints == []


@pytest.mark.parametrize(("theme", "width"), [("light", 360), ("dark", 1440)])
def test_pages_are_accessible_and_fit_the_screen(chromium, client, live_server, theme, width):
    look = browsers.Look(theme=theme, width=width)
    browsers.ARTIFACTS.mkdir(exist_ok=True)
    with browsers.page(chromium, client, live_server.url, look) as page:
        for path in PATHS:
            page.goto(f"{live_server.url}/models/{path}")
            name = path.strip("/").replace("/", "-") or "list"
            picture = browsers.ARTIFACTS / f"models-{name}-{theme}-{width}.png"
            page.screenshot(path=str(picture), full_page=True)
            found = Axe().run(page).response["violations"] if width > 360 else []
            assert [v["id"] for v in found if v["impact"] in ("serious", "critical")] == []
            assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), path
    assert look.complaints == []
