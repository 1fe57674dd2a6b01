"""Kills -9 of web and runtime while programs send payments: none lost, none decided twice, states whole.

Two programs send payments of few customers, so that their states meet, and repeat a call with the same event
until it is answered. Meanwhile the web's supervisor, its worker or the runtime is killed, again and again. In
the end there must be one decision for each acknowledged payment and no other, and the states must equal those
built anew from the history and the decisions.
"""

import random
import sys
import threading
import time
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from benchmarks.load import ROOT, free_port
from benchmarks.recommendation_kills import Service, post
from benchmarks.serving_platform import Platform

SENDERS = 2


@dataclass
class Sender:
    """A program that repeats each payment until it is answered."""

    number: int
    port: int
    key: str
    path: str
    stop: threading.Event
    acknowledged: list[str] = field(default_factory=list)
    repeated: int = 0

    def run(self) -> None:
        """Send until told to stop; the last call is always finished."""
        from tests.apps.fraud.conftest import event  # noqa: PLC0415  (after django.setup)

        draw = random.Random(self.number)  # noqa: S311
        call = 0
        while not self.stop.is_set():
            sent = event(
                call,
                round(draw.uniform(5, 500), 2),
                f"c{draw.randrange(12)}",
                terminal=f"t{draw.randrange(6)}",
            )
            sent["id"] = f"s{self.number}-{call}"
            while post(self.port, self.key, self.path, sent) != 200:
                self.repeated += 1
                time.sleep(0.05)
            self.acknowledged.append(sent["id"])
            call += 1


def measure(platform: Platform, detector: Any, kills: int) -> dict[str, Any]:
    """Send, kill, count."""
    web_port, runtime_port = free_port(), free_port()
    stop, killed = threading.Event(), Counter[str]()
    path = f"/api/v1/fraud/detectors/{detector.name}/score"
    senders = [Sender(number, web_port, platform.key, path, stop) for number in range(SENDERS)]
    threads = [threading.Thread(target=sender.run, daemon=True) for sender in senders]
    with (platform.folder / "killed.log").open("wb") as log:
        manage = [sys.executable, str(ROOT / "manage.py")]
        ports = {
            "PENTAQUARK_RUNTIME_PORT": str(runtime_port),
            "PENTAQUARK_GRPC_PORT": str(free_port()),
        }
        web = Service([*manage, "web", "--port", str(web_port)], web_port, "/healthz", {}, log)
        runtime = Service([*manage, "runtime"], runtime_port, "/v2/health/ready", ports, log)
        try:
            web.start(), runtime.start()
            for thread in threads:
                thread.start()
            for _ in range(kills):
                time.sleep(random.uniform(0.0, 1.0))  # noqa: S311
                killed[_kill_one(web, runtime, senders)] += 1
            stop.set()
            for thread in threads:
                thread.join(60)
            return {"kills": dict(killed), **_counted(detector, senders)}
        finally:
            stop.set()
            for service in (web, runtime):
                if service.process is not None and service.process.poll() is None:
                    service.kill(worker_only=False)


def _kill_one(web: Service, runtime: Service, senders: list[Sender]) -> str:
    """Kill something, start it again, and wait until payments are answered once more."""
    target = random.choice(["web", "web worker", "runtime"])  # noqa: S311
    service = runtime if target == "runtime" else web
    service.kill(worker_only=target == "web worker")
    time.sleep(random.uniform(0.0, 0.3))  # noqa: S311
    if target != "web worker":
        service.start()
    before = sum(len(sender.acknowledged) for sender in senders)
    ends = time.monotonic() + 90
    while sum(len(sender.acknowledged) for sender in senders) == before:
        if time.monotonic() > ends:
            sys.exit(f"No payment was answered for 90 s after a kill of the {target}.")
        if service.process is not None and service.process.poll() is not None:
            service.start()  # Granian gives up after two dead workers in 5.5 s: `up` starts it again
        time.sleep(0.02)
    return target


def _counted(detector: Any, senders: list[Sender]) -> dict[str, Any]:
    from apps.fraud.engine import rebuilding, warming  # noqa: PLC0415  (after django.setup)
    from apps.fraud.engine.live import knowing  # noqa: PLC0415
    from apps.fraud.models import Decision  # noqa: PLC0415

    sent = {event for sender in senders for event in sender.acknowledged}
    rows = Decision.objects.filter(detector=detector)
    stored = Counter(rows.values_list("event_id", flat=True))
    detector.refresh_from_db()
    before = warming.computed(knowing.of(detector))
    rebuilding.rebuild(detector)
    detector.refresh_from_db()
    after = warming.computed(knowing.of(detector))
    return {
        "payments_acknowledged": len(sent),
        "calls_repeated": sum(sender.repeated for sender in senders),
        "by_fallback": rows.filter(is_fallback=True).count(),
        "lost": len(sent - set(stored)),
        "decided_twice": sum(count - 1 for count in stored.values()),
        "stored_but_never_sent": len(set(stored) - sent),
        "states": len(after),
        "states_that_differ_from_a_rebuild": sum(
            before.get(name) != after.get(name) for name in {*before, *after}
        ),
    }
