"""Changing what answers under load, beside leaving it alone: failures, latency, how soon it is followed.

    uv run python benchmarks/serving_swap.py [--requests 100000] [--connections 16]

One runtime, one endpoint, two versions of a model (times 1, times 2). `still`: wrk calls and nothing moves.
`moving`: wrk calls until the wanted number is answered while the champion is moved to and fro, traffic is
divided, shadowed and rolled back, and canaries run to their promotion; a second caller checks that every
answer is that of the version it names. `followed`: seconds from a move to the first answer that shows it, and
from the revocation of a key to its first refusal. `choice_us`: what finding the alias of a request takes.

The last line is one JSON object; `p50_ratio` and `p95_ratio` are moving over still.
"""

import argparse
import http.client
import json
import statistics
import sys
import tempfile
import threading
import time
import timeit
from collections.abc import Callable
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from benchmarks.load import Server, call, script  # noqa: E402
from benchmarks.serving_platform import Platform  # noqa: E402

BODY = json.dumps(
    {"inputs": [{"name": "x", "datatype": "FP32", "shape": [1, 4], "data": [1, 1, 1, 1]}]}
).encode()
NAME, CHUNK_S, ROUNDS = "swap", 3, 10


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--requests", type=int, default=100_000)
    parser.add_argument("--connections", type=int, default=16)
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="pentaquark-bench-") as folder:
        platform = Platform(Path(folder))
        bench = Bench(platform)
        with platform.runtime(NAME) as server:
            found = bench.measure(server, chosen)
    found["choice_us"] = choice_us()
    print(json.dumps(found))


class Bench:
    """One endpoint with two versions, and the moves of what answers."""

    def __init__(self, platform: Platform) -> None:
        from platform_core.registry import api as registry  # noqa: PLC0415
        from platform_core.serving import api as serving  # noqa: PLC0415
        from tests.ml.runtime import sample_models  # noqa: PLC0415

        self.platform, self.actor = platform, platform.actor
        for factor in (1.0, 2.0):
            platform.serve(NAME, sample_models.scaler(factor))
        self.versions = [
            registry.get_version(actor=self.actor, model_name=NAME, number=number)
            for number in (1, 2)
        ]
        self.point("challenger", 0)
        self.endpoint = serving.get_endpoint(actor=self.actor, name=NAME)
        self.moves = self.canaries = 0

    def point(self, alias: str, index: int) -> None:
        """Point an alias at a version."""
        from platform_core.registry import api as registry  # noqa: PLC0415

        version = self.versions[index]
        registry.set_alias(actor=self.actor, model=version.model, alias=alias, version=version)

    def measure(self, server: Server, chosen: argparse.Namespace) -> dict[str, Any]:
        """Return everything but the in-process figure."""
        lua = script(self.platform.folder, NAME, BODY, self.platform.key)
        call(server, lua, chosen.connections, 1)
        still = [call(server, lua, chosen.connections, CHUNK_S) for _ in range(2)]
        checker, stop = Checker(server, self.platform.key), threading.Event()
        threads = [
            threading.Thread(target=work, args=(stop,)) for work in (checker.run, self.keep_moving)
        ]
        for thread in threads:
            thread.start()
        moving: list[dict[str, float]] = []
        while sum(one["per_s"] * CHUNK_S for one in moving) < chosen.requests:
            moving.append(call(server, lua, chosen.connections, CHUNK_S))
        stop.set()
        for thread in threads:
            thread.join()
        return {
            "requests": round(sum(one["per_s"] * CHUNK_S for one in moving)),
            "failed": round(sum(one["errors"] for one in moving)),
            "moves": self.moves,
            "canaries_promoted": self.canaries,
            "checked": checker.answers,
            "wrong": len(checker.wrong),
            "still": _middle(still),
            "moving": _middle(moving),
            **{
                f"{key}_ratio": round(_middle(moving)[f"{key}_us"] / _middle(still)[f"{key}_us"], 2)
                for key in ("p50", "p95")
            },
            "followed": self.followed(server),
        }

    def keep_moving(self, stop: threading.Event) -> None:
        """Move what answers until told to stop; every third round a canary runs to its end."""
        from platform_core.serving import rollback, traffic  # noqa: PLC0415
        from platform_core.serving.traffic import Plan  # noqa: PLC0415

        while not stop.is_set():
            for index in (0, 1):
                self.point("champion", index)
                self.point("challenger", 1 - index)
                time.sleep(0.5)
            for plan in (
                Plan("champion", {"challenger": 30}),
                Plan("champion", {"challenger": 70}, "challenger"),
            ):
                traffic.set_traffic(actor=self.actor, endpoint=self.endpoint, plan=plan)
                time.sleep(0.5)
            rollback.roll_back(actor=self.actor, endpoint=self.endpoint)
            rollback.roll_back(actor=self.actor, endpoint=self.endpoint)
            self.moves += 8
            self.run_canary(stop)

    def run_canary(self, stop: threading.Event) -> None:
        """Start a canary and wait for its end."""
        from platform_core.serving import canaries  # noqa: PLC0415

        canary = canaries.start_canary(
            actor=self.actor,
            endpoint=self.endpoint,
            alias="challenger",
            steps=(10, 50),
            rules=canaries.Rules(min_requests=200, step_s=0),
        )
        while canary.state == "running" and not stop.is_set():
            time.sleep(0.2)
            canary.refresh_from_db()
        self.canaries += canary.state == "finished"
        if canary.state == "running":
            canaries.stop_canary(actor=self.actor, endpoint=self.endpoint)

    def followed(self, server: Server) -> dict[str, float]:
        """Return the longest of a few seconds from a move to its effect."""
        from platform_core.accounts import api as accounts  # noqa: PLC0415
        from platform_core.registry import api as registry  # noqa: PLC0415
        from tests import factories  # noqa: PLC0415

        moves, backs, revokes = [], [], []
        model = self.versions[0].model
        self.point("champion", 0)
        asker = Asker(server, self.platform.key)
        asker.until(lambda: asker.version() == "1")
        for _ in range(ROUNDS):
            self.point("champion", 1)
            moves.append(asker.until(lambda: asker.version() == "2"))
            registry.roll_back_alias(actor=self.actor, model=model, alias="champion")
            backs.append(asker.until(lambda: asker.version() == "1"))
            key = factories.api_key(self.actor)
            other = Asker(server, key)
            other.until_status(200)
            row = accounts.api_keys(actor=self.actor).latest("created_at")
            accounts.revoke_api_key(actor=self.actor, key_id=str(row.pk))
            revokes.append(other.until_status(401))
        return {
            "move_max_s": round(max(moves), 3),
            "rollback_max_s": round(max(backs), 3),
            "revoke_to_refusal_max_s": round(max(revokes), 3),
        }


class Asker:
    """One kept connection."""

    def __init__(self, server: Server, key: str) -> None:
        _, _, host, self._path = server.url.split("/", 3)
        self._connection = http.client.HTTPConnection(host)
        self._headers = {"Authorization": f"Bearer {key}", "Content-Type": "application/json"}

    def ask(self) -> tuple[int, dict[str, Any]]:
        """Return status and document."""
        self._connection.request("POST", "/" + self._path, BODY, self._headers)
        response = self._connection.getresponse()
        return response.status, json.loads(response.read())

    def version(self) -> str:
        """Return which version answers."""
        return str(self.ask()[1].get("model_version"))

    def until_status(self, status: int) -> float:
        """Return the seconds until an answer has this status."""
        return self.until(lambda: self.ask()[0] == status)

    @staticmethod
    def until(is_so: Callable[[], bool]) -> float:
        """Return the seconds it took until something became so."""
        began = time.perf_counter()
        while not is_so():
            if time.perf_counter() - began > 30:
                raise SystemExit("A move was not followed within 30 s.")
            time.sleep(0.002)
        return time.perf_counter() - began


class Checker:
    """Sees that every answer is that of the version it names."""

    def __init__(self, server: Server, key: str) -> None:
        self._asker = Asker(server, key)
        self.answers, self.wrong = 0, []  # type: ignore[var-annotated]

    def run(self, stop: threading.Event) -> None:
        """Ask until told to stop."""
        while not stop.is_set():
            status, document = self._asker.ask()
            self.answers += 1
            expected = {"1": 1.0, "2": 2.0}.get(document.get("model_version", ""))
            if status != 200 or document["outputs"][0]["data"][0] != expected:
                self.wrong.append((status, document))


def choice_us() -> dict[str, float]:
    """Return what finding the alias takes in the process, beside a bare look-up."""
    from platform_core.serving.runtime.traffic import Arm, Split  # noqa: PLC0415

    route = ("organisation", "endpoint")
    one = Split(Arm(route, "champion", None), [])
    two = Split(Arm(route, "champion", None), [(Arm(route, "challenger", None), 0.1)])
    known = {route: one}
    ways: dict[str, Callable[[], object]] = {
        "look_up": lambda: known.get(route),
        "one_alias": one.pick,
        "two_aliases": two.pick,
        "two_by_key": lambda: two.pick("user-4711"),
    }
    count = 200_000
    return {
        name: round(min(timeit.repeat(way, number=count, repeat=5)) / count * 1e6, 3)
        for name, way in ways.items()
    }


def _middle(rounds: list[dict[str, float]]) -> dict[str, float]:
    keys = ("p50_us", "p95_us", "per_s", "cpu_us")
    return {key: round(statistics.median(one[key] for one in rounds), 1) for key in keys}


if __name__ == "__main__":
    main()
