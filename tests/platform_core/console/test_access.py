"""Who enters the console, and what of it they see."""

from collections.abc import Callable

import pytest
from django.contrib import admin
from django.test import Client
from django.urls import reverse

from platform_core.accounts.api import Actor, ApiKey, Role
from platform_core.registry.api import ModelVersion
from platform_core.vault.models import DataKey
from tests.platform_core.console.rows import Rows, build, change_address, list_address

OWN_PAGES = ("index", "runtime", "permissions", "verify_audit")


def every_page(rows: Rows) -> list[str]:
    lists = [list_address(model) for model in admin.site._registry]
    own = [reverse(f"admin:{name}") for name in OWN_PAGES]
    return [*own, *lists, *(change_address(row) for row in rows.every())]


@pytest.mark.parametrize("role", [Role.OWNER, Role.ADMIN, Role.ML_ENGINEER])
def test_every_page_answers_those_who_operate_models(
    rows: Rows, member: Callable, page_client: Callable, role: Role
) -> None:
    client: Client = page_client(rows.actor if role is Role.OWNER else member(role))
    refused = {path for path in every_page(rows) if client.get(path).status_code != 200}
    keys_of_others = {change_address(rows.key)}
    audit = {path for path in every_page(rows) if path.startswith("/console/audit/")}
    assert refused == (audit | keys_of_others if role is Role.ML_ENGINEER else set())


@pytest.mark.parametrize("role", [Role.ANALYST, Role.VIEWER])
def test_others_are_sent_home_from_every_page(
    rows: Rows, member: Callable, page_client: Callable, role: Role
) -> None:
    client: Client = page_client(member(role))
    answers = {client.get(path).status_code for path in every_page(rows)}
    assert answers == {302}


def test_a_stranger_is_asked_to_log_in(client: Client, db: None) -> None:
    answer = client.get("/console/jobs/job/", follow=True)
    assert answer.redirect_chain[-1] == ("/accounts/login/?next=/console/jobs/job/", 302)


def test_rows_of_another_organisation_do_not_exist(
    rows: Rows, stranger: Actor, page_client: Callable
) -> None:
    build(stranger)
    client: Client = page_client(stranger)
    for row in rows.every():
        listed = client.get(list_address(row)).content.decode()
        assert change_address(row) not in listed, row
        assert client.get(change_address(row)).status_code == 404, row


def test_nothing_is_added_or_deleted_by_hand(rows: Rows, console: Client) -> None:
    for row in rows.every():
        assert console.get(f"{list_address(row)}add/").status_code in (403, 404)
        gone = change_address(row).replace("/change/", "/delete/")
        assert console.post(gone, {"post": "yes"}).status_code in (403, 404)
        assert type(row)._default_manager.filter(pk=row.pk).exists()


def test_no_page_shows_a_secret(rows: Rows, console: Client) -> None:
    version = ModelVersion.objects.get(pk=rows.versions[0].pk)
    secrets = [ApiKey.objects.get(pk=rows.key.pk).secret_hash, version.statement[:60]]
    secrets += [bytes(key.wrapped).hex() for key in DataKey.objects.all()]
    secrets += [str(bytes(key.wrapped))[2:40] for key in DataKey.objects.all()]
    for path in every_page(rows):
        page = console.get(path).content.decode()
        assert not [secret for secret in secrets if secret in page], path


def test_the_side_bar_offers_only_what_opens(
    rows: Rows, member: Callable, page_client: Callable
) -> None:
    page = page_client(member(Role.ML_ENGINEER)).get("/console/").content.decode()
    assert "/console/jobs/job/" in page
    assert "/console/audit/" not in page


def test_the_libraries_own_tables_are_not_there(console: Client) -> None:
    assert {model._meta.app_label for model in admin.site._registry}.isdisjoint(
        {"auth", "account", "mfa"}
    )
    assert console.get("/console/auth/group/").status_code == 404
