"""The only door to `ml.fraud`: `training` and `batch` are jobs, `predictor` the runtime's, `live` the web's.

This file stays empty: web processes import `engine.live`, which loads no model framework.
"""
