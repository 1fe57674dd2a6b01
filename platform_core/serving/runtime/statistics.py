"""Counts and latencies, cheap enough for every request, and their Prometheus form."""

from bisect import bisect_left
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
    Metric,
)

BOUNDS_S = (
    0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0,
)  # fmt: skip


class Histogram:
    """Latencies in buckets; written by the event loop only."""

    __slots__ = ("counts", "sum_s")

    def __init__(self) -> None:
        self.counts = [0] * (len(BOUNDS_S) + 1)
        self.sum_s = 0.0

    def observe(self, seconds: float) -> None:
        """Count one latency."""
        self.counts[bisect_left(BOUNDS_S, seconds)] += 1
        self.sum_s += seconds

    @property
    def total(self) -> int:
        """How many were counted."""
        return sum(self.counts)

    def quantile_ms(self, fraction: float) -> float | None:
        """Return a quantile in ms, interpolated inside its bucket; None without observations."""
        wanted = fraction * self.total
        if not wanted:
            return None
        seen, lower = 0, 0.0
        for count, upper in zip(self.counts, (*BOUNDS_S, BOUNDS_S[-1]), strict=True):
            if count and seen + count >= wanted:
                return 1000 * (lower + (upper - lower) * (wanted - seen) / count)
            seen, lower = seen + count, upper
        return 1000 * lower

    def rows_ms(self) -> list[tuple[float, int]]:
        """Return (upper bound in ms, observations); the last bucket's bound is the one before it."""
        bounds = (*BOUNDS_S, BOUNDS_S[-1])
        return [(1000 * bound, n) for bound, n in zip(bounds, self.counts, strict=True)]


class Statistics:
    """What the whole process counted.

    Attributes:
        answers: (protocol, status) -> requests.
        logged, log_dropped: requests drawn for the log: kept, and lost because the ring was full.
    """

    def __init__(self) -> None:
        self.answers: dict[tuple[str, int], int] = {}
        self.logged = self.log_dropped = 0

    def count(self, protocol: str, status: int) -> None:
        """Count one answer."""
        key = (protocol, status)
        self.answers[key] = self.answers.get(key, 0) + 1


class ModelFigures:
    """The figures of one version; they outlive its stay in memory.

    Attributes:
        labels: organisation id, model name, version.
        size_bytes: while loaded.
        failures: predictions refused or failed.
        kept: answers given from what was kept of equal requests.
        predictions, model_s: handed to the model, and the time they took there, waiting included.
        decode_s, encode_s: time that reading and writing the tensors of answered requests took.
    """

    __slots__ = (
        "decode_s", "encode_s", "failures", "histogram", "kept", "labels", "model_s", "predictions",
        "size_bytes",
    )  # fmt: skip

    def __init__(self, labels: tuple[str, str, str]) -> None:
        self.labels = labels
        self.size_bytes = self.failures = self.kept = 0
        self.predictions, self.model_s = 0, 0.0
        self.decode_s = self.encode_s = 0.0
        self.histogram = Histogram()

    def count(self, began: float, decoded: float, predicted: float, ended: float) -> None:
        """Count one answered request by the moments between its stages."""
        self.histogram.observe(ended - began)
        self.decode_s += decoded - began
        self.encode_s += ended - predicted

    def count_model(self, seconds: float) -> None:
        """Count what one prediction took in the model."""
        self.predictions += 1
        self.model_s += seconds

    @property
    def model_ms(self) -> float | None:
        """Mean time in the model; None without predictions."""
        return 1000 * self.model_s / self.predictions if self.predictions else None


_LABELS = ["organisation", "model", "version"]


@dataclass(frozen=True)
class Load:
    """How much the process has to do.

    Attributes:
        budget_bytes: of loaded models.
        utilisation: of CPU or queue, whichever is more, in [0, 1].
        desired_replicas: how many runtimes the load of all of them wants.
    """

    budget_bytes: int
    utilisation: float = 0.0
    desired_replicas: int = 1


def render(statistics: Statistics, models: Iterable[ModelFigures], load: Load) -> bytes:
    """Return the Prometheus text of everything."""
    registry = CollectorRegistry(auto_describe=False)
    registry.register(_Collector(statistics, list(models), load))
    return generate_latest(registry)


class _Collector:
    def __init__(self, statistics: Statistics, models: list[ModelFigures], load: Load) -> None:
        self._statistics, self._models, self._load = statistics, models, load

    def collect(self) -> Iterator[Metric]:
        """Yield every family."""
        answers = CounterMetricFamily(
            "pentaquark_runtime_requests", "Answered requests.", labels=["protocol", "status"]
        )
        for (protocol, status), number in self._statistics.answers.items():
            answers.add_metric([protocol, str(status)], number)
        yield answers
        kept = CounterMetricFamily(
            "pentaquark_runtime_logged_requests", "Drawn for the request log.", labels=["what"]
        )
        kept.add_metric(["kept"], self._statistics.logged)
        kept.add_metric(["dropped"], self._statistics.log_dropped)
        yield kept
        for name, words, value in (
            ("loaded_models", "Model versions in memory.", len(self._models)),
            ("budget_bytes", "Memory budget of models.", self._load.budget_bytes),
            ("utilisation", "Of CPU or queue, whichever is more.", self._load.utilisation),
            ("desired_replicas", "Runtimes all load wants.", self._load.desired_replicas),
        ):
            gauge = GaugeMetricFamily(f"pentaquark_runtime_{name}", words)
            gauge.add_metric([], value)
            yield gauge
        yield from self._per_model()

    def _per_model(self) -> Iterator[Metric]:
        size = GaugeMetricFamily(
            "pentaquark_runtime_model_bytes", "Memory of a loaded version.", labels=_LABELS
        )
        kept = CounterMetricFamily(
            "pentaquark_runtime_kept_answers", "Answers kept of equal requests.", labels=_LABELS
        )
        failures = CounterMetricFamily(
            "pentaquark_runtime_model_failures", "Refused or failed predictions.", labels=_LABELS
        )
        latency = HistogramMetricFamily(
            "pentaquark_runtime_prediction_seconds", "Body read to answer ready.", labels=_LABELS
        )
        stages = CounterMetricFamily(
            "pentaquark_runtime_stage_seconds",
            "Time of requests by stage: decode, model with waiting, encode.",
            labels=[*_LABELS, "stage"],
        )
        for model in self._models:
            times = {"decode": model.decode_s, "model": model.model_s, "encode": model.encode_s}
            for stage, seconds in times.items():
                stages.add_metric([*model.labels, stage], seconds)
            size.add_metric(model.labels, model.size_bytes)
            failures.add_metric(model.labels, model.failures)
            kept.add_metric(model.labels, model.kept)
            latency.add_metric(model.labels, _buckets(model.histogram), model.histogram.sum_s)
        yield from (size, failures, kept, latency, stages)


def _buckets(histogram: Histogram) -> list[tuple[str, float]]:
    cumulative, rows = 0, []
    for count, bound in zip(histogram.counts, (*map(str, BOUNDS_S), "+Inf"), strict=True):
        cumulative += count
        rows.append((bound, float(cumulative)))
    return rows
