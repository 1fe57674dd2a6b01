"""Kills -9 of web and runtime, at random moments, while programs send events: none lost, none counted twice.

Two programs send one to five events at a time, a third of them about items nobody knew, and repeat a call
with the same `event_id`s until it is acknowledged. Meanwhile the web's supervisor, its worker or the runtime
is killed, again and again. In the end the database must hold exactly the acknowledged events, each once; new
items must have been touched as often as events said; and the next answers must know both.
"""

import http.client
import json
import os
import random
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

import psutil

from benchmarks.load import ROOT, free_port
from benchmarks.serving_platform import Platform

NAME, SENDERS, NEW_ITEMS = "killed", 2, 400
_PATH = f"/api/v1/recommendation/recommenders/{NAME}"


@dataclass
class Service:
    """One process tree that is started again whenever it was killed."""

    command: list[str]
    port: int
    ready: str
    variables: dict[str, str]
    log: Any
    process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start and wait for the first answer."""
        self.process = subprocess.Popen(
            self.command,
            cwd=ROOT,
            env={**os.environ, **self.variables},
            stdout=self.log,
            stderr=self.log,
            start_new_session=True,
        )
        while self._status() != http.client.OK:
            if self.process.poll() is not None:
                sys.exit(f"{self.command[2]} ended while starting; see {self.log.name}")
            time.sleep(0.05)

    def kill(self, *, worker_only: bool) -> None:
        """Kill -9 the whole tree, or a worker that its supervisor has to replace."""
        assert self.process is not None  # noqa: S101
        children = psutil.Process(self.process.pid).children(recursive=True)
        if worker_only and children:
            random.choice(children).kill()  # noqa: S311
            return
        os.killpg(self.process.pid, signal.SIGKILL)
        for child in children:
            if child.is_running():
                child.kill()
        self.process.wait()

    def _status(self) -> int:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=2)
        try:
            connection.request("GET", self.ready)
            return connection.getresponse().status
        except (OSError, http.client.HTTPException):
            return 0
        finally:
            connection.close()


@dataclass
class Sender:
    """A program that repeats each call until it is acknowledged."""

    number: int
    port: int
    key: str
    stop: threading.Event
    acknowledged: dict[str, tuple[str, str]] = field(default_factory=dict)
    repeated: int = 0

    def run(self) -> None:
        """Send until told to stop; the last call is always finished."""
        draw = random.Random(self.number)  # noqa: S311
        call = 0
        while not self.stop.is_set():
            events = [
                self._event(draw, f"s{self.number}-{call}-{n}") for n in range(draw.randint(1, 5))
            ]
            while not self._sent(events):
                self.repeated += 1
                time.sleep(0.05)
            self.acknowledged |= {each["event_id"]: (each["user"], each["item"]) for each in events}
            call += 1

    def _event(self, draw: random.Random, event_id: str) -> dict[str, str]:
        is_new = draw.random() < 1 / 3
        item = f"new-{draw.randrange(NEW_ITEMS)}" if is_new else f"i{draw.randrange(12):02}"
        return {"user": f"u{draw.randrange(24):03}", "item": item, "event_id": event_id}

    def _sent(self, events: list[dict[str, str]]) -> bool:
        return post(self.port, self.key, f"{_PATH}/events", events) == http.client.CREATED


def post(port: int, key: str, path: str, body: Any) -> int:
    """Return the status of a call, 0 when there was no answer."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
    headers = {"Authorization": f"Bearer {key}", "Content-Type": "application/json"}
    try:
        connection.request("POST", path, json.dumps(body), headers)
        answer = connection.getresponse()
        answer.read()
    except (OSError, http.client.HTTPException):
        return 0
    else:
        return answer.status
    finally:
        connection.close()


def measure(platform: Platform, kills: int) -> dict[str, Any]:
    """Send, kill, count."""
    _serve(platform)
    web_port, runtime_port = free_port(), free_port()
    stop, killed = threading.Event(), Counter[str]()
    senders = [Sender(number, web_port, platform.key, stop) for number in range(SENDERS)]
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
                time.sleep(random.uniform(0.0, 0.6))  # noqa: S311
                killed[_kill_one(web, runtime, senders)] += 1
            stop.set()
            for thread in threads:
                thread.join(60)
            return {"kills": dict(killed), **_counted(platform, senders)}
        finally:
            stop.set()
            for service in (web, runtime):
                if service.process is not None and service.process.poll() is None:
                    service.kill(worker_only=False)


def _kill_one(web: Service, runtime: Service, senders: list[Sender]) -> str:
    """Kill something, start it again, and wait until events are acknowledged once more."""
    target = random.choice(["web", "web worker", "runtime"])  # noqa: S311
    service = runtime if target == "runtime" else web
    service.kill(worker_only=target == "web worker")
    time.sleep(random.uniform(0.0, 0.3))  # noqa: S311
    if target != "web worker":
        service.start()
    before = sum(len(sender.acknowledged) for sender in senders)
    ends = time.monotonic() + 60
    while sum(len(sender.acknowledged) for sender in senders) == before:
        if time.monotonic() > ends:
            sys.exit(f"No event was acknowledged for 60 s after a kill of the {target}.")
        if service.process is not None and service.process.poll() is not None:
            service.start()  # Granian gives up after two dead workers in 5.5 s: `up` starts it again
        time.sleep(0.02)
    return target


def _counted(platform: Platform, senders: list[Sender]) -> dict[str, Any]:
    from apps.recommendation import services  # noqa: PLC0415  (after django.setup)
    from apps.recommendation.models import Event, LiveItem  # noqa: PLC0415

    sent = {key: value for sender in senders for key, value in sender.acknowledged.items()}
    rows = Event.objects.filter(recommender__name=NAME)
    stored = Counter(rows.values_list("event_id", flat=True))
    expected = Counter(item for _, item in sent.values() if item.startswith("new-"))
    touches = dict(
        LiveItem.objects.filter(recommender__name=NAME, item_id__startswith="new-").values_list(
            "item_id", "touches"
        )
    )
    question = services.Question(k=500, exclude_seen=False)
    answer = services.recommend(actor=platform.actor, name=NAME, user="u000", question=question)
    shown = {each.item for each in answer.items}
    return {
        "events_acknowledged": len(sent),
        "calls_repeated": sum(sender.repeated for sender in senders),
        "lost": len(set(sent) - set(stored)),
        "counted_twice": sum(count - 1 for count in stored.values()),
        "stored_but_never_sent": len(set(stored) - set(sent)),
        "new_items": len(expected),
        "new_items_counted_wrongly": sum(
            touches.get(item, 0) != count
            for item, count in expected.items()
            if count < 32  # beyond, they are not counted any more
        ),
        "new_items_missing_from_the_next_answer": len(set(expected) - shown),
    }


def _serve(platform: Platform) -> None:
    from apps.recommendation.engine import packing  # noqa: PLC0415
    from benchmarks.recommendation_serving import serve  # noqa: PLC0415
    from ml.recommendation.als import Als, AlsParams  # noqa: PLC0415
    from tests.apps.recommendation.test_predictor import catalogue_and_model  # noqa: PLC0415

    catalogue, model = catalogue_and_model(Als(AlsParams(factors=8)))
    serve(platform, NAME, packing.pack(model, catalogue, {}))
