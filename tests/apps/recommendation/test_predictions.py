"""Answers of a real runtime: recommendations, scores, similar items, newcomers, and their page."""

from collections.abc import Iterator

import pytest
from django.test import Client

from apps.recommendation import errors, services
from apps.recommendation.models import Recommender
from apps.recommendation.services import NewEvent, Question
from platform_core.accounts.api import Actor, Role
from platform_core.errors import InvalidInputError
from tests.apps.recommendation.conftest import spec, taste, train_now, upload
from tests.platform_core.serving.processes import RuntimeProcess

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def runtime(process_environment: dict[str, str], settings, tmp_path_factory) -> Iterator[None]:
    process = RuntimeProcess(tmp_path_factory.mktemp("rt"), process_environment)
    settings.RUNTIME_SOCKET = process.socket
    process.start()
    yield
    process.stop()


@pytest.fixture
def films(runtime: None, actor: Actor) -> Recommender:
    """Trained on people who like either the even or the odd films, with titles."""
    items = upload(actor, "item,title\n" + "".join(f"i{n:02},Film {n}\n" for n in range(12)))
    table = services.FeatureTable(str(items.pk), "item")
    made = services.create_recommender(actor=actor, spec=spec(upload(actor, taste()), items=table))
    train_now(actor, made)
    return made


def test_a_recommender_answers_like_its_data(actor: Actor, films: Recommender, rest_client):
    """One runtime start for every kind of question."""
    name = films.name
    known = services.recommend(actor=actor, name=name, user="u000", question=Question(k=1))
    assert known.known
    assert [each.item for each in known.items] == ["i00"]  # the one even film u000 has not seen
    assert known.items[0].title == "Film 0"

    unknown = services.recommend(actor=actor, name=name, user="nobody/用户")
    assert not unknown.known
    assert len(unknown.items) == 10

    event = NewEvent(user="nobody/用户", item="i01")
    services.record_events(actor=actor, name=name, events=[event])
    met = services.recommend(actor=actor, name=name, user="nobody/用户", question=Question(k=3))
    assert met.known
    assert "i01" not in [each.item for each in met.items]
    assert {int(each.item[1:]) % 2 for each in met.items} == {1}

    visitor = services.recommend_to_visitor(actor=actor, name=name, items=["i02", "i04"], k=3)
    assert {int(each.item[1:]) % 2 for each in visitor.items} == {0}

    seen = Question(k=12, exclude_seen=False)
    everything = services.recommend(actor=actor, name=name, user="u000", question=seen)
    assert len(everything.items) == 12

    users = ["u001", "nobody", "u001"]
    batch = services.recommend_batch(actor=actor, name=name, users=users)
    assert [each.user for each in batch] == users
    assert batch[0].items == batch[2].items

    scores = services.score(actor=actor, name=name, user="u000", items=["i01", "ghost", "i02"])
    assert scores.scores[1] is None
    assert scores.scores[2] > scores.scores[0]

    alike = services.similar(actor=actor, name=name, item="i02", k=3)
    assert {int(each.item[1:]) % 2 for each in alike.items} == {0}
    with pytest.raises(errors.ItemUnknownError):
        services.similar(actor=actor, name=name, item="ghost")

    assert [each.id for each in services.search(actor=actor, name=name, prefix="u00", k=3)]
    assert len(services.history(actor=actor, name=name, user="u000")) == 5
    (title,) = services.titles(actor=actor, name=name, items=["i03"])
    assert title.title == "Film 3"

    for k in (0, 10**9):
        with pytest.raises(InvalidInputError):
            services.recommend(actor=actor, name=name, user="u000", question=Question(k=k))

    root = f"/api/v1/recommendation/recommenders/{name}/"
    viewer = rest_client(actor, "predict")
    answer = viewer.get(f"{root}users/nobody%2F%E7%94%A8%E6%88%B7/recommendations", {"k": 2}).json()
    assert (answer["user"], answer["known"], len(answer["items"])) == ("nobody/用户", True, 2)
    scored = viewer.post(f"{root}score", {"user": "u000", "items": ["ghost", "i02"]}).json()
    assert scored["scores"][0] is None
    assert viewer.get(f"{root}items/ghost/similar").status_code == 404


def test_the_page_shows_answers_and_its_address_reproduces_them(
    page_client, member, films: Recommender
):
    client: Client = page_client(member(Role.VIEWER))
    root, chosen = "/recommendation/try/", {"recommender": films.name}
    page = client.get(root, {**chosen, "user": "u000", "k": "5"}).content.decode()
    assert "Film 0" in page
    assert "Has chosen" in page
    assert (
        "Film 4"
        in client.get(root, {**chosen, "mode": "visitor", "pick": ["i02", "i06"]}).content.decode()
    )
    assert (
        "Most like Film 2"
        in client.get(root, {**chosen, "mode": "item", "item": "i02"}).content.decode()
    )
    assert (
        "Unknown item"
        in client.get(root, {**chosen, "mode": "item", "item": "ghost"}).content.decode()
    )
    found = client.get(f"{root}search/", {**chosen, "mode": "item", "q": "film 1"}).content.decode()
    assert "Film 11" in found
    assert "<html" not in found
