"""What is told between trainings, through a real runtime: at once, and also after it was killed."""

import time
from datetime import timedelta

import pytest
from django.utils import timezone

from apps.recommendation import errors, selectors, services
from apps.recommendation.models import LiveItem, Recommender, Rule
from apps.recommendation.services import NewEvent, NewRule, Question
from platform_core.accounts.api import Actor, Role
from platform_core.audit.models import Entry
from platform_core.errors import InvalidInputError, PermissionDeniedError
from platform_core.serving import api as serving
from tests.apps.recommendation.conftest import spec, taste, train_now, upload
from tests.platform_core.serving.processes import RuntimeProcess


class TestWithoutARuntime:
    def test_events_name_new_items_even_when_no_runtime_can_tell(
        self, actor: Actor, trained: Recommender
    ):
        events = [NewEvent("ann", "new", event_id="1"), NewEvent("bob", "new", event_id="2")]
        for _ in range(2):  # sent twice, counted once
            services.record_events(actor=actor, name=trained.name, events=events)
        (item,) = LiveItem.objects.filter(item_id="new")
        assert (item.touches, item.sequence) == (2, 1)
        told = selectors.live_changes(
            recommender=selectors.get_recommender(actor=actor, name=trained.name), since=0
        )
        assert told["until"] == 1
        assert sorted(told["items"][0]["touchers"]) == [("ann", ["new"]), ("bob", ["new"])]

    def test_sequences_rise_and_changes_are_told_from_any_point(
        self, actor: Actor, trained: Recommender, monkeypatch
    ):
        monkeypatch.setattr(selectors, "MAX_TOLD", 2)
        for number in range(5):
            services.put_item(actor=actor, name=trained.name, item=f"n{number}", attributes={})
        recommender = selectors.get_recommender(actor=actor, name=trained.name)
        assert recommender.live_sequence == 5
        since, heard = 0, []
        while since < 5:
            told = selectors.live_changes(recommender=recommender, since=since)
            heard += [row["item"] for row in told["items"]]
            assert told["until"] > since
            since = told["until"]
        assert heard == [f"n{number}" for number in range(5)]

    @pytest.mark.parametrize(
        ("told", "words"),
        [
            ({"a": {"b": 1}}, "“a” is not a text"),
            ({"a": [[1]]}, "“a” is not a text"),
            ({"": "x"}, "is not a text"),
            ({"a": "x" * 9000}, "longer than"),
            ({f"a{n}": n for n in range(65)}, "65 attributes"),
            ({"a": float("nan")}, "not JSON"),
            ({"a": "b\0c"}, "not JSON"),
            ({"a\ud800": "b"}, "not JSON"),
        ],
    )
    def test_malformed_attributes_are_refused(
        self, actor: Actor, trained: Recommender, told: dict, words: str
    ):
        with pytest.raises(InvalidInputError, match=words):
            services.put_item(actor=actor, name=trained.name, item="x", attributes=told)
        with pytest.raises(InvalidInputError, match=words):
            services.put_user(actor=actor, name=trained.name, user="x", attributes=told)

    def test_another_organisation_finds_nothing(
        self, actor: Actor, stranger: Actor, trained: Recommender
    ):
        services.put_item(actor=actor, name=trained.name, item="x", attributes={})
        services.put_user(actor=actor, name=trained.name, user="x", attributes={})
        for call in (
            lambda: services.put_item(actor=stranger, name=trained.name, item="x", attributes={}),
            lambda: services.delete_item(actor=stranger, name=trained.name, item="x"),
            lambda: services.delete_user(actor=stranger, name=trained.name, user="x"),
            lambda: selectors.get_live_item(actor=stranger, name=trained.name, item="x"),
            lambda: selectors.rules(actor=stranger, name=trained.name),
        ):
            with pytest.raises(errors.RecommenderNotFoundError):
                call()

    def test_a_viewer_may_neither_tell_nor_rule(self, member, trained: Recommender):
        viewer = member(Role.VIEWER)
        with pytest.raises(PermissionDeniedError):
            services.put_item(actor=viewer, name=trained.name, item="x", attributes={})
        with pytest.raises(PermissionDeniedError):
            services.create_rule(actor=viewer, name=trained.name, rule=NewRule("r", "hide"))

    def test_a_rule_holds_from_its_start_until_its_end(self):
        now = timezone.now()
        hour = timedelta(hours=1)
        for starts, ends, expected in (
            (None, None, True),
            (now - hour, now + hour, True),
            (now, None, True),
            (now + hour, None, False),
            (None, now, False),
        ):
            assert Rule(starts_at=starts, ends_at=ends).is_active(now) is expected

    def test_a_period_that_ends_before_it_starts_is_refused(
        self, actor: Actor, trained: Recommender
    ):
        now = timezone.now()
        rule = NewRule("r", "hide", {"items": ["i01"]}, now, now - timedelta(seconds=1))
        with pytest.raises(InvalidInputError, match="before it starts"):
            services.create_rule(actor=actor, name=trained.name, rule=rule)


@pytest.mark.django_db(transaction=True)
def test_what_is_told_shows_in_the_next_answer_and_survives_a_kill(
    process_environment, settings, tmp_path_factory, actor: Actor
):
    """One runtime start, and one more after kill -9, for everything that is told live."""
    process = RuntimeProcess(tmp_path_factory.mktemp("rt"), process_environment)
    settings.RUNTIME_SOCKET = process.socket
    process.start()
    try:
        name = _films(actor)
        _tells_items_and_events(actor, name)
        _tells_users(actor, name)
        _rules(actor, name)
        _only_the_platform_tells_the_runtime(actor, name)
        before = _answers(actor, name)
        process.process.kill()
        process.process.wait()
        process.start()
        assert _answers(actor, name) == before
    finally:
        process.stop()


def _only_the_platform_tells_the_runtime(actor: Actor, name: str) -> None:
    """Whoever may ask may not slip in items that everybody is answered from then on."""
    told = '{"sequence": 999999, "since": 0, "until": 999999, "items": []}'
    with pytest.raises(serving.PredictionRefusedError, match="platform itself"):
        serving.predict(actor=actor, endpoint=name, inputs={"user": ["u001"], "live": [told]})


def _films(actor: Actor) -> str:
    rows = "".join(f"i{n:02},Film {n},{'odd' if n % 2 else 'even'}\n" for n in range(12))
    people = "".join(f"u{n:03},{'odd' if n % 2 else 'even'}\n" for n in range(24))
    made = services.create_recommender(
        actor=actor,
        spec=spec(
            upload(actor, taste()),
            items=services.FeatureTable(str(upload(actor, "item,title,kind\n" + rows).pk), "item"),
            users=services.FeatureTable(str(upload(actor, "user,likes\n" + people).pk), "user"),
        ),
    )
    train_now(actor, made)
    return made.name


def _ask(actor: Actor, name: str, user: str, **options) -> list[str]:
    question = Question(**options)
    for _ in range(80):
        try:
            answer = services.recommend(actor=actor, name=name, user=user, question=question)
            return [each.item for each in answer.items]
        except (serving.EndpointNotReadyError, serving.RuntimeDownError):
            time.sleep(0.25)
    raise AssertionError("the runtime did not become ready")


def _tells_items_and_events(actor: Actor, name: str) -> None:
    kinds = {each["name"]: each["kind"] for each in services.attributes(actor=actor, name=name)}
    assert kinds == {"title": "text", "kind": "text"}
    assert _ask(actor, name, "u000", filter={"kind": "new"}) == []
    services.put_item(
        actor=actor, name=name, item="told", attributes={"kind": ["new", "odd"], "title": "Told"}
    )
    assert _ask(actor, name, "u000", filter={"kind": "new"}) == ["told"]
    began = time.monotonic()
    events = [NewEvent(user=f"u{n:03}", item="first", event_id=f"e{n}") for n in (1, 3, 5)]
    services.record_events(actor=actor, name=name, events=events)
    assert "first" in _ask(actor, name, "u007", k=3)
    assert time.monotonic() - began < 1, "reflected within a second"
    assert "first" not in _ask(actor, name, "u001", k=12), "who touched it has seen it"
    known = LiveItem.objects.filter(recommender__name=name, item_id="i02")
    services.record_events(actor=actor, name=name, events=[NewEvent("u001", "i02")])
    assert not known.exists(), "an item of the training data needs no row"
    services.put_item(actor=actor, name=name, item="gone", attributes={"kind": "new"})
    services.delete_item(actor=actor, name=name, item="gone")
    assert _ask(actor, name, "u000", filter={"kind": "new"}) == ["told"]


def _tells_users(actor: Actor, name: str) -> None:
    assert not services.recommend(actor=actor, name=name, user="eve").known
    services.put_user(actor=actor, name=name, user="eve", attributes={"likes": "even"})
    answer = services.recommend(
        actor=actor, name=name, user="eve", question=Question(k=3, explain=True)
    )
    assert answer.known
    assert {int(each.item[1:]) % 2 for each in answer.items} == {0}
    assert answer.items[0].reason == services.Reason("alike_people")
    answer = services.recommend(
        actor=actor, name=name, user="u000", question=Question(k=1, explain=True)
    )
    assert answer.items[0].reason is not None
    assert answer.items[0].reason.items[0].title.startswith("Film")


def _rules(actor: Actor, name: str) -> None:
    def make(rule: str, action: str, **body) -> Rule:
        return services.create_rule(actor=actor, name=name, rule=NewRule(rule, action, body))

    make("top", "pin", items=["i11"])
    hidden = make("no told", "hide", filter={"kind": "new"})
    assert _ask(actor, name, "u000", k=3)[0] == "i11"
    assert _ask(actor, name, "u000", k=3, standing_rules=False)[0] != "i11"
    assert _ask(actor, name, "u000", filter={"kind": "new"}) == []
    services.delete_rule(actor=actor, name=name, rule_id=str(hidden.pk))
    assert _ask(actor, name, "u000", filter={"kind": "new"}) == ["told"]
    with pytest.raises(errors.RuleExistsError):
        make("top", "hide", items=["i01"])
    for body, words in (
        ({"filter": {"colour": 1}}, "colour"),
        ({}, "filter"),
        ({"items": ["a"], "limit": 3}, "limit"),
    ):
        with pytest.raises(serving.PredictionRefusedError, match=words):
            make("bad", "hide", **body)
    actions = set(Entry.objects.values_list("action", flat=True))
    assert {"recommender.rule_created", "recommender.rule_deleted"} <= actions


def _answers(actor: Actor, name: str) -> list[list[str]]:
    return [_ask(actor, name, user, k=12) for user in ("u000", "u001", "u007", "eve", "nobody")]
