"""The pages about items, rules, evaluations and experiments, on real content and by keyboard."""

import re

import pytest
from playwright.sync_api import Page

from tests.browser.test_pages import RECOMMENDER, faults, settle, theme
from tests.live_platform import USER, LivePlatform
from tests.platform_core.web.browser import Look

__all__ = ["theme"]
pytestmark = [pytest.mark.browser, pytest.mark.live, pytest.mark.timeout(300)]
ROOT = "/recommendation"
PAGES = (
    f"{ROOT}/try/{RECOMMENDER}&user={USER}&diversity=0.5&versus=1",
    f"{ROOT}/catalogue/{RECOMMENDER}",
    f"{ROOT}/rules/{RECOMMENDER}",
    f"{ROOT}/rules/films/",
    f"{ROOT}/evaluate/films/",
    f"{ROOT}/segments/{RECOMMENDER}",
    f"{ROOT}/experiments/{RECOMMENDER}",
    f"{ROOT}/experiments/films/",
)


@pytest.fixture(scope="module")
def evaluation(person: Page, live_platform: LivePlatform) -> str:
    """The address of an evaluation, asked for with the form and waited for."""
    person.goto(f"{ROOT}/evaluate/films/")
    person.get_by_label("Lengths of the list").fill("5, 10")
    person.get_by_role("button", name="Evaluate versions").press("Enter")
    person.get_by_role("heading", name="All figures").wait_for(timeout=60_000)
    return re.sub(r"^https?://[^/]+", "", person.url)


def test_every_page_is_accessible_fits_and_raises_no_complaint(
    person: Page, look: Look, theme: str, evaluation: str
) -> None:
    found = {
        path: wrong
        for path in (*PAGES, evaluation)
        if (wrong := list(faults(person, look, path, axe=True)))
    }
    assert found == {}


def test_a_rule_is_previewed_and_an_item_opens_at_the_side(person: Page, evaluation: str) -> None:
    person.set_viewport_size({"width": 1440, "height": 900})
    settle(person, f"{ROOT}/catalogue/{RECOMMENDER}")
    first = person.locator("tbody a").first
    title = first.inner_text()
    first.press("Enter")
    person.locator("#sheet").get_by_text("Most like it").wait_for()
    assert person.locator("#sheet-title").inner_text() == title
    settle(person, f"{ROOT}/rules/films/")
    person.get_by_label("Name", exact=True).fill("New films first")
    person.get_by_label("Attribute of condition 1").select_option("year")
    person.get_by_label("Comparison of condition 1").select_option("least")
    person.get_by_label("Value of condition 1").fill("2015")
    person.get_by_label("Strength").fill("5")
    person.get_by_role("button", name="Preview effect").press("Enter")
    person.get_by_role("heading", name="With this rule").wait_for()
    assert person.locator(".beside .moved").count() > 0
