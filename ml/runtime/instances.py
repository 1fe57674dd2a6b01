"""Several copies of one model that predict at the same time."""

from collections.abc import Callable, Mapping
from queue import LifoQueue
from typing import Any

from numpy.typing import NDArray

from ml.runtime.predictor import Predictor, Tensors


class InstanceGroup:
    """Hands each request to a free copy; waits when all are busy.

    The copy used last is taken first: its weights are the ones still in the processor's caches.
    """

    def __init__(self, make: Callable[[], Predictor], count: int) -> None:
        self._copies = [make() for _ in range(count)]
        self._free: LifoQueue[Predictor] = LifoQueue()
        for copy in self._copies:
            self._free.put(copy)
        self.manifest = self._copies[0].manifest
        self.work_is_bounded = getattr(self._copies[0], "work_is_bounded", True)

    @property
    def size_bytes(self) -> int:
        """Of all copies."""
        return sum(copy.size_bytes for copy in self._copies)

    @property
    def device(self) -> str:
        """Where the copies run."""
        return str(getattr(self._copies[0], "device", "cpu"))

    @property
    def instances(self) -> int:
        """How many requests may be inside at once."""
        return len(self._copies)

    def predict(self, inputs: Tensors, parameters: Mapping[str, Any]) -> dict[str, NDArray[Any]]:
        """Predict on a free copy; see Predictor."""
        copy = self._free.get()
        try:
            return copy.predict(inputs, parameters)
        finally:
            self._free.put(copy)
