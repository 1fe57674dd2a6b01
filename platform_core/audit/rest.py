"""REST routes of the audit part."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from platform_core.accounts.api import emails_of
from platform_core.audit import selectors, services
from platform_core.audit.models import Entry
from platform_core.web.api import ApiView, body_of, page, query_of


class EntryFilter(serializers.Serializer[Any]):
    """Which entries to list; what is not given does not narrow."""

    action = serializers.CharField(max_length=64, required=False)
    target = serializers.CharField(max_length=200, required=False)
    user_id = serializers.UUIDField(required=False)
    since = serializers.DateTimeField(required=False)
    until = serializers.DateTimeField(required=False)


class VerificationAnswer(serializers.Serializer[Any]):
    """The outcome of checking the chain."""

    ok = serializers.BooleanField()
    checked = serializers.IntegerField()
    first_bad_id = serializers.CharField(allow_blank=True)
    message = serializers.CharField()
    rest = serializers.IntegerField(help_text="Entries left; go on with `after`: `checked`.")


class WhereToBegin(serializers.Serializer[Any]):
    """Where to go on with a chain too long for one request."""

    after = serializers.IntegerField(min_value=0, default=0)


class EntryList(ApiView):
    """`/api/v1/audit/`: the log of the organisation, newest first."""

    required_permission = {"GET": "audit.view"}

    @extend_schema(parameters=[EntryFilter], responses={200: dict})
    def get(self, request: Request) -> Response:
        """List entries."""
        wanted = query_of(request, EntryFilter)
        rows = selectors.entries(actor=self.actor, **wanted)
        answer = page(self, request, rows, render_entry)
        _add_emails(answer.data["results"])
        return answer


class ChainVerification(ApiView):
    """`/api/v1/audit/verify/`: check the chain from its first entry to its head."""

    required_permission = {"POST": "audit.view"}

    @extend_schema(request=WhereToBegin, responses={200: VerificationAnswer})
    def post(self, request: Request) -> Response:
        """Check up to 50,000 entries, note that they were checked, and sign the head of a whole chain."""
        found = services.verify_and_sign(actor=self.actor, **body_of(request, WhereToBegin))
        return Response(VerificationAnswer(found).data)


def render_entry(entry: Entry) -> dict[str, Any]:
    """Return an entry as the interface shows it."""
    return {
        "id": str(entry.pk),
        "sequence": entry.sequence,
        "created_at": entry.created_at.isoformat(),
        "action": entry.action,
        "target": entry.target,
        "details": entry.details,
        "user_id": str(entry.user_id) if entry.user_id else None,
        "api_key_id": entry.api_key_id or None,
        "request_id": entry.request_id or None,
        "previous_hash": entry.previous_hash,
        "hash": entry.hash,
    }


def _add_emails(rendered: list[dict[str, Any]]) -> None:
    """Name the persons who are still known; the log itself keeps ids only."""
    emails = {str(pk): email for pk, email in emails_of(row["user_id"] for row in rendered).items()}
    for row in rendered:
        row["user"] = emails.get(row["user_id"] or "")
