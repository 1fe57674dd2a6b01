"""Tables of the monitoring part."""

from platform_core.monitoring.models.alerts import AlertEvent, AlertRule, Delivery
from platform_core.monitoring.models.measured import (
    DriftReference,
    DriftReport,
    QualityPoint,
    TrafficPoint,
    Watch,
)

__all__ = [
    "AlertEvent",
    "AlertRule",
    "Delivery",
    "DriftReference",
    "DriftReport",
    "QualityPoint",
    "TrafficPoint",
    "Watch",
]
