"""Drift of inputs and outputs, and quality of answers once the truth is known."""
