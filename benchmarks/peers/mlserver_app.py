"""MLServer's runtime of one model, in its own process (parallel_workers 0)."""

import network
from mlserver import MLModel
from mlserver.codecs import NumpyCodec
from mlserver.types import InferenceRequest, InferenceResponse


class Served(MLModel):
    """The model."""

    async def load(self) -> bool:
        """Load the model."""
        self.run = network.load()
        return True

    async def predict(self, payload: InferenceRequest) -> InferenceResponse:
        """Predict."""
        x = NumpyCodec.decode_input(payload.inputs[0])
        output = NumpyCodec.encode_output("y", self.run(x))
        return InferenceResponse(model_name=self.name, outputs=[output])
