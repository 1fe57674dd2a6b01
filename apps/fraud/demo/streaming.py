"""Payments that keep coming for a while after the demo's start, and what turned out about them."""

import datetime as dt
import threading
import time
import uuid
from collections import deque

import structlog
from django.db import connections

from apps.fraud.engine import simulating
from apps.fraud.engine.live import labelling, scoring
from apps.fraud.errors import DemoFailedError
from apps.fraud.models import Decision
from platform_core.accounts.api import Actor
from platform_core.errors import PlatformError

RATE_PER_S = 1.0
FOR_S = 3_600.0
"""An hour of payments; starting the demo again gives another."""
SERVED_WITHIN_S, _POLL_S = 120.0, 0.3
LABEL_AFTER = 90
"""Payments later it is known which were fraud."""
log = structlog.get_logger("pentaquark.fraud")


def wait_until_served(actor: Actor, name: str, start: dt.datetime) -> None:
    """Wait until the runtime has the model warm, so that the first payment is not left to the fallback.

    Raises:
        DemoFailedError: it is not within SERVED_WITHIN_S.
    """
    payment, _ = next(simulating.live(start, None))
    fresh_id = f"warm-up-{uuid.uuid4()}"  # the answer to a payment decided before is kept
    event = {**payment, simulating.COLUMNS["id"]: fresh_id}
    deadline = time.monotonic() + SERVED_WITHIN_S
    while scoring.score(actor=actor, name=name, events=[event], dry_run=True)[0]["fallback"]:
        if time.monotonic() > deadline:
            raise DemoFailedError(
                f"The runtime did not load “{name}”.", remedy="Look at the log of the runtime."
            )
        time.sleep(_POLL_S)


def begin(actor: Actor, name: str, start: dt.datetime) -> threading.Thread:
    """Let payments come in the background of the demo's own process; it ends with the process."""
    thread = threading.Thread(
        target=_run, args=(actor, name, start), name="demo-payments", daemon=True
    )
    thread.start()
    return thread


def _run(actor: Actor, name: str, start: dt.datetime) -> None:
    try:
        send(actor, name, start, count=int(FOR_S * RATE_PER_S), rate_per_s=RATE_PER_S)
    except PlatformError as error:
        log.warning("demo.payments_ended", error=error.detail)
    finally:
        connections.close_all()


def send(actor: Actor, name: str, start: dt.datetime, *, count: int, rate_per_s: float) -> None:
    """Send payments one after the other, each fraud's label some payments later.

    Raises:
        PlatformError: the detector is gone, or the platform stops.
    """
    newest = (
        Decision.objects.owned_by(actor.organisation)
        .filter(detector__name=name)
        .order_by("-occurred_at")
        .values_list("occurred_at", flat=True)
        .first()
    )
    waiting: deque[labelling.Told] = deque()
    payments = simulating.live(start, newest)
    for number in range(count):
        due = time.monotonic() + 1 / rate_per_s
        event, is_fraud = next(payments)
        told = scoring.score(actor=actor, name=name, events=[event])[0]
        waiting.append(labelling.Told(told["event_id"], is_fraud=is_fraud))
        if number >= LABEL_AFTER and (known := waiting.popleft()).is_fraud:
            labelling.record_labels(actor=actor, name=name, told=[known])
        time.sleep(max(0.0, due - time.monotonic()))
