"""Bare FastAPI with the same network, nothing around it; runs in an environment of its own."""

import os

import numpy as np
import onnxruntime as ort
from fastapi import FastAPI
from pydantic import BaseModel

options = ort.SessionOptions()
options.intra_op_num_threads = 1
options.inter_op_num_threads = 1
session = ort.InferenceSession(os.environ["MODEL"], options, providers=["CPUExecutionProvider"])
app = FastAPI()


class Tensor(BaseModel):
    """One tensor of the request."""

    name: str
    datatype: str
    shape: list[int]
    data: list[float]


class Request(BaseModel):
    """The request."""

    inputs: list[Tensor]


@app.post("/infer")
async def infer(request: Request) -> dict:
    """Predict."""
    tensor = request.inputs[0]
    x = np.array(tensor.data, dtype=np.float32).reshape(tensor.shape)
    (y,) = session.run(["y"], {"x": x})
    output = {"name": "y", "datatype": "FP32", "shape": y.shape, "data": y.ravel().tolist()}
    return {"model_name": "network", "outputs": [output]}
