"""Graph optimisation: constants folded, dead parts removed, equal parts merged. The answers stay the same."""

import onnx
from onnxscript import optimizer

from ml.common.bundle import Bundle
from ml.compression.contract import Material, NotApplicableError
from ml.compression.networks import open_network, with_network


def optimise(bundle: Bundle, material: Material) -> Bundle:
    """Return the model with an equivalent, smaller graph.

    Raises:
        NotApplicableError: nothing was left to simplify.
    """
    before = open_network(bundle)
    after: onnx.ModelProto = optimizer.optimize(before)
    smaller = len(after.graph.node) < len(before.graph.node)
    if not smaller and len(after.SerializeToString()) >= len(before.SerializeToString()):
        raise NotApplicableError("The graph is as simple as it gets.")
    return with_network(bundle, after)
