"""A model version as the runtime holds it."""

import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from platform_core.serving.engine import BatchRule, Predictor, WarmUp
from platform_core.serving.runtime.batching import WORTH_S, Gather, Pace
from platform_core.serving.runtime.statistics import ModelFigures

LOADING, WARMING, READY, FAILED, RETIRED = "loading", "warming", "ready", "failed", "retired"

_INLINE_FLAVOURS = frozenset({"onnx", "xgboost"})
_INLINE_S = 0.0005
"""Predictions this short run in the event loop: handing them to a thread and back costs 60 to 100 us of
CPU, more than they take. Native predictors stay outside: their requests differ in cost."""


@dataclass(frozen=True, slots=True)
class VersionKey:
    """Which version: id of its row, and what the registry resolves it by."""

    id: str
    organisation_id: str
    model_name: str
    number: str


class LoadedVersion:
    """One version in memory, or on its way there.

    Attributes:
        state: LOADING, WARMING, READY, FAILED or RETIRED.
        error: why the load failed, in words.
        in_flight: requests inside it now.
        slots: how many predictions may run at once outside the event loop.
        inline: predictions run in the event loop.
        batch: how its requests are joined; None when they go alone.
        gather: joins requests inside the event loop; None when that would not pay.
        pace: how long predictions take.
        answer_bytes: of a recent answer.
        size_bytes: memory it holds, measured at its load (promised before).
        pinned: never forgotten for others.
        platform_inputs: names of inputs that only an application's own code may send.
        credit: what it is worth to keep, see ModelCache.
    """

    def __init__(self, key: VersionKey, figures: ModelFigures, slots: int) -> None:
        self.key, self.figures, self.slots = key, figures, slots
        self.state, self.error, self.flavour = LOADING, "", ""
        self.predictor: Predictor | None = None
        self.input_datatypes: dict[str, str] = {}
        self.output_datatypes: dict[str, str] = {}
        self.size_bytes = self.in_flight = self.answer_bytes = 0
        self.last_used_at = self.loaded_at = self.failed_at = 0.0
        self.load_s = self.warm_up_s = self.credit = 0.0
        self.inline = self.pinned = False
        self.platform_inputs: frozenset[str] = frozenset()
        self.batch: BatchRule | None = None
        self.gather: Gather | None = None
        self.pace = Pace()
        self._own_batch: BatchRule | None = None
        self._own_gather: Gather | None = None

    def become_ready(self, predictor: Predictor, warmed: WarmUp) -> None:
        """Take the warmed-up predictor and what its warm-up showed."""
        self.inline = (
            self.flavour in _INLINE_FLAVOURS
            and warmed.single_s < _INLINE_S
            and getattr(predictor, "work_is_bounded", True)
        )
        self.predictor = predictor
        self.platform_inputs = getattr(predictor, "platform_inputs", frozenset())
        self.slots = getattr(predictor, "instances", self.slots)
        self.pace = Pace(warmed.single_s, warmed.row_s)
        self.batch = self._own_batch = warmed.batch
        if self.inline and self.batch is not None and self.pace.saving_s > WORTH_S:
            self.gather = self._own_gather = Gather(predictor, self._batch_now, self.pace)
        self.loaded_at = self.last_used_at = time.time()
        self.state = READY

    @property
    def batch_rows(self) -> int:
        """Return how many rows the next batch may have."""
        if self.batch is None:
            return 1
        return min(self.batch.max_rows, self.pace.rows_within(self.batch.latency_s))

    def limit_batches(self, settings: Mapping[str, Any]) -> None:
        """Heed an endpoint's `max_rows` and `latency_ms`; 1 row means never, 0 or nothing the model's own."""
        own = self._own_batch
        if own is None or settings.get("max_rows") == 1:
            self.batch = self.gather = None
            return
        self.batch, self.gather = own.limited(settings), self._own_gather

    def describe_tensors(self, predictor: Predictor) -> None:
        """Note the signature, for requests that leave it out and for the metadata."""
        manifest = predictor.manifest
        self.flavour = manifest.flavour
        self.input_datatypes = {spec.name: spec.datatype for spec in manifest.inputs}
        self.output_datatypes = {spec.name: spec.datatype for spec in manifest.outputs}

    def _batch_now(self) -> BatchRule:
        rule = self.batch or self._own_batch  # those that wait already still go together
        assert rule is not None, "who gathers has a rule"  # noqa: S101
        return rule
