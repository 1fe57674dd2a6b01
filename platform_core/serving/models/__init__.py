"""Tables of the serving part: endpoints, their traffic and its history, counters, logs, runtimes."""

from platform_core.serving.models.canaries import Canary
from platform_core.serving.models.counts import ShadowCount, TrafficCount
from platform_core.serving.models.endpoints import Endpoint, TrafficChange
from platform_core.serving.models.logs import LogBatch, LogDay
from platform_core.serving.models.nodes import RuntimeNode

__all__ = [
    "Canary",
    "Endpoint",
    "LogBatch",
    "LogDay",
    "RuntimeNode",
    "ShadowCount",
    "TrafficChange",
    "TrafficCount",
]
