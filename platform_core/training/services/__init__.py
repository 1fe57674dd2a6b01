"""What people and programs do: train a model, ask it about rows of a data set."""

from platform_core.training.services.asking import request_prediction
from platform_core.training.services.requesting import (
    examine,
    request_examined,
    request_training,
)

__all__ = ["examine", "request_examined", "request_prediction", "request_training"]
