"""Routes of back-tests, lists, policy, and changes that wait for a second person."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.request import Request
from rest_framework.response import Response

from apps.fraud.engine import ruling
from apps.fraud.models import BackTest, ListEntry, PolicyVersion, WorkRule
from apps.fraud.rest import rule_schemas as schemas
from apps.fraud.rest.rules import OfDetector
from apps.fraud.selectors import rules as reads
from apps.fraud.services import backtests, changes, lists, masking, policies
from platform_core.web.api import ApiView, body_of, page, query_of


class BackTests(OfDetector):
    """Back-tests of one detector."""

    required_permission = {"GET": "model.view", "POST": "rule.manage"}

    @extend_schema(operation_id="fraud_backtests_list", responses=schemas.BackTestAnswer(many=True))
    def get(self, request: Request, name: str) -> Response:
        """List back-tests, newest first."""
        found = reads.backtests(actor=self.actor, detector=self.detector(name))
        return page(self, request, found, _backtest_told)

    @extend_schema(
        operation_id="fraud_backtests_create",
        request=schemas.NewBackTest,
        responses={202: schemas.BackTestAnswer},
    )
    def post(self, request: Request, name: str) -> Response:
        """Try rules on history before they count."""
        detector, body = self.detector(name), body_of(request, schemas.NewBackTest)
        asked = [
            (each["name"], ruling.wording(actor=self.actor, detector=detector, body=each))
            for each in body["rules"]
        ]
        made = backtests.request_backtest(
            actor=self.actor,
            detector=detector,
            rules=asked,
            dataset=body.get("dataset", ""),
            own_decisions=body["own_decisions"],
        )
        return Response(_backtest_told(made), status=status.HTTP_202_ACCEPTED)


class BackTestDetail(OfDetector):
    """One back-test."""

    required_permission = {"GET": "model.view"}

    @extend_schema(operation_id="fraud_backtests_retrieve", responses=schemas.BackTestAnswer)
    def get(self, request: Request, name: str, backtest_id: str) -> Response:
        """Show what was found."""
        found = reads.get_backtest(
            actor=self.actor, detector=self.detector(name), backtest_id=backtest_id
        )
        return Response(_backtest_told(found))


class Entries(OfDetector):
    """The lists of one detector."""

    required_permission = {"GET": "rule.manage", "POST": "rule.manage"}

    @extend_schema(
        operation_id="fraud_lists_list",
        parameters=[schemas.EntriesQuery],
        responses=schemas.EntryAnswer(many=True),
    )
    def get(self, request: Request, name: str) -> Response:
        """List entries, newest first, their values masked."""
        detector = self.detector(name)
        chosen = query_of(request, schemas.EntriesQuery).get("list", "")
        found = reads.entries(actor=self.actor, detector=detector, name=chosen)
        return page(self, request, found, _entry_told)

    @extend_schema(
        operation_id="fraud_lists_add",
        request=schemas.NewEntries,
        responses={201: schemas.EntriesMade},
    )
    def post(self, request: Request, name: str) -> Response:
        """Put up to 1,000 values on a list; those on it get the new reason and expiry."""
        detector, body = self.detector(name), body_of(request, schemas.NewEntries)
        made = lists.add_entries(
            actor=self.actor, detector=detector, entries=lists.NewEntries(**body)
        )
        return Response({"added": len(made)}, status=status.HTTP_201_CREATED)


class Entry(OfDetector):
    """One entry of a list."""

    required_permission = {"DELETE": "rule.manage"}

    @extend_schema(operation_id="fraud_lists_remove", responses={204: None})
    def delete(self, request: Request, name: str, entry_id: str) -> Response:
        """Take a value off its list."""
        entry = reads.get_entry(actor=self.actor, detector=self.detector(name), entry_id=entry_id)
        lists.remove_entry(actor=self.actor, entry=entry)
        return Response(status=status.HTTP_204_NO_CONTENT)


class Policies(OfDetector):
    """The versions of one detector's policy."""

    required_permission = {"GET": "model.view", "POST": "policy.manage"}

    @extend_schema(operation_id="fraud_policies_list", responses=schemas.PolicyAnswer(many=True))
    def get(self, request: Request, name: str) -> Response:
        """List versions, newest first."""
        found = reads.policies(actor=self.actor, detector=self.detector(name))
        return page(self, request, found, _policy_told)

    @extend_schema(
        operation_id="fraud_policies_create",
        request=schemas.NewPolicy,
        responses={201: schemas.PolicyAnswer},
    )
    def post(self, request: Request, name: str) -> Response:
        """Write a version; it decides nothing until it is activated."""
        detector, body = self.detector(name), body_of(request, schemas.NewPolicy)
        made = policies.create_version(
            actor=self.actor,
            detector=detector,
            body=body["policy"],
            note=body.get("note", ""),
        )
        return Response(_policy_told(made), status=status.HTTP_201_CREATED)


class Activate(OfDetector):
    """One version of the policy, let decide."""

    required_permission = {"POST": "policy.manage"}

    @extend_schema(
        operation_id="fraud_policies_activate",
        request=schemas.NewReason,
        responses={202: schemas.RiskChange},
    )
    def post(self, request: Request, name: str, number: int) -> Response:
        """Let a version decide; the answer says if a second person must agree."""
        detector, body = self.detector(name), body_of(request, schemas.NewReason)
        change = policies.activate(
            actor=self.actor,
            detector=detector,
            number=number,
            reason=body.get("reason", ""),
        )
        return Response(schemas.change_told(change), status=status.HTTP_202_ACCEPTED)


class Changes(OfDetector):
    """What waits for a second person, and what was decided."""

    required_permission = {"GET": "model.view"}

    @extend_schema(operation_id="fraud_changes_list", responses=schemas.RiskChange(many=True))
    def get(self, request: Request, name: str) -> Response:
        """List changes, newest first."""
        found = reads.changes(actor=self.actor, detector=self.detector(name))
        return page(self, request, found, schemas.change_told)


class Approve(OfDetector):
    """A change, carried out."""

    required_permission = {"POST": "policy.approve"}

    @extend_schema(operation_id="fraud_changes_approve", request=None, responses=schemas.RiskChange)
    def post(self, request: Request, name: str, change_id: str) -> Response:
        """Carry a change out, as another person than who asked for it."""
        detector = self.detector(name)
        change = changes.approve(actor=self.actor, detector=detector, change_id=change_id)
        return Response(schemas.change_told(change))


class Decline(OfDetector):
    """A change, ended."""

    required_permission = {"POST": "policy.manage"}

    @extend_schema(operation_id="fraud_changes_decline", request=None, responses=schemas.RiskChange)
    def post(self, request: Request, name: str, change_id: str) -> Response:
        """End a change; one's own is withdrawn, another's needs the right to approve."""
        detector = self.detector(name)
        change = changes.decline(actor=self.actor, detector=detector, change_id=change_id)
        return Response(schemas.change_told(change))


class Work(ApiView):
    """How the organisation's people work together."""

    required_permission = {"GET": "model.view", "PUT": "organisation.manage"}

    @extend_schema(operation_id="fraud_work_rule", responses=schemas.WorkRuleBody)
    def get(self, request: Request) -> Response:
        """Show when two persons are needed, and how fast cases are to be closed."""
        return Response(_work_told(reads.work_rule(organisation=self.actor.organisation)))

    @extend_schema(
        operation_id="fraud_work_rule_set",
        request=schemas.WorkRuleBody,
        responses=schemas.WorkRuleBody,
    )
    def put(self, request: Request) -> Response:
        """Say when two persons are needed, and how fast cases are to be closed."""
        body = body_of(request, schemas.WorkRuleBody)
        return Response(_work_told(changes.set_work_rule(actor=self.actor, **body)))


def _work_told(rule: WorkRule) -> dict[str, Any]:
    return {
        "second_person": rule.second_person,
        "four_eyes_from": rule.four_eyes_from,
        "service_hours": rule.service_hours,
    }


def _backtest_told(found: BackTest) -> dict[str, Any]:
    return {
        "id": str(found.pk),
        "job": str(found.job_id) if found.job_id else None,
        "state": found.job_state or "unknown",
        "rules": [{key: each[key] for key in ("name", "text", "action")} for each in found.rules],
        "result": found.result,
        "created_at": found.created_at,
    }


def _entry_told(entry: ListEntry) -> dict[str, Any]:
    return {
        "id": str(entry.pk),
        "list": entry.list,
        "entity": entry.entity,
        "value": masking.masked(entry.value),
        "reason": entry.reason,
        "expires_at": entry.expires_at,
        "created_at": entry.created_at,
    }


def _policy_told(version: PolicyVersion) -> dict[str, Any]:
    return {
        "number": version.number,
        "policy": version.body,
        "note": version.note,
        "is_active": version.is_active,
        "active_since": version.active_since,
        "created_at": version.created_at,
    }
