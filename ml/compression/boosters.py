"""Boosted trees with fewer rounds: the last rounds correct the least."""

import xgboost as xgb

from ml.common.bundle import Bundle
from ml.compression.contract import Material, NotApplicableError
from ml.compression.networks import with_files

FILES = ("model.ubj", "model.json")
KEPT = 0.5


def fewer_trees(bundle: Bundle, material: Material) -> Bundle:
    """Return the booster with the first half of its rounds."""
    name = next((each for each in FILES if each in bundle.files), None)
    if bundle.manifest.flavour != "xgboost" or name is None:
        raise NotApplicableError("Only XGBoost models have rounds to leave out.")
    booster = xgb.Booster()
    booster.load_model(bytearray(bundle.files[name]))
    rounds = booster.num_boosted_rounds()
    if rounds < 2:
        raise NotApplicableError("The booster has a single round.")
    shorter = booster[: max(1, int(rounds * KEPT))]
    return with_files(bundle, {name: bytes(shorter.save_raw(name.rpartition(".")[2]))})
