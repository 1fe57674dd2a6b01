"""Recommendation: train, compare, serve and explain recommenders."""
