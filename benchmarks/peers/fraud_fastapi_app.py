"""Bare FastAPI around a detector's model: features in, score and contributions out, nothing around it."""

import os
import sys
from pathlib import Path

sys.path.append(os.environ["PEER_PACKAGES"])  # fastapi lies in an environment of its own

import numpy as np
from fastapi import FastAPI

from ml.common.bundle import Bundle, Manifest
from ml.fraud.predictor import FraudPredictor

_folder = Path(os.environ["BUNDLE"])
_manifest = Manifest.from_bytes((_folder / "manifest.json").read_bytes())
_files = {name: (_folder / name).read_bytes() for name in _manifest.files}
predictor = FraudPredictor(Bundle(_manifest, _files))
app = FastAPI()


@app.post("/infer")
async def infer(request: dict) -> dict:
    """Predict."""
    row = np.array([request["features"]], dtype=np.float32)
    answer = predictor.predict({"features": row}, {"explain": True})
    return {name: value[0].tolist() for name, value in answer.items()}
