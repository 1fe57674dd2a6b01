"""Every page of a signed-in owner, on real content: accessible, in its frame, without complaint."""

import re
from collections.abc import Iterator

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.contrib import admin
from django.urls import reverse
from playwright.sync_api import Browser, Page

from tests.live_platform import USER, LivePlatform
from tests.platform_core.web.browser import ARTIFACTS, Look, overflow

pytestmark = [pytest.mark.browser, pytest.mark.live, pytest.mark.timeout(600)]
RECOMMENDER = "?recommender=films"
FIXED = (
    "/",
    "/search/?q=films",
    "/data/",
    "/data/upload/",
    "/jobs/",
    "/models/",
    "/models/films/",
    "/models/films/compare/",
    "/models/films/versions/1/",
    "/endpoints/",
    "/endpoints/films/",
    "/recommendation/",
    "/recommendation/data/",
    "/recommendation/train/",
    "/recommendation/train/films/",
    f"/recommendation/models/{RECOMMENDER}",
    f"/recommendation/try/{RECOMMENDER}",
    f"/recommendation/try/{RECOMMENDER}&user={USER}",
    f"/recommendation/try/{RECOMMENDER}&mode=item",
    f"/recommendation/try/{RECOMMENDER}&mode=visitor",
    f"/recommendation/evaluate/{RECOMMENDER}",
    f"/recommendation/api/{RECOMMENDER}",
    "/account/",
    "/account/keys/",
    "/account/members/",
    "/accounts/2fa/",
    "/accounts/password/change/",
    "/nowhere/",
)
OF_DATASET = ("", "preview/", "issues/", "versions/", "splits/")
CONSOLE = ("index", "runtime", "permissions", "verify_audit")
EXPECTED = "Failed to load resource: the server responded with a status of 404"
"""What the browser says about the page of an address that names nothing."""


def pages(platform: LivePlatform) -> list[str]:
    """Return every address, those of objects found over REST."""
    dataset = platform.rest.get("/api/v1/datasets/").json()["results"][0]["id"]
    job = platform.rest.get("/api/v1/jobs/").json()["results"][0]["id"]
    return [*FIXED, f"/jobs/{job}/", *(f"/data/{dataset}/{part}" for part in OF_DATASET)]


def console_pages() -> list[str]:
    """Return the console's pages and the list of each of its tables."""
    tables = [model._meta for model in admin.site._registry]
    lists = [f"admin:{table.app_label}_{table.model_name}_changelist" for table in tables]
    return [reverse(name) for name in [*(f"admin:{each}" for each in CONSOLE), *lists]]


def picture(path: str, theme: str, width: int) -> str:
    """Return where the screenshot of a page is kept."""
    name = re.sub(r"[0-9a-f-]{36}", "one", path)
    name = re.sub(r"\W+", "-", name).strip("-") or "home"
    ARTIFACTS.mkdir(parents=True, exist_ok=True)
    return str(ARTIFACTS / f"{name}-{theme}-{width}.png")


def settle(tab: Page, path: str) -> None:
    """Open a page and wait until its fragments and charts are there."""
    tab.goto(path)
    tab.locator(".htmx-request, [hx-trigger=load]").first.wait_for(state="detached")
    if tab.locator("[data-chart]").count():
        tab.locator("[data-chart] .main-svg").first.wait_for()


def serious(tab: Page) -> list[str]:
    """Return axe's serious and critical findings."""
    return [
        f"{rule['id']}: {[node['html'][:200] for node in rule['nodes'][:3]]}"
        for rule in Axe().run(tab).response["violations"]
        if rule["impact"] in ("serious", "critical")
    ]


def faults(tab: Page, look: Look, path: str, *, axe: bool) -> Iterator[str]:
    """Look at one page in one theme at both widths; yield what is wrong with it."""
    look.complaints.clear()
    tab.set_viewport_size({"width": 1440, "height": 900})
    settle(tab, path)
    tab.screenshot(path=picture(path, look.theme, 1440))
    yield from serious(tab) if axe else ()
    if (wider := overflow(tab)) > 0:
        yield f"{wider} px too wide at 1440 px"
    tab.set_viewport_size({"width": 360, "height": 800})
    if (wider := overflow(tab)) > 0:
        yield f"{wider} px too wide at 360 px"
    tab.screenshot(path=picture(path, look.theme, 360))
    yield from (words for words in look.complaints if not words.startswith(EXPECTED))


@pytest.fixture(params=["light", "dark"])
def theme(request: pytest.FixtureRequest, person: Page, look: Look) -> str:
    """Show the pages in a colour scheme, as the system would choose it."""
    look.theme = request.param
    person.emulate_media(color_scheme=request.param)
    return str(request.param)


def test_every_page_is_accessible_fits_and_raises_no_complaint(
    person: Page, live_platform: LivePlatform, look: Look, theme: str
) -> None:
    found = {
        path: wrong
        for path in pages(live_platform)
        if (wrong := list(faults(person, look, path, axe=True)))
    }
    assert found == {}


def test_every_console_page_fits_and_raises_no_complaint(
    person: Page, look: Look, theme: str
) -> None:
    found = {
        path: wrong
        for path in console_pages()
        if (wrong := list(faults(person, look, path, axe=False)))
    }
    assert found == {}


@pytest.mark.parametrize("path", ["/accounts/login/", "/api/docs/"])
def test_a_stranger_finds_the_open_pages_in_order(
    chromium: Browser, live_platform: LivePlatform, path: str
) -> None:
    look = Look()
    with chromium.new_context(base_url=live_platform.base_url) as context:
        tab = context.new_page()
        tab.on("console", look.listen)
        assert list(faults(tab, look, path, axe=path == "/accounts/login/")) == []
        assert look.complaints == []


def test_the_picture_of_the_readme_is_taken(person: Page) -> None:
    person.set_viewport_size({"width": 1440, "height": 900})
    person.emulate_media(color_scheme="light")
    settle(person, f"/recommendation/try/{RECOMMENDER}&user={USER}")
    person.get_by_role("heading", name=f"User {USER}").wait_for()
    ARTIFACTS.mkdir(parents=True, exist_ok=True)
    person.screenshot(path=ARTIFACTS / "try-it.png")
    assert 10_000 < (ARTIFACTS / "try-it.png").stat().st_size < 200_000
