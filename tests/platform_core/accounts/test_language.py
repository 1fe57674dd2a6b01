"""The language of the pages: the saved one, the chosen one, or the browser's."""

import pytest
from django.test import Client

from platform_core.accounts.api import Actor
from tests import factories

pytestmark = pytest.mark.django_db
LOGIN = "/accounts/login/"


@pytest.mark.parametrize(
    ("asked", "language", "word"),
    [
        ("zh-CN,zh;q=0.9,en;q=0.8", "zh-hans", "登录"),
        ("zh", "zh-hans", "登录"),
        ("en-GB,en;q=0.9,zh-CN;q=0.8", "en", "Log in"),
        ("de,fr;q=0.8", "en", "Log in"),
        ("", "en", "Log in"),
    ],
)
def test_a_stranger_gets_the_browsers_language(asked: str, language: str, word: str) -> None:
    page = Client().get(LOGIN, HTTP_ACCEPT_LANGUAGE=asked)
    assert page["Content-Language"] == language
    assert f'<html lang="{language}"' in page.content.decode()
    assert word in page.content.decode()


def test_the_chosen_language_goes_before_the_browsers() -> None:
    client = Client(HTTP_ACCEPT_LANGUAGE="en")
    client.post("/account/preferences/", {"language": "zh-hans", "next": LOGIN})
    assert '<html lang="zh-hans"' in client.get(LOGIN).content.decode()


def test_log_in_on_a_new_device_brings_the_saved_language(actor: Actor) -> None:
    actor.user.language = "zh-hans"
    actor.user.save()
    client = Client(HTTP_ACCEPT_LANGUAGE="en")
    assert '<html lang="en"' in client.get(LOGIN).content.decode()
    client.post(LOGIN, {"login": actor.user.email, "password": factories.PASSWORD})
    home = client.get("/").content.decode()
    assert '<html lang="zh-hans"' in home
    assert "首页" in home


def test_a_person_without_a_saved_language_keeps_the_browsers(actor: Actor) -> None:
    client = Client(HTTP_ACCEPT_LANGUAGE="zh-CN")
    client.post(LOGIN, {"login": actor.user.email, "password": factories.PASSWORD})
    assert '<html lang="zh-hans"' in client.get("/").content.decode()


def test_a_missing_page_and_a_refusal_speak_the_readers_language(actor: Actor) -> None:
    client = Client(HTTP_ACCEPT_LANGUAGE="zh-CN")
    client.force_login(actor.user)
    assert "找不到页面" in client.get("/nowhere/").content.decode()
    page = client.get("/models/no-such-model/").content.decode()
    assert "没有模型" in page or "找不到页面" in page
