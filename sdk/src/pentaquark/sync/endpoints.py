# made of pentaquark/aio by sdk/generate.py: change that
"""Endpoints: deploy a document, predict over the inference protocol, move traffic."""

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Self

from pentaquark.core import tensors
from pentaquark.core.objects import Record

if TYPE_CHECKING:
    from pentaquark.sync.client import Client


class Endpoint(Record):
    """A name that programs call; aliases of a model answer it."""

    id: str
    name: str
    model: str
    alias: str
    created_at: str
    state: str | None
    problem: str | None
    version: str | None
    signature: dict[str, list[dict[str, Any]]] | None
    runtime: dict[str, Any] | None
    _shown = ("name", "model", "alias", "version", "state", "problem", "runtime")

    def __init__(self, client: "Client", raw: dict[str, Any]) -> None:
        self._client = client
        self._datatypes: dict[str, str] | None = None
        self._inference = f"{client.settings.inference_url.rstrip('/')}/v2/models/{raw['name']}"
        super().__init__(raw)

    @property
    def path(self) -> str:
        """The endpoint's address."""
        return f"/api/v1/endpoints/{self.name}/"

    def refresh(self) -> Self:
        """Ask how the endpoint stands."""
        return self._take(self._client.request("GET", self.path))

    def predict(
        self,
        inputs: Mapping[str, Any],
        *,
        parameters: Mapping[str, Any] | None = None,
        version: str | None = None,
    ) -> dict[str, Any]:
        """Predict over the inference protocol; arrays travel as bytes, lists as JSON.

        Args:
            inputs: input name -> array or nested list, of the signature's shape.
            parameters: the model's to read.
            version: one certain version.

        Returns:
            Output name -> array (nested lists where NumPy is not loaded).
        """
        if self._datatypes is None:
            self._learn()
        body, headers = tensors.pack(inputs, self._datatypes or {}, parameters)
        path = f"{self._inference}/versions/{version}" if version else self._inference
        answer = self._client.infer(f"{path}/infer", body, headers)
        said = tensors.unpack(answer.content, answer.headers.get(tensors.HEADER))
        return dict(said["outputs"])

    def _learn(self) -> None:
        """Ask for the datatypes of the inputs, once."""
        if self.signature is None:
            self.refresh()
        said = (self.signature or {}).get("inputs", [])
        self._datatypes = {each["name"]: each["datatype"] for each in said}

    def traffic(self) -> dict[str, Any]:
        """Return where requests go, and what was counted since that was changed last."""
        return dict(self._client.request("GET", f"{self.path}traffic/"))

    def set_traffic(
        self,
        alias: str,
        weights: Mapping[str, float] | None = None,
        *,
        shadow_alias: str = "",
        shadow_fraction: float = 1.0,
        reason: str = "",
    ) -> dict[str, Any]:
        """Send percents of the requests to further aliases; `alias` takes what they leave."""
        body = {
            "alias": alias, "weights": dict(weights or {}), "shadow_alias": shadow_alias,
            "shadow_fraction": shadow_fraction, "reason": reason,
        }  # fmt: skip
        return dict(self._client.request("PUT", f"{self.path}traffic/", body=body))

    def start_canary(
        self, alias: str, *, steps: Sequence[float] | None = None, **rules: Any
    ) -> dict[str, Any]:
        """Try a candidate on growing shares of the requests; it goes on or back by itself."""
        body = {"alias": alias, **({"steps": list(steps)} if steps else {}), **rules}
        return dict(self._client.request("POST", f"{self.path}canary/", body=body))

    def canary(self) -> dict[str, Any] | None:
        """Return the canary that runs, or the one that ran last."""
        found = (self._client.request("GET", f"{self.path}canary/"))["canary"]
        return dict(found) if found else None

    def stop_canary(self) -> None:
        """Stop the canary; its requests go back to where they came from."""
        self._client.request("DELETE", f"{self.path}canary/")

    def roll_back(self, *, reason: str = "") -> dict[str, Any]:
        """Take back the canary, the latest move of the traffic or the latest promotion."""
        body = {"reason": reason}
        return dict(self._client.request("POST", f"{self.path}rollback/", body=body))

    def history(self) -> Iterator[dict[str, Any]]:
        """Yield every move of the traffic, newest first."""
        for row in self._client.pages(f"{self.path}history/"):
            yield row

    def shadow(self) -> list[dict[str, Any]]:
        """Return the comparison of answers with those of the shadow alias."""
        return list((self._client.request("GET", f"{self.path}shadow/"))["comparisons"])

    def document(self) -> dict[str, Any]:
        """Return the endpoint as a document that `deploy` takes."""
        return dict(self._client.request("GET", f"{self.path}spec/"))

    def delete(self) -> None:
        """Delete the endpoint; the model stays."""
        self._client.request("DELETE", self.path)


class Endpoints:
    """The organisation's endpoints."""

    def __init__(self, client: "Client") -> None:
        self._client = client

    def get(self, name: str) -> Endpoint:
        """Return an endpoint by its name."""
        raw = self._client.request("GET", f"/api/v1/endpoints/{name}/")
        return Endpoint(self._client, raw)

    def list(self) -> Iterator[Endpoint]:
        """Yield the endpoints, newest first."""
        for row in self._client.pages("/api/v1/endpoints/"):
            yield Endpoint(self._client, row)

    def create(self, name: str, model: str, *, alias: str = "champion") -> Endpoint:
        """Create an endpoint; it answers as soon as the runtime has loaded the version."""
        body = {"name": name, "model": model, "alias": alias}
        raw = self._client.request("POST", "/api/v1/endpoints/", body=body)
        return Endpoint(self._client, raw)

    def deploy(self, name: str, document: str, *, dry_run: bool = False) -> dict[str, Any]:
        """Make an endpoint what a YAML or JSON document says; applied twice it changes nothing."""
        text = document.encode()
        return dict(
            self._client.request(
                "PUT",
                f"/api/v1/endpoints/{name}/spec/",
                params={"dry_run": dry_run},
                content=lambda: text,
                headers={"Content-Type": "application/yaml"},
            )
        )

    def schema(self) -> dict[str, Any]:
        """Return the JSON schema of the documents."""
        return dict(self._client.request("GET", "/api/v1/endpoint-schema/"))
