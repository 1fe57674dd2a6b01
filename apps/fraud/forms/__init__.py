"""Forms of the fraud application's pages."""

from apps.fraud.forms.lists import EntriesForm
from apps.fraud.forms.policy import PolicyForm
from apps.fraud.forms.rules import BackTestForm, RuleForm
from apps.fraud.forms.training import ROLES, TrainForm
from apps.fraud.forms.trying import EventForm, initial

__all__ = [
    "ROLES",
    "BackTestForm",
    "EntriesForm",
    "EventForm",
    "PolicyForm",
    "RuleForm",
    "TrainForm",
    "initial",
]
