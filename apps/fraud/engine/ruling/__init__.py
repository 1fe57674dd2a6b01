"""Rules read, tried and given a mode: the door between people's words and the rule language."""

from apps.fraud.engine.ruling.reading import condition, functions, wording
from apps.fraud.engine.ruling.trying import check, set_mode, try_tests

__all__ = ["check", "condition", "functions", "set_mode", "try_tests", "wording"]
