"""Asks for rules to be tried on history; the job does it (see engine.backtesting)."""

from collections.abc import Sequence

from django.db import transaction

from apps.fraud.models import BackTest, Detector
from apps.fraud.selectors import rules as reads
from apps.fraud.services.rules import Wording
from platform_core.accounts.api import Actor
from platform_core.audit import api as audit
from platform_core.datasets import api as datasets
from platform_core.errors import InvalidInputError
from platform_core.jobs import api as jobs

JOB_KIND = "fraud.backtest"
MAX_RULES = 50


def request_backtest(
    *,
    actor: Actor,
    detector: Detector,
    rules: Sequence[tuple[str, Wording]],
    dataset: str = "",
    own_decisions: bool = False,
) -> BackTest:
    """Store what is to be tried and queue the job.

    Args:
        actor: who.
        detector: whose columns the rules read.
        rules: name and wording of each.
        dataset: id or name of a data set with the detector's columns; by default its own history.
        own_decisions: try the rules on the decisions of the detector instead.

    Raises:
        InvalidInputError: no rules or too many.
        DatasetNotFoundError, DatasetNotReadyError: see datasets.
    """
    actor.require("rule.manage")
    if not 1 <= len(rules) <= MAX_RULES:
        raise InvalidInputError(f"Try 1 to {MAX_RULES} rules at once.", field="rules")
    version = None
    if not own_decisions:
        key = dataset or str(detector.dataset_id)
        found = datasets.get_dataset(actor=actor, key=key)
        version = datasets.current_version(dataset=found)
    told = [
        {"name": name, "text": each.text, "action": each.action, "kinds": dict(each.kinds)}
        for name, each in rules
    ]
    with transaction.atomic():
        made = BackTest(
            organisation=actor.organisation,
            detector=detector,
            rules=told,
            dataset_version_id=version.pk if version else None,
        )
        job = jobs.submit(
            actor=actor,
            kind=JOB_KIND,
            params={"backtest": str(made.pk)},
            subject=detector.name,
        )
        made.job_id = job.pk
        made.save(force_insert=True)
        audit.record(
            actor=actor,
            action="fraud.rules_backtested",
            target=f"detector:{detector.pk}",
            details={"detector": detector.name, "rules": len(told), "job": str(job.pk)},
        )
    return reads.get_backtest(actor=actor, detector=detector, backtest_id=str(made.pk))
