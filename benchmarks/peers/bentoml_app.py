"""BentoML with one worker, without batching."""

import bentoml
import network


@bentoml.service(workers=1, metrics={"enabled": False}, logging={"access": {"enabled": False}})
class Served:
    """The model behind /infer."""

    def __init__(self) -> None:
        self.run = network.load()

    @bentoml.api
    async def infer(self, inputs: list[dict]) -> dict:
        """Predict."""
        return network.answer(self.run(network.tensor(inputs)))
