"""Forms of the recommendation application's pages."""

from apps.recommendation.forms.rules import RuleForm
from apps.recommendation.forms.training import ROLES, TrainForm
from apps.recommendation.forms.trials import PROTOCOL_LABELS, EvaluationForm, ExperimentForm

__all__ = [
    "PROTOCOL_LABELS",
    "ROLES",
    "EvaluationForm",
    "ExperimentForm",
    "RuleForm",
    "TrainForm",
]
