"""Configurations to train, and tables whose answer is known."""

import numpy as np


def keras():
    import os  # noqa: PLC0415

    os.environ.setdefault("KERAS_BACKEND", "torch")
    import keras as library  # noqa: PLC0415  (seconds)

    return library


def configured(*layers):
    """Return the configuration of a Sequential model."""
    library = keras()
    return library.saving.serialize_keras_object(library.Sequential(list(layers)))


def embedding(size=50):
    """Return the model of the program in issue 5, small."""
    layers = keras().layers
    return configured(
        layers.Embedding(input_dim=size, output_dim=8),
        layers.Flatten(),
        layers.Dense(16, activation="relu"),
        layers.Dense(1),
    )


def ratings(rows=600, users=40, items=50, seed=3):
    """Return users, items and ratings that an embedding of each can tell."""
    rng = np.random.default_rng(seed)
    user, item = rng.integers(0, users, rows), rng.integers(0, items, rows)
    taste, charm = rng.normal(size=users), rng.normal(size=items)
    return {"user": user, "item": item, "rating": 3 + taste[user] + charm[item]}


def line(rows=400, seed=1):
    """Return y = 2a - 3b + 1."""
    rng = np.random.default_rng(seed)
    a, b = rng.normal(size=rows), rng.normal(size=rows)
    return {"a": a, "b": b, "y": 2 * a - 3 * b + 1}
