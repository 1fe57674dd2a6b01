"""Bare FastAPI: the model and pydantic's validation, nothing around it."""

import network
import numpy as np
from fastapi import FastAPI
from pydantic import BaseModel

predict = network.load()
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
    first = request.inputs[0]
    x = np.array(first.data, dtype=np.float32).reshape(first.shape)
    return network.answer(predict(x))
