"""Hyper-parameter studies, as jobs; see README.md."""
