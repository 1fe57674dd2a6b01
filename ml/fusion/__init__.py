"""Fuses several kinds of features of one thing by learned gates; any kind may be missing."""
