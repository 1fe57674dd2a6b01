"""Routes of rules: written, versioned, tested, given a mode; the fields they read; the sets that decided."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.request import Request
from rest_framework.response import Response

from apps.fraud import selectors
from apps.fraud.engine import ruling
from apps.fraud.models import Detector, Rule, RuleSet
from apps.fraud.rest import rule_schemas as schemas
from apps.fraud.selectors import rules as reads
from apps.fraud.services import rules
from platform_core.web.api import ApiView, body_of, page


class OfDetector(ApiView):
    """Base: something of one detector."""

    def detector(self, name: str) -> Detector:
        """Return the detector of the address."""
        return selectors.get_detector(actor=self.actor, name=name)

    def rule(self, name: str, risk_rule_id: str) -> Rule:
        """Return the rule of the address."""
        detector = self.detector(name)
        return reads.get_rule(actor=self.actor, detector=detector, rule_id=risk_rule_id)


class Collection(OfDetector):
    """The rules of one detector."""

    required_permission = {"GET": "model.view", "POST": "rule.manage"}

    @extend_schema(operation_id="fraud_rules_list", responses=schemas.RiskRule(many=True))
    def get(self, request: Request, name: str) -> Response:
        """List rules, newest first."""
        found = reads.rules(actor=self.actor, detector=self.detector(name))
        return page(self, request, found, schemas.rule_told)

    @extend_schema(
        operation_id="fraud_rules_create",
        request=schemas.NewRiskRule,
        responses={201: schemas.RuleDetail},
    )
    def post(self, request: Request, name: str) -> Response:
        """Write a rule from text or from a form; it is off until it is given a mode."""
        detector, body = self.detector(name), body_of(request, schemas.NewRiskRule)
        wording = ruling.wording(actor=self.actor, detector=detector, body=body)
        made = rules.create_rule(
            actor=self.actor, detector=detector, name=body["name"], wording=wording
        )
        return Response(schemas.rule_detail(made), status=status.HTTP_201_CREATED)


class Detail(OfDetector):
    """One rule."""

    required_permission = {"GET": "model.view", "DELETE": "rule.manage"}

    @extend_schema(operation_id="fraud_rules_retrieve", responses=schemas.RuleDetail)
    def get(self, request: Request, name: str, risk_rule_id: str) -> Response:
        """Show a rule, its versions and what it hit in the last 30 days."""
        return Response(schemas.rule_detail(self.rule(name, risk_rule_id)))

    @extend_schema(operation_id="fraud_rules_destroy", responses={204: None})
    def delete(self, request: Request, name: str, risk_rule_id: str) -> Response:
        """Delete a rule that is off."""
        rules.delete_rule(actor=self.actor, rule=self.rule(name, risk_rule_id))
        return Response(status=status.HTTP_204_NO_CONTENT)


class Versions(OfDetector):
    """The wordings of one rule."""

    required_permission = {"POST": "rule.manage"}

    @extend_schema(
        operation_id="fraud_rules_write",
        request=schemas.NewWording,
        responses={201: schemas.RuleDetail},
    )
    def post(self, request: Request, name: str, risk_rule_id: str) -> Response:
        """Write a further version; what decides now stays until the new one is given a mode."""
        rule, body = self.rule(name, risk_rule_id), body_of(request, schemas.NewWording)
        wording = ruling.wording(actor=self.actor, detector=rule.detector, body=body)
        rules.add_version(actor=self.actor, rule=rule, wording=wording)
        return Response(schemas.rule_detail(rule), status=status.HTTP_201_CREATED)


class Mode(OfDetector):
    """Whether a rule counts."""

    required_permission = {"POST": "rule.manage"}

    @extend_schema(
        operation_id="fraud_rules_mode",
        request=schemas.NewMode,
        responses={202: schemas.RiskChange},
    )
    def post(self, request: Request, name: str, risk_rule_id: str) -> Response:
        """Let a version count, be watched or rest; the answer says if a second person must agree."""
        rule, body = self.rule(name, risk_rule_id), body_of(request, schemas.NewMode)
        change = ruling.set_mode(
            actor=self.actor,
            rule=rule,
            number=body["version"],
            mode=body["mode"],
            reason=body.get("reason", ""),
        )
        return Response(schemas.change_told(change), status=status.HTTP_202_ACCEPTED)


class Tests(OfDetector):
    """The tests of one rule."""

    required_permission = {"GET": "rule.manage", "POST": "rule.manage"}

    @extend_schema(operation_id="fraud_rule_tests_list", responses=schemas.TestAnswers)
    def get(self, request: Request, name: str, risk_rule_id: str) -> Response:
        """Run the tests on the newest version and show what it says."""
        rule = self.rule(name, risk_rule_id)
        version = rule.versions.order_by("-number")[0]
        return Response({"version": version.number, "results": ruling.try_tests(version=version)})

    @extend_schema(
        operation_id="fraud_rule_tests_create",
        request=schemas.NewTest,
        responses={201: schemas.TestMade},
    )
    def post(self, request: Request, name: str, risk_rule_id: str) -> Response:
        """Keep an event and whether the rule must be true of it."""
        rule, body = self.rule(name, risk_rule_id), body_of(request, schemas.NewTest)
        made = rules.add_test(actor=self.actor, rule=rule, **body)
        told = {"id": str(made.pk), "name": made.name, "holds": made.holds}
        return Response(told, status=status.HTTP_201_CREATED)


class Test(OfDetector):
    """One test of one rule."""

    required_permission = {"DELETE": "rule.manage"}

    @extend_schema(operation_id="fraud_rule_tests_destroy", responses={204: None})
    def delete(self, request: Request, name: str, risk_rule_id: str, test_id: str) -> Response:
        """Forget a test."""
        rule = self.rule(name, risk_rule_id)
        rules.delete_test(actor=self.actor, test=reads.get_test(rule=rule, test_id=test_id))
        return Response(status=status.HTTP_204_NO_CONTENT)


class Check(OfDetector):
    """A condition read and, with an event, tried; nothing is stored."""

    required_permission = {"GET": "model.view", "POST": "rule.manage"}

    @extend_schema(operation_id="fraud_rule_fields", responses=schemas.FieldsAnswer)
    def get(self, request: Request, name: str) -> Response:
        """Show the fields and functions that a rule can use."""
        fields = reads.fields_of(actor=self.actor, detector=self.detector(name))
        return Response({"fields": fields, "functions": ruling.functions()})

    @extend_schema(
        operation_id="fraud_rule_check",
        request=schemas.NewCondition,
        responses=schemas.ConditionAnswer,
    )
    def post(self, request: Request, name: str) -> Response:
        """Read a condition: its text as the language writes it, its form, the fields it reads."""
        detector, body = self.detector(name), body_of(request, schemas.NewCondition)
        event = body.pop("event", None)
        found = ruling.condition(actor=self.actor, detector=detector, **body)
        told: dict[str, Any] = {
            "text": found.text,
            "form": found.form(),
            "reads": sorted(found.reads),
            "holds": None if event is None else ruling.check(found, event),
        }
        return Response(told)


class RuleSets(OfDetector):
    """The numbered sets of rules that decided."""

    required_permission = {"GET": "model.view"}

    @extend_schema(operation_id="fraud_rule_sets_list", responses=schemas.RuleSetAnswer(many=True))
    def get(self, request: Request, name: str) -> Response:
        """List sets, newest first; a decision's `rules_version` is the number of one."""
        found = reads.rule_sets(actor=self.actor, detector=self.detector(name))
        return page(self, request, found, _set_told)


def _set_told(found: RuleSet) -> dict[str, Any]:
    return {"number": found.number, "since": found.created_at, "rules": found.rules}
