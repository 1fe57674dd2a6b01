"""The runtime's side: loads a detector's bundle."""

from ml.common import seeds
from ml.common.bundle import Bundle
from ml.fraud.predictor import FraudPredictor


def load_predictor(bundle: Bundle) -> FraudPredictor:
    """Return the predictor of a bundle; see ml.fraud.predictor."""
    seeds.serve_with_one_blas_thread()
    return FraudPredictor(bundle)
