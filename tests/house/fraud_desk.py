"""What people work on in the fraud application: a case, a rule, a list entry, a policy, a change."""

from django.utils import timezone

from apps.fraud.models import (
    BackTest,
    Case,
    CaseDecision,
    Change,
    Decision,
    ListEntry,
    PolicyVersion,
    Rule,
    RuleTest,
    RuleVersion,
)
from apps.fraud.services import attachments
from platform_core.accounts.api import Actor


def worked(owner: Actor, decision: Decision) -> dict[str, str]:
    """Make one of each and return parameter -> id."""
    own = {"organisation": owner.organisation}
    detector = decision.detector
    case = Case.objects.create(
        **own, detector=detector, number=1, customer="c", due_at=timezone.now()
    )
    CaseDecision.objects.create(case=case, decision=decision)
    file = attachments.add_attachment(
        actor=owner, case=case, name="a.txt", content_type="text/plain", content=b"a"
    )
    rule = Rule.objects.create(**own, detector=detector, name="always")
    RuleVersion.objects.create(**own, rule=rule, number=1, text="1 == 1", action="review")
    test = RuleTest.objects.create(**own, rule=rule, name="any", event={}, holds=True)
    entry = ListEntry.objects.create(
        **own, detector=detector, list="watch", entity="user", key="k", value="v"
    )
    PolicyVersion.objects.create(**own, detector=detector, number=1)
    change = Change.objects.create(**own, detector=detector, kind="policy", number=1)
    backtest = BackTest.objects.create(**own, detector=detector)
    return {
        "case_id": str(case.pk),
        "attachment_id": str(file.pk),
        "risk_rule_id": str(rule.pk),
        "test_id": str(test.pk),
        "entry_id": str(entry.pk),
        "change_id": str(change.pk),
        "backtest_id": str(backtest.pk),
    }


IDS = (
    "case_id",
    "attachment_id",
    "risk_rule_id",
    "test_id",
    "entry_id",
    "change_id",
    "backtest_id",
)
