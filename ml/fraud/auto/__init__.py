"""Chooses a model and its settings on later events; see `searching.search`."""

from ml.fraud.auto.searching import Found, search

__all__ = ["Found", "search"]
