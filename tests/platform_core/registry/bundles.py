"""Makes and registers bundles."""

from ml.common import bundle as bundles
from platform_core.registry import api
from platform_core.registry.api import Lineage, ModelSpec

SPEC = ModelSpec("films", "recommendation", "recommendation", "Which film next?")


def bundle(content=b"weights", **files):
    return bundles.build(
        flavour="native",
        loader="recommendation",
        inputs=(bundles.TensorSpec("user", "BYTES", (-1,)),),
        outputs=(bundles.TensorSpec("items", "BYTES", (-1, -1)),),
        files={"weights.safetensors": content, "ids.json": b"[]", **files},
        attributes={"factors": 8},
    )


def register(actor, spec=SPEC, content=b"weights", lineage=None, **metrics):
    return api.register_version(
        actor=actor,
        model=spec,
        bundle=bundle(content),
        metrics=metrics or {"auc": 0.9},
        parameters={"factors": 8},
        lineage=lineage or Lineage(code_version="abc123", seed=7),
    )
