"""The main job as a person does it, in one sitting: data, training, answers, keys, console."""

import csv
import re
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Locator, Page, expect

from tests.live_platform import LivePlatform
from tests.platform_core.web.browser import Look

pytestmark = [pytest.mark.browser, pytest.mark.live, pytest.mark.timeout(600)]
NAME = "choices-in-browser"
MODELS = f"/recommendation/models/?recommender={NAME}"
TRAINING_MS = 90_000


@pytest.fixture(autouse=True)
def no_complaints(look: Look) -> Iterator[None]:
    """Fail the step during which the browser complained."""
    look.complaints.clear()
    yield
    assert look.complaints == []


@pytest.fixture(scope="module")
def table(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Even people choose even things, odd people odd ones; each leaves one out."""
    path = tmp_path_factory.mktemp("upload") / "choices.csv"
    with path.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["user", "item", "rating"])
        for user in range(40):
            for item in range(user % 2, 20, 2):
                if item != user % 20:
                    writer.writerow([f"p{user:02}", f"thing {item:02}", 1 + item % 5])
    return path


def menu(tab: Page, label: str) -> Locator:
    """Open a menu of the top bar and return it."""
    found = tab.locator("details.menu").filter(has=tab.locator(f"summary[aria-label='{label}']"))
    found.locator("summary").click()
    return found


def wait_for_training(tab: Page) -> None:
    """Follow the training page, which renews itself, to its good end."""
    expect(tab.get_by_role("heading", level=1)).to_contain_text(NAME)
    expect(tab.get_by_role("region", name="What now")).to_be_visible(timeout=TRAINING_MS)


def test_a_data_set_is_uploaded_and_watched_until_it_is_ready(person: Page, table: Path) -> None:
    person.goto("/data/upload/")
    person.get_by_label("Name").fill(NAME)
    person.locator("input[type=file]").set_input_files(table)
    expect(person.get_by_label("Chosen files")).to_contain_text("choices.csv")
    person.get_by_role("button", name="Upload data set").click()
    person.wait_for_url(re.compile("/data/[0-9a-f-]{36}/"))
    figures = person.locator(".figures")
    expect(figures).to_contain_text("360", timeout=40_000)
    expect(person.get_by_role("heading", level=1)).to_have_text(NAME)


def test_a_recommender_is_trained_from_the_form_and_watched(person: Page) -> None:
    person.goto("/recommendation/train/")
    person.locator("[name=name]").fill(NAME)
    with person.expect_response("**/train/columns/**"):
        person.locator("select[name=dataset]").select_option(label=NAME, force=True)
    expect(person.locator("select[name=user_column]")).to_have_value("user")
    expect(person.locator("select[name=item_column]")).to_have_value("item")
    person.get_by_role("button", name="Train recommender").click()
    person.wait_for_url(f"**/recommendation/train/{NAME}/")
    wait_for_training(person)
    expect(person.locator(".figures")).to_contain_text("popularity")


def test_somebody_found_by_search_is_shown_what_they_left_out(person: Page) -> None:
    person.get_by_role("link", name="Try it", exact=True).last.click()
    person.wait_for_url("**/recommendation/try/**")
    person.get_by_role("searchbox").last.press_sequentially("p04")
    person.locator("#found").get_by_role("link", name="p04").click()
    expect(person.get_by_role("heading", name="User p04")).to_be_visible()
    first = person.locator(".results .result").first
    expect(first).to_contain_text("thing 04")
    first.get_by_role("link").click()
    expect(person.get_by_role("heading", name="Most like thing 04")).to_be_visible()
    expect(person.locator(".results .result").first).to_contain_text(
        re.compile("thing [01][02468]")
    )


def test_a_second_version_is_trained_promoted_and_rolled_back(person: Page) -> None:
    person.goto(MODELS)
    person.get_by_role("button", name="Retrain on newest data").click()
    person.wait_for_url(f"**/recommendation/train/{NAME}/")
    wait_for_training(person)
    person.get_by_role("link", name="See versions").click()
    second = person.locator("tbody tr").filter(has=person.get_by_role("rowheader", name="2"))
    expect(second).to_contain_text("Challenger")
    second.get_by_role("button", name="Promote").click()
    expect(second).to_contain_text("Champion")
    person.get_by_role("button", name="Roll back").click()
    first = person.locator("tbody tr").filter(has=person.get_by_role("rowheader", name="1"))
    expect(first).to_contain_text("Champion")
    expect(second).not_to_contain_text("Champion")


def test_a_key_works_until_the_moment_it_is_revoked(
    person: Page, live_platform: LivePlatform
) -> None:
    person.goto("/account/keys/")
    person.locator("main [name=name]").fill("made in the browser")
    person.get_by_label("Everything your role allows").check()
    person.get_by_role("button", name="Create key").click()
    notice = person.get_by_role("status").filter(has_text="made in the browser")
    secret = re.search(r"pq_[\w-]{20,}", notice.inner_text())
    assert secret is not None
    address = f"{live_platform.base_url}/api/v1/recommendation/recommenders/{NAME}/"
    headers = {"Authorization": f"Bearer {secret[0]}"}
    assert httpx.get(address, headers=headers).status_code == 200
    person.goto("/account/keys/")
    assert secret[0] not in person.content()
    row = person.locator("#key-table tr").filter(has_text="made in the browser")
    row.get_by_role("button", name="Revoke").click()
    person.locator("dialog[open]").get_by_role("button", name="Revoke key").click()
    expect(row.get_by_role("button", name="Revoke")).to_have_count(0)
    assert httpx.get(address, headers=headers).status_code == 401


def test_the_language_is_changed_to_chinese_and_back(person: Page) -> None:
    person.goto("/recommendation/")
    menu(person, "Language").get_by_role("button", name="简体中文").click()
    expect(person.locator("html")).to_have_attribute("lang", "zh-hans")
    assert person.url.endswith("/recommendation/")
    person.locator("button[name=language][value=en]").evaluate("button => button.click()")
    expect(person.locator("html")).to_have_attribute("lang", "en")


def test_the_theme_is_chosen_and_stays(person: Page) -> None:
    with person.expect_response("**/account/preferences/"):
        menu(person, "Colour scheme").get_by_role("button", name="Dark").click()
    person.reload()
    expect(person.locator("html")).to_have_attribute("data-theme", "dark")
    with person.expect_response("**/account/preferences/"):
        menu(person, "Colour scheme").get_by_role("button", name="As the system").click()


def test_the_console_shows_the_queue_and_the_cache_and_verifies_the_audit_log(person: Page) -> None:
    person.goto("/console/")
    expect(person.get_by_role("link", name="Train recommender").first).to_be_visible()
    side_bar = person.locator("#nav-sidebar")
    side_bar.get_by_text("Jobs", exact=True).click()
    expect(person.locator("#result_list")).to_contain_text(NAME)
    side_bar.get_by_text("Model cache", exact=True).click()
    expect(person.locator("[data-live=runtime]")).to_contain_text(NAME)
    side_bar.get_by_text("Audit log", exact=True).click()
    person.get_by_role("button", name="Verify the chain").click()
    expect(person.get_by_role("status")).to_contain_text("the chain holds")


def test_logging_out_closes_every_page(person: Page) -> None:
    person.goto("/")
    menu(person, "Your account").get_by_role("button", name="Log out").click()
    person.goto("/data/")
    expect(person.get_by_role("button", name="Log in")).to_be_visible()
