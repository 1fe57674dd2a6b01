"""Predictors by flavour."""
