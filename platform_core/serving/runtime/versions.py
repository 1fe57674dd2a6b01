"""A model version as the runtime holds it."""

import asyncio
import time
from dataclasses import dataclass

from platform_core.serving.engine import Predictor
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
        waiting: requests that wait for one of `slots`.
        slots: how many predictions may run at once outside the event loop.
        inline: predictions run in the event loop.
    """

    def __init__(self, key: VersionKey, figures: ModelFigures, slots: int) -> None:
        self.key, self.figures = key, figures
        self.slots = asyncio.Semaphore(slots)
        self.state, self.error, self.flavour = LOADING, "", ""
        self.predictor: Predictor | None = None
        self.input_datatypes: dict[str, str] = {}
        self.output_datatypes: dict[str, str] = {}
        self.size_bytes = self.in_flight = self.waiting = 0
        self.last_used_at = self.loaded_at = self.failed_at = 0.0
        self.load_s = self.warm_up_s = 0.0
        self.inline = False

    def become_ready(self, predictor: Predictor, *, best_s: float) -> None:
        """Take the warmed-up predictor, whose shortest warm-up prediction took `best_s`."""
        self.inline = self.flavour in _INLINE_FLAVOURS and best_s < _INLINE_S
        self.predictor = predictor
        self.loaded_at = self.last_used_at = time.time()
        self.state = READY

    def describe_tensors(self, predictor: Predictor) -> None:
        """Note the signature, for requests that leave it out and for the metadata."""
        manifest = predictor.manifest
        self.flavour = manifest.flavour
        self.input_datatypes = {spec.name: spec.datatype for spec in manifest.inputs}
        self.output_datatypes = {spec.name: spec.datatype for spec in manifest.outputs}
