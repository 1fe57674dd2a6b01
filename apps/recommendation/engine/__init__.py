"""The only door of this application to ml: training, evaluation and prediction.

Named by string in workers (`apps.recommendation.engine:train`, `:evaluate`) and in the runtime
(`apps.recommendation.engine:load_predictor`), never imported by web processes. Each function loads
only its own half: the runtime predicts without pyarrow, implicit or torch.
"""

from typing import TYPE_CHECKING, Any

from numpy.typing import NDArray

from ml.common import seeds
from ml.common.bundle import Bundle
from ml.runtime.predictor import Predictor

if TYPE_CHECKING:
    from platform_core.jobs.api import JobContext

__all__ = ["evaluate", "load_predictor", "sample_requests", "train"]


def train(context: "JobContext") -> dict[str, Any]:
    """Train, register and serve a recommender; see engine.training."""
    from apps.recommendation.engine import training  # noqa: PLC0415  (pyarrow, implicit, torch)

    return training.train(context)


def evaluate(context: "JobContext") -> dict[str, Any]:
    """Measure versions on choices they did not learn from; see engine.evaluation."""
    from apps.recommendation.engine import evaluation  # noqa: PLC0415  (pyarrow, implicit, torch)

    return evaluation.evaluate(context)


def load_predictor(bundle: Bundle) -> Predictor:
    """Return the predictor of a bundle; see engine.predictor."""
    from apps.recommendation.engine import predictor  # noqa: PLC0415  (scipy)

    seeds.serve_with_one_blas_thread()
    return predictor.RecommendationPredictor(bundle)


def sample_requests(
    bundle: Bundle, count: int, seed: int
) -> tuple[dict[str, NDArray[Any]], dict[str, Any]]:
    """Return requests that measure a smaller version of a recommender; see engine.sampling."""
    from apps.recommendation.engine import sampling  # noqa: PLC0415  (scipy)

    return sampling.requests(bundle, count, seed)
