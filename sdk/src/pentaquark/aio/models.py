"""Registered models: versions, aliases, comparison, compression, bundles."""

import os
from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from pentaquark.aio.files import save
from pentaquark.aio.jobs import Job
from pentaquark.core.errors import PentaquarkError
from pentaquark.core.objects import Record

if TYPE_CHECKING:
    from pentaquark.aio.client import Client


class ModelVersion(Record):
    """One registered version; it never changes."""

    model: str
    number: int
    state: str
    flavour: str
    size_bytes: int
    metrics: dict[str, Any]
    aliases: list[str]
    created_at: str
    registered_by: str | None
    _shown = ("model", "number", "flavour", "aliases", "metrics", "size_bytes", "created_at")

    def __init__(self, client: "Client", raw: dict[str, Any]) -> None:
        self._client = client
        super().__init__(raw)

    @property
    def path(self) -> str:
        """The version's address."""
        return f"/api/v1/models/{self.model}/versions/{self.number}/"

    async def detail(self) -> dict[str, Any]:
        """Return parameters, inputs, outputs, files, lineage, signature, card and notes."""
        return dict(await self._client.request("GET", self.path))

    async def download(self, to: str | os.PathLike[str]) -> Path:
        """Save the signed bundle as a tar; the file appears when it is whole."""
        pieces = self._client.stream(f"{self.path}bundle/")
        return await save(pieces, to, f"{self.model}-{self.number}.tar")

    async def write_notes(self, notes: str) -> dict[str, Any]:
        """Replace what people say of the version: intended use, limits, who to ask."""
        return dict(await self._client.request("PUT", f"{self.path}notes/", body={"notes": notes}))

    async def compress(self, *methods: str, **options: Any) -> "Compression":
        """Queue a compression (`tolerance`, `dataset`, `columns`, `label_column`, `seed`)."""
        body = {"model": self.model, "version": self.number, "methods": list(methods or ["auto"])}
        raw = await self._client.request("POST", "/api/v1/compressions/", body=body | options)
        return Compression(self._client, raw)


class Compression(Record):
    """A compression and what came of each method."""

    id: str
    model: str
    version: int
    methods: list[str]
    tolerance: float
    job: str | None
    state: str
    original: dict[str, Any]
    results: list[dict[str, Any]]
    created_at: str

    def __init__(self, client: "Client", raw: dict[str, Any]) -> None:
        self._client = client
        super().__init__(raw)

    async def wait(self, *, timeout_s: float | None = None, progress: bool | None = None) -> Self:
        """Wait for its job; `results` then say what was registered."""
        if self.job:
            job = await self._client.jobs.get(self.job)
            await job.wait(timeout_s=timeout_s, progress=progress)
        return self._take(await self._client.request("GET", f"/api/v1/compressions/{self.id}/"))


class RegisteredModel(Record):
    """A model: its versions, and the aliases that point at them."""

    name: str
    application: str
    task: str
    description: str
    created_at: str
    aliases: dict[str, int]
    latest_version: int | None
    _shown = ("name", "task", "application", "aliases", "latest_version", "description")

    def __init__(self, client: "Client", raw: dict[str, Any]) -> None:
        self._client = client
        super().__init__(raw)

    @property
    def path(self) -> str:
        """The model's address."""
        return f"/api/v1/models/{self.name}/"

    async def refresh(self) -> Self:
        """Ask how the model stands."""
        return self._take(await self._client.request("GET", self.path))

    async def versions(self) -> AsyncIterator[ModelVersion]:
        """Yield the versions, newest first."""
        async for row in self._client.pages(f"{self.path}versions/"):
            yield ModelVersion(self._client, row)

    async def version(self, which: int | str | None = None) -> ModelVersion:
        """Return a version by number or alias; None is the newest.

        Raises:
            PentaquarkError: there is no such alias.
        """
        number = self.latest_version if which is None else which
        if isinstance(number, str) and not number.isdigit():
            if number not in self.aliases:
                raise PentaquarkError(
                    f"“{self.name}” has no alias “{number}”.",
                    remedy=f"Its aliases: {', '.join(self.aliases) or 'none'}.",
                )
            number = self.aliases[number]
        raw = await self._client.request("GET", f"{self.path}versions/{number}/")
        return ModelVersion(self._client, raw)

    async def compare(self, *which: int | str) -> dict[str, dict[str, Any]]:
        """Return the metrics of versions side by side: metric -> {version: value}."""
        versions = [await self.version(each) for each in which]
        names = sorted({name for each in versions for name in each.metrics})
        return {n: {str(v.number): v.metrics.get(n) for v in versions} for n in names}

    async def set_alias(self, alias: str, version: int, *, reason: str = "") -> dict[str, Any]:
        """Point an alias at a version; where a second person is asked, the answer is their request."""
        body = {"version": version, "reason": reason}
        answer = await self._client.request("POST", f"{self.path}aliases/{alias}/", body=body)
        await self.refresh()
        return dict(answer)

    async def remove_alias(self, alias: str) -> None:
        """Take an alias away; its history stays."""
        await self._client.request("DELETE", f"{self.path}aliases/{alias}/")
        await self.refresh()

    async def roll_back(self, alias: str, *, reason: str = "") -> dict[str, Any]:
        """Point an alias back at its previous version."""
        path = f"{self.path}aliases/{alias}/rollback/"
        answer = await self._client.request("POST", path, body={"reason": reason})
        await self.refresh()
        return dict(answer)

    async def history(self) -> AsyncIterator[dict[str, Any]]:
        """Yield every move of the aliases, newest first."""
        async for row in self._client.pages(f"{self.path}history/"):
            yield row


class Models:
    """The organisation's registry."""

    def __init__(self, client: "Client") -> None:
        self._client = client

    async def get(self, name: str) -> RegisteredModel:
        """Return a model by its name."""
        raw = await self._client.request("GET", f"/api/v1/models/{name}/")
        return RegisteredModel(self._client, raw)

    async def list(self) -> AsyncIterator[RegisteredModel]:
        """Yield the models, newest first."""
        async for row in self._client.pages("/api/v1/models/"):
            yield RegisteredModel(self._client, row)

    async def import_file(
        self, name: str, file: str | os.PathLike[str], *, task: str = "prediction", **options: Any
    ) -> Job:
        """Register a model file (ONNX, XGBoost, Keras, safetensors); a job reads, tries and registers it."""
        content = Path(file).read_bytes()  # models of this door are small; the platform bounds them
        fields = {"name": name, "task": task, **options}
        body, kind = multipart(fields, [(Path(file).name, content)])
        answer = await self._client.request(
            "POST", "/api/v1/models/", content=lambda: body, headers={"Content-Type": kind}
        )
        return await self._client.jobs.get(answer["job"])


def multipart(fields: dict[str, Any], files: Sequence[tuple[str, bytes]]) -> tuple[bytes, str]:
    """Return a multipart body and its content type."""
    boundary = os.urandom(16).hex()
    pieces = []
    for name, value in fields.items():
        head = f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'
        pieces.append(head.encode())
    for filename, content in files:
        quoted = filename.replace("\\", "_").replace('"', "%22").replace("\r", "").replace("\n", "")
        head = (
            f'--{boundary}\r\nContent-Disposition: form-data; name="files"; filename="{quoted}"\r\n'
        )
        pieces += [
            head.encode(),
            b"Content-Type: application/octet-stream\r\n\r\n",
            content,
            b"\r\n",
        ]
    pieces.append(f"--{boundary}--\r\n".encode())
    return b"".join(pieces), f"multipart/form-data; boundary={boundary}"
