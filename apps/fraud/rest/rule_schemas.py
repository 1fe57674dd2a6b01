"""Shapes of requests and answers about rules, back-tests, lists, policy and changes."""

from typing import Any

from rest_framework import serializers

from apps.fraud.models import Change, ListEntry, Outcome, Rule
from apps.fraud.rest.schemas import Strict
from apps.fraud.selectors import rules as reads

Answer = serializers.Serializer[dict[str, Any]]
SHOWN_VERSIONS = 50


class Condition(Strict):
    """A condition, as text or as the JSON of a form."""

    text = serializers.CharField(required=False, max_length=4_000, trim_whitespace=False)
    form = serializers.DictField(required=False)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Refuse both and neither."""
        if ("text" in attrs) == ("form" in attrs):
            raise serializers.ValidationError({"text": ["Give either text or form."]})
        return attrs


class NewCondition(Condition):
    """A condition to read, and an event to try it on."""

    event = serializers.DictField(required=False, help_text="Say whether it is true of this.")


class NewWording(Condition):
    """A wording of a rule."""

    action = serializers.ChoiceField(Outcome.choices)
    note = serializers.CharField(required=False, allow_blank=True, max_length=500)


class NewRiskRule(NewWording):
    """A rule with its first wording."""

    name = serializers.CharField(max_length=80)


class NewMode(Strict):
    """What a rule shall be."""

    mode = serializers.ChoiceField(Rule.Mode.choices)
    version = serializers.IntegerField(min_value=1)
    reason = serializers.CharField(required=False, allow_blank=True, max_length=500)


class NewTest(Strict):
    """An event and what the rule must say of it."""

    name = serializers.CharField(max_length=80)
    event = serializers.DictField()
    holds = serializers.BooleanField()


class TestMade(Answer):
    """A test that was kept."""

    id = serializers.UUIDField()
    name = serializers.CharField()
    holds = serializers.BooleanField()


class TestAnswer(TestMade):
    """A test and what the newest version says."""

    found = serializers.BooleanField()
    passed = serializers.BooleanField()


class TestAnswers(Answer):
    """What the newest version says to every test."""

    version = serializers.IntegerField()
    results = TestAnswer(many=True)


class RiskRule(Answer):
    """A rule."""

    id = serializers.UUIDField()
    name = serializers.CharField()
    mode = serializers.ChoiceField(Rule.Mode.choices)
    live = serializers.IntegerField(allow_null=True, help_text="Version that counts or is watched.")
    created_at = serializers.DateTimeField()


class RuleDetail(RiskRule):
    """A rule with its versions and hits."""

    versions = serializers.ListField(child=serializers.DictField())
    statistics = serializers.DictField(
        help_text="Of 30 days: hits, shadow, frauds, genuine, precision."
    )


class FieldsAnswer(Answer):
    """What a rule can use."""

    fields = serializers.DictField(child=serializers.CharField())  # type: ignore[assignment]
    functions = serializers.DictField(child=serializers.CharField())


class ConditionAnswer(Answer):
    """A condition that was read."""

    text = serializers.CharField()
    form = serializers.DictField()
    reads = serializers.ListField(child=serializers.CharField())
    holds = serializers.BooleanField(allow_null=True)


class RuleSetAnswer(Answer):
    """Rules that decided together."""

    number = serializers.IntegerField()
    since = serializers.DateTimeField()
    rules = serializers.ListField(child=serializers.DictField())


class RiskChange(Answer):
    """A change that waits for a second person, or was decided."""

    id = serializers.UUIDField()
    kind = serializers.ChoiceField(Change.Kind.choices)
    state = serializers.ChoiceField(Change.State.choices)
    rule = serializers.CharField(allow_null=True)
    number = serializers.IntegerField()
    mode = serializers.CharField(allow_blank=True)
    reason = serializers.CharField(allow_blank=True)
    asked_by = serializers.CharField(allow_null=True)
    decided_by = serializers.CharField(allow_null=True)
    created_at = serializers.DateTimeField()
    decided_at = serializers.DateTimeField(allow_null=True)


class TriedRule(NewWording):
    """A rule to try; the action only tells how it is shown."""

    name = serializers.CharField(max_length=80)


class NewBackTest(Strict):
    """What to try on which history."""

    rules = serializers.ListField(child=TriedRule(), min_length=1, max_length=50)
    dataset = serializers.CharField(
        required=False, help_text="Id or name; the detector's own history by default."
    )
    own_decisions = serializers.BooleanField(
        default=False, help_text="On what the detector decided, instead of a data set."
    )


class BackTestAnswer(Answer):
    """A back-test; `result` is null until its job has ended."""

    id = serializers.UUIDField()
    job = serializers.UUIDField(allow_null=True)
    state = serializers.CharField(help_text="Of the job.")
    rules = serializers.ListField(child=serializers.DictField())
    result = serializers.DictField(allow_null=True)
    created_at = serializers.DateTimeField()


class NewEntries(Strict):
    """Values to put on a list."""

    list = serializers.ChoiceField(ListEntry.List.choices)
    entity = serializers.CharField(max_length=200)
    values = serializers.ListField(
        child=serializers.CharField(max_length=200), min_length=1, max_length=1_000
    )
    reason = serializers.CharField(required=False, allow_blank=True, max_length=500)
    expires_at = serializers.DateTimeField(required=False, allow_null=True)


class EntryAnswer(Answer):
    """One value on a list, masked."""

    id = serializers.UUIDField()
    list = serializers.ChoiceField(ListEntry.List.choices)
    entity = serializers.CharField()
    value = serializers.CharField(help_text="Masked but for its end.")
    reason = serializers.CharField(allow_blank=True)
    expires_at = serializers.DateTimeField(allow_null=True)
    created_at = serializers.DateTimeField()


class EntriesMade(Answer):
    """How many values were put on a list."""

    added = serializers.IntegerField()


class EntriesQuery(Strict):
    """Which list."""

    list = serializers.ChoiceField(ListEntry.List.choices, required=False)
    page_size = serializers.IntegerField(required=False)
    cursor = serializers.CharField(required=False)


class NewPolicy(Strict):
    """A version of the policy; what is left out has its default."""

    policy = serializers.DictField(help_text="See services.deciding.Policy.")
    note = serializers.CharField(required=False, allow_blank=True, max_length=500)


class PolicyAnswer(Answer):
    """A version of the policy."""

    number = serializers.IntegerField()
    policy = serializers.DictField()
    note = serializers.CharField(allow_blank=True)
    is_active = serializers.BooleanField()
    active_since = serializers.DateTimeField(allow_null=True)
    created_at = serializers.DateTimeField()


class NewReason(Strict):
    """Why."""

    reason = serializers.CharField(required=False, allow_blank=True, max_length=500)


class WorkRuleBody(Strict):
    """How people work together."""

    second_person = serializers.BooleanField()
    four_eyes_from = serializers.FloatField(allow_null=True)
    service_hours = serializers.FloatField()


def rule_told(rule: Rule) -> dict[str, Any]:
    """Return a rule for a list."""
    return {
        "id": str(rule.pk),
        "name": rule.name,
        "mode": rule.mode,
        "live": rule.live,
        "created_at": rule.created_at,
    }


def rule_detail(rule: Rule) -> dict[str, Any]:
    """Return a rule with its versions and hits."""
    versions = rule.versions.order_by("-number")[:SHOWN_VERSIONS]
    return {
        **rule_told(rule),
        "versions": [
            {
                "number": each.number,
                "text": each.text,
                "action": each.action,
                "note": each.note,
                "created_at": each.created_at,
            }
            for each in versions
        ],
        "statistics": reads.statistics(rule=rule),
    }


def change_told(change: Change) -> dict[str, Any]:
    """Return a change."""
    return {
        "id": str(change.pk),
        "kind": change.kind,
        "state": change.state,
        "rule": change.rule.name if change.rule else None,
        "number": change.number,
        "mode": change.mode,
        "reason": change.reason,
        "asked_by": change.asked_by.email if change.asked_by else None,
        "decided_by": change.decided_by.email if change.decided_by else None,
        "created_at": change.created_at,
        "decided_at": change.decided_at,
    }
