"""Recommendations as they are served: their price beside bare faiss, their latency, the index, and kills.

    uv run python -m benchmarks.recommendation_serving [--parts topn,index,kills] [--rounds 3] [--kills 100]

`topn`: ALS with 128 factors on the gowalla check-ins (29,858 people, 40,981 places; --data), each place with
a category that a filter asks for (half of them) and seen places removed, top 10. CPU is that of the
runtime's process per request, wire and key included, beside `IndexFlatIP.search` of faiss with one thread,
which filters nothing; in turn, median of the rounds. Latency is one caller after another: `runtime` through
REST at the runtime, `web` through Django with its rules, events and key.

`index`: 1 M x 128 drawn around 2000 centres with sizes as 1/rank^0.7, noise as strong as the centres,
log-normal lengths (0.25), queries drawn alike: the recall and time of the index that a bundle of so many
items carries, beside faiss flat. `kills`: see recommendation_kills. The last line is one JSON object.
"""

import argparse
import gzip
import http.client
import json
import os
import resource
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import faiss
import numpy as np

from benchmarks.load import ROOT, cpu_s, free_port, running
from benchmarks.serving_platform import Platform

DATA = ROOT.parent / "shared" / "data" / "recommendation"
NAME, K, FACTORS = "places", 10, 128
FILTER = {"category": ["c0", "c2", "c4", "c6", "c8"]}


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--parts", default="topn,index,kills")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--requests", type=int, default=300)
    parser.add_argument("--kills", type=int, default=100)
    parser.add_argument("--items", type=int, default=1_000_000)
    parser.add_argument("--data", type=Path, default=DATA)
    chosen = parser.parse_args()
    parts = chosen.parts.split(",")
    found: dict[str, Any] = {"benchmark": "recommendation_serving", "cores": os.cpu_count()}
    if "index" in parts:
        found["index"] = index(chosen)
        print("index", found["index"], file=sys.stderr, flush=True)
    if "topn" in parts or "kills" in parts:
        with tempfile.TemporaryDirectory(prefix="pentaquark-bench-") as name:
            platform = Platform(Path(name))
            if "topn" in parts:
                found["topn"] = topn(platform, chosen)
                print("topn", found["topn"], file=sys.stderr, flush=True)
            if "kills" in parts:
                from benchmarks import recommendation_kills  # noqa: PLC0415  (after django.setup)

                found["kills"] = recommendation_kills.measure(platform, chosen.kills)
    print(json.dumps(found))


def topn(platform: Platform, chosen: argparse.Namespace) -> dict[str, Any]:
    """Return CPU and latency of top-10 with a filter and seen removal, beside bare faiss."""
    model, users = serve_gowalla(platform, chosen.data)
    flat = faiss.IndexFlatIP(FACTORS)
    flat.add(model.item_vectors_ID)
    faiss.omp_set_num_threads(1)
    random = np.random.default_rng(0)
    with platform.runtime(NAME) as runtime:
        address = ("127.0.0.1", free_port())
        web = [sys.executable, str(ROOT / "manage.py"), "web", "--port", str(address[1])]
        log = platform.folder / "web.log"
        with running(web, log, f"http://127.0.0.1:{address[1]}/healthz", {}):
            to_runtime = Caller(runtime.url.split("/")[2], platform.key)
            to_web = Caller(f"{address[0]}:{address[1]}", platform.key)
            for user in range(50):
                ask_runtime(to_runtime, user), ask_web(to_web, user)
            rounds = []
            for _ in range(chosen.rounds):
                asked = random.choice(users, chosen.requests, replace=False).tolist()
                vectors = model.user_vectors(np.array(asked))
                before = time.process_time()
                for row in range(len(asked)):
                    flat.search(vectors[row : row + 1], K)
                bare_s = (time.process_time() - before) / len(asked)
                before = cpu_s(runtime.process)
                runtime_ms = timed(ask_runtime, to_runtime, asked)
                ours_s = (cpu_s(runtime.process) - before) / len(asked)
                web_ms = timed(ask_web, to_web, asked)
                rounds.append((bare_s, ours_s, ours_s / bare_s, runtime_ms, web_ms))
    bare, ours, ratio, runtime_ms, web_ms = (list(each) for each in zip(*rounds, strict=True))
    return {
        "items": flat.ntotal,
        "faiss_flat_cpu_ms": round(1000 * statistics.median(bare), 3),
        "runtime_cpu_ms": round(1000 * statistics.median(ours), 3),
        "cpu_ratio": round(statistics.median(ratio), 3),
        "runtime_ms": percentiles(runtime_ms),
        "web_ms": percentiles(web_ms),
    }


def serve_gowalla(platform: Platform, data: Path) -> tuple[Any, list[int]]:
    """Train on the check-ins and serve the version as a recommender; return (model, users)."""
    from apps.recommendation.engine import packing  # noqa: PLC0415  (after django.setup)
    from ml.recommendation import attributes  # noqa: PLC0415
    from ml.recommendation import data as interactions  # noqa: PLC0415
    from ml.recommendation.als import Als, AlsParams  # noqa: PLC0415
    from ml.recommendation.attributes import Attributes  # noqa: PLC0415

    with gzip.open(data / "gowalla" / "train.txt.gz", "rt") as lines:
        rows = [[int(number) for number in line.split()] for line in lines]
    pairs = np.array([(row[0], item) for row in rows for item in row[1:]], dtype=np.int64)
    known = interactions.build(pairs[:, 0], pairs[:, 1])
    model = Als(AlsParams(factors=FACTORS, iterations=3, report_loss=False)).fit(known)
    kinds = attributes.texts([f"c{item % 10}" for item in range(known.n_items)])
    catalogue = packing.Catalogue(
        user_ids=[str(user) for user in range(known.n_users)],
        item_ids=[str(item) for item in range(known.n_items)],
        titles=[],
        history=model.history(known),
        item_attributes=Attributes(known.n_items, {"category": kinds}),
    )
    serve(platform, NAME, packing.pack(model, catalogue, {}))
    return model, [row[0] for row in rows if len(row) > 1]


def serve(platform: Platform, name: str, bundle: Any) -> None:
    """Register a bundle as the champion of a recommender."""
    import uuid  # noqa: PLC0415

    from apps.recommendation.models import Recommender  # noqa: PLC0415
    from platform_core.registry import api as registry  # noqa: PLC0415
    from platform_core.serving import api as serving  # noqa: PLC0415

    actor = platform.actor
    Recommender.objects.create(
        organisation=actor.organisation,
        name=name,
        dataset_id=uuid.uuid4(),
        dataset_version_id=uuid.uuid4(),
    )
    version = registry.register_version(
        actor=actor,
        model=registry.ModelSpec(name, "recommendation", "recommendation"),
        bundle=bundle,
        metrics={},
        parameters={},
        lineage=registry.Lineage(),
    )
    registry.set_alias(actor=actor, model=version.model, alias="champion", version=version)
    serving.ensure_endpoint(actor=actor, name=name, model_name=name)


class Caller:
    """One kept connection with a key."""

    def __init__(self, address: str, key: str) -> None:
        self.connection = http.client.HTTPConnection(address, timeout=60)
        self.headers = {"Authorization": f"Bearer {key}", "Content-Type": "application/json"}

    def __call__(self, method: str, path: str, body: bytes = b"") -> dict[str, Any]:
        """Return the JSON of the answer; an answer that is no success ends the run."""
        for _ in range(60):
            self.connection.request(method, path, body or None, self.headers)
            answer = self.connection.getresponse()
            content = answer.read()
            if answer.status != 503:
                break
            time.sleep(0.5)
        if answer.status not in (200, 201):
            sys.exit(f"{method} {path}: {answer.status} {content[:500]!r}")
        found: dict[str, Any] = json.loads(content)
        return found


def ask_runtime(caller: Caller, user: int) -> None:
    """Ask the runtime itself."""
    inputs = {"user": [str(user)], "k": [K], "filter": [json.dumps(FILTER)]}
    document = {"inputs": [{"name": name, "data": value} for name, value in inputs.items()]}
    found = caller("POST", f"/v2/models/{NAME}/infer", json.dumps(document).encode())
    (items,) = (each["data"] for each in found["outputs"] if each["name"] == "items")
    assert len(items) == K and all(int(item) % 2 == 0 for item in items)  # noqa: S101, PT018


def ask_web(caller: Caller, user: int) -> None:
    """Ask through the platform's REST."""
    query = f"k={K}&filter=" + json.dumps(FILTER, separators=(",", ":")).replace('"', "%22")
    path = f"/api/v1/recommendation/recommenders/{NAME}/users/{user}/recommendations?{query}"
    assert len(caller("GET", path)["items"]) == K  # noqa: S101


def timed(ask: Callable[[Caller, int], None], caller: Caller, users: list[int]) -> list[float]:
    """Return the milliseconds of each call."""
    taken = []
    for user in users:
        began = time.perf_counter()
        ask(caller, user)
        taken.append(1000 * (time.perf_counter() - began))
    return taken


def percentiles(rounds: list[list[float]]) -> dict[str, float]:
    """Return the median over the rounds of each percentile."""
    shares = {"p50": 50, "p95": 95, "p99": 99}
    return {
        name: round(statistics.median(float(np.percentile(taken, share)) for taken in rounds), 2)
        for name, share in shares.items()
    }


def index(chosen: argparse.Namespace) -> dict[str, Any]:
    """Return recall@100, time and memory of the index beside faiss flat."""
    from ml.recommendation import index as ours  # noqa: PLC0415

    vectors_ID, queries_SD = synthetic(chosen.items)
    faiss.omp_set_num_threads(os.cpu_count() or 1)
    began = time.perf_counter()
    arrays = ours.build(vectors_ID, queries_SD[: ours.SAMPLES])
    built_s = time.perf_counter() - began
    clustered = ours.restore(arrays, vectors_ID)
    assert clustered is not None, "no setting reached the recall wanted"  # noqa: S101
    faiss.omp_set_num_threads(1)
    flat = faiss.IndexFlatIP(vectors_ID.shape[1])
    flat.add(vectors_ID)
    asked = queries_SD[ours.SAMPLES :]
    allowed = np.arange(len(vectors_ID)) % 2 == 0
    exact = [flat.search(query[None], 100)[1][0] for query in asked]
    found = [clustered.search(query[None], 100)[0][0] for query in asked]
    cpu_ms = {
        "exact": cpu_of(lambda query: flat.search(query[None], 100), asked),
        "index": cpu_of(lambda query: clustered.search(query[None], 100), asked),
        "index_half_filtered": cpu_of(lambda q: clustered.search(q[None], 100, allowed), asked),
    }
    return {
        "items": len(vectors_ID),
        "recall_at_100": round(ours.recall(np.array(found), np.array(exact)), 4),
        "cpu_ms": cpu_ms,
        "time_ratio": round(cpu_ms["index"] / cpu_ms["exact"], 4),
        "clusters_looked_into": int(arrays["index_nprobe"][0]),
        "build_s": round(built_s, 1),
        "index_mb": round(arrays["index"].nbytes / 1e6, 1),
        "vectors_mb": round(vectors_ID.nbytes / 1e6, 1),
        "peak_rss_mb": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1000),
    }


def synthetic(items: int) -> tuple[Any, Any]:
    """Return item vectors and 192 queries; see the top of this file."""
    random = np.random.default_rng(0)
    centres, width = 2000, 128
    centres_CD = random.standard_normal((centres, width)).astype(np.float32)
    share_C = 1 / np.arange(1, centres + 1) ** 0.7

    def draw(n: int) -> Any:
        near = random.choice(centres, n, p=share_C / share_C.sum())
        drawn = centres_CD[near] + random.standard_normal((n, width), dtype=np.float32)
        drawn /= np.linalg.norm(drawn, axis=1, keepdims=True)
        drawn *= np.exp(0.25 * random.standard_normal((n, 1), dtype=np.float32))
        return np.ascontiguousarray(drawn, dtype=np.float32)

    return draw(items), draw(192)


def cpu_of(search: Callable[[Any], Any], queries: Any) -> float:
    """Return the CPU milliseconds of one query."""
    began = time.process_time()
    for query in queries:
        search(query)
    return round(1000 * (time.process_time() - began) / len(queries), 3)


if __name__ == "__main__":
    main()
