"""Tables of the fraud application: detectors, what they know, decide, and what people do about it."""

from apps.fraud.models.batches import BatchScoring
from apps.fraud.models.cases import Case, CaseAttachment, CaseDecision, CaseNote, CaseReveal
from apps.fraud.models.changes import Change, PolicyVersion, WorkRule
from apps.fraud.models.decisions import Decision, Outcome
from apps.fraud.models.detectors import Detector
from apps.fraud.models.labels import Label
from apps.fraud.models.lists import ListEntry
from apps.fraud.models.rules import BackTest, Rule, RuleHit, RuleSet, RuleTest, RuleVersion
from apps.fraud.models.states import EntityState

__all__ = [
    "BackTest",
    "BatchScoring",
    "Case",
    "CaseAttachment",
    "CaseDecision",
    "CaseNote",
    "CaseReveal",
    "Change",
    "Decision",
    "Detector",
    "EntityState",
    "Label",
    "ListEntry",
    "Outcome",
    "PolicyVersion",
    "Rule",
    "RuleHit",
    "RuleSet",
    "RuleTest",
    "RuleVersion",
    "WorkRule",
]
