"""Events: durable, each counted once, bounded, and part of the next answer's history."""

from datetime import timedelta

import pytest
from django.utils import timezone

from apps.recommendation import errors, selectors, services
from apps.recommendation.models import MAX_ID_BYTES, Event, Recommender
from apps.recommendation.services import NewEvent
from platform_core.accounts.api import Actor, Role
from platform_core.errors import InvalidInputError, PermissionDeniedError


def record(actor: Actor, recommender: Recommender, *events: NewEvent) -> services.Recorded:
    return services.record_events(actor=actor, name=recommender.name, events=events)


def test_an_event_sent_twice_counts_once(actor: Actor, recommender: Recommender):
    event = NewEvent(user="ann", item="i1", event_id="order-7")
    assert record(actor, recommender, event) == services.Recorded(recorded=1, duplicates=0)
    assert record(actor, recommender, event) == services.Recorded(recorded=0, duplicates=1)
    assert Event.objects.count() == 1


def test_a_repetition_within_one_list_counts_once(actor: Actor, recommender: Recommender):
    event = NewEvent(user="ann", item="i1", event_id="order-7")
    assert record(actor, recommender, event, event, NewEvent(user="bob", item="i1")).recorded == 2


def test_events_without_an_id_are_all_new(actor: Actor, recommender: Recommender):
    event = NewEvent(user="ann", item="i1")
    assert record(actor, recommender, event, event).recorded == 2


def test_the_same_event_id_at_another_recommender_is_another_event(
    actor: Actor, recommender: Recommender, dataset
):
    from tests.apps.recommendation.conftest import spec  # noqa: PLC0415

    other = services.create_recommender(actor=actor, spec=spec(dataset))
    event = NewEvent(user="ann", item="i1", event_id="order-7")
    assert record(actor, recommender, event).recorded == 1
    assert record(actor, other, event).recorded == 1


@pytest.mark.parametrize("user", ["Zoë/Łódź", "用户 一", "a\nb", " padded ", "..", "🛸" * 250])
def test_ids_are_kept_exactly(actor: Actor, recommender: Recommender, user: str):
    record(actor, recommender, NewEvent(user=user, item="i1"))
    assert selectors.histories(recommender=recommender, users=[user]) == {user: ["i1"]}


@pytest.mark.parametrize(
    ("user", "words"),
    [
        ("", "0 bytes"),
        ("x" * 10_240, "10240 bytes"),
        ("é" * 513, "1026 bytes"),
        ("a\0b", "not text"),
        ("\ud800", "not text"),
    ],
)
def test_an_id_that_cannot_be_kept_is_refused_in_words(
    actor: Actor, recommender: Recommender, user: str, words: str
):
    with pytest.raises(InvalidInputError, match=words) as refused:
        record(actor, recommender, NewEvent(user="ok", item="i1"), NewEvent(user=user, item="i1"))
    assert refused.value.extra["index"] == 1
    assert not Event.objects.exists()


def test_the_longest_id_is_kept(actor: Actor, recommender: Recommender):
    assert record(actor, recommender, NewEvent(user="x" * MAX_ID_BYTES, item="i1")).recorded == 1


@pytest.mark.parametrize(
    ("event", "field"),
    [
        (NewEvent(user="a", item="b", kind="Bought!"), "kind"),
        (NewEvent(user="a", item="b", value=float("nan")), "value"),
        (NewEvent(user="a", item="b", value=float("inf")), "value"),
        (NewEvent(user="a", item="b", event_id="x" * 201), "event_id"),
        (
            NewEvent(user="a", item="b", occurred_at=timezone.now() + timedelta(days=1)),
            "occurred_at",
        ),
    ],
)
def test_a_malformed_event_is_refused_by_field(
    actor: Actor, recommender: Recommender, event: NewEvent, field: str
):
    with pytest.raises(InvalidInputError) as refused:
        record(actor, recommender, event)
    assert refused.value.extra["field"] == field


@pytest.mark.parametrize("count", [0, 1001])
def test_a_list_of_wrong_length_is_refused(actor: Actor, recommender: Recommender, count: int):
    with pytest.raises(InvalidInputError, match=str(count)):
        record(actor, recommender, *[NewEvent(user="a", item="b")] * count)


def test_a_thousand_events_are_taken_at_once(actor: Actor, recommender: Recommender):
    events = [NewEvent(user=f"u{i}", item="i1") for i in range(services.MAX_EVENTS)]
    assert record(actor, recommender, *events).recorded == 1000


def test_a_history_is_latest_first_each_item_once_and_bounded(
    actor: Actor, recommender: Recommender
):
    now = timezone.now()
    events = [
        NewEvent(user="ann", item=f"i{i}", occurred_at=now - timedelta(minutes=i))
        for i in range(300)
    ]
    again = NewEvent(user="ann", item="i7", occurred_at=now)
    record(actor, recommender, *events, again, NewEvent(user="bob", item="i9"))
    histories = selectors.histories(recommender=recommender, users=["ann", "bob", "eve"])
    assert histories["bob"] == ["i9"]
    assert "eve" not in histories
    assert {"i0", "i7"} == set(histories["ann"][:2])
    assert len(histories["ann"]) == selectors.MAX_HISTORY - 1


def test_another_organisation_can_neither_send_nor_read(
    actor: Actor, stranger: Actor, recommender: Recommender
):
    with pytest.raises(errors.RecommenderNotFoundError):
        record(stranger, recommender, NewEvent(user="a", item="b"))


def test_a_viewer_may_not_send(member, recommender: Recommender):
    with pytest.raises(PermissionDeniedError):
        record(member(Role.VIEWER), recommender, NewEvent(user="a", item="b"))
