"""Keras models trained on the platform: `pq.layers`, `pq.Model`, `pq.History`.

Keras is loaded when a layer or a model is first asked for, not with this library.
"""

from pentaquark.keras.history import History
from pentaquark.keras.library import Layers
from pentaquark.keras.model import Model

layers = Layers()
"""The layers of Keras: `pq.layers.Dense(8)` is `keras.layers.Dense(8)`."""
__all__ = ["History", "Model", "layers"]
