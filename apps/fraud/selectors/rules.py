"""Reads of rules, lists, policies and what waits for a second person."""

from datetime import datetime, timedelta
from typing import Any

from django.db.models import Count, Exists, OuterRef, Q, QuerySet, Subquery
from django.utils import timezone

from apps.fraud.errors import (
    BackTestNotFoundError,
    ChangeNotFoundError,
    EntryNotFoundError,
    PolicyNotFoundError,
    RuleNotFoundError,
)
from apps.fraud.models import (
    BackTest,
    Change,
    Detector,
    Label,
    ListEntry,
    PolicyVersion,
    Rule,
    RuleHit,
    RuleSet,
    RuleTest,
    RuleVersion,
    WorkRule,
)
from apps.fraud.selectors.decisions import as_uuid
from platform_core.accounts.api import Actor, Organisation
from platform_core.datasets import api as datasets
from platform_core.jobs import api as jobs

STATISTICS_DAYS = 30
_KINDS = {
    "int64": "number",
    "float64": "number",
    "bool": "boolean",
    "date": "time",
    "timestamp": "time",
    "timestamp_utc": "time",
}


def fields_of(*, actor: Actor, detector: Detector) -> dict[str, str]:
    """Return what a rule can read: the event's columns, the features and the score, with their kinds."""
    found = Detector.objects.owned_by(actor.organisation).get(pk=detector.pk)
    version = datasets.DatasetVersion.objects.filter(pk=found.dataset_version_id).first()
    columns = version.columns if version else []
    kinds = {str(c["name"]): _KINDS.get(str(c["type"]), "string") for c in columns}
    kinds.pop(str(detector.columns.get("label")), None)
    kinds |= dict.fromkeys(detector.entities, "string")
    if time := detector.columns.get("time"):
        kinds[time] = "time"
    if amount := detector.columns.get("amount"):
        kinds[amount] = "number"
    features = [name for name in detector.normals or {} if name not in kinds]
    return {**kinds, **dict.fromkeys(features, "number"), "score": "number"}


def rules(*, actor: Actor, detector: Detector) -> QuerySet[Rule]:
    """Return the detector's rules."""
    found = Rule.objects.owned_by(actor.organisation).filter(detector=detector)
    return found.select_related("detector")


def get_rule(*, actor: Actor, detector: Detector, rule_id: str) -> Rule:
    """Return one rule.

    Raises:
        RuleNotFoundError: the detector has no such rule.
    """
    found = rules(actor=actor, detector=detector).filter(pk=as_uuid(rule_id)).first()
    if found is None:
        raise RuleNotFoundError(f"“{detector.name}” has no rule {rule_id[:40]}.")
    return found


def get_version(*, rule: Rule, number: int) -> RuleVersion:
    """Return one version of a rule.

    Raises:
        RuleNotFoundError: no such version.
    """
    found = rule.versions.filter(number=number).first()
    if found is None:
        raise RuleNotFoundError(f"“{rule.name}” has no version {number}.")
    return found


def get_test(*, rule: Rule, test_id: str) -> RuleTest:
    """Return one test of a rule.

    Raises:
        RuleNotFoundError: no such test.
    """
    found = rule.tests.select_related("rule__detector").filter(pk=as_uuid(test_id)).first()
    if found is None:
        raise RuleNotFoundError(f"“{rule.name}” has no test {test_id[:40]}.")
    return found


def rule_sets(*, actor: Actor, detector: Detector) -> QuerySet[RuleSet]:
    """Return the sets that decided, newest first."""
    return RuleSet.objects.owned_by(actor.organisation).filter(detector=detector)


def statistics(*, rule: Rule, since: datetime | None = None) -> dict[str, Any]:
    """Return what a rule hit and what is known of it: hits, in shadow, frauds, genuine."""
    start = since or timezone.now() - timedelta(days=STATISTICS_DAYS)
    label = Label.objects.filter(
        detector_id=OuterRef("detector_id"), event_id=OuterRef("decision__event_id")
    )
    hits = RuleHit.objects.filter(rule=rule, created_at__gte=start).annotate(
        bad=Exists(label.filter(is_fraud=True)), good=Exists(label.filter(is_fraud=False))
    )
    found = hits.aggregate(
        hits=Count("pk"),
        shadow=Count("pk", filter=Q(shadow=True)),
        frauds=Count("pk", filter=Q(bad=True)),
        genuine=Count("pk", filter=Q(good=True)),
    )
    known = found["frauds"] + found["genuine"]
    return {**found, "precision": found["frauds"] / known if known else None, "since": start}


def backtests(*, actor: Actor, detector: Detector) -> QuerySet[BackTest]:
    """Return the detector's back-tests, newest first, with the state of each one's job."""
    job = jobs.Job.objects.owned_by(actor.organisation).filter(id=OuterRef("job_id"))
    found = BackTest.objects.owned_by(actor.organisation).filter(detector=detector)
    derived = {"job_state": Subquery(job.values("state")[:1])}
    return found.annotate(**derived)


def get_backtest(*, actor: Actor, detector: Detector, backtest_id: str) -> BackTest:
    """Return one back-test.

    Raises:
        BackTestNotFoundError: the detector has no such back-test.
    """
    found = backtests(actor=actor, detector=detector).filter(pk=as_uuid(backtest_id)).first()
    if found is None:
        raise BackTestNotFoundError(f"“{detector.name}” has no back-test {backtest_id[:40]}.")
    return found


def entries(*, actor: Actor, detector: Detector, name: str = "") -> QuerySet[ListEntry]:
    """Return the entries of one list or all, newest first."""
    found = ListEntry.objects.owned_by(actor.organisation).filter(detector=detector)
    return found.filter(list=name) if name else found


def get_entry(*, actor: Actor, detector: Detector, entry_id: str) -> ListEntry:
    """Return one entry.

    Raises:
        EntryNotFoundError: the detector has no such entry.
    """
    owned = entries(actor=actor, detector=detector).select_related("detector")
    found = owned.filter(pk=as_uuid(entry_id)).first()
    if found is None:
        raise EntryNotFoundError(f"The lists of “{detector.name}” have no entry {entry_id[:40]}.")
    return found


def policies(*, actor: Actor, detector: Detector) -> QuerySet[PolicyVersion]:
    """Return the versions of the policy, newest first."""
    return PolicyVersion.objects.owned_by(actor.organisation).filter(detector=detector)


def get_policy(*, actor: Actor, detector: Detector, number: int) -> PolicyVersion:
    """Return one version of the policy.

    Raises:
        PolicyNotFoundError: the detector has no such version.
    """
    found = policies(actor=actor, detector=detector).filter(number=number).first()
    if found is None:
        raise PolicyNotFoundError(f"The policy of “{detector.name}” has no version {number}.")
    return found


def changes(*, actor: Actor, detector: Detector) -> QuerySet[Change]:
    """Return what waits for a second person or was decided, newest first."""
    found = Change.objects.owned_by(actor.organisation).filter(detector=detector)
    return found.select_related("rule", "asked_by", "decided_by", "detector")


def get_change(*, actor: Actor, detector: Detector, change_id: str) -> Change:
    """Return one change.

    Raises:
        ChangeNotFoundError: the detector has no such change.
    """
    found = changes(actor=actor, detector=detector).filter(pk=as_uuid(change_id)).first()
    if found is None:
        raise ChangeNotFoundError(f"“{detector.name}” has no change {change_id[:40]}.")
    return found


def work_rule(*, organisation: Organisation) -> WorkRule:
    """Return how the organisation works; the defaults where nothing was said."""
    found = WorkRule.objects.filter(organisation=organisation).first()
    return found or WorkRule(organisation=organisation)
