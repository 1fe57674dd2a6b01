"""Quality of a default recommender through the public REST doors, on ncf-ml-1m (leave-one-out).

Uploads the training file, trains with default settings, then asks for the scores of every user's 100
candidates. Protocol: shared/data/recommendation/README.md; ties count against the positive.

    uv run python -m benchmarks.rest_quality --url http://localhost:8000 --key pq_... --data ../shared/data
"""

import argparse
import ast
import gzip
import json
import math
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

K = 10
READY_WITHIN_S = 60
ENDED = {"succeeded", "failed", "cancelled"}


@dataclass(frozen=True)
class Case:
    """One user's positive and given negatives."""

    user: str
    positive: str
    negatives: list[str]


def cases(folder: Path) -> Iterator[Case]:
    """Read the published test files; a positive among its own negatives is ignored there."""
    with (
        gzip.open(folder / "ml-1m.test.rating.gz", "rt") as ratings,
        gzip.open(folder / "ml-1m.test.negative.gz", "rt") as negatives,
    ):
        for rating, negative in zip(ratings, negatives, strict=True):
            user, item = rating.split("\t")[:2]
            named, *others = negative.rstrip("\n").split("\t")
            if ast.literal_eval(named) != (int(user), int(item)):
                raise ValueError(f"The test files do not match at user {user}.")
            yield Case(user, item, [other for other in others if other != item])


def wait_for(client: httpx.Client, path: str, states: set[str], timeout_s: float) -> dict[str, Any]:
    """Poll an object until its state is one of `states`."""
    deadline = time.monotonic() + timeout_s
    while True:
        body = client.get(path).raise_for_status().json()
        if body["state"] in states:
            return dict(body)
        if time.monotonic() > deadline:
            raise TimeoutError(f"{path} is still {body['state']} after {timeout_s} s.")
        time.sleep(0.5)


def upload(client: httpx.Client, name: str, file: Path) -> str:
    """Upload one file and wait until the data set is ready; return its id."""
    with file.open("rb") as content:
        answer = client.post(
            "/api/v1/datasets/", data={"name": name}, files={"files": (file.name, content)}
        ).raise_for_status()
    found = wait_for(
        client, f"/api/v1/datasets/{answer.json()['id']}/", {"ready", "rejected"}, timeout_s=300
    )
    if found["state"] != "ready":
        raise RuntimeError(f"{name} was rejected: {found}")
    return str(found["id"])


def train(client: httpx.Client, name: str, dataset: str, **request: Any) -> dict[str, Any]:
    """Train a recommender with default settings and wait for its job."""
    body = {
        "name": name,
        "dataset": dataset,
        "user_column": "user",
        "item_column": "item",
        **request,
    }
    answer = client.post("/api/v1/recommendation/recommenders/", json=body).raise_for_status()
    job = wait_for(client, f"/api/v1/jobs/{answer.json()['job']}/", ENDED, timeout_s=900)
    if job["state"] != "succeeded":
        raise RuntimeError(f"Training {job['state']}: {job['error']}")
    return job


def rank_of_positive(client: httpx.Client, name: str, case: Case) -> int:
    """Return the positive's rank among its candidates, from 0; ties count against it."""
    body = {"user": case.user, "items": [case.positive, *case.negatives]}
    path = f"/api/v1/recommendation/recommenders/{name}/score"
    deadline = time.monotonic() + READY_WITHIN_S
    while (answer := client.post(path, json=body)).status_code == httpx.codes.SERVICE_UNAVAILABLE:
        if time.monotonic() > deadline:
            raise TimeoutError(f"Still 503 after {READY_WITHIN_S} s: {answer.text[:500]}")
        time.sleep(0.5)  # the runtime may still be warming the new version up
    scores = [-math.inf if s is None else s for s in answer.raise_for_status().json()["scores"]]
    return sum(score >= scores[0] for score in scores[1:])


def measure(client: httpx.Client, name: str, folder: Path, every: int = 1) -> dict[str, float]:
    """Return HR@10 and NDCG@10 over every `every`-th test user."""
    chosen = list(cases(folder))[::every]
    with ThreadPoolExecutor(4) as pool:
        ranks = list(pool.map(lambda case: rank_of_positive(client, name, case), chosen))
    hits = [1 / math.log2(rank + 2) for rank in ranks if rank < K]
    return {
        "users": len(ranks),
        "hr_at_10": round(len(hits) / len(ranks), 4),
        "ndcg_at_10": round(sum(hits) / len(ranks), 4),
    }


def main() -> None:
    """Run once per seed and print one JSON object."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--url", default="http://localhost:8000")
    parser.add_argument("--key", required=True)
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--seeds", type=int, nargs="+", default=[1, 2, 3])
    options = parser.parse_args()
    folder = options.data / "recommendation" / "ncf-ml-1m"
    headers = {"Authorization": f"Bearer {options.key}"}
    with httpx.Client(base_url=options.url, headers=headers, timeout=120) as client:
        stamp = int(time.time())
        dataset = upload(client, f"ncf-ml-1m-{stamp}", folder / "train.tsv.gz")
        runs = []
        for seed in options.seeds:
            name = f"ncf-{stamp}-{seed}"
            started = time.monotonic()
            train(client, name, dataset, seed=seed)
            seconds = round(time.monotonic() - started, 1)
            runs.append({"seed": seed, "train_s": seconds, **measure(client, name, folder)})
            print(json.dumps(runs[-1]))
    means = {
        metric: round(sum(run[metric] for run in runs) / len(runs), 4)
        for metric in ("hr_at_10", "ndcg_at_10", "train_s")
    }
    print(json.dumps({"dataset": "ncf-ml-1m", "runs": runs, "mean": means}))


if __name__ == "__main__":
    main()
