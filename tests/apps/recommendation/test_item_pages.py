"""Catalogue, rules and the dials of “Try it” before a running model."""

from collections.abc import Callable

import pytest
from django.test import Client

from apps.recommendation import services
from apps.recommendation.models import Recommender
from apps.recommendation.views import showing
from platform_core.accounts.api import Actor
from tests.apps.recommendation.conftest import spec, taste, train_now, upload
from tests.apps.recommendation.test_predictions import runtime

__all__ = ["runtime"]
ROOT = "/recommendation/"


@pytest.fixture
def films(runtime: None, actor: Actor) -> Recommender:
    """Even and odd people, twelve films with a genre and a year, and one told since training."""
    rows = "".join(
        f"i{n:02},Film {n},{'Comedy|Drama' if n < 6 else 'War'},{1990 + n}\n" for n in range(12)
    )
    items = upload(actor, "item,title,genres,year\n" + rows)
    table = services.FeatureTable(str(items.pk), "item")
    made = services.create_recommender(actor=actor, spec=spec(upload(actor, taste()), items=table))
    train_now(actor, made)
    services.put_item(
        actor=actor, name=made.name, item="new/1", attributes={"title": "Brand new", "year": 2026}
    )
    return made


def test_pages_about_items(
    page_client: Callable[[Actor], Client], actor: Actor, films: Recommender
):
    """One runtime start for all of them."""
    client, name = page_client(actor), films.name
    _catalogue(client, name)
    _try_it(client, name)
    _rules(client, actor, name)


def _catalogue(client: Client, name: str) -> None:
    whole = client.get(f"{ROOT}catalogue/")
    items = [row["item"] for row in whole.context["rows"]]
    assert len(items) == 13
    assert [each.id for each in items if each.is_new] == ["new/1"]
    assert items[0].count >= items[-2].count
    assert "Comedy, Drama" in whole.content.decode()
    assert "1 to 13 of 13" in whole.content.decode()
    some = client.get(f"{ROOT}catalogue/", {"fa": "year", "fo": "least", "fv": "2001"})
    assert {row["item"].id for row in some.context["rows"]} == {"i11", "new/1"}
    found = client.get(
        f"{ROOT}catalogue/", {"q": "film 1", "fa": "genres", "fo": "is", "fv": "War"}
    )
    assert {row["item"].id for row in found.context["rows"]} == {"i10", "i11"}
    wrong = client.get(f"{ROOT}catalogue/", {"fa": "year", "fo": "is", "fv": "long ago"})
    assert "error-state" in wrong.content.decode()
    assert "No item matches" in client.get(f"{ROOT}catalogue/", {"q": "nothing"}).content.decode()
    sheet = client.get(
        f"{ROOT}catalogue/{name}/item/", {"item": "i02"}, headers={"HX-Request": "true"}
    )
    assert "<html" not in sheet.content.decode()
    assert "1992" in sheet.content.decode()
    assert len(sheet.context["similar"]) == 8
    assert (
        "Brand new"
        in client.get(f"{ROOT}catalogue/{name}/item/", {"item": "new/1"}).content.decode()
    )
    assert client.get(f"{ROOT}catalogue/{name}/item/", {"item": "nothing"}).status_code == 404


def _try_it(client: Client, name: str) -> None:
    asked = {"recommender": name, "user": "u000", "k": "5"}
    plain = client.get(f"{ROOT}try/", asked)
    assert plain.context["results"][0]["reason"].startswith("Because of")
    war = client.get(
        f"{ROOT}try/", {**asked, "fa": "genres", "fo": "is", "fv": "War", "diversity": "0.5"}
    )
    shown = {each["suggestion"].item for each in war.context["results"]}
    assert shown <= {f"i{n:02}" for n in range(6, 12)}
    assert 'value="0.5"' in war.content.decode()
    pair = client.get(f"{ROOT}try/", {**asked, "versus": "1"})
    (one, first), (other, second) = pair.context["beside"]
    assert one == other == "Version 1"
    assert [row["suggestion"].item for row in first] == [row["suggestion"].item for row in second]
    assert not any(row["moved"] for row in second)
    missing = client.get(f"{ROOT}try/", {**asked, "versus": "99"})
    assert "error-state" in missing.content.decode()


def _rules(client: Client, actor: Actor, name: str) -> None:
    assert "No rules yet" in client.get(f"{ROOT}rules/").content.decode()
    form = {"name": "War first", "action": "boost", "items": "", "strength": "10", "user": "u000"}
    form |= {"fa": "genres", "fo": "is", "fv": "War"}
    seen = client.post(f"{ROOT}rules/{name}/", {**form, "do": "preview"})
    assert seen.status_code == 200
    (_, before), (_, after) = seen.context["preview"]["columns"]
    assert [row["suggestion"].item for row in before] != [row["suggestion"].item for row in after]
    assert {row["moved"] for row in after} & {"up", "new"}
    assert not services.recommend(actor=actor, name=name, user="u000").notes
    wrong = client.post(f"{ROOT}rules/{name}/", {**form, "fv": "", "action": "pin", "do": "save"})
    assert wrong.status_code == 422
    saved = client.post(f"{ROOT}rules/{name}/", {**form, "do": "save"})
    assert saved.status_code == 302
    listed = client.get(f"{ROOT}rules/")
    (row,) = listed.context["rules"]
    assert (row["state"], row["words"]) == ("active", "Lift genres = War by 10")
    followed = client.get(f"{ROOT}try/", {"recommender": name, "user": "u000"})
    assert followed.context["results"][0]["suggestion"].item in {f"i{n:02}" for n in range(6, 12)}
    ignored = client.get(f"{ROOT}try/", {"recommender": name, "user": "u000", "rules": "off"})
    assert ignored.context["results"] != followed.context["results"]
    gone = client.post(f"{ROOT}rules/{name}/{row['rule'].pk}/delete/")
    assert gone.status_code == 302
    assert "No rules yet" in client.get(f"{ROOT}rules/").content.decode()


def test_rules_and_attributes_in_words():
    assert showing.rule("cap", {"attribute": "genres", "limit": 2}) == "At most 2 of each genres"
    assert showing.rule("pin", {"items": list("abcde"), "position": 3}) == (
        "Put a, b, c and 2 more at place 3"
    )
    both = {"all": [{"genres": ["War", "Drama"]}, {"year": {"gte": 1990, "lt": 2000}}]}
    assert showing.rule("bury", {"filter": both}) == (
        "Put genres = War / Drama and year ≥ 1990 and year < 2000 last"
    )
    assert showing.written(1990.0) == "1990"
    assert showing.written(1_250_000.0) == "1,250,000"
    assert showing.written(["a", "b"]) == "a, b"
    assert showing.written(0, "time") == "1970-01-01"
    assert showing.written(None) == ""
