"""What can be watched, and the limits of asking for it."""

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from platform_core.monitoring.errors import AlertInvalidError

MAX_LABELS, MAX_LABEL_CHARS, MAX_ID_CHARS = 10_000, 200, 256
MAX_EMAILS, MAX_RULES = 10, 200
MAX_SILENCE_S = 90 * 86_400
_EMAIL = re.compile(r"[^@\s<>,;]{1,64}@[^@\s<>,;]{1,190}")


@dataclass(frozen=True)
class Metric:
    """A figure a rule can watch.

    Attributes:
        title: for people.
        unit: of the threshold.
        threshold: a usual one.
        most: the largest threshold that makes sense.
        is_counted: needs every request counted (the endpoint's option `watch`).
        is_logged: needs the request log.
    """

    title: str | Promise
    unit: str
    threshold: float
    most: float
    is_counted: bool = False
    is_logged: bool = False


METRICS: Mapping[str, Metric] = {
    "error_rate": Metric(_("Requests refused or failed"), "part", 0.05, 1.0, is_counted=True),
    "latency_p95": Metric(_("Latency, 95th percentile"), "ms", 100.0, 1e6, is_counted=True),
    "drift": Metric(_("Drift, largest PSI of a column"), "PSI", 0.2, 100.0, is_logged=True),
    "missing": Metric(_("More missing values than usual"), "part", 0.1, 1.0, is_logged=True),
    "quality": Metric(_("Quality by late labels"), "metric", 0.8, 1e12, is_logged=True),
    "canary_rollback": Metric(_("Canaries rolled back"), "count", 0.0, 1000.0),
}
"""Name -> what it is. Quality is bad below its threshold, an error (mae) and all others above."""


@dataclass(frozen=True)
class RuleSpec:
    """What a rule is to watch and whom to tell; see `AlertRule`."""

    name: str
    metric: str
    threshold: float
    window_s: int = 300
    looks: int = 2
    margin: float = 0.1
    emails: tuple[str, ...] = ()
    webhook_url: str = ""
    webhook_secret: str = field(default="", repr=False)

    def __post_init__(self) -> None:
        if not 0 < len(self.name.strip()) <= 120:
            _refuse("A rule has a name of 1 to 120 characters.", "name")
        if self.metric not in METRICS:
            known = ", ".join(METRICS)
            _refuse(f"“{self.metric[:40]}” is nothing a rule can watch.", "metric", known)
        if not (math.isfinite(self.threshold) and 0 <= self.threshold <= METRICS[self.metric].most):
            most = METRICS[self.metric].most
            _refuse("The threshold is out of range.", "threshold", f"Use 0 to {most:g}.")
        for name, least, most in (("window_s", 60, 7 * 86_400), ("looks", 1, 20)):
            if not least <= getattr(self, name) <= most:
                _refuse(f"{name} is out of range.", name, f"Use {least} to {most:,}.")
        if not 0 <= self.margin < 1:
            _refuse("The margin is out of range.", "margin", "Use 0 to 0.9.")
        self._check_addresses()

    def _check_addresses(self) -> None:
        if len(self.emails) > MAX_EMAILS:
            _refuse("Too many e-mail addresses.", "emails", f"Use at most {MAX_EMAILS}.")
        for address in self.emails:
            if not _EMAIL.fullmatch(address):
                _refuse(f"“{address[:80]}” is not an e-mail address.", "emails")
        if self.webhook_url:
            parts = _split(self.webhook_url)
            if parts is None:
                words = "A webhook is an http or https address without name and password."
                _refuse(words, "webhook_url")
        if len(self.webhook_secret) > 200:
            _refuse("A webhook's secret has at most 200 characters.", "webhook_secret")


def _split(url: str) -> str | None:
    try:
        parts = urlsplit(url)
        is_good = parts.scheme in {"http", "https"} and bool(parts.hostname)
        _port = parts.port
    except ValueError:
        return None
    plain = len(url) <= 500 and url.isascii() and url.isprintable() and " " not in url
    return url if is_good and plain and parts.username is None else None


def _refuse(words: str, place: str, remedy: str = "") -> None:
    raise AlertInvalidError(words, remedy=remedy, field=place)
