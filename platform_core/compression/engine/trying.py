"""Tries every method that was asked for and measures what comes out."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from importlib import import_module
from typing import Any, cast

from numpy.typing import NDArray

from ml.common.bundle import Bundle
from ml.common.progress import TrainingStoppedError
from ml.compression import measure, methods, pareto
from ml.compression.contract import Material, NotApplicableError
from ml.compression.measure import Figures
from ml.runtime.predictor import Predictor
from platform_core.compression.engine.rows import Rows
from platform_core.compression.params import AUTO, CompressionSpec
from platform_core.jobs.api import JobContext
from platform_core.serving import api as serving

BETTER = {"size_bytes": False, "latency": False, "quality": True}
"""What the Pareto front is taken over, and whether more is better."""
LATENCY_STEP = 1.25
"""Latencies within a step count as equal: on a busy machine medians differ by as much from run to run."""
KEEP, REFUSED, BEATEN, NOT_APPLICABLE = "keep", "refused", "beaten", "not_applicable"


@dataclass(frozen=True)
class Try:
    """What came of one method.

    Attributes:
        method: its name.
        state: keep, refused (loses too much), beaten (another is better in every respect), not_applicable.
        words: why.
        figures: what it costs and answers.
        bundle: the smaller model, while it may be kept.
    """

    method: str
    state: str
    words: str = ""
    figures: Figures | None = None
    bundle: Bundle | None = None


@dataclass(frozen=True)
class Tries:
    """The parent's figures and every try."""

    parent: Figures
    tries: list[Try]
    source_id: Any = None


def try_all(bundle: Bundle, data: Rows, spec: CompressionSpec, context: JobContext) -> Tries:
    """Return every method's outcome.

    Raises:
        TrainingStoppedError: the job was asked to stop.
    """
    bench = _Bench(bundle, data)
    material = Material(inputs=data.learned, seed=spec.seed, progress=context)
    names = methods.names() if AUTO in spec.methods else spec.methods
    found = []
    for place, name in enumerate(names):
        if context.should_stop():
            raise TrainingStoppedError("Stopped between two methods.")
        context.update((place + 1) / (len(names) + 2), f"Trying {name}")
        found.append(_try(bench, name, material, spec))
        context.log(f"{name}: {found[-1].state} {found[-1].words} {found[-1].figures or ''}")
    if AUTO in spec.methods:
        found = _only_the_front(bench, found)
    return Tries(bench.figures, found, data.source.pk if data.source else None)


class _Bench:
    """The parent, its figures and its answers."""

    def __init__(self, bundle: Bundle, data: Rows) -> None:
        self.bundle, self.data = bundle, data
        self.figures, self.answers = self._measure(bundle, None)

    def child(self, bundle: Bundle) -> Figures:
        """Return the figures of a smaller version."""
        return self._measure(bundle, self.answers)[0]

    def _measure(
        self, bundle: Bundle, parent: Mapping[str, NDArray[Any]] | None
    ) -> tuple[Figures, dict[str, NDArray[Any]]]:
        return measure.measure(
            bundle,
            self.data.unseen,
            parent=parent,
            labels_N=self.data.labels,
            loaders={name: _loader(entry) for name, entry in serving.loaders().items()},
            parameters=self.data.parameters,
        )


def quality_of(figures: Figures) -> float:
    """Return the quality that counts: of the task where there are labels, else agreement with the parent."""
    return figures.agreement if figures.quality is None else figures.quality


def _try(bench: _Bench, name: str, material: Material, spec: CompressionSpec) -> Try:
    try:
        child = methods.get(name)(bench.bundle, material)
    except NotApplicableError as error:
        return Try(name, NOT_APPLICABLE, str(error))
    figures = bench.child(child)
    lost = quality_of(bench.figures) - quality_of(figures)
    if lost > spec.tolerance:
        words = f"It loses {lost:.4f} of quality; {spec.tolerance:g} were allowed."
        return Try(name, REFUSED, words, figures)
    return Try(name, KEEP, "", figures, child)


def _only_the_front(bench: _Bench, tries: list[Try]) -> list[Try]:
    """Keep the versions that nobody, the parent included, beats in every respect."""
    kept = [each for each in tries if each.state == KEEP and each.figures]
    rivals = [bench.figures, *(cast("Figures", each.figures) for each in kept)]
    best = pareto.front([_row(figures) for figures in rivals], BETTER)
    names = {kept[place - 1].method for place in best if place}
    return [
        replace(each, state=BEATEN, words="Another version is at least as good.", bundle=None)
        if each.state == KEEP and each.method not in names
        else each
        for each in tries
    ]


def _row(figures: Figures) -> dict[str, float]:
    latency = round(math.log(max(figures.p50_ms, 1e-6), LATENCY_STEP))
    return {"size_bytes": figures.size_bytes, "latency": latency, "quality": quality_of(figures)}


def _loader(entry: str) -> Any:
    def call(bundle: Bundle) -> Predictor:
        module, _, name = entry.partition(":")
        return cast("Predictor", getattr(import_module(module), name)(bundle))

    return call
