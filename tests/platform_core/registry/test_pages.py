import pytest
from django.test import Client

from platform_core.accounts.api import Role
from platform_core.registry import api, comparison
from platform_core.registry.models import Model, ModelVersion
from tests.platform_core.registry.bundles import register

PAGES = ["films/", "films/compare/", "films/versions/1/"]
FORMS = [
    ("films/versions/3/promote/", {"alias": "champion"}),
    ("films/aliases/champion/rollback/", {}),
]


@pytest.fixture
def client(actor, page_client, three):
    return page_client(actor)


def text(client, path):
    answer = client.get("/models/" + path)
    assert answer.status_code == 200
    return answer.content.decode()


def champion(actor):
    return api.resolve(organisation=actor.organisation, name="films").number


def test_the_list_shows_models_and_where_their_aliases_point(client):
    page = text(client, "")
    assert "films" in page
    assert "Champion" in page


def test_an_empty_list_says_what_a_model_is(stranger, page_client):
    assert "No models yet" in text(page_client(stranger), "")


def test_a_model_without_versions_says_so(actor, page_client):
    Model.objects.create(organisation=actor.organisation, name="empty", application="a", task="b")
    page = text(page_client(actor), "empty/")
    assert "No versions yet" in page
    assert "No version was promoted yet" in page
    assert "Nothing to compare yet" in text(page_client(actor), "empty/compare/")


def test_promoting_with_a_reason_shows_up_in_the_history(client, actor):
    answer = client.post(
        "/models/films/versions/3/promote/", {"alias": "champion", "reason": "better <b>auc</b>"}
    )
    assert answer.url == "/models/films/"
    assert champion(actor) == 3
    page = text(client, "films/")
    assert "from version 2 to version 3" in page
    assert "better &lt;b&gt;auc&lt;/b&gt;" in page
    assert "Version 3 is the champion of films now" in page
    assert 'data-undo="/models/films/aliases/champion/rollback/"' in page


def test_rolling_back_returns_to_the_version_before(client, actor):
    assert client.post("/models/films/aliases/champion/rollback/").status_code == 302
    assert champion(actor) == 1
    assert "Roll back champion" not in text(client, "films/")
    assert client.post("/models/films/aliases/champion/rollback/").status_code == 409


@pytest.mark.parametrize(
    "fields", [{"alias": "Emperor!"}, {}, {"alias": "champion", "reason": "x" * 501}]
)
def test_a_malformed_promotion_is_explained(client, actor, fields):
    answer = client.post("/models/films/versions/3/promote/", fields)
    assert answer.status_code == 400
    assert champion(actor) == 2


def test_the_version_page_shows_origin_card_and_valid_signature(client):
    page = text(client, "films/versions/2/")
    for words in ("Signature valid", "abc123", "weights.safetensors", "# films, version 2"):
        assert words in page


def test_a_forged_manifest_is_shown_as_such(client, three):
    forged = three[0].statement.replace("abc123", "forged")
    ModelVersion.objects.filter(pk=three[0].pk).update(statement=forged)
    page = text(client, "films/versions/1/")
    assert "Signature invalid" in page
    assert "does not fit its manifest" in page


def test_a_deleted_version_keeps_its_record_but_not_the_promotion(client, actor, three):
    api.delete_version(actor=actor, version=three[2])
    page = text(client, "films/versions/3/")
    assert "This version was deleted" in page
    assert 'data-open="promote"' not in page


def test_two_versions_are_compared_with_the_change_marked(client):
    page = text(client, "films/compare/?v=3&v=1")
    assert page.index("Version 1</th>") < page.index("Version 3</th>")
    assert "0.8 (+0.2)" in page
    assert 'class="differs"' in page


@pytest.mark.parametrize(
    ("query", "status"), [("", 200), ("?v=1", 200), ("?v=1&v=1", 200), ("?v=9", 404), ("?v=x", 200)]
)
def test_any_choice_of_versions_gets_an_answer(client, query, status):
    assert client.get("/models/films/compare/" + query).status_code == status


def test_comparison_lists_what_only_one_version_has(actor):
    left = register(actor, auc=0.5, only=1, deep={"a": {"b": 2}})
    right = register(actor, auc=0.75, deep={"a": {"b": 2}}, text="x", flag=True)
    rows = {row.label: row.values for row in comparison.compare(left, right)["metrics"]}
    assert rows == {
        "auc": ["0.5", "0.75 (+0.25)"],
        "only": ["1", "–"],
        "deep.a.b": ["2", "2"],
        "text": ["–", "x"],
        "flag": ["–", "yes"],
    }


@pytest.mark.parametrize("path", PAGES)
def test_another_organisation_sees_no_page(stranger, page_client, three, path):
    answer = page_client(stranger).get("/models/" + path)
    assert answer.status_code == 404
    assert b"abc123" not in answer.content


@pytest.mark.parametrize(("path", "fields"), FORMS)
def test_another_organisation_changes_nothing(stranger, page_client, actor, three, path, fields):
    assert page_client(stranger).post("/models/" + path, fields).status_code == 404
    assert champion(actor) == 2


def test_another_organisation_does_not_list_it(stranger, page_client, three):
    assert "films" not in text(page_client(stranger), "")


def test_those_who_may_not_promote_see_no_buttons_for_it(member, page_client, three):
    client = page_client(member(Role.ANALYST))
    for path in PAGES:
        assert "Promote" not in text(client, path).replace("Promoted", "")
    for path, fields in FORMS:
        assert client.post("/models/" + path, fields).status_code == 403


def test_strangers_are_sent_to_the_log_in_page(three):
    for path in ["", *PAGES]:
        assert Client().get("/models/" + path).status_code == 302


def test_the_home_page_and_search_know_the_models(client):
    home = client.get("/").content.decode()
    assert "films: version 2" in home
    assert "/models/films/" in client.get("/search/?q=film").content.decode()
