"""Tiny torch and Keras models as bundles; imports torch and keras."""

import io
import os
import tempfile
import zipfile
from pathlib import Path

import numpy as np
import torch

os.environ.setdefault("KERAS_BACKEND", "torch")
import keras

from ml.common.bundle import Bundle, TensorSpec, build


class _Network(torch.nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.first, self.last = torch.nn.Linear(5, 4), torch.nn.Linear(4, 3)
        self.register_buffer("scale", torch.full((3,), 2.0))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.last(torch.relu(self.first(x))) * self.scale


def network() -> torch.nn.Module:
    torch.manual_seed(0)
    return _Network().eval()


def program(module: torch.nn.Module | None = None, *, width: int = 5) -> bytes:
    module = module or network()
    exported = torch.export.export(
        module, (torch.zeros(2, width),), dynamic_shapes=({0: torch.export.Dim.DYNAMIC},)
    )
    packed = io.BytesIO()
    torch.export.save(exported, packed)
    return packed.getvalue()


def bundle_of(content: bytes, flavour: str = "torch", **attributes) -> Bundle:
    return build(
        flavour=flavour,
        inputs=(TensorSpec("x", "FP32", (-1, 5)),),
        outputs=(TensorSpec("y", "FP32", (-1, 3)),),
        files={{"torch": "model.pt2", "keras": "model.keras"}[flavour]: content},
        attributes=attributes,
    )


def keras_file(*layers: keras.layers.Layer) -> bytes:
    keras.utils.set_random_seed(0)
    chosen = layers or (keras.layers.Dense(4, activation="relu"), keras.layers.Dense(3))
    model = keras.Sequential([keras.Input((5,)), *chosen])
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "model.keras"
        keras.saving.save_model(model, path)
        return path.read_bytes()


def rewritten(content: bytes, changes: dict[str, bytes]) -> bytes:
    """The archive with records replaced or added, by the end of their name."""
    made = io.BytesIO()
    left = dict(changes)
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(made, "w") as new:
        root = old.namelist()[0].partition("/")[0]
        for info in old.infolist():
            match = next((end for end in left if info.filename.endswith(end)), None)
            new.writestr(info.filename, left.pop(match) if match else old.read(info))
        for name, data in left.items():
            new.writestr(f"{root}/{name}", data)
    return made.getvalue()


def record(content: bytes, ending: str) -> bytes:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return archive.read(next(n for n in archive.namelist() if n.endswith(ending)))


def rows(count: int = 4) -> np.ndarray:
    return np.random.default_rng(0).random((count, 5), dtype=np.float32)
