"""Keras models on the torch backend: built from a configuration, fitted, exported. For workers only."""
