"""A model that sleeps, breaks or refuses as it is told."""

import time

import numpy as np

from ml.common.bundle import Bundle, TensorSpec, build
from ml.runtime.predictor import PredictionInputError

SECRET = "the disk at /secret/place is full"


def sleeper() -> Bundle:
    return build(
        flavour="native",
        loader="sleeper",
        inputs=(TensorSpec("seconds", "FP64", (1,)),),
        outputs=(TensorSpec("slept", "FP64", (1,)),),
        files={},
    )


def mirror() -> Bundle:
    """Gives BF16 back, which no ONNX of ours does."""
    return build(
        flavour="native",
        loader="mirror",
        inputs=(TensorSpec("x", "BF16", (-1,)),),
        outputs=(TensorSpec("y", "BF16", (-1,)),),
        files={},
    )


class Mirror:
    size_bytes = 1000

    def __init__(self, bundle: Bundle) -> None:
        self.manifest = bundle.manifest

    def predict(self, inputs, parameters):
        return {"y": inputs["x"]}


class Sleeper:
    size_bytes = 1000

    def __init__(self, bundle: Bundle) -> None:
        self.manifest = bundle.manifest

    def warm_up(self) -> None:
        pass

    def predict(self, inputs, parameters):
        if parameters.get("operation") == "break":
            raise RuntimeError(SECRET)
        if parameters.get("operation") == "refuse":
            raise PredictionInputError("Input 'seconds' is not to my taste.")
        time.sleep(float(inputs["seconds"][0]))
        return {"slept": np.asarray(inputs["seconds"])}


def load(bundle: Bundle) -> Sleeper:
    return Sleeper(bundle)


def load_mirror(bundle: Bundle) -> Mirror:
    return Mirror(bundle)
