"""How numbers, sizes, times and states are written; the template filters and services share these words."""

import math
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from django.utils import formats
from django.utils.functional import Promise
from django.utils.translation import gettext, ngettext, pgettext
from django.utils.translation import gettext_lazy as _

Words = str | Promise
"""Words of the interface: plain, or translated when shown."""

_UNITS = ("kB", "MB", "GB", "TB", "PB")


@dataclass(frozen=True)
class State:
    """A state as a chip shows it: words, icon, tone (neutral, active, good, warn, bad)."""

    words: Words
    icon: str
    tone: str
    live: bool = False


STATES: dict[str, State] = {
    "queued": State(_("Queued"), "clock", "neutral"),
    "leased": State(_("Starting"), "spinner", "active", live=True),
    "running": State(_("Running"), "spinner", "active", live=True),
    "succeeded": State(_("Succeeded"), "check", "good"),
    "failed": State(_("Failed"), "x", "bad"),
    "cancelled": State(_("Cancelled"), "ban", "neutral"),
    "preempted": State(_("Preempted"), "pause", "warn"),
    "paused": State(_("Paused"), "pause", "warn"),
    "ingesting": State(_("Ingesting"), "spinner", "active", live=True),
    "ready": State(_("Ready"), "check", "good"),
    "rejected": State(_("Rejected"), "x", "bad"),
    "deleted": State(_("Deleted"), "trash", "neutral"),
    "champion": State(_("Champion"), "flag", "active"),
    "challenger": State(_("Challenger"), "branch", "neutral"),
    "loaded": State(_("Loaded"), "check", "good"),
    "loading": State(_("Loading"), "spinner", "active", live=True),
    "warming": State(_("Warming up"), "spinner", "active", live=True),
    "cold": State(_("Not loaded"), "circle", "neutral"),
    "active": State(_("Active"), "check", "good"),
    "online": State(_("Online"), "check", "good"),
    "offline": State(_("Offline"), "x", "bad"),
    "expired": State(_("Expired"), "clock", "warn"),
    "revoked": State(_("Revoked"), "ban", "neutral"),
    "new": State(_("New"), "plus", "active"),
    "open": State(_("Open"), "circle", "active"),
    "closed": State(_("Closed"), "check", "neutral"),
    "error": State(_("Error"), "x", "bad"),
    "warning": State(_("Warning"), "alert", "warn"),
    "info": State(_("Note"), "info", "active"),
    "ok": State(_("In order"), "check", "good"),
    "building": State(_("Being built"), "clock", "neutral"),
}


def state(name: str) -> State:
    """Return how to show a state; an unknown one keeps its own word and a neutral tone."""
    return STATES.get(name) or State(name.replace("_", " ").capitalize(), "circle", "neutral")


def number(value: float | None, digits: int | None = None) -> str:
    """Write a number with separated thousands: integers whole, others with four significant digits."""
    if value is None or not math.isfinite(value):
        return "–"
    if isinstance(value, int) or float(value).is_integer():
        return f"{value:,.{digits}f}" if digits else f"{int(value):,}"
    if digits is None:
        digits = 4 if abs(value) < 1 else 3 if abs(value) < 10 else 2 if abs(value) < 100 else 1
        text = f"{value:.{digits}f}"
        if float(text) == 0:
            return f"{value:.2e}"
    return f"{value:,.{digits}f}"


def percent(fraction: float | None, digits: int = 0) -> str:
    """Write a fraction as a percentage: 0.42 is 42 %."""
    written = number(None if fraction is None else fraction * 100, digits)
    return written if written == "–" else gettext("%(number)s %%") % {"number": written}


def filesize(size_bytes: float | None) -> str:
    """Write a size in decimal units: 12.3 MB."""
    if size_bytes is None:
        return "–"
    size = float(size_bytes)
    if abs(size) < 1000:
        return f"{size:.0f} B"
    for unit in _UNITS:
        size /= 1000
        if abs(size) < 999.95 or unit == _UNITS[-1]:
            break
    return f"{size:.1f} {unit}" if abs(size) < 100 else f"{size:.0f} {unit}"


def duration(value: float | timedelta | None) -> str:
    """Write a time span in its two largest units: 340 ms, 12.4 s, 3 min 20 s, 2 h 5 min, 3 d 4 h."""
    if value is None:
        return "–"
    seconds = value.total_seconds() if isinstance(value, timedelta) else float(value)
    if seconds < 1:
        return f"{seconds * 1000:.0f} ms"
    if seconds < 59.5:
        unit = pgettext("unit of time", "s")
        return f"{seconds:.1f} {unit}" if seconds < 10 else f"{seconds:.0f} {unit}"
    whole = round(seconds)
    days, hours = pgettext("unit of time", "d"), pgettext("unit of time", "h")
    minutes, lone = pgettext("unit of time", "min"), pgettext("unit of time", "s")
    for size, unit, smaller_size, smaller in (
        (86_400, days, 3600, hours),
        (3600, hours, 60, minutes),
        (60, minutes, 1, lone),
    ):
        if whole >= size:
            rest = whole % size // smaller_size
            return f"{whole // size} {unit}" + (f" {rest} {smaller}" if rest else "")
    return f"{whole} s"


def relative_time(moment: datetime, now: datetime | None = None) -> str:
    """Say how long ago (or in how long) a moment is."""
    seconds = ((now or datetime.now(UTC)) - moment).total_seconds()
    span = abs(seconds)
    if span < 10:
        return gettext("just now")
    if span < 60:
        words = ngettext("%(n)d second", "%(n)d seconds", int(span)) % {"n": int(span)}
    elif span < 3600:
        words = ngettext("%(n)d minute", "%(n)d minutes", int(span // 60)) % {"n": span // 60}
    elif span < 86_400:
        words = ngettext("%(n)d hour", "%(n)d hours", int(span // 3600)) % {"n": span // 3600}
    elif span < 30 * 86_400:
        days = int(span // 86_400)
        words = ngettext("%(n)d day", "%(n)d days", days) % {"n": days}
    else:
        return formats.date_format(moment, "j M Y")
    return (
        gettext("%(span)s ago") % {"span": words}
        if seconds > 0
        else gettext("in %(span)s") % {"span": words}
    )
