"""What decides now: the live rules as one numbered set, and the policy; called under the lock."""

from typing import Any

from django.db.models import F
from django.utils import timezone

from apps.fraud.models import Detector, PolicyVersion, Rule, RuleSet, RuleVersion


def lock(detector: Detector) -> Detector:
    """Return the detector's row, locked until the transaction ends: changes queue up behind each other."""
    return Detector.objects.select_for_update().get(pk=detector.pk)


def touch(detector: Detector) -> None:
    """Make every process read again what decides."""
    Detector.objects.filter(pk=detector.pk).update(sequence=F("sequence") + 1)


def apply_rule(*, detector: Detector, rule: Rule, number: int, mode: str) -> RuleSet:
    """Give a rule its mode, and write down the set that decides from now on."""
    rule.mode = mode
    rule.live = None if mode == Rule.Mode.OFF else number
    rule.save(update_fields=["mode", "live"])
    return write_set(detector=detector)


def write_set(*, detector: Detector) -> RuleSet:
    """Write down the rules that count or are watched as the detector's next set."""
    last = RuleSet.objects.filter(detector=detector).order_by("-number").first()
    made = RuleSet.objects.create(
        organisation_id=detector.organisation_id,
        detector=detector,
        number=last.number + 1 if last else 1,
        rules=_live(detector),
    )
    touch(detector)
    return made


def _live(detector: Detector) -> list[dict[str, Any]]:
    rules = list(Rule.objects.filter(detector=detector).exclude(live=None).order_by("name"))
    versions = {
        (version.rule_id, version.number): version
        for version in RuleVersion.objects.filter(rule__in=rules)
    }
    return [_told(rule, versions[rule.pk, rule.live or 0]) for rule in rules]


def _told(rule: Rule, version: RuleVersion) -> dict[str, Any]:
    return {
        "rule": str(rule.pk),
        "name": rule.name,
        "version": version.number,
        "action": version.action,
        "text": version.text,
        "kinds": version.kinds,
        "shadow": rule.mode == Rule.Mode.SHADOW,
    }


def apply_policy(*, detector: Detector, version: PolicyVersion) -> PolicyVersion:
    """Let a version of the policy decide from now on."""
    PolicyVersion.objects.filter(detector=detector, is_active=True).update(is_active=False)
    version.is_active, version.active_since = True, timezone.now()
    version.save(update_fields=["is_active", "active_since"])
    touch(detector)
    return version
