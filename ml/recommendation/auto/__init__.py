"""Chooses model, settings and blend on a cut inside the training data; see `searching.search`."""

from ml.recommendation.auto.asked import Asked
from ml.recommendation.auto.searching import Found, search

__all__ = ["Asked", "Found", "search"]
