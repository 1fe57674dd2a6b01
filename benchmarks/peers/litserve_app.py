"""LitServe with one worker, without batching."""

import sys
from typing import Any

import litserve
import network


class Served(litserve.LitAPI):
    """The model behind /predict."""

    def setup(self, device: str) -> None:
        """Load the model."""
        self.run = network.load()

    def decode_request(self, request: dict[str, Any], **kwargs: Any) -> Any:
        """Take the tensor."""
        return network.tensor(request["inputs"])

    def predict(self, x: Any, **kwargs: Any) -> Any:
        """Predict."""
        return self.run(x)

    def encode_response(self, output: Any, **kwargs: Any) -> dict[str, Any]:
        """Write the answer."""
        return network.answer(output)


if __name__ == "__main__":
    server = litserve.LitServer(Served(), accelerator="cpu", workers_per_device=1)
    server.run(
        port=int(sys.argv[1]),
        host="127.0.0.1",
        num_api_servers=1,
        log_level="error",
        generate_client_file=False,
    )
