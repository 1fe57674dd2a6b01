"""What the scripts do, in a real browser, under the strict content policy."""

from collections.abc import Callable, Iterator

import pytest
from django.test import Client
from playwright.sync_api import Page as Tab
from playwright.sync_api import expect
from pytest_django.live_server_helper import LiveServer

from platform_core.accounts.api import Actor
from tests.platform_core.web.browser import Look, page

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def gallery(
    chromium: object, live_server: LiveServer, actor: Actor, page_client: Callable[[Actor], Client]
) -> Iterator[Tab]:
    """The gallery, opened by an owner; the test fails on any complaint of the browser."""
    look = Look()
    with page(chromium, page_client(actor), live_server.url, look) as tab:
        tab.goto(f"{live_server.url}/ui/")
        tab.wait_for_selector("body:has(.combo)")
        yield tab
    assert look.complaints == []


def test_theme_is_chosen_at_once_and_kept_by_the_account(gallery: Tab, actor: Actor) -> None:
    gallery.locator("[data-theme-menu] summary").click()
    with gallery.expect_response("**/account/preferences/"):
        gallery.get_by_role("button", name="Dark").click()
    assert gallery.evaluate("document.documentElement.dataset.theme") == "dark"
    actor.user.refresh_from_db()
    assert actor.user.theme == "dark"
    gallery.reload()
    assert gallery.evaluate("getComputedStyle(document.documentElement).colorScheme") == "dark"


def test_language_is_chosen_and_the_page_stays(gallery: Tab) -> None:
    gallery.get_by_label("Language", exact=True).click()
    gallery.locator("button[name=language][value=zh-hans]").click()
    gallery.wait_for_selector("html[lang=zh-hans]")
    assert gallery.url.endswith("/ui/")


def test_destruction_asks_for_the_name(gallery: Tab) -> None:
    gallery.get_by_role("button", name="Delete films").first.click()
    dialog = gallery.locator("#example-delete")
    confirm = dialog.get_by_role("button", name="Delete films")
    expect(confirm).to_be_disabled()
    dialog.get_by_role("textbox").fill("film")
    expect(confirm).to_be_disabled()
    dialog.get_by_role("textbox").fill("films")
    expect(confirm).to_be_enabled()
    gallery.keyboard.press("Escape")
    expect(dialog).not_to_be_visible()


def test_side_sheet_shows_a_fragment(gallery: Tab) -> None:
    gallery.get_by_role("link", name="Open side sheet").click()
    expect(gallery.locator("#sheet progress")).to_be_visible()
    expect(gallery.locator("#sheet-title")).to_have_text("Job 41")
    gallery.locator("#sheet [data-close]").click()
    expect(gallery.locator("#sheet")).not_to_be_visible()


def test_toasts_can_be_dismissed_and_offer_undo(gallery: Tab, live_server: LiveServer) -> None:
    gallery.goto(f"{live_server.url}/ui/?toasts=1")
    toasts = gallery.locator("#toasts .toast")
    expect(toasts).to_have_count(2)
    expect(toasts.first.get_by_role("button", name="Undo")).to_be_visible()
    toasts.last.get_by_label("Dismiss").click()
    expect(toasts).to_have_count(1)


def test_table_sorts_filters_and_keeps_both_in_the_address(gallery: Tab) -> None:
    names = gallery.locator("#example-table tbody tr:not([hidden]) th")
    gallery.get_by_role("button", name="Rows", exact=True).click()
    gallery.get_by_role("button", name="Rows", exact=True).click()
    assert names.first.inner_text() == "ratings"
    gallery.get_by_label("Filter rows").fill("ready")
    expect(names).to_have_count(3)
    gallery.reload()
    expect(names).to_have_count(3)
    assert names.all_inner_texts() == ["ratings", "purchases-2025", "films"]


def test_table_is_saved_as_csv(gallery: Tab) -> None:
    gallery.get_by_label("Filter rows").fill("films")
    with gallery.expect_download() as waiting:
        gallery.locator("[data-csv]").click()
    text = waiting.value.path().read_text(encoding="utf-8-sig")
    assert waiting.value.suggested_filename == "data-sets.csv"
    assert text.splitlines()[0] == '"Name","State","Rows","Size","Changed"'
    assert text.splitlines()[1].startswith('"films","Ready","3883","171308",')


def test_rows_are_chosen_in_bulk_and_columns_hidden(gallery: Tab) -> None:
    gallery.get_by_label("Select all").check()
    expect(gallery.locator("[data-count]")).to_have_text("5 selected")
    gallery.locator("summary", has_text="Columns").click()
    gallery.get_by_label("Size").uncheck()
    expect(gallery.locator("#example-table thead th", has_text="Size")).to_be_hidden()


def test_select_with_search_is_used_by_keyboard(gallery: Tab) -> None:
    box = gallery.get_by_role("combobox", name="Column", exact=True)
    box.click()
    box.fill("_17")
    box.press("Enter")
    assert gallery.locator("select[name=column]").evaluate("s => s.value") == "column_17"
    expect(box).to_have_value("column_17")


def test_example_is_copied_and_its_language_remembered(gallery: Tab) -> None:
    gallery.get_by_role("tab", name="Python").click()
    gallery.locator("[data-copy-code]").click()
    assert gallery.evaluate("navigator.clipboard.readText()").startswith("import httpx")
    gallery.reload()
    expect(gallery.get_by_role("tab", name="Python")).to_have_attribute("aria-selected", "true")


def test_shortcuts_search_help_and_go(gallery: Tab) -> None:
    gallery.evaluate("document.activeElement.blur()")
    gallery.keyboard.press("?")
    expect(gallery.locator("#shortcuts")).to_be_visible()
    gallery.keyboard.press("Escape")
    gallery.keyboard.press("/")
    expect(gallery.get_by_role("searchbox", name="Search", exact=True)).to_be_focused()
    gallery.evaluate("document.activeElement.blur()")
    gallery.keyboard.press("g")
    gallery.keyboard.press("h")
    gallery.wait_for_url(lambda url: url.rstrip("/").count("/") == 2)


def test_chart_is_drawn_with_tokens_and_shown_as_table_png_and_csv(gallery: Tab) -> None:
    card = gallery.locator("[data-chart=loss]")
    card.locator(".main-svg").first.wait_for()
    before = card.locator(".scatterlayer .js-line").first.evaluate(
        "e => getComputedStyle(e).stroke"
    )
    gallery.emulate_media(color_scheme="dark")
    gallery.wait_for_function(
        "before => getComputedStyle(document.querySelector("
        "'[data-chart=loss] .scatterlayer .js-line')).stroke !== before",
        arg=before,
    )
    card.get_by_label("Show as table").click()
    expect(card.locator("tbody tr")).to_have_count(30)
    with gallery.expect_download() as table:
        card.locator("[data-chart-csv]").click()
    header = table.value.path().read_text(encoding="utf-8-sig").splitlines()[0]
    assert header == '"Epoch","training","held out"'
    card.get_by_label("Show as table").click()
    with gallery.expect_download() as image:
        card.locator("[data-chart-png]").click()
    assert image.value.suggested_filename == "loss.png"


def test_form_focuses_the_first_mistake(gallery: Tab) -> None:
    expect(gallery.locator("#id_name")).to_be_focused()


def test_keyboard_reaches_the_content_first(gallery: Tab, live_server: LiveServer) -> None:
    gallery.goto(live_server.url)
    gallery.keyboard.press("Tab")
    expect(gallery.get_by_role("link", name="Skip to content")).to_be_focused()
    gallery.keyboard.press("Enter")
    expect(gallery.locator("#content")).to_be_focused()


def choose_files(gallery: Tab, *names: str) -> None:
    gallery.evaluate(
        "f => Object.assign(document.querySelector('form[data-upload]'), {action: '/upload/'})"
        ".dataset.upload = '/search/?q={id}'"
    )
    files = [{"name": name, "mimeType": "text/csv", "buffer": b"a,b\n1,2\n"} for name in names]
    gallery.locator("[name=files]").set_input_files(files)
    gallery.locator("form[data-upload] [name=name]").fill("films")
    gallery.get_by_role("button", name="Upload data set").first.click()


@pytest.mark.urls("tests.platform_core.web.urls")
def test_upload_is_sent_with_its_token_and_leads_to_the_new_object(gallery: Tab) -> None:
    choose_files(gallery, "one.csv", "two.csv")
    gallery.wait_for_url("**/search/?q=one.csv%2Btwo.csv")


@pytest.mark.urls("tests.platform_core.web.urls")
def test_refused_upload_says_why_and_keeps_what_was_typed(
    chromium: object, live_server: LiveServer, actor: Actor, page_client: Callable[[Actor], Client]
) -> None:
    with page(chromium, page_client(actor), live_server.url, Look()) as tab:
        tab.goto(f"{live_server.url}/ui/")
        tab.wait_for_selector("body:has(.combo)")
        choose_files(tab, "bad.csv")
        expect(tab.locator("[data-upload-error]")).to_contain_text("Line 3 has 2 columns.")
        expect(tab.locator("form[data-upload] [name=name]")).to_have_value("films")
