"""Cases: opened by decisions, worked by people, closed by one or two, masked until revealed."""

import pytest

from apps.fraud.engine.live import casework
from apps.fraud.errors import CaseNotFoundError, CaseStateError
from apps.fraud.models import Case
from apps.fraud.selectors import cases as reads
from apps.fraud.services import attachments, cases, changes, masking, sealing
from platform_core.accounts.api import Role
from platform_core.audit import api as audit
from platform_core.errors import InvalidInputError, PermissionDeniedError
from tests import factories
from tests.apps.fraud import desk

pytestmark = pytest.mark.django_db


@pytest.fixture
def colleague(organisation):
    return factories.actor(organisation, Role.ANALYST)


@pytest.fixture
def detector(actor):
    return desk.detector(actor)


def only(detector) -> Case:
    return Case.objects.select_related("detector").get(detector=detector)


def actions(actor):
    return set(audit.entries(actor=actor).values_list("action", flat=True))


def test_suspicious_decisions_of_one_customer_make_one_case(actor, detector):
    desk.decide(detector, outcome="approve")
    desk.decide(detector, outcome="challenge")
    assert not Case.objects.exists()
    desk.decide(detector, outcome="review", amount=100.0, score=0.5)
    desk.decide(detector, outcome="decline", amount=200.0, score=0.5)
    desk.decide(detector, outcome="decline", customer="bob@example.org")
    first, second = Case.objects.order_by("number")
    assert (first.number, first.expected_loss, first.links.count()) == (1, 150.0, 2)
    assert (second.number, second.links.count()) == (2, 1)
    assert (first.due_at - first.created_at).total_seconds() == 24 * 3600
    assert "alice" not in str(first.customer)


def test_the_queue_is_ordered_by_expected_loss(actor, detector):
    for name, amount in (("a", 10.0), ("b", 900.0), ("c", 50.0)):
        desk.decide(detector, customer=name, amount=amount)
    losses = [round(case.expected_loss) for case in reads.queue(actor=actor)]
    assert losses == [810, 45, 9]
    case = reads.queue(actor=actor).last()
    cases.assign(actor=actor, case=case, member=actor.user.email)
    assert [each.pk for each in reads.queue(actor=actor, mine=True)] == [case.pk]


def test_a_closed_case_is_followed_by_a_new_one(actor, detector):
    desk.decide(detector)
    cases.close(actor=actor, case=only(detector), outcome="unclear")
    desk.decide(detector)
    assert sorted(Case.objects.values_list("state", flat=True)) == ["closed", "open"]


def test_a_large_case_is_closed_by_two_persons(actor, colleague, detector):
    desk.decide(detector, amount=5_000.0)
    case = cases.close(actor=actor, case=only(detector), outcome="fraud")
    assert case.state == Case.State.CLOSING
    with pytest.raises(CaseStateError, match="cannot confirm"):
        cases.confirm(actor=actor, case=case)
    done = cases.confirm(actor=colleague, case=case)
    assert (done.state, done.closed_by, done.confirmed_by) == (
        "closed",
        actor.user,
        colleague.user,
    )
    with pytest.raises(CaseStateError, match="is closed"):
        cases.assign(actor=actor, case=case)


def test_a_proposal_can_be_taken_back_and_falls_with_new_evidence(actor, detector):
    desk.decide(detector, amount=5_000.0)
    case = cases.close(actor=actor, case=only(detector), outcome="genuine")
    assert cases.reopen(actor=actor, case=case).state == Case.State.OPEN
    cases.close(actor=actor, case=case, outcome="genuine")
    desk.decide(detector, amount=1.0)
    assert only(detector).state == Case.State.OPEN


def test_bulk_close_is_all_or_none(actor, detector):
    changes.set_work_rule(actor=actor, second_person=True, four_eyes_from=None, service_hours=1)
    for name in "abc":
        desk.decide(detector, customer=name)
    ids = [str(case.pk) for case in Case.objects.all()]
    with pytest.raises(CaseNotFoundError):
        casework.close_many(actor=actor, case_ids=[*ids, "x"], outcome="unclear")
    assert set(Case.objects.values_list("state", flat=True)) == {"open"}
    done = casework.close_many(actor=actor, case_ids=ids, outcome="unclear")
    assert {case.state for case in done} == {"closed"}
    with pytest.raises(InvalidInputError):
        casework.close_many(actor=actor, case_ids=["x"] * 0, outcome="unclear")


def test_notes_are_sealed(actor, detector):
    desk.decide(detector)
    note = cases.add_note(actor=actor, case=only(detector), text=" rang the customer ")
    assert note.__class__.objects.get(pk=note.pk).text == "rang the customer"
    raw = only(detector).notes.values_list("text", flat=True).get()
    assert b"rang" not in bytes(raw)
    with pytest.raises(InvalidInputError):
        cases.add_note(actor=actor, case=only(detector), text=" ")


def test_attachments_are_sealed_and_reading_is_audited(actor, detector):
    desk.decide(detector)
    made = attachments.add_attachment(
        actor=actor,
        case=only(detector),
        name="letter.txt",
        content_type="text/plain",
        content=b"dear customer",
    )
    found = reads.get_attachment(case=only(detector), attachment_id=str(made.pk))
    assert attachments.content_of(actor=actor, attachment=found) == b"dear customer"
    assert "fraud.case.attachment_read" in actions(actor)
    with pytest.raises(InvalidInputError):
        attachments.add_attachment(
            actor=actor,
            case=only(detector),
            name="../x",
            content_type="text/plain",
            content=b"x",
        )
    with pytest.raises(InvalidInputError):
        attachments.add_attachment(
            actor=actor,
            case=only(detector),
            name="x.exe",
            content_type="application/x-msdownload",
            content=b"x",
        )


def test_personal_data_is_revealed_for_a_reason_that_is_audited(actor, colleague, detector):
    desk.decide(detector)
    case = only(detector)
    assert not reads.is_revealed(actor=actor, case=case)
    with pytest.raises(InvalidInputError):
        cases.reveal(actor=actor, case=case, reason="  why ")
    cases.reveal(actor=actor, case=case, reason="the customer is on the phone")
    assert reads.is_revealed(actor=actor, case=case)
    assert not reads.is_revealed(actor=colleague, case=case)
    assert "fraud.case.revealed" in actions(actor)


def test_masks_leave_at_most_four_characters(actor, detector):
    event = sealing.body_of(desk.decide(detector))["event"]
    shown = masking.event_shown(event, plain=("id", "time"))
    assert shown["customer"] == "••••.org"
    assert shown["card"] == "••••7899"
    assert (shown["terminal"], shown["country"]) == ("••••", "••••")
    assert (shown["amount"], shown["id"]) == (100.0, event["id"])
    assert masking.masked(4000001234567899) == "••••7899"


def test_the_timeline_and_the_links_name_nobody(actor, detector):
    decision = desk.decide(detector, outcome="approve")
    desk.decide(detector)
    desk.decide(detector, customer="bob@example.org")  # shares card and terminal
    desk.decide(detector, customer="eve@example.org", card="x", terminal="T9")
    detector.labels.create(
        organisation=actor.organisation, event_id=decision.event_id, is_fraud=True
    )
    case = Case.objects.get(number=1)
    told = reads.timeline(case=case)
    assert [row["outcome"] for row in told] == ["review", "approve"]
    assert [row["fraud"] for row in told] == [None, True]
    assert [row["in_case"] for row in told] == [True, False]
    graph = reads.links(case=case)
    kinds = sorted((node["kind"], node["payments"], node["frauds"]) for node in graph["nodes"])
    assert kinds == [("card", 3, 1), ("customer", 1, 0), ("customer", 2, 1), ("terminal", 3, 1)]
    assert sorted(edge["payments"] for edge in graph["edges"]) == [1, 1, 2, 2]
    assert "alice" not in str(graph)


def test_another_organisation_and_viewers_see_no_case(actor, stranger, organisation, detector):
    desk.decide(detector)
    case = only(detector)
    with pytest.raises(CaseNotFoundError):
        reads.get_case(actor=stranger, case_id=str(case.pk))
    viewer = factories.actor(organisation, Role.VIEWER)
    with pytest.raises(PermissionDeniedError):
        cases.add_note(actor=viewer, case=case, text="x")
    with pytest.raises(InvalidInputError, match="no such member"):
        cases.assign(actor=actor, case=case, member=viewer.user.email)
    with pytest.raises(InvalidInputError, match="no such member"):
        cases.assign(actor=actor, case=case, member=stranger.user.email)
