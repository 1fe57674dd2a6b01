"""The console's own pages: overview, model cache, audit verification."""

from datetime import timedelta

from django.db import connection
from django.test import Client
from django.utils import timezone

from platform_core.jobs.api import Node
from tests.platform_core.console.rows import Rows
from tests.platform_core.jobs.rows import node


def tile(client: Client, label: str) -> str:
    tiles = client.get("/console/").context["tiles"]
    return next(tile.value for tile in tiles if tile.label == label)


def test_the_overview_counts_and_names_what_happened_last(rows: Rows, console: Client) -> None:
    answer = console.get("/console/")
    page = answer.content.decode()
    assert tile(console, "Jobs waiting") == "1"
    assert [each.title for each in answer.context["recent"]] == [
        "Newest jobs",
        "Newest promotions",
        "Newest audit entries",
    ]
    assert rows.job.subject in page
    assert "— → 1" in page


def test_only_workers_that_are_alive_are_counted(console: Client) -> None:
    node("alive")
    silent = node("silent")
    Node.objects.filter(pk=silent.pk).update(seen_at=timezone.now() - timedelta(minutes=10))
    assert tile(console, "Workers") == "1"


def test_a_runtime_that_is_down_is_said_not_hidden(console: Client) -> None:
    answer = console.get("/console/runtime/")
    assert "does not answer" in answer.content.decode()
    assert tile(console, "Models in memory") == "—"


def test_verifying_recomputes_the_chain_and_says_so(console: Client) -> None:
    assert "holds" not in console.get("/console/audit/verify/").content.decode()
    page = console.post("/console/audit/verify/").content.decode()
    assert "the chain holds" in page


def test_a_broken_chain_is_told(rows: Rows, console: Client) -> None:
    with connection.cursor() as cursor:
        cursor.execute("UPDATE audit_entry SET target = 'forged' WHERE sequence = 1")
    page = console.post("/console/audit/verify/").content.decode()
    assert "The chain is broken." in page


def test_live_parts_are_marked_for_the_script(console: Client) -> None:
    assert 'data-live="overview"' in console.get("/console/").content.decode()
    assert 'data-live="runtime"' in console.get("/console/runtime/").content.decode()
    jobs = console.get("/console/jobs/job/").content.decode()
    assert "console/live.js" in jobs
    assert 'id="result_list"' in jobs
