"""The fraud application's pages on decided payments: accessible, in their frame, without complaint."""

from collections.abc import Callable, Iterator

import pytest
from django.test import Client
from django.utils import timezone
from playwright.sync_api import Browser, Page
from pytest_django.live_server_helper import LiveServer

from apps.fraud.models import Case, Detector, Label
from apps.fraud.services import lists, policies, rules
from platform_core.accounts.api import Actor
from platform_core.registry import api as registry
from tests.apps.fraud import desk
from tests.browser.test_pages import faults
from tests.platform_core.web.browser import Look, page

pytestmark = [
    pytest.mark.browser,
    pytest.mark.timeout(600),
    pytest.mark.django_db(transaction=True),
]
ROOT = "/fraud/"
FEATURES = {"features": [{"name": "customer_mean_7d"}, {"name": "card_count_1d"}]}
NAMED = "?detector=cards"


@pytest.fixture
def cards(actor: Actor) -> Detector:
    """A detector that answers by name, with decisions, labels, a rule, entries and a policy."""
    found = desk.detector_of_data(actor, name="cards", features=FEATURES)
    model = registry.Model.objects.create(
        organisation=actor.organisation, name="cards", application="fraud", task="fraud"
    )
    version = registry.ModelVersion.objects.create(
        organisation=actor.organisation,
        model=model,
        number=1,
        flavour="native",
        statement="{}",
        signature={},
        size_bytes=1,
        data_key=found.data_key,
        metrics={"auc": 0.88, "average_precision": 0.72, "rows": 1000, "frauds": 9},
    )
    registry.Alias.objects.create(
        organisation=actor.organisation, model=model, name="champion", version=version
    )
    _decisions(actor, found)
    wording = rules.Wording("amount > 300", {"amount": "number"}, "review", "too large")
    rules.create_rule(actor=actor, detector=found, name="Large amount", wording=wording)
    entries = lists.NewEntries("block", "card", ["4000001234567899"], "reported stolen")
    lists.add_entries(actor=actor, detector=found, entries=entries)
    made = policies.create_version(actor=actor, detector=found, body={"review": 0.7})
    policies.activate(actor=actor, detector=found, number=made.number)
    return found


def _decisions(actor: Actor, found: Detector) -> None:
    for number in range(60):
        outcome = ("approve", "approve", "challenge", "review", "decline")[number % 5]
        score = (0.05, 0.1, 0.5, 0.8, 0.97)[number % 5]
        made = desk.decide(
            found, outcome=outcome, score=score, amount=20.0 + number, customer=f"c{number % 7}"
        )
        type(made).objects.filter(pk=made.pk).update(decided_at=timezone.now(), took_ms=2.5)
        Label.objects.create(
            organisation=actor.organisation,
            detector=found,
            event_id=made.event_id,
            is_fraud=number % 10 in (3, 4, 9),
        )


@pytest.fixture
def look() -> Look:
    """Collects what the browser complains about."""
    return Look()


@pytest.fixture
def tab(
    chromium: Browser,
    live_server: LiveServer,
    page_client: Callable[[Actor], Client],
    actor: Actor,
    look: Look,
) -> Iterator[Page]:
    """A signed-in tab on the running server."""
    with page(chromium, page_client(actor), live_server.url, look) as found:
        found.set_default_timeout(20_000)
        yield found


def _addresses(detector: Detector) -> list[str]:
    case = Case.objects.filter(detector=detector).order_by("-expected_loss").first()
    decision = detector.decisions.filter(outcome="decline").first()
    rule = detector.rules.get()
    assert case is not None
    assert decision is not None
    return [
        f"{ROOT}{NAMED}&paused=1",
        f"{ROOT}train/?dataset={detector.dataset_id}",
        f"{ROOT}models/{NAMED}",
        f"{ROOT}decisions/{NAMED}",
        f"{ROOT}decisions/{decision.pk}/",
        f"{ROOT}try/{NAMED}",
        f"{ROOT}rules/{NAMED}",
        f"{ROOT}rules/cards/",
        f"{ROOT}rules/cards/{rule.pk}/",
        f"{ROOT}back-tests/cards/",
        f"{ROOT}lists/{NAMED}",
        f"{ROOT}policy/{NAMED}",
        f"{ROOT}cases/",
        f"{ROOT}cases/{case.pk}/",
        f"{ROOT}api/{NAMED}",
    ]


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_every_page_is_accessible_fits_and_raises_no_complaint(
    tab: Page, look: Look, live_server: LiveServer, cards: Detector, theme: str
) -> None:
    look.theme = theme
    tab.emulate_media(color_scheme=theme)
    found = {}
    for path in _addresses(cards):
        if wrong := list(faults(tab, look, live_server.url + path, axe=True)):
            found[path] = wrong
    assert found == {}


def test_an_analyst_works_a_case_and_writes_a_rule_by_keyboard(
    tab: Page, live_server: LiveServer, cards: Detector
) -> None:
    tab.goto(f"{live_server.url}{ROOT}cases/")
    tab.locator("tbody th a").first.press("Enter")
    tab.get_by_role("button", name="Take case").press("Enter")
    tab.get_by_role("button", name="Give back").wait_for()
    tab.get_by_label("Write a note").fill("Called the customer.")
    tab.get_by_role("button", name="Keep note").press("Enter")
    tab.get_by_text("Called the customer.").wait_for()
    tab.get_by_label("Why you need it").fill("The customer asked for it")
    tab.get_by_role("button", name="Show personal data").press("Enter")
    tab.get_by_text("The note is kept.").wait_for(state="detached")
    assert "••••" not in tab.locator(".payment").first.inner_text()
    tab.goto(f"{live_server.url}{ROOT}rules/cards/")
    tab.get_by_label("Name").fill("Abroad")
    tab.get_by_label("Condition").press_sequentially('contry = "FR"')
    tab.locator("#checked mark").wait_for()
    tab.get_by_label("Condition").fill("")
    tab.get_by_label("Condition").press_sequentially('country = "FR"')
    tab.get_by_text("Understood. It reads").wait_for()
    tab.get_by_role("button", name="Save rule").press("Enter")
    tab.get_by_role("heading", name="Abroad").wait_for()
    assert cards.rules.filter(name="Abroad").exists()
