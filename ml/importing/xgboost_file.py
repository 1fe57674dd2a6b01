"""XGBoost files (UBJSON or JSON): width and classes are the booster's own."""

import json

import xgboost

from ml.common.bundle import Bundle, TensorSpec, build
from ml.importing.errors import ImportRefusedError
from ml.importing.options import ImportOptions
from ml.runtime import trees


def read(content: bytes, options: ImportOptions) -> Bundle:
    """Return the bundle of a booster.

    Raises:
        ImportRefusedError: XGBoost cannot read it, or it has no features.
    """
    name = "model.json" if content[:1] == b"{" and b'"learner"' in content[:200] else "model.ubj"
    booster = xgboost.Booster()
    try:
        trees.read(content, name)  # first: XGBoost's own reader walks out of a file that lies
        booster.load_model(bytearray(content))
        facts = json.loads(booster.save_config())["learner"]
    except (xgboost.core.XGBoostError, ValueError, KeyError) as error:
        words = str(error).strip().splitlines()[0][:200]
        raise ImportRefusedError(f"XGBoost cannot read this file: {words}") from error
    features = booster.num_features()
    if not features:
        raise ImportRefusedError("The booster has no features; train it before you save it.")
    classes = int(facts["learner_model_param"]["num_class"])
    objective = facts["objective"]["name"]
    wide = classes > 1 and objective != "multi:softmax"
    return build(
        flavour="xgboost",
        inputs=(TensorSpec("features", "FP32", (-1, features)),),
        outputs=(TensorSpec("scores", "FP32", (-1, classes) if wide else (-1,)),),
        files={name: content},
        attributes={"objective": objective, "feature_names": booster.feature_names or []},
    )
