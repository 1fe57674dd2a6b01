"""Compression: smaller versions of registered models, as jobs."""
