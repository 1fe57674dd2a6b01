"""The models by name; a new one is added here, in `recipes.PARAMS` and to the conformance test.

Named by string and loaded when asked for: serving one kind loads none of the others' libraries.
"""

from importlib import import_module

from ml.fraud.errors import ModelStateError, SettingsError
from ml.fraud.models.contract import Arrays, Model

MODELS = {
    "autoencoder": "ml.fraud.models.autoencoder:Autoencoder",
    "blend": "ml.fraud.models.blend:Blend",
    "isolation_forest": "ml.fraud.models.isolation_forest:IsolationForest",
    "logistic": "ml.fraud.models.logistic:Logistic",
    "xgboost": "ml.fraud.models.boosting:Boosting",
}


def model_class(kind: str) -> type[Model]:
    """Return the class of a kind.

    Raises:
        SettingsError: unknown kind.
    """
    if kind not in MODELS:
        raise SettingsError(f"Unknown kind of model {kind!r}; known: {sorted(MODELS)}.")
    module, name = MODELS[kind].split(":")
    found: type[Model] = getattr(import_module(module), name)
    return found


def restore(kind: str, arrays: Arrays) -> Model:
    """Return the fitted model of a kind from its arrays.

    Raises:
        ModelStateError: unknown kind, or arrays that do not fit it.
    """
    if kind not in MODELS:
        raise ModelStateError(f"Unknown kind of model {kind!r}; known: {sorted(MODELS)}.")
    return model_class(kind).from_arrays(arrays)
