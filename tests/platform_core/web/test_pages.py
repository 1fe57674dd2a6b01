"""Home, search, gallery, choices, refusals and headers."""

import gzip
import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from django.test import Client

from platform_core.accounts.api import Actor, Role
from platform_core.web import navigation, overview, placeholders, views
from platform_core.web.api import Activity, Figure, Hit
from platform_core.web.security import LOOSE_POLICY, STRICT_POLICY

SignIn = Callable[[Actor], Client]
BUDGET_BYTES = 150_000


@pytest.fixture
def sources(monkeypatch: pytest.MonkeyPatch) -> None:
    """No part has registered anything for the home page or search."""
    for name in ("_figures", "_activities", "_searches"):
        monkeypatch.setattr(overview, name, [])


def test_stranger_is_sent_to_log_in_and_back(client: Client, db: None) -> None:
    answer = client.get("/search/?q=films")
    assert answer.status_code == 302
    assert answer["Location"].endswith("?next=/search/%3Fq%3Dfilms")


def test_home_says_which_applications_are_being_built(
    actor: Actor, page_client: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    planned = {application.key: application for application in placeholders.PLANNED}
    monkeypatch.setattr(navigation, "_APPLICATIONS", planned)
    text = page_client(actor).get("/").content.decode()
    assert len(re.findall(r'<div class="app-card" aria-disabled="true"', text)) == 5


def test_figures_stand_in_their_order_and_are_at_most_four(actor: Actor, sources: None) -> None:
    for key in ("endpoints", "extra", "models", "datasets", "jobs"):
        overview.register_figure(lambda _actor, key=key: Figure(key, key, 1))
    assert [f.key for f in overview.figures(actor)] == ["datasets", "jobs", "models", "endpoints"]


def test_activity_of_all_parts_is_newest_first(actor: Actor, sources: None) -> None:
    now = datetime.now(UTC)
    overview.register_activity(lambda _actor: [Activity(now - timedelta(hours=1), "old")])
    overview.register_activity(lambda _actor: [Activity(now, "new")])
    assert [entry.title for entry in overview.activity(actor)] == ["new", "old"]


def test_first_steps_leave_once_they_are_walked() -> None:
    assert [step["state"] for step in views.first_steps({})] == ["current", "todo", "todo"]
    assert [s["state"] for s in views.first_steps({"datasets": 1})] == ["done", "current", "todo"]
    assert views.first_steps({"datasets": 1, "models": 2, "endpoints": 1}) == []


def test_search_groups_hits_and_escapes_the_query(
    actor: Actor, page_client: SignIn, sources: None
) -> None:
    overview.register_search(lambda _actor, query: [Hit(f"{query} one", "Data set", "/data/1/")])
    text = page_client(actor).get("/search/", {"q": "<b>films"}).content.decode()
    assert "&lt;b&gt;films one" in text
    assert "<b>films" not in text


def test_search_shortens_a_long_query(actor: Actor, page_client: SignIn, sources: None) -> None:
    seen: list[str] = []
    overview.register_search(lambda _actor, query: seen.append(query) or [])
    page_client(actor).get("/search/", {"q": "x" * 5000})
    assert len(seen[0]) == 200


def test_gallery_is_for_users_of_the_console(
    member: Callable[[Role], Actor], page_client: SignIn
) -> None:
    assert page_client(member(Role.VIEWER)).get("/ui/").status_code == 403
    assert page_client(member(Role.ML_ENGINEER)).get("/ui/").status_code == 200


def test_rail_shows_the_console_to_its_users_only(
    member: Callable[[Role], Actor], page_client: SignIn
) -> None:
    assert 'href="/console/"' in page_client(member(Role.ML_ENGINEER)).get("/").content.decode()
    assert 'href="/console/"' not in page_client(member(Role.VIEWER)).get("/").content.decode()


def test_pages_carry_the_strict_policy_and_the_console_a_looser_one(
    actor: Actor, page_client: SignIn
) -> None:
    client = page_client(actor)
    assert client.get("/")["Content-Security-Policy"] == STRICT_POLICY
    assert "unsafe-eval" not in STRICT_POLICY
    assert "script-src 'self';" in STRICT_POLICY
    assert client.get("/console/")["Content-Security-Policy"] == LOOSE_POLICY
    assert "camera=()" in client.get("/")["Permissions-Policy"]


def test_first_paint_stays_within_its_budget(actor: Actor, page_client: SignIn) -> None:
    client = page_client(actor)
    text = client.get("/").content
    size = len(gzip.compress(text))
    for address in set(re.findall(rb'(?:href|src)="(/static/[^"]+)"', text)):
        size += len(gzip.compress(b"".join(client.get(address.decode()).streaming_content)))
    assert size <= BUDGET_BYTES


@pytest.mark.urls("tests.platform_core.web.urls")
@pytest.mark.parametrize(
    ("path", "status", "words"),
    [
        ("/nowhere/", 404, "Page not found"),
        ("/secret/", 403, "Not permitted"),
        ("/boom/", 500, "our side"),
    ],
)
def test_refusals_are_in_the_style_of_the_house_with_the_request_id(
    actor: Actor, page_client: SignIn, path: str, status: int, words: str
) -> None:
    client = page_client(actor)
    client.raise_request_exception = False
    answer = client.get(path)
    assert answer.status_code == status
    text = answer.content.decode()
    assert words in text
    assert answer["X-Request-Id"] in text


@pytest.mark.urls("tests.platform_core.web.urls")
@pytest.mark.parametrize(("path", "status"), [("/api/nowhere/", 404), ("/api/boom/", 500)])
def test_refusals_of_the_rest_interface_are_problem_documents(
    client: Client, db: None, path: str, status: int
) -> None:
    client.raise_request_exception = False
    answer = client.get(path)
    assert answer["Content-Type"] == "application/problem+json"
    assert (answer.status_code, answer.json()["status"]) == (status, status)


@pytest.mark.urls("tests.platform_core.web.urls")
def test_expired_form_says_so(actor: Actor, settings: object) -> None:
    settings.CSRF_FAILURE_VIEW = "platform_core.web.refusals.csrf_failure"
    client = Client(enforce_csrf_checks=True)
    client.force_login(actor.user)
    answer = client.post("/account/preferences/", {"theme": "dark"})
    assert answer.status_code == 403
    assert "The form has expired" in answer.content.decode()


@pytest.mark.urls("tests.platform_core.web.urls")
def test_fragment_is_refused_with_a_fragment(actor: Actor, page_client: SignIn) -> None:
    text = page_client(actor).get("/nowhere/", headers={"HX-Request": "true"}).content.decode()
    assert "<!doctype" not in text
    assert "Page not found" in text
