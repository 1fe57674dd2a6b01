"""Counts and latencies, cheap enough for every request, and their Prometheus form."""

from bisect import bisect_left
from collections.abc import Iterable, Iterator

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


class Statistics:
    """What the whole process counted.

    Attributes:
        answers: (protocol, status) -> requests.
    """

    def __init__(self) -> None:
        self.answers: dict[tuple[str, int], int] = {}

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
    """

    __slots__ = ("failures", "histogram", "labels", "size_bytes")

    def __init__(self, labels: tuple[str, str, str]) -> None:
        self.labels = labels
        self.size_bytes = self.failures = 0
        self.histogram = Histogram()


_LABELS = ["organisation", "model", "version"]


def render(statistics: Statistics, models: Iterable[ModelFigures], budget_bytes: int) -> bytes:
    """Return the Prometheus text of everything."""
    registry = CollectorRegistry(auto_describe=False)
    registry.register(_Collector(statistics, list(models), budget_bytes))
    return generate_latest(registry)


class _Collector:
    def __init__(
        self, statistics: Statistics, models: list[ModelFigures], budget_bytes: int
    ) -> None:
        self._statistics, self._models, self._budget_bytes = statistics, models, budget_bytes

    def collect(self) -> Iterator[Metric]:
        """Yield every family."""
        answers = CounterMetricFamily(
            "pentaquark_runtime_requests", "Answered requests.", labels=["protocol", "status"]
        )
        for (protocol, status), number in self._statistics.answers.items():
            answers.add_metric([protocol, str(status)], number)
        yield answers
        loaded = GaugeMetricFamily("pentaquark_runtime_loaded_models", "Model versions in memory.")
        loaded.add_metric([], len(self._models))
        yield loaded
        budget = GaugeMetricFamily("pentaquark_runtime_budget_bytes", "Memory budget of models.")
        budget.add_metric([], self._budget_bytes)
        yield budget
        yield from self._per_model()

    def _per_model(self) -> Iterator[Metric]:
        size = GaugeMetricFamily(
            "pentaquark_runtime_model_bytes", "Memory of a loaded version.", labels=_LABELS
        )
        failures = CounterMetricFamily(
            "pentaquark_runtime_model_failures", "Refused or failed predictions.", labels=_LABELS
        )
        latency = HistogramMetricFamily(
            "pentaquark_runtime_prediction_seconds", "Body read to answer ready.", labels=_LABELS
        )
        for model in self._models:
            size.add_metric(model.labels, model.size_bytes)
            failures.add_metric(model.labels, model.failures)
            latency.add_metric(model.labels, _buckets(model.histogram), model.histogram.sum_s)
        yield from (size, failures, latency)


def _buckets(histogram: Histogram) -> list[tuple[str, float]]:
    cumulative, rows = 0, []
    for count, bound in zip(histogram.counts, (*map(str, BOUNDS_S), "+Inf"), strict=True):
        cumulative += count
        rows.append((bound, float(cumulative)))
    return rows
