"""The only door of this application to ml: training and prediction.

Imported by dotted name in workers (`apps.recommendation.engine:train`) and in the runtime
(`apps.recommendation.engine:load_predictor`), never by web processes.
"""

from apps.recommendation.engine.predictor import load_predictor
from apps.recommendation.engine.training import train

__all__ = ["load_predictor", "train"]
