"""Shapes of requests and answers about cases."""

from collections.abc import Mapping
from typing import Any

from django.utils import timezone
from rest_framework import serializers
from rest_framework.parsers import BaseParser

from apps.fraud.models import Case, CaseAttachment, CaseNote, Decision, Outcome
from apps.fraud.rest.schemas import Strict
from apps.fraud.selectors import cases as reads
from apps.fraud.services import attachments, masking
from platform_core.accounts.api import Actor

Answer = serializers.Serializer[dict[str, Any]]


class WholeBody(BaseParser):
    """The body as bytes, up to one more than a file may have; nothing is written to a disk."""

    media_type = "*/*"

    def parse(
        self,
        stream: Any,
        media_type: str | None = None,
        parser_context: Mapping[str, Any] | None = None,
    ) -> Any:
        """Return the bytes."""
        return stream.read(attachments.MAX_BYTES + 1)


class CasesQuery(Strict):
    """Which cases."""

    state = serializers.ChoiceField(Case.State.choices, required=False)
    detector = serializers.CharField(required=False, max_length=63)
    page_size = serializers.IntegerField(required=False)
    cursor = serializers.CharField(required=False)


class QueueQuery(Strict):
    """Which part of the queue."""

    detector = serializers.CharField(required=False, max_length=63)
    mine = serializers.BooleanField(default=False)


class AttachmentQuery(Strict):
    """What a file is called."""

    name = serializers.CharField(max_length=200)


class NewAssignee(Strict):
    """Who shall work on a case."""

    member = serializers.CharField(allow_blank=True, max_length=254)


class NewNote(Strict):
    """What to write."""

    text = serializers.CharField(max_length=10_000)


class NewReveal(Strict):
    """Why personal data is needed."""

    reason = serializers.CharField(max_length=500)


class NewReopening(Strict):
    """Why a proposal is taken back."""

    reason = serializers.CharField(required=False, allow_blank=True, max_length=500)


class NewOutcome(Strict):
    """What the payments were."""

    outcome = serializers.ChoiceField(Case.Outcome.choices)
    reason = serializers.CharField(required=False, allow_blank=True, max_length=500)


class NewBulkOutcome(NewOutcome):
    """What the payments of many cases were."""

    cases = serializers.ListField(child=serializers.UUIDField(), min_length=1, max_length=200)


class CaseAnswer(Answer):
    """A case."""

    id = serializers.UUIDField()
    number = serializers.IntegerField()
    detector = serializers.CharField()
    state = serializers.ChoiceField(Case.State.choices)
    outcome = serializers.CharField(allow_blank=True, help_text="fraud, genuine or unclear.")
    expected_loss = serializers.FloatField()
    due_at = serializers.DateTimeField()
    is_late = serializers.BooleanField()
    assignee = serializers.CharField(allow_null=True)
    closed_by = serializers.CharField(allow_null=True)
    confirmed_by = serializers.CharField(allow_null=True)
    created_at = serializers.DateTimeField()
    closed_at = serializers.DateTimeField(allow_null=True)


class CasesAnswer(Answer):
    """Cases."""

    results = CaseAnswer(many=True)


class QueueAnswer(CasesAnswer):
    """The queue, and how long it is."""

    waiting = serializers.IntegerField()


class NoteAnswer(Answer):
    """A note."""

    id = serializers.UUIDField()
    author = serializers.CharField(allow_null=True)
    text = serializers.CharField()
    created_at = serializers.DateTimeField()


class AttachmentAnswer(Answer):
    """A file."""

    id = serializers.UUIDField()
    name = serializers.CharField()
    content_type = serializers.CharField()
    size_bytes = serializers.IntegerField()
    created_at = serializers.DateTimeField()


class CasePayment(Answer):
    """A payment of a case."""

    id = serializers.UUIDField()
    occurred_at = serializers.DateTimeField()
    outcome = serializers.ChoiceField(Outcome.choices)
    score = serializers.FloatField(allow_null=True)
    amount = serializers.FloatField()
    event = serializers.DictField(help_text="Texts masked until revealed.")
    reasons = serializers.ListField(child=serializers.DictField())
    rule_hits = serializers.ListField(child=serializers.DictField())


class CaseDetail(CaseAnswer):
    """A case with all that belongs to it."""

    revealed = serializers.BooleanField()
    payments = CasePayment(many=True)
    notes = NoteAnswer(many=True)
    attachments = AttachmentAnswer(many=True)


class TimelineAnswer(Answer):
    """The customer's decisions."""

    results = serializers.ListField(child=serializers.DictField())


class LinksAnswer(Answer):
    """A graph of entities."""

    nodes = serializers.ListField(child=serializers.DictField())
    edges = serializers.ListField(child=serializers.DictField())
    cut = serializers.BooleanField(help_text="There are more nodes than shown.")


def case_told(case: Case) -> dict[str, Any]:
    """Return a case for a list."""
    is_open = case.state != Case.State.CLOSED
    return {
        "id": str(case.pk),
        "number": case.number,
        "detector": case.detector.name,
        "state": case.state,
        "outcome": case.outcome,
        "expected_loss": case.expected_loss,
        "due_at": case.due_at,
        "is_late": (timezone.now() if is_open else case.closed_at or case.due_at) > case.due_at,
        "assignee": case.assignee.email if case.assignee else None,
        "closed_by": case.closed_by.email if case.closed_by else None,
        "confirmed_by": case.confirmed_by.email if case.confirmed_by else None,
        "created_at": case.created_at,
        "closed_at": case.closed_at,
    }


def case_detail(actor: Actor, case: Case) -> dict[str, Any]:
    """Return a case with all that belongs to it, masked as the person may read it."""
    revealed = reads.is_revealed(actor=actor, case=case)
    notes = case.notes.select_related("author")
    return {
        **case_told(case),
        "revealed": revealed,
        "payments": [_payment(row, revealed) for row in reads.decisions_of(case=case)],
        "notes": [note_told(note) for note in notes],
        "attachments": [attachment_told(row) for row in case.attachments.all()],
    }


def _payment(row: Decision, revealed: bool) -> dict[str, Any]:  # noqa: FBT001 - read at its one place
    body = masking.body_shown(row, revealed=revealed)
    return {
        "id": str(row.pk),
        "occurred_at": row.occurred_at,
        "outcome": row.outcome,
        "score": row.score,
        "amount": row.amount,
        **{name: body[name] for name in ("event", "reasons", "rule_hits")},
    }


def note_told(note: CaseNote) -> dict[str, Any]:
    """Return a note."""
    return {
        "id": str(note.pk),
        "author": note.author.email if note.author else None,
        "text": note.text,
        "created_at": note.created_at,
    }


def attachment_told(row: CaseAttachment) -> dict[str, Any]:
    """Return a file's facts."""
    return {
        "id": str(row.pk),
        "name": row.name,
        "content_type": row.content_type,
        "size_bytes": row.size_bytes,
        "created_at": row.created_at,
    }
