"""Public door of monitoring: labels, the request log as a data set, drift, quality, alerts."""

from platform_core.monitoring.alerts.rules import (
    change_rule,
    create_rule,
    delete_rule,
    end_silence,
    silence,
)
from platform_core.monitoring.errors import (
    AlertInvalidError,
    AlertRuleNotFoundError,
    LabelsInvalidError,
    NothingLoggedError,
)
from platform_core.monitoring.models import AlertEvent, AlertRule, DriftReport, QualityPoint
from platform_core.monitoring.params import METRICS, RuleSpec
from platform_core.monitoring.selectors import (
    drift_references,
    drift_reports,
    events,
    get_rule,
    quality_points,
    rules,
)
from platform_core.monitoring.services import (
    add_labels,
    forget_log,
    renew_reference,
    request_dataset,
    request_measuring,
    set_logging,
)

__all__ = [
    "METRICS",
    "AlertEvent",
    "AlertInvalidError",
    "AlertRule",
    "AlertRuleNotFoundError",
    "DriftReport",
    "LabelsInvalidError",
    "NothingLoggedError",
    "QualityPoint",
    "RuleSpec",
    "add_labels",
    "change_rule",
    "create_rule",
    "delete_rule",
    "drift_references",
    "drift_reports",
    "end_silence",
    "events",
    "forget_log",
    "get_rule",
    "quality_points",
    "renew_reference",
    "request_dataset",
    "request_measuring",
    "rules",
    "set_logging",
    "silence",
]
